"""How values look in a mail: dates in the helpdesk's zone, counts with the right plural, text as HTML paragraphs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape


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


def _names(table: Mapping[str, object], key: str, count: int) -> tuple[str, ...]:
    names = table.get(key)
    if not isinstance(names, list) or len(names) != count:
        raise ValueError(f"{key}: a list of {count} names is needed")
    return tuple(str(name) for name in names)
