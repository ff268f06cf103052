"""Which sentences of free text say what is wrong (the issue), and which say something else.

The issue is the first sentence that tells a fault or asks for a change, with those right after it that go on about it. Greetings,
thanks, numbers to call, counts of users, error texts, promises and talk about the request itself are none. In a reply that was not
asked for the issue nothing is taken. A wrong value is worse than a missing one (MDS-3).
"""

from __future__ import annotations

import re
from itertools import islice

from maild.mail.replies.words import GREETINGS, REGARDS, THANKS
from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.counting import count_in, is_own
from maild.policy.mds.numbers import counted_in
from maild.policy.mds.over import is_over
from maild.policy.mds.phrasing import (
    COMPLAINT,
    EVIDENCE_WORDS,
    LASTS,
    LISTS,
    NOT_DONE,
    PROBLEM,
    PROCESS,
    SAME_FAULT,
    STRONG_ISSUE,
    THING,
    TRIED,
    UNTOUCHED,
    VAGUE,
)
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence

_LEADS = 20  # places where what comes before the fault may end
_INTRO = re.compile(
    r"^(?:(?:hi|hiya|hello|helo|hey|heya|dear|good (?:morning|afternoon|evening)|morning|"
    r"afternoon)\b[^,.!:–—-]{0,40}[,.!:–—-]+\s+|as (?:requested|discussed|asked|promised|above)\b[^,]{0,30},\s+|"
    r"as you (?:can|will|may) see[^,]{0,60},\s+|please (?:re-?open|chase|escalate|prioriti[sz]e)[^,]{0,60},\s+|"
    r"as (?:i|we)(?:'ve| have)? (?:already )?(?:said|mentioned|wrote|explained|reported|stated)"
    r"(?: (?:in|on) (?:my|the) (?:first |last |previous |"
    r"original |earlier )?(?:e-?mail|mail|message|ticket|call|phone)| before| above| earlier| already)?,?\s+|"
    r"(?:just )?to (?:confirm|answer your (?:questions?|queries?)|follow up),?\s+|(?:(?:the|my|our) )?(?:issue|problem|"
    r"fault) (?:is|we have is|i have is|we are having is|i am having is)(?: that)?:?\s+|(?:issue|"
    r"problem|what)\s?(?:is )?[:–-]\s+|"
    r"(?:[A-Za-z]+ ){0,3}(?:fault|problem|issue|incident)(?: [a-z]+){0,2}(?:\s?:|\s[-–—])\s+|please note(?: that)?\s+|"
    r"(?:further to|following(?: on from)?|with reference to|regarding|re) (?:my|our|your|"
    r"the) (?:[\w'-]+ ){0,3}(?:call|e-?mail|conversation|"
    r"ticket|chat|discussion|message|request|visit)(?: [\w'-]+){0,4},\s+|"
    r"(?:just )?(?:i(?:'m| am) (?:just )?(?:writing|emailing|contacting you|getting in touch) to (?:report|say|tell you|let you know|"
    r"inform you|advise(?: you)?)|i(?:'d| would) (?:just )?like to (?:report|say|let you know|inform you)(?= that)|"
    r"to (?:let you know|inform you|report))(?: that)?[,:]?\s+(?=(?!to\b|about\b|of\b))|(?:just )?(?:a )?quick (?:one|"
    r"question|query)\s?[,:–-]+\s+|"
    r"(?:well|ok|okay|sorry|apologies|right|yes|so),\s+|(?:please )?(?:help|urgent)\s?[!:–-]+\s+|and\s+(?=[a-z])|"
    r"(?:hi|hiya|hello|hey)\s+(?=(?:can|cant|my|our|i|we|the|please|outlook|teams)\b)|please (?:find|see) (?=(?:one|an?|the|my|our)\b))",
    re.IGNORECASE,
)
_ON_BEHALF = re.compile(
    r"^(?:(?:i(?:'m| am) (?:writing|emailing|reporting(?: this)?|logging this|asking|contacting you|getting in touch) )?(?:for|"
    r"on behalf of) [^,]{3,160}?,? whos?e? |"
    r"(?:(?:this is |i(?:'m| am) (?:writing|emailing) )?on behalf of|(?:reporting|logging|raising|writing) (?:this )?for) [^:,]{3,90}[:,] |"
    r"(?:one|1) user,? [^\s,]+@[^\s,]+,? )",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening)|morning|afternoon)\b[^,.!:]{0,30}[,.!:]+\s+", re.IGNORECASE
)
_WHO = re.compile(r"^(?:i am|i'm|my (?:manager|colleague|boss|line manager)|dim ond)\b", re.IGNORECASE)
_CLAUSE_ATTACHED = re.compile(
    r"(?:,|;|\s[-–—]|\s\()\s?[^,()]{3,60}\b(?:attached|enclosed)\)?$|"
    r"\s?(?:,|;|\s[-–—]|\(|\.(?=\s))\s?(?:and |but |so )?(?:please )?(?:i(?:'ve| have) (?:put|pasted|included|added) (?:a|the) |"
    r"(?:see|find|look at|refer to|cf\.?|as (?:shown|seen|per|in)|shown) )(?:in |on )?(?:the |my |our |a |an )?"
    r"(?:attached|enclosed|following|inline|screen ?shots?|screen ?grabs?|screen ?prints?|pictures?|photos?|images?|snips?|below|above)\b"
    r"[^,;\"“]{0,40}$",
    re.IGNORECASE,
)
_TRIES = re.compile(
    r"\b(?:when(?:ever)?|if|(?:every|each) time|after|as soon as|on opening|trying|tries|try)\b.{3,200}[\"“]", re.IGNORECASE
)
_ATTACHED = quick(
    r"\b(?:(?:is|are|have|has|'ve|i've|we've|been|now|also|message|screenshots?|screen ?shots?|emails?|mails?|copy|photos?|"
    r"picture|image|file|log|bounce|ndr|error|it) (?:also |now |been )?attached\b|attached (?:is|are|as|to|here|for|please|"
    r"a|an|my|our)\b|attached\s?(?:[(,;.!-]|$)|"
    r"(?:please )?(?:see|find) (?:the )?(?:attached|enclosed|screenshots?)|here(?:'s| is| are) (?:the|a|an|my|our|one|two) "
    r"(?:\w+ ){0,3}(?:messages?|mails?|e-?mails?|bounces?|ndrs?|screen ?shots?|photos?|pictures?|errors?|reports?)\b|"
    r"i (?:enclose|attach|include)\b|i(?:'m| am|"
    r"'ve| have) attach\w+|attaching|"
    r"enclosed\b|(?:screenshots?|photo|picture) (?:is )?(?:below|enclosed|included))",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s?[,;:]\s+(?:and |but |so )?|\s[-–—]\s|\s(?:and|but|so)\s")
_TELLS_ERROR = re.compile(
    r"\s?(?:[,;:]|\s[-–—])?\s(?:and (?:then |just )?(?=says?|shows?|gives?|displays?|comes? up)|(?:and |but |where |"
    r"then )?(?:it|they|i|we|he|she|users|the (?:screen|message|error|page|app|bounce)|outlook|teams|this|which|that|"
    r"all (?:of )?(?:us|them))(?: all| just| both| then| now| always| only)? )"
    r"(?:says?|said|reads?|gets?|got|getting|sees?|shows?|receives?|displays?|is|gives?|are getting|am getting|"
    r"comes? up with)\b[^\"“]{0,50}[\"“][^\"”]{2,400}[\"”]?(?: (?:when(?:ever)?|as soon as|every time|each time|if|"
    r"after)\b[^.\"”]{0,80})?[\s.!]*$|"
    r"\s?[,;:(–—-]?\s(?:with|saying|stating|reading|giving|showing|displaying|quoting|due to|because of)(?: \w+){0,4}?\s?[:,]?\s?"
    r"[\"“][^\"”]{2,400}[\"”][\s.!)]*$",
    re.IGNORECASE,
)
_AND_NOW = re.compile(r"^.{3,120}?\b(?:and|but|,) (?=now\b)", re.IGNORECASE)
_NOW_PRONOUN = re.compile(r"^now,? (?:it|they|he|she|this|that|i|we)\b", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:\s?[:,;(<–—-]|\s(?:users?|namely|for|affecting)\s)(?:\s?(?:i\.?e\.?|e\.?g\.?|namely|that is|these are|they are|users?)[\s:,])?"
    r"(?:[\s(<]{0,3}+[\w.+'-]{1,64}+@[\w.-]{1,120}+[)>]?(?:\s?(?:,|;|/|&|"
    r"and\b)){0,2}){1,40}[\s.?!;,)]*$"
)
# Whose addresses they are, in brackets: "Three of us (one@…, two@…, me) cannot …".
_BRACKETED = re.compile(
    r"\s?\((?:(?:me|myself|i|and|plus|namely|users?|i\.e\.|[\w.+'-]{1,64}+@[\w.-]{1,120}+)[\s,;/&:]{0,4}){1,40}\)(?=\s)", re.IGNORECASE
)
# What the writer did about it, however often: "I have calibrated it twice".
_OWN_DEED = re.compile(r"(?:i|we)(?:'ve| have)? (?:already |also |now |just |even )?\w{3,20}\b", re.IGNORECASE)
_REPEATED = re.compile(r"\b(?:twice|double)\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"(?:i'?m|i am|this is|my name is|it'?s) (?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+)?(?:,| from| in| at| here|$)", re.IGNORECASE
)
# Nothing but answers to other questions: "2", "me and one@…".
_VALUES = re.compile(
    r"(?:(?:(?:me|myself|i|and|plus|users?|people|staff|\d{1,4})\b|[&+,]|[\w.+'-]{1,64}+@[\w.-]{1,120}+)\s{0,2}){1,20}", re.IGNORECASE
)
# What speaks of a fault told before, without a word for it: "It was working yesterday", "Marking them as read does not help".
_REFERS = re.compile(r"\b(?:it|its|they|them|their|these|those|this|that|everything|since|until|till|only)\b", re.IGNORECASE)
# Words that lead to an error text at the end of a sentence, taken off one by one.
_ERROR_LEAD = re.compile(
    r"(?:^|[\s,;:(–—-])(?:with|saying|says?|said|error|errors|message|messages|code|codes|stating|states|reading|reads|giving|"
    r"gives|showing|shows|"
    r"displaying|displays|bounce|ndr|warning|this|the|an?|that|is|it|which|following|get|gets|getting|receive|receives|we|i|"
    r"they|then|just|"
    r"comes?|up|screen)$",
    re.IGNORECASE,
)
_ERROR_WORDS = 3
_SAYS_IT = 4  # words before "see attached" that say what is wrong
_HANDS_OVER = re.compile(r"(?:here|please|see|find|attached|i(?:'ve| have))\b", re.IGNORECASE)
_LEAD_CHARS = 20  # of the longest word that leads, and the blank before it
_UNFINISHED = re.compile(r"\b(?:when\w*|if|because|as|of|to|for|in|on|at|from|or|but|and)$|\b(?:but|when) \w+$", re.IGNORECASE)
_BEGINS = re.compile(
    r"(?![^\s]*@)(?!(?:cannot|can|can't|could|couldn't|have|haven't|has|hasn't|had|are|aren't|is|isn't|was|were|will|won't|"
    r"would|do|does|don't|"
    r"doesn't|not|who|whose|which|that|keeps?|gets?|all|both|and|or)\b)",
    re.IGNORECASE,
)


def is_courtesy(sentence: Sentence) -> bool:
    """Return whether the sentence is a greeting, thanks or a closing formula."""
    text = sentence.text.lower().strip(" .,!?-–—:;")
    words = text.replace(",", " ").split()
    if not words or text in REGARDS or text in THANKS:
        return True
    if words[0] in GREETINGS and len(words) <= 6 and not PROBLEM.search(text):
        return True
    return (
        len(words) <= 8
        and (words[0] in ("thanks", "thank", "cheers", "diolch", "ta") or words[-1] in ("thanks", "diolch") or " thank you" in text)
        and not PROBLEM.search(text)
    )


def is_process(sentence: Sentence) -> bool:
    """Return whether the sentence talks about the request (promises, references to other mail), not about a fault."""
    return bool(PROCESS.search(sentence.text))


def tells_attachment(sentence: Sentence) -> bool:
    """Return whether the sentence says that evidence is attached (not a list of users, nor a form)."""
    return bool(_ATTACHED.search(sentence.text)) and not LISTS.search(sentence.text)


def only_attaches(sentence: Sentence) -> bool:
    """Return whether the sentence tells of an attachment and of no fault beside it: "The bounce is attached"."""
    attached = _ATTACHED.search(sentence.text)
    head = _CLAUSE_ATTACHED.sub("", sentence.text.rstrip(" .!)"))
    if (
        len(head) < len(sentence.text.rstrip(" .!)"))
        and len(head.split()) >= _SAYS_IT
        and PROBLEM.search(head)
        and not _HANDS_OVER.match(head)
    ):
        return False
    return attached is not None and not PROBLEM.search(EVIDENCE_WORDS.sub(" ", sentence.text))


def without_greeting(text: str) -> str:
    """Return the sentence without "Hello," at its head."""
    return _GREETING.sub("", text, count=1) or text


def without_intro(text: str) -> str:
    """Return a sentence without "Hi," and "As requested," at its head and without its full stop."""
    for _ in range(3):
        shorter = _ON_BEHALF.sub("", _INTRO.sub("", text, count=1), count=1)
        if shorter == text or not shorter:
            break
        text = shorter
    return text.strip().rstrip(" .;,")


def choose(
    sentences: list[Sentence],
    *,
    asked: bool,
    reply: bool,
    answered: bool = False,
    affected: frozenset[str] = frozenset(),
    errors: tuple[str, ...] = (),
) -> tuple[str, int] | None:
    """Return the issue and the number of its line, among sentences that are nothing else; None where none is safe.

    Args:
        sentences: what is left of the free text once numbers, counts and error texts are known.
        asked: whether the issue is still to be told.
        affected: addresses that are known as affected users': at the end of the issue they are left out.
        errors: error texts that are known as evidence: at the end of the issue they are left out.
        reply: whether this answers a mail of ours, or is a form: then only a sentence that plainly tells a fault counts.
        answered: whether it was asked by name, and the mail answers other questions in its words: then what is said of a thing counts, too.
    """
    if not asked:
        return None
    if reply and any(is_over(sentence.text) for sentence in sentences):
        return None
    told = [at for at, sentence in enumerate(sentences) if _is_fault(sentence, reply=reply)]
    if not told and reply and answered:
        told = [at for at, sentence in enumerate(sentences) if _tells_of_thing(sentence)]
    if told:
        return _joined(sentences, told, affected, errors)
    if reply:
        return None
    rest = [sentence for sentence in sentences if len(sentence.text.split()) >= 4 and _may_tell(sentence)]
    rest.sort(key=lambda sentence: sentence.text.endswith("?"))
    return _joined(sentences, [sentences.index(rest[0])], affected, errors) if rest else None


def _may_tell(sentence: Sentence) -> bool:
    return (
        not PROCESS.search(without_intro(sentence.text))
        and not _aside(sentence)
        and not is_over(sentence.text)
        and not _INTRODUCES.match(sentence.text)
    )


def _tells_of_thing(sentence: Sentence) -> bool:
    """Return whether the sentence says what a computer, a program or the like does: "The rota app empties itself"."""
    if sentence.text.endswith("?") or is_process(sentence) or _aside(sentence):
        return False
    return bool(THING.match(without_intro(sentence.text))) and len(sentence.text.split()) >= 5


def _aside(sentence: Sentence) -> bool:
    """Return whether the sentence only tells what was tried, what is attached, who is well, or what is blamed."""
    if COMPLAINT.search(sentence.text) or VAGUE.search(sentence.text) or UNTOUCHED.search(sentence.text):
        return True
    if _only_undone(sentence) or _only_counts(sentence):
        return True
    return bool(_ATTACHED.search(sentence.text)) or bool(TRIED.search(sentence.text))


def _goes_on(before: Sentence, sentence: Sentence, *, fault: bool) -> bool:
    """Return whether a sentence of the same paragraph, right behind what tells of the fault, still does."""
    if sentence.paragraph != before.paragraph or sentence.order > before.order + 1:
        return False
    if LASTS.match(sentence.text) or COMPLAINT.search(sentence.text) or VAGUE.search(sentence.text):
        return False
    if is_own(sentence) or TRIED.search(sentence.text) or _only_counts(sentence) or _only_undone(sentence):
        return False
    if fault:
        return not only_attaches(sentence) and not _counts_first(sentence)
    if _aside(sentence) or counted_in(sentence.text) or _WHO.search(sentence.text):
        return False
    if not _REFERS.search(sentence.text):
        return False
    return len(sentence.text.split()) >= 4 and not is_process(sentence) and not sentence.text.endswith("?")


def _is_fault(sentence: Sentence, *, reply: bool) -> bool:
    if not (PROBLEM.search(sentence.text) or _TRIES.search(sentence.text)) or len(sentence.text.split()) < 2 + reply:
        return False
    if _OWN_DEED.match(sentence.text) and not PROBLEM.search(_REPEATED.sub(" ", sentence.text)):
        return False
    if COMPLAINT.search(sentence.text) or _only_counts(sentence) or _only_undone(sentence) or is_over(sentence.text):
        return False
    if not is_process(sentence):
        return True
    remainder = PROCESS.sub(" ", without_intro(sentence.text))
    telling = STRONG_ISSUE if reply else PROBLEM
    return len(remainder.split()) >= 4 and bool(telling.search(remainder))


def _only_counts(sentence: Sentence) -> bool:
    """Return whether the sentence only says how many have the fault: "There are seven of us with this problem"."""
    if not _counts_people(sentence.text):
        return False
    rest = SAME_FAULT.sub(" ", sentence.text)
    return rest != sentence.text and not PROBLEM.search(rest)


def _counts_first(sentence: Sentence) -> bool:
    """Return whether the sentence begins with how many have the fault that was just told: "5 of us cannot take calls"."""
    counted = count_in(sentence)
    return counted is not None and counted[1] == 0


def _only_undone(sentence: Sentence) -> bool:
    """Return whether the sentence says that something was not done, and no fault beside it: "Nobody has clicked on it"."""
    rest = NOT_DONE.sub(" ", sentence.text)
    return rest != sentence.text and not PROBLEM.search(rest)


def without_lead(text: str) -> str:
    """Return the sentence from where it tells the fault, when what comes before only counts, promises or points elsewhere."""
    for joint in islice(_JOINT.finditer(text), _LEADS):
        head, tail = text[: joint.start()], text[joint.end() :]
        if PROBLEM.search(head) or len(tail.split()) < 3:
            return text
        if not _BEGINS.match(tail) or any(start == 0 for _, start, _ in counted_in(tail[:80])):
            continue
        leads = bool(PROCESS.search(head)) or bool(_ATTACHED.search(head)) or _counts_people(head) or _VALUES.fullmatch(head)
        if leads and PROBLEM.search(tail):
            return without_lead(tail)
    return text


def _counts_people(head: str) -> bool:
    sentence = Sentence(text=head, number=0, paragraph=0)
    return is_own(sentence) or bool(counted_in(head))


def _joined(sentences: list[Sentence], told: list[int], affected: frozenset[str], errors: tuple[str, ...]) -> tuple[str, int]:
    first = told[0]
    parts = [sentences[first].text]
    at = first + 1
    while at < len(sentences) and _goes_on(sentences[at - 1], sentences[at], fault=at in told):
        parts.append(sentences[at].text)
        at += 1
    parts = [_without_addresses(part, affected) for part in parts] if affected else parts
    whole = " ".join(part if part.endswith((".", "!", "?", '"', "”")) else f"{part}." for part in parts)
    return without_error(trimmed(whole, affected), errors), sentences[first].number


def without_error(text: str, errors: tuple[str, ...]) -> str:
    """Return the issue without the error text at its end and the words that lead to it, where a fault is told before them."""
    bare = text.rstrip(" .?!;,)'’\"”")
    for error in errors:
        ending = error.rstrip(" .?!;,)'’\"”")
        if len(ending.split()) < _ERROR_WORDS or not bare.endswith(ending):  # a code alone is part of what is told
            continue
        head = bare[: len(bare) - len(ending)].rstrip(" \"“'‘:(,;–—-")
        told = head
        while (lead := _ERROR_LEAD.search(told[-_LEAD_CHARS:])) is not None:
            told = told[: max(0, len(told) - _LEAD_CHARS) + lead.start()].rstrip(" ,;:(–—-")
        if told != head and PROBLEM.search(told) and len(told.split()) >= 3 and not _UNFINISHED.search(told):
            return told
    return text


def _without_addresses(text: str, affected: frozenset[str]) -> str:
    """Return ``text`` without the affected users' addresses at its end."""
    tail = _TAIL.search(text) if "@" in text else None
    if tail and tail.start() > 15 and all(address in affected for address, _, _ in addresses_in(tail.group())):
        return text[: tail.start()]
    return text


def trimmed(text: str, affected: frozenset[str] = frozenset()) -> str:
    """Return the issue without intro and the affected users' addresses at its end, and from "now" on where the rest is what came before."""
    if "@" in text:
        text = _BRACKETED.sub(lambda held: "" if all(one in affected for one, _, _ in addresses_in(held.group())) else held.group(), text)
    text = _CLAUSE_ATTACHED.sub("", without_lead(without_intro(text)))
    error = _TELLS_ERROR.search(text)
    if error and PROBLEM.search(text[: error.start()]) and len(text[: error.start()].split()) >= 3:
        text = text[: error.start()]
    text = _without_addresses(text, affected)
    before = _AND_NOW.match(text)
    if before and not _NOW_PRONOUN.match(text[before.end() :]) and not PROBLEM.search(before.group()) and len(text) - before.end() > 20:
        text = text[before.end() :]
    return text.strip().rstrip(" .?!;,:–—-(")
