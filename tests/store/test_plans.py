"""Every statement that the daemon runs finds its rows by an index, on both engines: work does not grow with what is stored."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from maild import store
from maild.store.migrate import driver_url
from maild.store.statement import Statement, postgresql_dialect, sqlite_dialect
from tests.servers.postgresql import PostgresqlServer

# What reads a whole table because that is its purpose: commands that list or count everything, never the daemon on its way of a mail.
WHOLE = {
    "tickets._LIST": "lists every ticket",
    "tickets._LOOKS": "lists what needs a look",
    "outbox._LIST": "lists the whole queue",
    "handling._IN[hold]": "chooses from the whole queue for --all",
    "handling._IN[release]": "chooses from the whole queue for --all",
    "handling._IN[retry]": "chooses from the whole queue for --all",
    "ways._OUT_OF_NONE": "looks through the mails without a ticket for one trace",
}
# Partial indexes hold only what is unfinished: walking through one of them is work in proportion to what waits.
WAITING = {
    "ix_inbox_unfinished",
    "ix_inbox_pending",
    "ix_inbox_quarantined",
    "ix_inbox_holding",
    "ix_outbox_waiting",
    "ix_outbox_lane",
    "ix_outbox_uncertain",
}
# Small by nature: one row for each day and listener, each raised alert, each single value.
SMALL = {"ledger", "settings", "blocks", "bounces"}
# An index is read from its end: one row, however many there are.
ENDS = {"inbox._LAST", "timers._NEXT"}


def statements() -> dict[str, Statement]:
    """Return every statement of the store by module and name."""
    found: dict[str, Statement] = {}
    for module_info in pkgutil.iter_modules(store.__path__):
        if module_info.name == "migrations":
            continue
        module = importlib.import_module(f"maild.store.{module_info.name}")
        for name, value in vars(module).items():
            for key, each in value.items() if isinstance(value, dict) else [("", value)]:
                if isinstance(each, Statement) and not (module_info.name != "migrate" and name == "_VERSION"):
                    found[f"{module_info.name}.{name}{f'[{key}]' if key else ''}"] = each
    found.pop("migrate._VERSION", None)  # one row, read at start
    return found


ALL = statements()


def sqlite_plan(path: Path, statement: Statement) -> list[str]:
    """Return the lines of the query plan."""
    sql = statement.sql(sqlite_dialect())
    values = dict.fromkeys(re.findall(r"(?<!:):(\w+)", sql), 1)
    connection = sqlite3.connect(path)
    try:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    finally:
        connection.close()


def postgresql_plan(url: str, statement: Statement) -> list[dict[str, Any]]:
    """Return every node of the query plan, where reading whole tables costs more than anything."""
    sql = statement.sql(postgresql_dialect())
    values = dict.fromkeys(re.findall(r"%\((\w+)\)s", sql), "1")
    with psycopg.connect(str(driver_url(url)).replace("+psycopg", ""), cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET enable_seqscan = off")
        row = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}", values).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return list(_nodes(plan[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def sqlite_scans(lines: list[str]) -> list[str]:
    """Return what reads a whole table or a whole index that grows with what is stored."""
    return [
        line
        for line in lines
        if line.startswith("SCAN ") and not any(index in line for index in WAITING) and line.split()[1] not in SMALL | {"CONSTANT"}
    ]


def postgresql_scans(nodes: list[dict[str, Any]]) -> list[str]:
    """Return what reads a whole table or a whole index that grows with what is stored."""
    found = []
    for node in nodes:
        kind, index = node["Node Type"], node.get("Index Name", "")
        whole = kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node)
        if whole and index not in WAITING and node.get("Relation Name") not in SMALL:
            found.append(f"{kind} {index or node.get('Relation Name')}")
    return found


@pytest.fixture(scope="module")
def postgresql_url(postgresql_server: PostgresqlServer, postgresql_template: str) -> str:
    """Return the URL of a store with its schema."""
    return postgresql_server.database(postgresql_template)


@pytest.mark.rule("STO-1", "SCL-3")
@pytest.mark.parametrize("name", sorted(ALL.keys() - WHOLE.keys()))
def test_sqlite_finds_rows_by_an_index(sqlite_template: Path, name: str) -> None:
    """No statement reads a table from end to end."""
    lines = sqlite_plan(sqlite_template, ALL[name])
    assert name in ENDS or sqlite_scans(lines) == [], lines


@pytest.mark.postgres
@pytest.mark.rule("STO-1", "SCL-3", "SCL-1")
@pytest.mark.parametrize("name", sorted(ALL.keys() - WHOLE.keys()))
def test_postgresql_finds_rows_by_an_index(postgresql_url: str, name: str) -> None:
    """Where reading whole tables is made dear, every statement has an index to go by."""
    nodes = postgresql_plan(postgresql_url, ALL[name])
    assert name in ENDS or postgresql_scans(nodes) == [], nodes


def test_the_exceptions_are_statements_that_need_one(sqlite_template: Path) -> None:
    """What is excused exists, and reads more than it finds; what was put right is excused no longer."""
    assert set() == (WHOLE.keys() | ENDS) - ALL.keys()
    assert [] == [name for name in WHOLE if name != "ways._OUT_OF_NONE" and not sqlite_scans(sqlite_plan(sqlite_template, ALL[name]))]
