"""The bare thank-you, which is no answer and is not answered (RES-5, RFI-2)."""

from __future__ import annotations

import re

from maild.policy.classification.facts import fold, words

_CAP = 200
_LINES = 8
_THANKS = frozenset(
    words(
        "thanks thank thanx thankyou thx tx ty tnx cheers ta appreciated diolch diolchiadau danke dank dankeschon merci gracias"
        " grazie bedankt"
        " dankjewel dankuwel obrigado obrigada dziekuje dziekujemy dzieki tack tackar tak takk kiitos kiitoksia dekuji dekujeme"
        " diky dakujem vdaka"
        " koszonom koszonjuk koszi multumesc mersi hvala ευχαριστω ευχαριστουμε tesekkurler tesekkur aitah tanan paldies aciu"
        " gracies eskerrik"
        " спасибо дякую благодаря 谢谢 謝謝 ありがとう 감사합니다 شكرا תודה"
    )
)
# What stands beside a thank-you and adds nothing to it: whole phrases, and single words.
_PHRASES = re.compile(
    r"\b(?:i|we) (?:really |very much |do )?appreciate (?:it|that|this|your help|the help|all your help)\b|\bmuch appreciated\b"
    r"|\b(?:that|this|it)(?:'s| is) "
    r"(?:great|brilliant|perfect|lovely|excellent|wonderful|fantastic|amazing|very kind|really kind|kind of you|very helpful"
    r"|really helpful|so kind)\b"
    r"|\bhave a (?:good|nice|lovely|great) (?:day|weekend|evening|one)\b|\bfor (?:getting back to|letting|helping"
    r"|coming back to) (?:me|us)(?: know)?\b"
    r"|\bfor (?:sorting|fixing|resolving|looking into|dealing with) (?:this|that|it)(?: out)?(?: so quickly)?\b"
    r"|\bfor being so (?:quick|helpful|kind)\b"
    r"|\bfrom (?:all of us|us all|everyone)\b|\b(?:i am|i'm|we are|we're) (?:very |so |most |really )?grateful\b|\bi'r tim\b"
    r"|\byn fawr\b|\bfor it\b",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    words(
        "you very much so a lot many again all everyone everybody team folks guys indeed kindly kind most for your the this that and to"
        " help support assistance time quick quickly swift prompt speedy fast response reply replies update service advice"
        " patience efforts work"
        " great good lovely brilliant perfect super excellent wonderful fantastic fab fabulous amazing awesome nice superb ok okay"
        " k hi hello hey dear"
        " morning afternoon regards best wishes warm warmest really truly million bunch x xx xxx email message mail"
        " iawn i chi am eich help cofion gorau hwyl ardderchog gwych"
        " vielen herzlichen besten schon schnelle fur ihre die deine hilfe gruss grusse grussen liebe freundliche freundlichen mit"
        " lg mfg prima super"
        " beaucoup bien pour votre ton aide reponse rapide cordialement bonne journee parfait"
        " muchas mil por su tu la el ayuda respuesta rapida saludos un saludo perfecto"
        " molte tante mille per l'aiuto il vostro tuo suo aiuto saluti cordiali"
        " hartelijk je wel u voor snelle hulp groeten groet met vriendelijke vriendelijk"
        " muito muita pela pelo ajuda abraco cumprimentos bardzo za pomoc szybka odpowiedz pozdrawiam pozdrowienia"
        " sa mycket for hjalpen svaret halsningar vanliga med hilsen venlig mvh tusen tusind mange det hjelpen hjaelpen hjælpen"
        " paljon avusta avustanne mockrat moc szepen vam asko danki"
    )
)
# What turns a line into something else than thanks, also where it begins like a name.
_TURNS = frozenset(
    words(
        "but however still not no yes nope yeah yep also only except although though yet problem issue broken back wrong fails"
        " failed error working works"
        " fixed resolved done sorted windows mac none both never always mae ond aber nein ja noch nicht mais non oui encore"
        " toujours pas pero si todavia"
        " ma ancora no maar nee nog niet mas nao sim ainda ale nie tak jednak men nej inte ikke fortsatt stadig mutta ei kylla vielä viela"
    )
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?]")
_SENTENCE_END = re.compile(r"[.!;:]")


def bare_thanks(new_text: str) -> bool:
    """Return whether ``new_text`` thanks and says nothing else: ``Many thanks for your help, Ann``, but not ``Thanks, but…``.

    A name may stand behind the thanks or on a line of its own; figures, questions and every other word are something said.
    """
    text = new_text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not text or len(text) > _CAP or text.count("\n") > _LINES:
        return False
    thanked = False
    for line in text.splitlines():
        for number, sentence in enumerate(_SENTENCE_END.split(line)):
            said = _WORD.findall(_PHRASES.sub(_kept, sentence))
            plain = [fold(word) for word in said]
            thanked = thanked or not _THANKS.isdisjoint(plain)
            if not _says_nothing(said, plain, may_name=thanked and number == 0):
                return False
    return thanked


def _kept(match: re.Match[str]) -> str:
    """Return what of a phrase stays: that it thanked."""
    return "thanks" if "appreciate" in match[0].lower() or "grateful" in match[0].lower() else " "


def _says_nothing(said: list[str], plain: list[str], *, may_name: bool) -> bool:
    """Return whether a sentence holds nothing but thanks, fillers and, where one may stand, a name."""
    rest = [word for word, folded in zip(said, plain, strict=True) if folded not in _THANKS and folded not in _FILLERS]
    if not rest:
        return True
    if not may_name or len(rest) > 3 or not _TURNS.isdisjoint(map(fold, rest)):
        return False
    # A name: capitalised, in one run, at the end.
    return all(word[:1].isupper() for word in rest) and said[-len(rest) :] == rest
