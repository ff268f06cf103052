"""Numbers of other desks: a supplier's case, our change, a local ticket, a purchase order (MDS-2)."""

from __future__ import annotations

import re

from maild.policy.mds.phrasing import STRONG_ISSUE
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence

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
