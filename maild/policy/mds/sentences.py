"""Free text as sentences, each with the number of its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maild.mail.phrases import phrases
from maild.mail.replies import NewLine

_WRAP_AT = 66  # a line that would have been longer with the next word was wrapped by a program
_MOST = 1_200  # characters of a sentence that are looked at
_MOST_SENTENCES = 120
_ABBREVIATIONS = frozenset(
    phrases(
        """
        dr | mr | mrs | ms | prof | st | no | nos | tel | ext | extn | approx | e.g | i.e | eg | ie | etc | vs | dept | mob | inc |
        ref | min | max | fri | mon | tue | wed | thu | sat | sun | jan | feb | mar | apr
        """
    )
)
_END = re.compile(r"[.!?…]+[\"”’')\]]{0,2}(?=\s|$)(?!(?<=\?) (?:in|instead|rather|on|at|with|to|as|of|not|and|but) )")
_OPEN = {"“": "”", "«": "»"}
_SINGLE_QUOTED = re.compile(r"(?<!\w)['‘]([^'‘’\n]{6,300})['’](?!\w)")
_APOSTROPHES = str.maketrans("’‘", "''")
_ITEM = re.compile(r"\s{0,8}(?:[•·▪◦*–-]|\(?\d{1,2}[.)]|\(?[a-h][.)]|[Qq]\d{1,2}[.:)]?)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence: its text, the number of the line it begins on, the paragraph it stands in, and the how manieth of the text it is."""

    text: str
    number: int
    paragraph: int
    order: int = 0


def sentences_of(lines: Sequence[NewLine]) -> list[Sentence]:
    """Return the sentences of free text; a line break ends one unless a program wrapped the line there."""
    found: list[Sentence] = []
    paragraph = 0
    pending, number, last = "", 0, ""
    for line in lines:
        item = _ITEM.match(line.text)
        text = line.text[item.end() if item else 0 : 4 * _MOST]
        text = " ".join((text if text.isascii() else text.translate(_APOSTROPHES)).split())
        if not text or item or (pending and not _is_wrapped(last, text)):
            _add(found, pending, number, paragraph)
            pending = ""
            paragraph += not text
        if text:
            pending, number = (f"{pending} {text}", number) if pending else (text, line.number)
        last = line.text.rstrip()
        if len(found) > _MOST_SENTENCES:
            return found
    _add(found, pending, number, paragraph)
    return found


def _is_wrapped(above: str, text: str) -> bool:
    if not above:
        return False
    if len(above) > 90:
        return False
    if len(above) + 1 + len(text.split(" ", 1)[0]) > _WRAP_AT:
        return True
    return not above.endswith((".", "!", "?", ":", ";")) and text[:1].islower() and above[-1:] not in ",-" and len(above) > 30


def _add(found: list[Sentence], text: str, number: int, paragraph: int) -> None:
    parts = [part for part in split_sentences(text) if part[0].isalnum() or any(c.isalnum() for c in part)]
    found.extend(Sentence(text=part, number=number, paragraph=paragraph, order=order) for order, part in enumerate(parts, len(found)))


def split_sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph; what stands in quotation marks is not split."""
    text = text[: 8 * _MOST]
    quoted = quoted_spans(text)
    parts: list[str] = []
    start = span = 0
    for end in _END.finditer(text):
        while span < len(quoted) and quoted[span][1] <= end.start():
            span += 1
        if span < len(quoted) and quoted[span][0] < end.start() and end.end() < quoted[span][1]:
            continue
        word = text[start : end.start()].rpartition(" ")[2].lower().strip("(\"'“")
        follows = text[end.end() : end.end() + 2].strip()
        if end.group().startswith(".") and (word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i")) and follows:
            continue
        parts.append(text[start : end.end()].strip())
        start = end.end()
    parts.append(text[start:].strip())
    return [part[:_MOST] for part in parts if part]


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of what stands in quotation marks."""
    if '"' not in text and "“" not in text and "«" not in text:
        return []
    spans = []
    opened, closing = -1, ""
    for at, character in enumerate(text):
        if opened < 0 and (character in _OPEN or character == '"'):
            opened, closing = at, _OPEN.get(character, '"')
        elif opened >= 0 and (character == closing or (closing == "”" and character == '"')):
            spans.append((opened, at + 1))
            opened = -1
    return spans


def quoted_in(text: str) -> list[tuple[str, int]]:
    """Return (what stands in quotation marks, where it begins) in ``text``; single quotation marks count round two words or more."""
    found = [(text[start + 1 : end - 1].strip(), start) for start, end in quoted_spans(text)]
    if not found and ("'" in text or "‘" in text):
        found = [(match.group(1).strip(), match.start()) for match in _SINGLE_QUOTED.finditer(text) if " " in match.group(1)]
    return [entry for entry in found if entry[0]]
