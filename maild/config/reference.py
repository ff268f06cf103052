"""What the models say about themselves, as documents: the sample ``maild.toml`` and ``docs/configuration.md``.

Both files are written from here and a test holds them current: ``python -m maild.config.reference`` writes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from maild.config.files import model_in
from maild.config.models import Addresses, MaildFile
from maild.config.values import write_size, write_span

_SIZES = frozenset({"message_size", "min_free_disk"})
_HEAD = """\
# The configuration of maild. Every key stands here with its default behind a "#"; take the "#" away to change it.
# `maild check` names every mistake with its line; docs/configuration.md has the same as a table.
# Spans are texts like "30s", "15m", "24h", "5d"; sizes are bytes or texts like "35MB". Paths start in this folder.

"""
_PAGE_HEAD = """\
# Configuration

A configuration is a folder with `maild.toml`, and beside it `keys.toml` (made by `maild init`). `maild check --config DIR` prints
every mistake with its file, line and key. Spans are texts like `"30s"`, `"15m"`, `"24h"`, `"5d"`; sizes are bytes or texts like
`"35MB"`. Relative paths start in the configuration's folder; the database, unix sockets and the Maildir start in the state folder.

This page is written from the code (`python -m maild.config.reference`).
"""


def sample(*, helpdesk: str, service: str, postmaster: str, abuse: str) -> str:
    """Return a ``maild.toml`` with these addresses and every other key commented out at its default."""
    given = {"helpdesk": [helpdesk], "service": service, "postmaster": postmaster, "abuse": abuse}
    parts = [_HEAD, "".join(_keys(MaildFile, {}))]
    for name, field in MaildFile.model_fields.items():
        inner = model_in(field.annotation)
        if inner is None:
            continue
        header = f"[[{name}]]" if _is_list(field) else f"[{name}]"
        commented = "# " if _is_list(field) else ""
        parts.append(f"\n# {_sentence(inner)}\n{commented}{header}\n" + "".join(_keys(inner, given if inner is Addresses else {})))
    return "".join(parts)


def page() -> str:
    """Return ``docs/configuration.md``."""
    parts = [_PAGE_HEAD, "\n## The top of the file\n\n", _table(MaildFile)]
    for name, field in MaildFile.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            title = f"[[{name}]]" if _is_list(field) else f"[{name}]"
            parts.append(f"\n## `{title}`\n\n{_sentence(inner)}\n\n{_table(inner)}")
    return "".join(parts)


def _keys(form: type[BaseModel], given: dict[str, Any]) -> Iterator[str]:
    for name, field in _plain(form):
        if name in given:
            yield f"# {_about(field)}\n{name} = {_toml(name, given[name])}\n"
        else:
            value = field.examples[0] if field.examples else field.default
            yield f"# {_about(field)}\n# {name} = {_toml(name, value)}\n"


def _table(form: type[BaseModel]) -> str:
    rows = "".join(f"| `{name}` | {_default(name, field)} | {_about(field)} |\n" for name, field in _plain(form))
    return f"| key | default | |\n|---|---|---|\n{rows}"


def _plain(form: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    return ((name, field) for name, field in form.model_fields.items() if model_in(field.annotation) is None)


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "" if field.default is None else f"`{_toml(name, field.default)}`"


def _about(field: FieldInfo) -> str:
    """Return the sentence of a key, with its choices where it has some."""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return f"{field.description} One of: {', '.join(choices)}." if choices else str(field.description)


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is list


def _sentence(form: type[BaseModel]) -> str:
    return (form.__doc__ or "").strip().splitlines()[0].replace("``", "`")


def _toml(name: str, value: Any) -> str:
    match value:
        case timedelta():
            return json.dumps(write_span(value))
        case date():
            return value.isoformat()
        case int() if name in _SIZES:
            return json.dumps(write_size(value))
        case list():
            return f"[{', '.join(_toml(name, item) for item in value)}]"
        case dict():
            return "{}"
    return json.dumps(value, ensure_ascii=False)


def write(folder: Path) -> None:
    """Write both documents into the checkout ``folder``."""
    text = sample(
        helpdesk="helpdesk@helpdesk.example",
        service="service@helpdesk.example",
        postmaster="postmaster@person.example",
        abuse="postmaster@person.example",
    )
    (folder / "config" / "maild.toml").write_text(text, encoding="utf-8")
    (folder / "docs" / "configuration.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).resolve().parents[2])
