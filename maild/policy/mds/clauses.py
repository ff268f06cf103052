"""Sentences cut into clauses, where they turn from the fault to telephone numbers or to how many are affected."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.policy.mds.phrasing import PROBLEM
from maild.policy.mds.sentences import Sentence, quoted_spans

_CUE = (
    r"(?:(?:please |you can |could you |feel free to |best to )?(?:call|ring|phone|contact|reach|text) (?:me|us|our|on|my)|"
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


def clauses_of(sentence: Sentence) -> list[Sentence]:
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
