"""What a mail costs does not grow with what is stored, counted in steps of SQLite's machine and not in seconds (SCL-3).

``MAILD_SCALE=1000000 pytest tests/store/test_cost.py`` compares ten thousand tickets with a million.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.desk import mails
from maild.policy.reader import read
from maild.policy.ticket import microseconds
from maild.store import inbox, outbox
from maild.store.database import EngineConnection, SqliteEngine, run_once
from maild.store.group import Transaction
from maild.store.inbox import InboxRow
from maild.store.sqlite import SqliteConnection
from tests.desk.house import House
from tests.policy.helpdesk import NOW
from tests.policy.letters import raw
from tests.support.crowd import fill

MANY = int(os.environ.get("MAILD_SCALE", "20000"))
FEW = MANY // 100
GRAIN = 10  # steps between two counts
LIMIT = 1.3


class CountedEngine(SqliteEngine):
    """An engine that counts the steps of SQLite's machine, in tens."""

    steps = 0

    def connect(self, *, readonly: bool = False) -> EngineConnection:
        """Return a connection whose steps are counted."""
        connection = SqliteConnection(self.path, readonly=readonly)
        connection.raw.set_progress_handler(self._count, GRAIN)
        return connection

    def _count(self) -> int:
        self.steps += 1
        return 0


def store(template: Path, folder: Path, size: int) -> CountedEngine:
    """Return a store with ``size`` old tickets, and for each a mail in, a mail out, and all that they left behind."""
    path = folder / f"{size}.db"
    shutil.copyfile(template, path)
    fill(f"sqlite:///{path}", size, due=1)
    with sqlite3.connect(path) as connection:
        for table, columns, row in _OLD:
            marks = ", ".join("?" * (columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", (row(number) for number in range(1, size + 1)))
        connection.execute("ANALYZE")
    connection.close()
    return CountedEngine(path)


_THEN = microseconds(NOW - timedelta(days=30))
_OLD: tuple[tuple[str, str, Callable[[int], tuple[Any, ...]]], ...] = (
    (
        "inbox",
        (
            "mail_id, mail_from, rcpt_to, source, received_at, day, size, sender_key, message_id, answers, state, attempts, disposition,"
            " ticket_id"
        ),
        lambda n: (
            *(
                f"M{n}",
                f"user{n}@trust.example",
                "[]",
                "smtp",
                _THEN + n,
                20_000 + n % 90,
                3000,
                f"user{n}@trust.example",
                f"<{n}@trust.example>",
            ),
            *("[]", "done", 1, "opened", f"{n:032x}"),
        ),
    ),
    ("raw", "seq, part, data", lambda n: (n, 0, b"x" * 200)),
    ("fingerprints", "fingerprint, seq, mail_id, seen_at, ticketless", lambda n: (n.to_bytes(16, "big"), n, f"M{n}", _THEN + n, 0)),
    (
        "message_ids",
        "message_id, ticket_id, mail_id, direction, at",
        lambda n: (f"<{n}@trust.example>", f"{n:032x}", f"M{n}", "in", _THEN + n),
    ),
    (
        "outbox",
        (
            "mail_id, ticket_id, template, envelope_from, rcpt_to, lane, priority, message_id, nonce, smtputf8, data, state, attempts,"
            " unsettled, created_at, next_at, queue_id"
        ),
        lambda n: (
            *(
                f"O{n}",
                f"{n:032x}",
                "ack",
                "s@desk.example",
                f"user{n}@trust.example",
                f"{n:032x}:user{n}",
                1,
                f"<o{n}@desk.example>",
                f"{n:x}",
            ),
            *(0, b"x" * 200, "delivered", 1, 0, _THEN + n, _THEN + n, f"Q{n}"),
        ),
    ),
    ("answers", "address, kind, ticket_id, at", lambda n: (f"user{n}@trust.example", "ack", f"{n:032x}", _THEN + n)),
    ("attempts", "outbox_id, at, outcome, reply", lambda n: (n, _THEN + n, "delivered", "250 Ok")),
)


def steps(engine: CountedEngine) -> dict[str, int]:
    """Return the steps of each stage of a mail's way through the store."""
    house, cost = House(engine), {}

    def counted(name: str, stage: Callable[[], Any]) -> Any:
        before = engine.steps
        result = stage()
        cost[name] = engine.steps - before
        return result

    request = raw(body="It is broken.")
    row: InboxRow = counted("accept", lambda: house.accept(request))
    counted("claim", lambda: run_once(engine, _attempt, row))
    counted("open", lambda: run_once(engine, mails.receive, house.desk, row, read(request, row.envelope, house.rules)))
    claims = counted("send", lambda: run_once(engine, _claim, house))
    counted("settle", lambda: [run_once(engine, _settle, house, claim) for claim in claims])
    reply = raw(message_id="<3@trust.example>", body="It is room 7.", In_Reply_To=str(house.sent()[-1].message["Message-ID"]))
    counted("update", lambda: house.mail(reply))
    counted("duplicate", lambda: house.mail(reply))
    counted("poll", lambda: run_once(engine, _poll, house))
    return cost


def _attempt(tx: Transaction, row: InboxRow) -> dict[int, int]:
    return inbox.attempt(tx, (row,), owner="one", lease=60, shared=True)


def _claim(tx: Transaction, house: House) -> list[outbox.Claim]:
    return outbox.claim(tx, owner="one", count=10, lease=60, now=house.clock.at)[0]


def _settle(tx: Transaction, house: House, claim: outbox.Claim) -> bool:
    return outbox.settle(tx, claim, owner="one", state="delivered", outcome="delivered", reply="250 Ok", at=house.clock.at, queue_id="Q")


def _poll(tx: Transaction, house: House) -> None:
    """Look for work, as an idle daemon does twice a second."""
    inbox.pending(tx, 0, 2000)
    inbox.oldest_pending(tx)
    outbox.claim(tx, owner="one", count=10, lease=60, now=house.clock.at)


@pytest.fixture(scope="module")
def engines(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CountedEngine, CountedEngine]]:
    """A small store and one a hundred times as large."""
    folder = tmp_path_factory.mktemp("cost")
    yield store(sqlite_template, folder, FEW), store(sqlite_template, folder, MANY)
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.rule("SCL-3", "STO-1")
def test_a_mail_costs_the_same_among_a_hundred_times_as_many(engines: tuple[CountedEngine, CountedEngine]) -> None:
    """At most 1.3 times the work, at every stage of its way."""
    few, many = (steps(engine) for engine in engines)
    assert {} == {name: (few[name], many[name]) for name in few if many[name] > LIMIT * few[name] + GRAIN}, (few, many)
