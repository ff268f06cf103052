"""A configuration for a daemon under test: tables merged over defaults without caps or brake, on ports that the system chooses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maild.config.keys import write_keys
from tests.support.letters import HELPDESK, PERSON, SERVICE

Tables = Mapping[str, Any]
MANY = 1_000_000
DEFAULTS: Tables = {
    "addresses": {"helpdesk": [HELPDESK], "service": SERVICE, "postmaster": PERSON, "abuse": PERSON},
    "listener": [{"protocol": "smtp", "listen": "127.0.0.1:0"}],
    "relay": {"to": "maildir:outgoing"},
    "caps": {"sender_per_hour": MANY, "sender_per_day": MANY, "ticket_per_hour": MANY, "global_per_minute": MANY},
    "limits": {"min_free_disk": "1MB"},
    "logging": {"form": "json", "level": "info"},
    "retention": {"raw_mails": "90d", "tickets": "2557d", "tokens": "400d"},
}


def write_config(folder: Path, tables: Tables | None = None) -> Path:
    """Return ``folder`` with a maild.toml of the defaults and ``tables`` over them, key by key, and with keys.

    A table given as None is left out; a list (``[[listener]]``) replaces the default's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state").mkdir(exist_ok=True)
    merged: dict[str, Any] = {name: dict(table) if isinstance(table, Mapping) else table for name, table in DEFAULTS.items()}
    for name, table in (tables or {}).items():
        merged[name] = {**(merged.get(name) or {}), **table} if isinstance(table, Mapping) else table
    (folder / "maild.toml").write_text(_toml(merged), encoding="utf-8")
    if not (folder / "keys.toml").exists():
        write_keys(folder / "keys.toml")
    return folder


def _toml(tables: Tables) -> str:
    single = [f"{name} = {_value(value)}" for name, value in tables.items() if not isinstance(value, Mapping | list | None)]
    for name, table in tables.items():
        if isinstance(table, list):
            single += [line for each in table for line in (f"[[{name}]]", *_lines(each))]
        elif isinstance(table, Mapping):
            single += [f"[{name}]", *_lines(table)]
    return "\n".join(single) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items()]


def _value(value: Any) -> str:
    """Return ``value`` as TOML: texts, numbers and lists are written as JSON writes them, mappings as inline tables."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
