"""Labelled answers in the new text: ``Label: value`` lines, values on the lines below, lists and tables (MDS-2).

• Requestor contact number: 0113 496 0770          Number of affected users<TAB>2          | Issue Description | It is down |
Affected user(s) email address(es):
one@trust.example
two@trust.example
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from maild.mail.phrases import phrases
from maild.mail.replies import NewLine
from maild.policy.mds.fields import FieldRule, FieldType
from maild.policy.mds.labels import LABEL_CHARS, LabelIndex, Match, begins_cell, normal
from maild.policy.mds.sentences import split_sentences

_MOST_LINES = 400
_MOST_ROWS = 4_000
_HEADS = frozenset(
    phrases(
        """
        field response | field value | information response | item detail | md response | mds response | minimum data set response |
        question answer
        """
    )
)
_NUMBERED = re.compile(r"\W{0,8}(?:[Qq]?\d{1,2}|[a-hA-H])?\W{0,3}")
_NEXT_LABEL = re.compile(r"[,;.]\s{1,3}(?:and\s)?([A-Za-z][^:,;.]{1,60}?)(?::|\s[-–=]\s)")
_UNKNOWN = re.compile(r"[A-Z][\w' ]{1,25}:\s{1,4}\S")  # a label that is none of ours
_COLON = re.compile(":")
_COLONS = 12  # colons of a line that are looked at
_SPACED = re.compile(r"\S+")
_REFERENCE = re.compile(
    r"\W{0,4}(?:our|local|call|my|your)?\s?(?:local |call )?(?:ref|reference|ticket)\b", re.IGNORECASE
)  # free text tells it
_UNDONE = 3  # labels alone on their lines that show a table whose cells became lines
_WORD_CHARS = 14  # of a label of one word
_VALUE_WORDS = 2  # beside a number or an address: "4 users"
# How a sentence goes on that begins like a label: "Users cannot …", "Error when …".
_AS_TALK = re.compile(
    r"(?:can(?:not|'t|t)?|could|is|are|was|were|has|have|had|does|do|did|will|would|when|whenever|with|since|in|on|at|to|for|from|of|"
    r"and|or|"
    r"that|who|which|keeps?|gets?|comes?|if|after|as|says?|me|us|my|will|won't|not|still|it|i|you)\b",
    re.IGNORECASE,
)
_LINE_OF_LABELS = 2_000
_BORDER = re.compile(r"[\s+|=\-_*~]{3,}")
# Sentences of our own mails, where no mark tells that they are quoted.
_TEMPLATE = re.compile(
    r"\W{0,4}(?:if we do not hear from you|please reply to this e?-?mail|do not use this address|your ticket [A-Z]{2,6}\d+ has been placed|"
    r"thank you for contacting|"
    r"nhs demo service desk\b)",
    re.IGNORECASE,
)
_ROWS = 2  # labels that run on into their answers and make a table of the lines
_CLOSING = frozenset(
    phrases(
        """
        cheers | diolch | diolch yn fawr | hope that helps | hope this helps | kind regards | let me know if you need anything else |
        many thanks | please let me know if you need anything else | regards | thank you | thank you in advance | thanks | thanks again
        | thanks in advance
        """
    )
)


@dataclass(slots=True, kw_only=True)
class Entry:
    """One labelled answer: the keys its label may stand for, the lines of its value, and the number of the label's line."""

    keys: tuple[str, ...]
    value: list[str]
    number: int
    official: bool
    inline: bool = True  # the value began on the label's line
    taken: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRead:
    """The labelled answers of a text, in order, and the lines that are none."""

    entries: tuple[Entry, ...]
    rest: tuple[NewLine, ...]


