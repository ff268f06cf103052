"""Lines of a mail's text, cleaned for comparison, and the array that says what each one is.

Every pass over a mail goes forward line by line and looks at most a few lines ahead: the work is linear in the input.
"""

from __future__ import annotations

from functools import lru_cache

from maild.mail.replies.reply import Folded, Kind

_SPACES = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\ufeff": None,
        "\u2060": None,
        "\r": None,
    }
)
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})
LONG = 2000  # characters of a line that comparisons look at
_SHORT = 200


def lines_of(text: str) -> list[str]:
    """Return the lines of ``text`` with odd spaces made plain and none at the end."""
    plain_spaces = text.replace("\r", "") if text.isascii() else text.translate(_SPACES)
    return [line.rstrip() for line in plain_spaces.split("\n")]


def plain(line: str) -> str:
    """Return ``line`` lower-cased and trimmed, with straight quotation marks, hyphens for dashes, and capped."""
    return _plain_short(line) if len(line) <= _SHORT else _plain(line)


def _plain(line: str) -> str:
    line = line[:LONG].strip()
    return line.lower() if line.isascii() else line.translate(_QUOTES).lower()


_plain_short = lru_cache(maxsize=512)(_plain)  # each pass over a mail asks for the same lines


def bare(line: str) -> str:
    """Return ``line`` as ``plain`` gives it, without marks and punctuation round it: ``*Kind regards,*`` is ``kind regards``."""
    return plain(line).strip(" \t*_.,;:!~-–|/#")


def level_of(line: str) -> int:
    """Return how deep the line is quoted: the number of ``>`` it starts with."""
    level = 0
    for character in line:
        if character == ">":
            level += 1
        elif (character != " " and character != "\t") or (level == 0 and character == "\t"):
            break
    return level


def unquoted(line: str) -> str:
    """Return ``line`` without its quote marks."""
    return line.lstrip("> \t") if line.lstrip().startswith(">") else line


def runs(kinds: list[Kind]) -> list[tuple[int, int, Kind]]:
    """Return (first, end, kind) of each run of lines of one kind, in order."""
    found: list[tuple[int, int, Kind]] = []
    start = 0
    for index in range(1, len(kinds) + 1):
        if index == len(kinds) or kinds[index] is not kinds[start]:
            found.append((start, index, kinds[start]))
            start = index
    return found


def folded(kinds: list[Kind], lines: list[str]) -> tuple[Folded, ...]:
    """Return what is folded away, run by run; runs of blank lines are left out."""
    parts = []
    for start, end, kind in runs(kinds):
        text = "\n".join(lines[start:end]).strip("\n")
        if kind is not Kind.TEXT and text.strip():
            parts.append(Folded(kind=kind, first=start + 1, last=end, text=text))
    return tuple(parts)


def paragraphs(lines: list[str], start: int, end: int) -> list[tuple[int, int]]:
    """Return (first, end) of each run of non-blank lines in ``lines[start:end]``."""
    found = []
    first: int | None = None
    for index in range(start, end):
        if lines[index].strip():
            first = index if first is None else first
        elif first is not None:
            found.append((first, index))
            first = None
    if first is not None:
        found.append((first, end))
    return found
