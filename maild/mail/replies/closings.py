"""Closing formulas: "Kind regards", "Many thanks", "Cofion / Regards", alone on their line or with the author's name behind them."""

from __future__ import annotations

import re
from enum import Enum

from maild.mail.replies import words
from maild.mail.replies.lines import bare

_PARTS = re.compile(r"\s?[/|,&+]\s?|\s(?:and|a|und|et|y)\s")
_WORD = re.compile(r"[\w'’]+")
_MOST = 90
# How every formula begins; other lines need not be taken apart.
_BEGINNINGS = frozenset(formula[:2] for formula in words.REGARDS | words.THANKS)
_FIRST_WORDS = frozenset(formula.split(" ", 1)[0] for formula in words.REGARDS)
_AMBIGUOUS = frozenset({"best", "yours", "ta", "br", "tak"})


class Closing(Enum):
    """What a line closes with: regards go with the signature, thanks only with the name right below."""

    REGARDS = "regards"
    THANKS = "thanks"


def closing_of(line: str) -> Closing | None:
    """Return what the line closes with, where it is no more than a formula, or several in two languages."""
    text = bare(line)
    if text[:2] not in _BEGINNINGS or len(text) > _MOST:
        return None
    if text in words.REGARDS:
        return Closing.REGARDS
    if text in words.THANKS:
        return Closing.THANKS
    parts = [part.strip() for part in _PARTS.split(text)]
    if len(parts) < 2 or not all(part in words.REGARDS or part in words.THANKS for part in parts):
        return None
    return Closing.REGARDS if any(part in words.REGARDS for part in parts) else Closing.THANKS


def signs_with_name(line: str, names: frozenset[str]) -> bool:
    """Return whether the line is regards with a name behind them: ``Kind regards, Meg Pryce, Ward Clerk``."""
    text = bare(line)
    first = _WORD.search(text)
    if len(text) > _MOST or first is None or first.group() not in _FIRST_WORDS:
        return False
    spoken = _WORD.findall(text)
    for length in (4, 3, 2, 1):
        head = " ".join(spoken[:length])
        if head in words.REGARDS and head not in _AMBIGUOUS:
            rest = set(spoken[length:])
            return 0 < len(rest) <= (8 if names & rest else 3) and not words.TALK & rest and not any(word.isdigit() for word in rest)
    return spoken[0] == "best" and len(spoken) <= 3 and bool(names & set(spoken[1:]))
