"""How values look in a mail: dates in the helpdesk's zone, counts with the right plural, text as HTML paragraphs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

WIDTH = 76  # characters in a line of plain text
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)")
_CLAUSE_END = re.compile(r"[,;] (?!\d)")  # in our own sentences the best place, and never inside a date
_HEAD = re.compile(r" *\* |[A-Z][a-z ]{0,20}: {2,}| *")  # what the further lines of a long line are set in by


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """A language's names of days and months, and the pattern they stand in (``dates.toml`` beside the templates)."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    pattern: str


ENGLISH = Dates(
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    pattern="{weekday} {day} {month}, {hour:02d}:{minute:02d}",
)


def dates(text: str) -> Dates:
    """Return the names that a ``dates.toml`` gives.

    Raises:
        ValueError: it is no TOML, has not 7 days and 12 months, or its pattern names something unknown.
    """
    table = tomllib.loads(text)
    read = Dates(
        days=_names(table, "days", 7),
        months=_names(table, "months", 12),
        pattern=str(table.get("pattern", ENGLISH.pattern)),
    )
    try:
        when(ZoneInfo("UTC"), read)(datetime(2026, 3, 3, 14, 2, tzinfo=ZoneInfo("UTC")))
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"pattern: unknown name {error}") from error
    return read


def when(zone: ZoneInfo, names: Dates) -> Callable[[datetime], str]:
    """Return the filter that shows an aware instant in ``zone`` ("Tuesday 3 March, 14:02")."""

    @lru_cache(maxsize=64)  # a mail says the same instant twice, in text and in HTML
    def shown(instant: datetime) -> str:
        local = instant.astimezone(zone)
        return names.pattern.format(
            weekday=names.days[local.weekday()],
            day=local.day,
            month=names.months[local.month - 1],
            month_number=local.month,
            year=local.year,
            hour=local.hour,
            minute=local.minute,
        )

    return shown


def place(zone: ZoneInfo) -> str:
    """Return what people call a zone's time by: "London" of "Europe/London"."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def plural(count: int, one: str, many: str) -> str:
    """Return the count with the word that fits it: "1 point", "2 points"."""
    return f"{count} {one if count == 1 else many}"


def size(octets: int) -> str:
    """Return a size as people read it ("340 kB")."""
    if octets < 1000:
        return f"{octets} bytes"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1_000_000:.1f} MB"


def paragraphs(text: str) -> Markup:
    """Return plain text as HTML: a paragraph for each block, a line break for each line, everything escaped."""
    blocks = (block.strip("\n") for block in text.replace("\r\n", "\n").split("\n\n"))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>\n").join(escape(line) for line in block.split("\n"))) for block in blocks if block.strip()
    )


def indented(text: str) -> str:
    """Return ``text`` with each line set in, so that words of a person stand apart from ours."""
    return "\n".join(f"    {line}".rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n"))


def wrapped(text: str) -> str:
    """Return ``text`` with no line over 76 characters: sentences stay whole where they can, people's words and lists fill the line.

    Links are never broken, nor lines of up to three words (the subject of a link by mail), nor labels of the form.
    """
    lines = text.split("\n")
    if max(map(len, lines)) <= WIDTH:
        return text
    return "\n".join(piece for line in lines for piece in (_pieces(line) if len(line) > WIDTH else (line,)))


def _pieces(line: str) -> list[str]:
    head = _HEAD.match(line)
    hang = head.end() if head is not None else 0
    sentences = [line] if hang else _SENTENCE_END.split(line)
    if len(line.split()) < 4 or (line.endswith(":") and len(sentences) == 1):
        return [line]
    made = [""]
    for sentence in sentences:
        joined = f"{made[-1]} {sentence}" if made[-1] else sentence
        if len(joined) <= WIDTH:
            made[-1] = joined
        else:
            made += _filled(sentence, hang)
    return [piece for piece in made if piece]


def _filled(sentence: str, hang: int) -> list[str]:
    """Return the lines of a sentence, broken at spaces, best behind a comma; those after the first are set in by ``hang``."""
    made, rest = [], sentence
    while len(rest) > WIDTH:
        clause = 0 if hang else max((match.end() for match in _CLAUSE_END.finditer(rest, 0, WIDTH + 1)), default=0)
        at = clause - 1 if clause > WIDTH // 3 else rest.rfind(" ", hang + 1, WIDTH + 1)
        at = rest.find(" ", WIDTH) if at < 0 else at
        if at < 0:
            break
        made.append(rest[:at].rstrip())
        rest = " " * hang + rest[at + 1 :]
    return [*made, rest.rstrip()]


def _names(table: Mapping[str, object], key: str, count: int) -> tuple[str, ...]:
    names = table.get(key)
    if not isinstance(names, list) or len(names) != count:
        raise ValueError(f"{key}: a list of {count} names is needed")
    return tuple(str(name) for name in names)
