"""Answers typed inside the quoted form: they are what the person wrote now, although they stand in a quote (MDS-2).

    > Requestor contact number: 0141 496 0066          > Number of affected users:
    > Number of affected users:                        3 of us
                                                       > Issue Description:

A label counts only when it is one of the form's own, word for word; it may be wrapped over lines. What a label asks is never
taken for an answer: only what stands behind it, below it before the next label, or unquoted under it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from maild.mail.replies import words
from maild.mail.replies.lines import LONG, level_of, plain, unquoted
from maild.mail.replies.quotes import opening_at
from maild.mail.replies.reply import Answer, Kind

# The labels of the procedure's form; a configuration with other labels passes its own.
PROCEDURE_FORM = (
    "Requestor email address",
    "Requestor contact number",
    "Number of affected users",
    "Affected user(s) email address(es)",
    "Issue Description",
    "Please provide any error messages, screenshots or emails (saved as .eml or .msg)",
    "Any other information you may think will be relevant to assist us in resolving your incident",
)

_WORD = re.compile(r"\w+")
_LEAD = re.compile(r"[\s>•·▪◦o*\-–_|#]{0,8}(?:\(?\d{1,2}[.):]\s{0,4}|\(?[a-h][.)]\s{0,4})?[*_\s]{0,4}")
_AFTER = " \t)*_"
_ENDS = (":", "?", "=", "\t", "|", "-", "–", ".", "：")
_WRAP = 4
_MOST_SLOTS = 200
_HOLLOW = re.compile(r"[\s_.…\[\]()<>*|]*|[\s_.…\[\]()<>*|\-–]{4,}")  # a dash or two is typed


@dataclass(slots=True, kw_only=True)
class _Slot:
    """A label found in the quoted form, and what has been gathered for it."""

    label: str
    start: int
    end: int
    rest: str
    value: list[str] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    apart: bool = False  # the answer stands below a blank line


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the quoted form gave: answers, the labels asked, and the unquoted lines that were answers."""

    answers: tuple[Answer, ...]
    asked: tuple[str, ...]
    taken: frozenset[int]


class Labels:
    """The form's labels, ready to be found at the start of a line."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self._by_first: dict[str, list[tuple[list[str], str]]] = {}
        for label in labels:
            tokens = _WORD.findall(label.lower())
            if tokens:
                self._by_first.setdefault(tokens[0], []).append((tokens, label))
        for group in self._by_first.values():
            group.sort(key=lambda entry: -len(entry[0]))

    def at(self, lines: list[str], index: int, end: int) -> tuple[str, int, str] | None:
        """Return (label, line after it, rest of its last line) when a label of the form begins at ``index``, else None."""
        line = unquoted(lines[index][:LONG])
        lead = _LEAD.match(line)
        line = line[lead.end() :] if lead else line
        first = _WORD.match(line)
        for tokens, label in self._by_first.get(first.group().lower(), ()) if first else ():
            found = _matched(tokens, line, lines, index, end)
            if found is not None:
                return label, *found
        return None


def _matched(tokens: list[str], line: str, lines: list[str], index: int, end: int) -> tuple[int, str] | None:
    """Return (line after the label, rest) when ``tokens`` stand at the start of ``line`` and its continuations."""
    want = 0
    for at in range(index, min(index + _WRAP, end)):
        text = line if at == index else unquoted(lines[at][:LONG])
        stop = 0
        for word in _WORD.finditer(text):
            if want == len(tokens):
                break
            if word.group().lower() != tokens[want]:
                return None
            want += 1
            stop = word.end()
        if not stop:
            return None
        if want == len(tokens):
            return _rest(text[stop:], at)
    return None


def _rest(tail: str, at: int) -> tuple[int, str] | None:
    raw = tail.lstrip(" )*_")
    if raw and not raw.startswith(_ENDS):
        return None
    return at + 1, raw.lstrip(" \t:?=|*_.：").strip()


def answers_in(lines: list[str], kinds: list[Kind], labels: Labels) -> Found:
    """Return the answers typed inside the quoted form, in the order of the mail."""
    slots = _slots(lines, kinds, labels)
    loose = _is_loose(slots, lines)
    for number, slot in enumerate(slots):
        following = slots[number + 1].start if number + 1 < len(slots) else None
        _fill(slot, following, lines, kinds, loose=loose and any(other.apart for other in slots))
    answers = tuple(
        Answer(label=slot.label, value=" ".join(slot.value) if len(slot.value) < 3 else "\n".join(slot.value), number=slot.start + 1)
        for slot in slots
        if slot.value
    )
    taken = frozenset(index for slot in slots for index in slot.taken)
    return Found(answers=answers, asked=tuple(dict.fromkeys(slot.label for slot in slots)), taken=taken)


def _slots(lines: list[str], kinds: list[Kind], labels: Labels) -> list[_Slot]:
    """Return the labels found in the outermost quote, up to the next older mail in it."""
    slots: list[_Slot] = []
    index = 0
    opened = False
    while index < len(lines) and len(slots) < _MOST_SLOTS:
        if kinds[index] is not Kind.QUOTE or level_of(lines[index]) > 1:
            index += 1
            continue
        opening = opening_at(lines, index) if ":" in lines[index] or not level_of(lines[index]) else None
        if opening is not None and opened:
            break
        if opening is not None:
            opened, index = True, opening.end
            continue
        found = labels.at(lines, index, len(lines))
        if found is None:
            index += 1
            continue
        slots.append(_Slot(label=found[0], start=index, end=found[1], rest=found[2]))
        index = found[1]
    return slots


def _is_loose(slots: list[_Slot], lines: list[str]) -> bool:
    """Return whether blank lines stand between the form's labels, as some clients make of its paragraphs."""
    gaps = sum(any(not unquoted(lines[at]).strip(" >") for at in range(slot.end, after.start)) for slot, after in pairwise(slots))
    return len(slots) > 1 and gaps == len(slots) - 1


