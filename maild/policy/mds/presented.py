"""An error text that stands below the words that present it: "I get this message:", then what the message says, or a picture (MDS-2).

What presents is told by its words alone, whatever their order: nothing but pronouns, words of seeing and saying, and what says it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from maild.mail.phrases import phrases
from maild.mail.replies import NewLine
from maild.policy.mds.counting import count_in, is_own
from maild.policy.mds.numbers import phones_in
from maild.policy.mds.phrasing import PROBLEM
from maild.policy.mds.sentences import Sentence

_MOST_LINES = 400
_MOST_WORDS = 16
_MOST_SHOWN = 12
_PRESENTS = frozenset(
    phrases(
        """
        appear | appears | appearing | bounce | bounced | bounces | code | come | comes | coming | came | display | displayed |
        displays | displaying | error | errors | flashes | following | get | gets | getting | got | gives | gave | giving | given |
        message | messages | msg | ndr | notice | notification | notifications | pop | pops | popped | popping | pop-up | popup |
        prints | prompt | prompts | prompted | quotes | quoting | read | reads | reading | receive | received | receives |
        receiving | replied | replies | reply | report | reports | response | return | returned | returns | said | say | saying |
        says | screenshot | see | seeing | seen | sees | show | showed | showing | shown | shows | shown | stating | states |
        tell | telling | tells | told | text | throwing | throws | warning | warnings | wording | writes | answer | answers |
        responds | dialog | dialogue | alert
        """
    )
)
_BESIDE = frozenset(
    phrases(
        """
        a | again | all | also | always | an | and | app | are | at | attached | back | be | been | being | below | both | box | browser |
        but | by | computer | copied | copy | each | end | every | everyone | everybody | exact | exactly | for | from | full | has |
        have | he | her | here | here's | him | his | i | i'm | i've | in | instead | is | it | it's | its | just | keep | keeps | kept |
        laptop | like | machine | me | my | next | nhsmail | now | of | on | one | only | or | our | out | outlook | page | pc | phone |
        picture | please | portal | printer | programme | program | recipient | recipients | same | screen | sender | senders |
        server | she | site | so | something | sometimes | staff | still | system | teams | than | that | that's | the | their | them |
        then | there | these | they | they're | this | those | time | to | too | two | up | us | user | users | usually | was | we |
        we're | we've | web | website | were | what | when | where | which | whole | window | windows | with | word | you
        """
    )
)
_JOINTS = frozenset(
    phrases(
        """
    and | but | so | then | with | saying | showing | giving | stating | reading | displaying | quoting | where | which
    """
    )
)
_DEICTIC = re.compile(
    r"\b(?:this|the (?:following|below)|below|these)(?: (?:error|errors|messages?|bounce|screen|warning|text|pop-?up|picture|"
    r"screenshot)){0,2}(?: below| here)?\s?[.!…–-]{0,3}$",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\b(?:(?:gets?|getting|sees?|seeing|receiv\w+|shows?) (?:this|the following)|error|message|bounce|says?|reads?|text|warning|ndr)\b",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?:i\b|i'[mvd]|im\b|ive\b|my\b|mine\b|me\b|(?:can|could|would|will) (?:you|someone|somebody|anyone)\b|thanks|thank you|many thanks|"
    r"cheers|kind regards|regards|best wishes|hope\b|let me\b|this (?:started|happen\w*|affects|has been|only)|it (?:started|happen\w*|"
    r"affects|has been|only|is only|is just)\b|please (?:can|could|call|ring|phone|help|advise|look|fix|sort|let)\b|any (?:ideas?|help)|"
    r"(?:nobody|no[ -]?one|everyone|everybody) else|all (?:\w+ )?of us|both of us|one of (?:us|my|our)|we (?:are|have|use|need|all|both|"
    r"tried|rebooted|restarted)\b(?!.{0,30}\b(?:unable|sorry|not|detected|encountered)\b)|(?:see|screenshot|picture|photo) (?:attached|"
    r"enclosed)|attached\b|yours\b|diolch)",
    re.IGNORECASE,
)
_LAST_WORDS = (
    "this",
    "these",
    "following",
    "low",
    "here",
    "error",
    "errors",
    "ge",
    "ges",
    "bounce",
    "screen",
    "ing",
    "text",
    "up",
    "ture",
    "shot",
)
_MARKS = " .!…–-"
_WORD = re.compile(r"\S+")


def shown_error(lines: tuple[NewLine, ...], region: str) -> tuple[tuple[str, int] | None, tuple[NewLine, ...]]:
    """Return the error text that stands below what presents it, None where a picture or talk does, and the lines without both."""
    for at, line in enumerate(lines[:_MOST_LINES]):
        text = line.text.rstrip()
        colon = text.endswith((":", ":-"))
        if not text or not (colon or (text[-16:].lower().rstrip(_MARKS).endswith(_LAST_WORDS) and _DEICTIC.search(text[-60:]))):
            continue
        above = lines[at - 1].text.rstrip() if at else ""
        start = _lead(f"{above} {text}" if above else text)
        if start is None and not (colon and (_SHOWS.search(text) or _SHOWS.search(above))):
            continue
        kept = lines[: at + 1] if start is None else _without_lead(lines, at, start - len(above) - 1 if above else start)
        first = next((to for to in range(at + 1, min(at + 3, len(lines))) if lines[to].text.strip()), None)
        last = first if first is not None and colon else None
        while last is not None and last < len(lines) and last < (first or 0) + _MOST_SHOWN and _is_shown(lines[last].text, region):
            last += 1
        if first is None or last is None or last == first:
            return None, kept + lines[at + 1 :]
        shown = " ".join(" ".join(entry.text.split()) for entry in lines[first:last]).strip('"“” ')
        return (shown, lines[first].number), kept + lines[at + 1 : first] + lines[last:]
    return None, lines


def _is_shown(text: str, region: str) -> bool:
    """Return whether a line below "I get this message:" is of the message: not blank, and none of the author's own talk."""
    bare = text.strip()
    if not bare or _TALK.match(bare) or phones_in(bare, region):
        return False
    told = Sentence(text=bare, number=0, paragraph=0)
    return not is_own(told) and count_in(told) is None


def _lead(text: str) -> int | None:
    """Return where the words begin that present what stands below ``text``, None where there are none."""
    words = list(_WORD.finditer(text, max(0, len(text) - 200)))[-_MOST_WORDS:]
    start: int | None = None
    presents = 0
    for at in range(len(words) - 1, -1, -1):
        bare = words[at].group().strip(".,;:!?()\"“”'…–—-").lower().replace("’", "'")
        if bare and bare not in _PRESENTS and bare not in _BESIDE:
            break
        presents += bare in _PRESENTS
        before = words[at - 1].group() if at else ""
        ends = not before or before.endswith((".", ",", ";", ":", "!", "?", "–", "—", "-", "("))
        if presents and (ends or bare in _JOINTS):
            start = words[at].start()
        if before.endswith((".", "!", "?", ":")):
            break
    return start


def _without_lead(lines: tuple[NewLine, ...], at: int, start: int) -> tuple[NewLine, ...]:
    """Return the lines up to ``at`` without what presents, where a fault is told before it; ``start`` may lie in the line above."""
    cut = at if start >= 0 else at - 1
    text = lines[cut].text
    head = text[: start if start >= 0 else len(text.rstrip()) + 1 + start].rstrip(" ,;:(–—-")
    if not PROBLEM.search(head) and not any(PROBLEM.search(line.text) for line in lines[max(0, cut - 8) : cut]):
        return lines[: at + 1]
    return lines[:cut] + ((replace(lines[cut], text=head),) if head else ())
