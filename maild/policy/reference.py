"""References in subject lines: found, written and read (REF-1, REF-6).

A reference is the configured prefix and number (``INC0012345``). Numbers that overflow the configured digits widen, and have no
leading zero then: INC12345678 is a reference, INC00123450 is none. Nothing here does IO; every pattern is linear on capped input.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from maild.policy.rules import ReferenceRules

_CAP = 2000  # characters of a subject that are looked at; RFC 5322 §2.1.1 allows 998 in a line
_WIDEST = 15
# Scripts that set no space between words: their characters beside a reference make no longer word of it.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_WORD = rf"[^\W_{_UNSPACED}]"
# Blank but not of category Cf: grapheme joiner, Hangul fillers, variation selectors.
_BLANK = frozenset("\u034f\u115f\u1160\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


def find_references(subject: str, rules: ReferenceRules) -> tuple[int, ...]:
    """Return the numbers of the references in a decoded, unfolded ``subject``, in order and each once.

    Specimens: ``AW: [EXTERNAL] *inc0012345* printer`` and ``FW: INC0012345_Ward7.pdf`` have one, ``ZINC0012345`` has none. (REF-1)
    """
    text = _plain(subject[:_CAP])
    hits = ((match.start(), _number(match)) for pattern in _patterns(rules) for match in pattern.finditer(text))
    return tuple(dict.fromkeys(number for _, number in sorted(hits) if number))


def format_reference(number: int, rules: ReferenceRules) -> str:
    """Return the reference of ``number``, wider than configured where it overflows."""
    return f"{rules.prefix}{number:0{rules.digits}d}"


def parse_reference(text: str, rules: ReferenceRules) -> int | None:
    """Return the number of the one reference, of today's form or an old one, that ``text`` is, or None."""
    plain = _plain(text[:_CAP]).strip()
    matches = (pattern.fullmatch(plain) for pattern in _patterns(rules))
    return next((_number(match) for match in matches if match), 0) or None


def old_pattern_fault(pattern: str) -> str:
    """Return what is wrong with an administrator's pattern of an old form (REF-6), or "" where it may be used.

    Repeats must be bounded (``[0-9]{6,9}``, not ``[0-9]+``), so that no subject can make it run long.
    """
    try:
        groups = re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    if groups != 1:
        return f"needs exactly one group, the digits of today's reference, and has {groups}"
    bare = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", pattern)
    if re.search(r"[*+]|\{[0-9]{0,9},\}|\{[0-9]{0,9},?[0-9]{3,}\}", bare):
        return "repeats without a bound below 100: write {1,9} for * and +"
    return ""


def _number(match: re.Match[str]) -> int:
    digits = match[1] or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _WIDEST else 0


def _plain(text: str) -> str:
    """Return ``text`` without invisible characters, its full-width and styled letters and digits made plain."""
    return text if text.isascii() else "".join(map(_plain_character, text))


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character in _BLANK:
        return ""
    # Only letters and digits in another dress: NFKC of a whole text would glue "№INC0012345" into a longer word.
    if unicodedata.decomposition(character).startswith(("<wide>", "<font>", "<narrow>")):
        return unicodedata.normalize("NFKC", character)
    return character


@lru_cache(maxsize=16)
def _patterns(rules: ReferenceRules) -> tuple[re.Pattern[str], ...]:
    wider = f"[1-9][0-9]{{{rules.digits},{_WIDEST - 1}}}"
    today = rf"{re.escape(_plain(rules.prefix))}([0-9]{{{rules.digits}}}|{wider})"
    forms = (today, *(f"(?:{pattern})" for pattern in rules.old_patterns))
    return tuple(re.compile(f"(?<!{_WORD}){form}(?!{_WORD})", re.IGNORECASE) for form in forms)