def read_form(lines: Sequence[NewLine], index: LabelIndex, types: Callable[[str], FieldRule | None]) -> FormRead:
    """Return the labelled answers in ``lines``; ``types`` gives the field of a key."""
    rows = _rows(lines, index)
    found = _matches(rows, index, types)
    across = _across(rows, index)
    entries: list[Entry] = list(across[0])
    used = set(across[1])
    starts = [at for at, _ in found]
    table = sum(_runs_on(match, _fields_of(match, types)) for _, match in found if match.rest and not match.separated) >= _ROWS
    for position, (at, match) in enumerate(found):
        if at in used:
            continue
        following = starts[position + 1] if position + 1 < len(starts) else None
        entry = _entry(rows, at, match, following, _fields_of(match, types), table=table)
        if entry is None:
            continue
        used.update(entry.taken)
        entries.append(entry)
    rest = tuple(row for at, row in enumerate(rows) if at not in used and _is_talk(row.text))
    entries.sort(key=lambda entry: entry.number)
    return FormRead(entries=tuple(entries), rest=rest)


def _rows(lines: Sequence[NewLine], index: LabelIndex) -> list[NewLine]:
    """Return the lines, with the cells of a row of pipes parted by TABs, and several labels of one line on rows of their own."""
    rows: list[NewLine] = []
    for line in _unwrapped(lines[:_MOST_ROWS], index):
        row = _row(line) if "|" in line.text else line
        several = (row.text.count(":") + row.text.count(" - ") > 1 or (":" in row.text and ". " in row.text)) and len(
            row.text
        ) < _LINE_OF_LABELS
        rows += _parted(row, index) if several else [row]
    return rows


def _parted(line: NewLine, index: LabelIndex) -> list[NewLine]:
    """Return the labelled answers that stand one behind the other on a line: ``Tel: 0113 …, users: 3, issue: …``."""
    begins = index.match(line.text) is not None
    head = _NUMBERED.match(line.text)
    cuts = {
        cut.start(): cut.start(1)
        for cut in _NEXT_LABEL.finditer(line.text, head.end() if head else 0)
        if index.keys_of(cut.group(1), near=False) and (begins or " " in cut.group(1))
    }
    if begins:
        cuts |= {start: start for start in _official_starts(line.text, index) if start not in cuts.values()}
    parts, start = [], 0
    for end, following in sorted(cuts.items()):
        parts.append(line.text[start:end])
        start = following
    parts.append(line.text[start:])
    if not begins and len(parts) > 1:  # within talk, an answer ends with its sentence
        told = [split_sentences(part) for part in parts[1:]]
        parts = (
            [line.text[: min(cuts) + 1]]
            + [" ".join(sentences[1:]) for sentences in told]
            + [sentences[0] for sentences in told if sentences]
        )
    return [NewLine(number=line.number, text=part) for part in parts]


def _unwrapped(lines: Sequence[NewLine], index: LabelIndex) -> list[NewLine]:
    """Return the lines with the form's long labels, which programs wrap, on one line each."""
    joined: list[NewLine] = []
    at = 0
    while at < len(lines):
        line, more = lines[at], 0
        while more < 2 and at + more + 1 < len(lines) and index.is_begun(line.text):
            more += 1
            line = NewLine(number=line.number, text=f"{line.text.rstrip()} {lines[at + more].text.strip()}")
        whole = more and index.match(line.text)
        joined.append(line if whole and whole.official else lines[at])
        at += more + 1 if whole and whole.official else 1
    return joined


def _row(line: NewLine) -> NewLine:
    text = line.text.strip()
    if text.count("|") < 2 or not text.startswith("|"):
        return line
    return NewLine(number=line.number, text="\t".join(cell.strip() for cell in text.strip("|").split("|")))


def _official_starts(text: str, index: LabelIndex) -> list[int]:
    """Return where the form's own labels begin within a line, behind a blank and before a colon."""
    found = []
    for colon in list(_COLON.finditer(text))[1:_COLONS]:
        words = list(_SPACED.finditer(text, max(0, colon.start() - LABEL_CHARS), colon.start()))
        starts = (word.start() for word in words[1:] if index.is_official(text[word.start() : colon.start()]))
        found += list(starts)[:1]
    return found


