"""A mail's reading for people: each value with where it stood, and the mail's lines marked by what they are.

    Requestor contact number          0113 496 0770                       form, line 3
    Number of affected users          invalid: “5-10” is a range …
    Issue Description                 missing

       1 text        Hello,
       3 text      * • Requestor contact number: 0113 496 0770            contact_number
       9 signature   Dorothea Banks

Nothing of the mail reaches the terminal but printable characters. Colours are left out where the output is no terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from maild.mail.message import Message
from maild.mail.replies import Kind
from maild.mail.replies.lines import lines_of
from maild.policy.mds.fields import Evidence, MdsRules, Value
from maild.policy.reading import Reading

_MOST_LINES = 2_000
_MOST_CHARS = 500
_LABEL_CHARS = 34
_COLOURS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {},
    Kind.QUOTE: {"fg": "cyan"},
    Kind.SIGNATURE: {"fg": "magenta"},
    Kind.BANNER: {"fg": "yellow"},
    Kind.DISCLAIMER: {"fg": "bright_black"},
    Kind.FOOTER: {"fg": "bright_black"},
}


def safe(text: str) -> str:
    """Return ``text`` with what a terminal would obey written out as an escape: ESC, other controls, changes of direction."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text.expandtabs(4))


def values_shown(reading: Reading, rules: MdsRules, missing: Iterable[str]) -> list[str]:
    """Return a line for each field: its value and where it stood, why it is invalid, or that it is missing."""
    absent = set(missing)
    return [
        line for field in rules.fields_of(reading.extraction.category) if (line := _field_line(reading, field.key, field.label, absent))
    ]


def lines_shown(reading: Reading) -> Iterator[str]:
    """Yield the lines of the mail's text: number, what the line is, and the fields to which it gave a value."""
    lines = lines_of(reading.message.text)
    kinds = _kinds(reading, len(lines))
    gave = _gave(reading.extraction.values)
    for number, line in enumerate(lines[:_MOST_LINES], 1):
        kind, keys = kinds[number - 1], gave.get(number, "")
        head = f"{number:5} {kind.value if line.strip() else '':10} {'*' if keys else ' '} "
        text = click.style(safe(line[:_MOST_CHARS]), **_COLOURS[kind], bold=bool(keys))
        yield f"{head}{text}" + (click.style(f"   <- {keys}", fg="green") if keys else "")
    if len(lines) > _MOST_LINES:
        yield f"      and {len(lines) - _MOST_LINES} lines more"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if not character.isspace() else " "


def _field_line(reading: Reading, key: str, label: str, absent: set[str]) -> str:
    """Return the line of one field, "" for one that was not asked."""
    extraction = reading.extraction
    head = f"{label if len(label) <= _LABEL_CHARS else label[: _LABEL_CHARS - 1] + '…':{_LABEL_CHARS}}"
    value, reason = extraction.get(key), extraction.reason(key)
    if value is not None:
        warning = f", {value.warning}" if value.warning else ""
        return f"{head} {click.style(safe(_written(value)), bold=True)}   ({safe(_place(value, reading.message))}{warning})"
    if reason:
        return f"{head} {click.style('invalid', fg='red')}: {safe(reason)}"
    return f"{head} {click.style('missing', fg='yellow')}" if key in absent else ""


def _written(value: Value) -> str:
    """Return the value on one line."""
    match value.value:
        case Evidence(text=text, attachments=names):
            return ", ".join(([f"“{text}”"] if text is not None else []) + [f"file {name}" for name in names])
        case tuple() as entries:
            return ", ".join(entries)
        case other:
            return str(other)


def _place(value: Value, message: Message) -> str:
    """Return where the value stood: ``form, line 3`` or ``attachment form.docx, line 2``."""
    name = next((attachment.filename for attachment in message.attachments if attachment.part == value.part), "") if value.part else ""
    return " ".join(filter(None, (value.source.value, name))) + (f", line {value.line}" if value.line else "")


def _kinds(reading: Reading, count: int) -> list[Kind]:
    """Return what each line of the text is."""
    kinds = [Kind.TEXT] * count
    for part in reading.reply.folded:
        kinds[part.first - 1 : part.last] = [part.kind] * len(kinds[part.first - 1 : part.last])
    return kinds


def _gave(values: Iterable[Value]) -> dict[int, str]:
    """Return the keys of the fields to which a line of the text gave a value."""
    gave: dict[int, str] = {}
    for value in values:
        if value.line and not value.part:
            gave[value.line] = ", ".join(filter(None, (gave.get(value.line), value.key)))
    return gave