def _fill(slot: _Slot, following: int | None, lines: list[str], kinds: list[Kind], *, loose: bool) -> None:
    """Gather what answers the label: behind it, in quoted lines below it, or in unquoted lines below it."""
    if slot.rest and not _HOLLOW.fullmatch(slot.rest):
        slot.value.append(slot.rest)
    end = min(following if following is not None else len(lines), slot.end + 40)
    blanks = 0
    for index in range(slot.end, end):
        content = unquoted(lines[index]).strip().lstrip("|").strip()
        if kinds[index] is Kind.TEXT and not level_of(lines[index]):
            if content and not _take_unquoted(slot, index, content, blanks, following):
                return
            blanks = 0 if content else blanks + 1
            continue
        if not content:
            blanks += 1
            continue
        if not _may_continue(slot, content, kinds[index], blanks, last=following is None, loose=loose, level=level_of(lines[index])):
            return
        slot.apart = slot.apart or (blanks > 0 and not slot.value)
        slot.value.append(content)
        blanks = 0


def _take_unquoted(slot: _Slot, index: int, content: str, blanks: int, following: int | None) -> bool:
    """Take an unquoted line below an empty label as its answer; below a filled one it stays text."""
    if slot.value and (not slot.taken or (blanks and following is None)):
        return False
    slot.value.append(content)
    slot.taken.append(index)
    return True


def _may_continue(slot: _Slot, content: str, kind: Kind, blanks: int, *, last: bool, loose: bool, level: int) -> bool:
    """Return whether a quoted line below the label belongs to its answer and not to the template."""
    if kind is not Kind.QUOTE or slot.taken or level > 1 or _HOLLOW.fullmatch(content):
        return False
    if content.startswith("(") and content.endswith(")") and not slot.value:
        return False
    if _is_template(plain(content)) or _is_other_label(content):
        return False
    if not blanks or not last:  # a template has nothing between its labels
        return True
    return not slot.value and loose


def _is_template(text: str) -> bool:
    """Return whether the line is one of those that stand below the form in mails of ours."""
    return text.startswith(words.TEMPLATE_STARTS) or " call us on " in text


def _is_other_label(content: str) -> bool:
    """Return whether the line begins with a label that the form does not know."""
    label, colon, rest = content[:LONG].partition(":")
    return bool(colon) and (not rest.strip() or (label[:1].isupper() and 3 <= len(label.split()) <= 16))