def _matches(rows: list[NewLine], index: LabelIndex, types: Callable[[str], FieldRule | None]) -> list[tuple[int, Match]]:
    """Return the rows that begin with a label; of a table undone, in which cells became lines or run together, single words count too."""
    found = {at: match for at, row in enumerate(rows) if (match := _match(row.text, index)) is not None}
    words = _single_words(rows, found, index)
    if not words:
        return sorted(found.items())
    alone = {at: match for at, match in words.items() if not match.rest}
    if sum(not match.separated and not match.rest for match in found.values()) + len(alone) >= _UNDONE:
        found |= alone
    filled = [at for at, row in enumerate(rows) if row.text.strip()]
    cells = {at: match for at, match in words.items() if match.rest and not _AS_TALK.match(match.rest)}
    typed = {at: match for at, match in cells.items() if _is_value(match, _fields_of(match, types))}
    run_on = [at for at, match in found.items() if match.rest and not match.separated and _runs_on(match, _fields_of(match, types))]
    if len(run_on) + len(typed) >= _ROWS:
        found |= typed
        for at, above, below in zip(filled, [-1, *filled], [*filled[1:], -1], strict=False):
            if at in cells and (above in found or below in found):
                found[at] = cells[at]
    return sorted(found.items())


def _single_words(rows: list[NewLine], found: dict[int, Match], index: LabelIndex) -> dict[int, Match]:
    """Return the rows that begin with a label of one word, without a mark behind it: labels only where others make a table."""
    words = {}
    for at, row in enumerate(rows):
        if at in found or not row.text:
            continue
        word, _, rest = row.text.strip(" \t*•").partition(" ")
        if word.lower() not in index.singles or not word[0].isupper() or (rest and len(word) > _WORD_CHARS):
            continue
        keys = index.keys_of(word, near=False)
        if keys or (keys is not None and rest):
            words[at] = Match(keys=keys, rest=rest.strip(" \t*|"), separated=True, official=False)
    return words


def _is_value(match: Match, fields: list[FieldRule]) -> bool:
    """Return whether what follows the word is a number or an address and no more: "Phone 0113 496 0001"."""
    rest = match.rest
    if not any(rule.type in (FieldType.COUNT, FieldType.PHONE, FieldType.EMAIL, FieldType.EMAIL_LIST) for rule in fields):
        return False
    words = rest.split()
    return (rest[0].isdigit() or rest[0] in "+(" or "@" in words[0]) and sum(word.isalpha() for word in words) <= _VALUE_WORDS


def _match(text: str, index: LabelIndex) -> Match | None:
    return index.match(text) if text and text.strip() else None


def _is_talk(text: str) -> bool:
    """Return whether the line may be free text: no border, no head of a table, no sentence of ours."""
    return not _BORDER.fullmatch(text or "x") and not _is_head(text) and not _TEMPLATE.match(text)


def _is_head(text: str) -> bool:
    return "\t" in text and normal(text) in _HEADS


def _across(rows: list[NewLine], index: LabelIndex) -> tuple[list[Entry], list[int]]:
    """Return the answers of a table whose labels stand side by side, the values below them."""
    for at in range(len(rows) - 1):
        cells = rows[at].text.split("\t")
        if len(cells) < 3 or "\t" not in rows[at + 1].text:
            continue
        keys = [index.keys_of(cell.strip(" *:"), near=False) for cell in cells]
        below = rows[at + 1].text.split("\t")
        if len([entry for entry in keys if entry]) >= max(2, len(cells) - 1) and len(below) == len(cells):
            entries = [
                Entry(keys=key, value=[cell.strip()], number=rows[at + 1].number, official=index.is_official(label))
                for key, cell, label in zip(keys, below, cells, strict=True)
                if key
            ]
            return entries, [at, at + 1]
    return [], []


