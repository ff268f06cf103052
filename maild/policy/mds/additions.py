"""What is told beside the issue: additions ("Also …"), and other desks' numbers: a supplier's case, our change, an order (MDS-2)."""

from __future__ import annotations

import re

from maild.policy.mds.phrasing import STRONG_ISSUE
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence

_HELPS = quick(r"\bif (?:that|it) helps\b|\bin case (?:that|it) helps\b", re.IGNORECASE)
_NOTES = re.compile(r"(?:please note|note)(?: that)?\s", re.IGNORECASE)
_STRONG = re.compile(
    r"\b(?:down|broken|not work\w*|stopped|fail\w*|crash\w*|cannot|can'?t|unable|does(?:n'?t| not)|dead|gone|lost|missing)\b", re.IGNORECASE
)
_MORE = quick(
    r"^(?:also|for (?:your )?info(?:rmation)?|fyi|please note|note that|note:|nb|n\.b\.|in case it helps|it may help|"
    r"might help|other info|additional|no other (?:info\w*|details?|comments?|notes?)\b|nothing else|nothing (?:further|more|to add)|"
    r"not aware of any|in addition|extra info|p\.?s\.?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d/-]{3}")
_REFERENCE = quick(
    r"\b(?:our|my|local|internal|your)\b.{0,30}\b(?:ref(?:erence)?|ticket|call|case|job|log|incident|change|"
    r"request|order|project)\b.{0,20}\b[A-Z]{2,6}[-# ]?\d{4,}|\b(?:our|local) (?:ref(?:erence)?|ticket|call|case|job)\b.{0,15}\d{4,}",
    re.IGNORECASE,
)
_ID = r"(?<![\w@.])(?!inc\d)(?:[a-z]{1,6}[-/# ]{0,2})?\d[\d/-]{3,}(?![\d@])"
_OWNER = (
    r"(?:our|my|their|local|internal|in-?house|suppliers?|vendors?|manufacturers?|third[ -]party|external|contractors?|microsoft|"
    r"council|trust|"
    r"(?-i:[A-Z][a-z]{2,})(?<!The)(?<!Your)(?<!This)(?<!Ticket)(?<!Please)(?<!Call))(?:'s)?"
)
_NUMBERED = (
    r"(?:ref(?:erence)?|ticket|call(?! me| us| on)|case|job|incident|change|request|order|project|po|p\.o\.|sr|rfc|complaint|enquiry)"
)
# Another desk's number: "Supplier case number 4471822", "a ticket with Cerner, CRN-88231", "Purchase order 4500112233".
_THEIR_NUMBER = quick(
    rf"\b{_OWNER} (?:[\w-]+ ){{0,3}}{_NUMBERED}\b.{{0,25}}?{_ID}|"
    rf"\b{_NUMBERED} (?:\w+ ){{0,3}}(?:with|at|from|by|for) .{{0,30}}?{_ID}|"
    rf"\b{_OWNER} (?:[\w-]+ ){{0,3}}(?:has|have|had|logged|raised|recorded|registered|knows|calls?|tracks?)\b.{{0,25}}? (?:as|under|"
    rf"number|no) {_ID}|"
    rf"\b(?:purchase order|p\.?o\.?|work order|rfc|change request)(?: (?:number|no\.?|ref\w*|is|was))*[ :.#]{{1,3}}{_ID}",
    re.IGNORECASE,
)
_REFERENCE_WORDS = 14
_RAISED = quick(r"\b(?:raised|logged|reported|passed)\b.{0,60}\b[A-Z]{2,5}[-# ]?\d{5,}")


def tells_reference(sentence: Sentence) -> bool:
    """Return whether the sentence names another desk's reference."""
    if _NUMBER.search(sentence.text) is None:
        return False
    if _THEIR_NUMBER.search(sentence.text) and len(sentence.text.split()) <= _REFERENCE_WORDS and not STRONG_ISSUE.search(sentence.text):
        return True
    return bool(_REFERENCE.search(sentence.text) or _RAISED.search(sentence.text)) and len(sentence.text.split()) <= 24


def opens_with_fault(sentence: Sentence) -> bool:
    """Return whether the sentence tells a fault behind "Please note": what adds to nothing is the issue."""
    return bool(_NOTES.match(sentence.text)) and bool(_STRONG.search(sentence.text))


def adds_information(sentence: Sentence) -> bool:
    """Return whether the sentence opens as an addition: "Also …", "FYI …", "Nothing else to add"."""
    return bool(_MORE.search(sentence.text) or _HELPS.search(sentence.text))
