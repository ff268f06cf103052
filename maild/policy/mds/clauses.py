"""Sentences cut into clauses, where they turn from the fault to telephone numbers or to how many are affected."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.policy.mds.alone import others_are_well
from maild.policy.mds.counting import is_own
from maild.policy.mds.numbers import WORD_NUMBER, counted_in
from maild.policy.mds.phrasing import EVIDENCE_WORDS, LISTS, PROBLEM, SAME_FAULT, UNTOUCHED
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence, quoted_spans

_CUE = (
    r"(?:(?:please |you can |could you |feel free to |best to )?(?:call|ring|phone|contact|reach|text) (?:me|us|our|on|my|(?=[(+]?0\d))|"
    r"(?:my|our|the best|best) (?:contact |direct |mobile |desk |work |phone |office )?"
    r"(?:number|mobile|extension|ext|phone|tel|telephone|mob|contact|bleep|line|no)\b|tel\b|mob(?:ile)?\b|ext\b|phone:|"
    r"(?:i'?m|i am|we'?re|we are) (?:on|available on|contactable|at) \+?[\d(]|"
    r"(?:you can |i can be |can be )?(?:get|reach|contact|call|ring|phone|speak to)(?:ed)? (?:me|us|hold)|contact (?:number|"
    r"no|tel)|number is|(?:it'?s |it is )?(?:just|only) (?:me|my|mine|the one)|"
    r"(?:it|this|which) (?:only |just |currently )?(?:affects|is affecting|impacts)|affect(?:s|ing)\b|(?:\d{1,6}|one|two|"
    r"three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?:of us|users?|people|staff|colleagues)\b)"
)
# A cue counts behind a mark only: to look for the mark first takes half the time of looking for a cue behind every blank.
_CLAUSE = re.compile(
    rf"(?:(?:\s[-–—]|[,;:])\s{{1,4}}(?:and |so )?|(?<=\.)\s{{1,4}}(?:and |so )?|\s{{1,4}}(?:and |so ))(?={_CUE})", re.IGNORECASE
)
_NUMBER_FIRST = re.compile(r"\(?\+?\d[\d ()-]{8,18}\d\s?[,;]\s")


_COUNT_START = re.compile(
    r"\d|one |two |three |four |five |six |seven |eight |nine |ten |eleven |twelve |affect|it |this |which ", re.IGNORECASE
)


# Where a sentence may turn from the fault to who has it, or to what is attached.
_TURN = re.compile(r"\s?[,;:]\s+|\s[-–—+]+\s|\s\(|\.(?=\s)\s|\s(?=(?:and|but|for|affecting|as) )", re.IGNORECASE)
_MAY_TURN = quick(
    r"\bus\b|\busers?\b|people|staff|\belse\b|\bonly\b|others?\b|\brest\b|colleagues|\bjust\b|affected|\bone\b|attach|enclos|screen|"
    r"photo|picture",
    re.IGNORECASE,
)
_MOST_TURNS = 12
_HEAD_WORDS = 2
_SAME = re.compile(r"(?:this|that|it|which)(?:'s| is| was| has| affects| seems)\b(?: \S+){0,4}$", re.IGNORECASE)  # of the fault told before
_ALSO = re.compile(
    r"^(?:and|but|so|as|that is|i\.?e\.?|for|affecting|it affects|there (?:are|is)|which is|because|since|namely)\s+", re.IGNORECASE
)
_PLACE = re.compile(
    r"\b(?:on|in|at|from|here|there|so far|today|now|currently|this (?:morning|afternoon|week))\b(?: [\w'-]+){0,4}$", re.IGNORECASE
)
_WHO = re.compile(
    r"\b(?:all|both|only|just|of|us|them|the|our|my|me|in|total|altogether|about|around|approx\w*|at|least|over|nearly|users?|people|"
    r"persons?|staff|colleagues?|members?|team|affected|impacted|are|is|have|has|had|been|it|this|that|same|so|far|and|we|i|each|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,5})\b",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\b(?:attach\w*|enclos\w*|screen ?shots?|screen ?grabs?|pictures?|photos?|snips?)\b|^\(?see (?:[\w-]+\.\w{2,4}|below|above)\)?$",
    re.IGNORECASE,
)
_FILE_WORDS = 12
_US_COUNT = re.compile(rf"(?:us|we are|we're|there are|all) (?:\d{{1,4}}|{WORD_NUMBER})\b.{{0,30}}", re.IGNORECASE)


def _is_who(tail: str) -> bool:
    """Return whether ``tail`` only says who, or how many, have the fault that was told before it."""
    bare = _ALSO.sub("", tail.strip(" ()"))
    told = Sentence(text=bare, number=0, paragraph=0)
    if is_own(told):
        return not PROBLEM.search(SAME_FAULT.sub(" ", bare)) or others_are_well(bare)
    if "@" in bare or not (counted_in(bare) or _US_COUNT.fullmatch(bare)) or PROBLEM.search(bare):
        return False
    return len(_WHO.sub(" ", _PLACE.sub("", bare)).split()) <= (not tail.lower().startswith("for "))


def _is_file(tail: str) -> bool:
    """Return whether ``tail`` only says that something is attached that shows the fault told before it."""
    bare = tail.strip(" ()")
    if len(bare.split()) > _FILE_WORDS or not _FILE.search(bare) or LISTS.search(bare):
        return False
    return not PROBLEM.search(EVIDENCE_WORDS.sub(" ", bare))


def _tells(head: str) -> bool:
    return len(head.split()) >= _HEAD_WORDS and PROBLEM.search(head) is not None and not UNTOUCHED.search(head)


def _turned(text: str, spans: list[tuple[int, int]]) -> tuple[str, str]:
    """Return the fault, and what behind it says who has it; what only says that a file is attached is left out."""
    who = ""
    for _ in range(3):
        for turn in list(_TURN.finditer(text))[-_MOST_TURNS:]:
            head, tail = text[: turn.start()], text[turn.end() :].strip(" .!)")
            if not _MAY_TURN.search(tail) or any(first < turn.start() < last for first, last in spans):
                continue
            tells_who = _is_who(tail)
            if not (tells_who or _is_file(tail)) or _SAME.match(head) or not _tells(head):
                continue
            text, who = head, (f"{tail}, {who}" if who else tail) if tells_who else who
            break
        else:
            break
    return text, who


def clauses_of(sentence: Sentence, *, turns: bool = True) -> list[Sentence]:
    """Return the sentence cut where it turns to telephone numbers, to who or how many are affected, or to what is attached.

    Without ``turns``, which only the issue is cut by, it is cut at telephone numbers and plain counts alone.
    """
    if not turns or not _MAY_TURN.search(sentence.text):
        return _called(sentence)
    found: list[Sentence] = []
    for clause in _called(sentence):
        text, who = _turned(clause.text, quoted_spans(clause.text)) if _MAY_TURN.search(clause.text) else (clause.text, "")
        found.append(clause if text == clause.text else replace(clause, text=text))
        found += [replace(clause, text=who)] if who else []
    return found


def _called(sentence: Sentence) -> list[Sentence]:
    """Return the sentence cut where it turns to telephone numbers or to how many are affected."""
    text = sentence.text
    spans = quoted_spans(text)
    parts, start = [], 0
    number = _NUMBER_FIRST.match(text)
    if number:
        parts, start = [number.group()], number.end()
    for cut in list(_CLAUSE.finditer(text))[:8]:
        if cut.start() <= start or any(first < cut.start() < last for first, last in spans):
            continue
        if _COUNT_START.match(text, cut.end()) and not PROBLEM.search(text[start : cut.start()]):
            continue
        parts.append(text[start : cut.start()])
        start = cut.end()
    parts.append(text[start:])
    kept = [part.strip(" ,;–—-") for part in parts]
    if kept == [text]:
        return [sentence]
    return [replace(sentence, text=part) for part in kept if part]