def _fields_of(match: Match, types: Callable[[str], FieldRule | None]) -> list[FieldRule]:
    return [rule for key in match.keys if (rule := types(key)) is not None]


def _entry(rows: list[NewLine], at: int, match: Match, following: int | None, fields: list[FieldRule], *, table: bool) -> Entry | None:
    """Return the answer of the label at row ``at``, or None where it is no label after all.

    In a ``table`` whose cells run together, a label need not be the form's own to be followed by its answer.
    """
    if match.keys and not fields:
        return None
    entry = Entry(keys=match.keys, value=[], number=rows[at].number, official=match.official, taken=[at])
    if match.rest:
        entry.value.append(match.rest)
    entry.inline = bool(match.rest)
    if not match.keys:
        entry.taken = [] if _REFERENCE.match(rows[at].text) else entry.taken
        return entry
    if match.rest and not match.separated and not _runs_on(match, fields) and not (table and begins_cell(match.rest)):
        return None
    if not match.rest and not match.separated and not _stands_alone(rows, at, following):
        return None
    _gather(entry, rows, at, following, fields)
    return entry


def _runs_on(match: Match, fields: list[FieldRule]) -> bool:
    """Return whether what follows a label without a colon is its answer: anything behind a label of the form, else a number or address."""
    first = match.rest.split(" ", 1)[0]
    typed = all(rule.type in (FieldType.COUNT, FieldType.PHONE, FieldType.EMAIL, FieldType.EMAIL_LIST) for rule in fields)
    return (match.official and not typed) or (typed and (first[:1].isdigit() or first[:1] in "+(" or "@" in first))


def _stands_alone(rows: list[NewLine], at: int, following: int | None) -> bool:
    """Return whether something that may answer stands below a label without a colon."""
    return at + 1 < len(rows) and bool(rows[at + 1].text.strip() or (at + 2 < len(rows) and rows[at + 2].text.strip()))


def _gather(entry: Entry, rows: list[NewLine], at: int, following: int | None, fields: list[FieldRule]) -> None:
    """Add the lines below the label that belong to its answer."""
    kinds = {rule.type for rule in fields}
    text = bool(kinds & {FieldType.TEXT, FieldType.EVIDENCE})
    blanks = 0
    for row in range(at + 1, min(following if following is not None else len(rows), at + _MOST_LINES)):
        line = rows[row].text.strip()
        if not line:
            blanks += 1
            continue
        if not _belongs(entry, line, blanks, kinds, text=text, last=following is None):
            return
        entry.value.append(line)
        entry.taken.append(row)
        blanks = 0


def _belongs(entry: Entry, line: str, blanks: int, kinds: set[FieldType], *, text: bool, last: bool) -> bool:
    if line.lower().strip(" .,!") in _CLOSING or _BORDER.fullmatch(line) or _TEMPLATE.match(line):
        return False
    if FieldType.EMAIL_LIST in kinds and "@" in line and _is_list_item(line):
        return blanks <= 1
    if not entry.value:
        return blanks <= 1
    if entry.inline and ("\t" in line or _UNKNOWN.match(line)):
        return False
    if not text:
        return False
    return blanks == 0 or (not last and blanks <= 2)


def _is_list_item(line: str) -> bool:
    """Return whether the line is an address with at most a name or bullet beside it, or several addresses."""
    words = line.replace(",", " ").replace(";", " ").split()
    plain = [word for word in words if "@" not in word]
    return len(plain) <= 6


def value_of(entry: Entry) -> str:
    """Return the answer's text: wrapped lines joined, a list kept line by line."""
    text = ""
    for line in entry.value:
        if not text:
            text = line
        elif len(text.rpartition("\n")[2]) > 50 and (line[:1].islower() or line[:1].isdigit()):
            text += " " + line
        else:
            text += "\n" + line
    return text
