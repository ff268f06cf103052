"""PostgreSQL behind the gate: lost connections, serialization failures, deadlocks, waits with an end, two that start at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.engine import make_url

from maild.errors import StoreUnavailable
from maild.store import inbox, migrate, postgresql
from maild.store.database import Engine, engine_of, run_once
from maild.store.group import OutcomeUnknown, Transaction
from maild.store.schema import settings
from maild.store.statement import Statement
from tests.servers.postgresql import PostgresqlServer
from tests.store.test_gate import Held, add, gate, names
from tests.support.cutter import Cutter, cutter
from tests.support.waiting import DEADLINE

pytestmark = pytest.mark.postgres
TOUCH = Statement(update(settings).where(settings.c.name == bindparam("which")).values(value=settings.c.value + literal_column("'+'")))
SLEEP = Statement(select(func.pg_sleep(literal_column("60"))))
VALUES = Statement(select(settings.c.name, settings.c.value).order_by(settings.c.name))


@pytest.fixture
def url(postgresql_server: PostgresqlServer, postgresql_template: str) -> str:
    """Return the URL of a fresh store."""
    return postgresql_server.database(postgresql_template)


@pytest.fixture
def wire(url: str) -> Iterator[Cutter]:
    """A wire to the server that can be cut."""
    port = make_url(url).port
    assert port is not None
    with cutter(port) as wire:
        yield wire


@pytest.fixture
def wired(url: str, wire: Cutter) -> Engine:
    """The engine of the fresh store, at the other end of the wire."""
    return engine_of(make_url(url).set(port=wire.port).render_as_string(hide_password=False))


@pytest.mark.rule("STO-1", "SCL-1")
async def test_a_connection_lost_before_the_commit_leaves_nothing(url: str, wired: Engine, wire: Cutter) -> None:
    """The group runs again, use case by use case, on a new connection: everybody is told the truth, and each row is there once."""
    held = Held(wired)
    async with gate(held) as database:
        wire.word, wire.heard = b"RELEASE", False
        told = await held.group(database, (add, "a"), (add, "b"), (add, "c"))
    assert (["a", "b", "c"], 1) == (told, wire.cuts)
    assert ["a", "b", "c"] == run_once(engine_of(url), names)


@pytest.mark.rule("STO-1", "INT-3", "SCL-1")
@pytest.mark.parametrize("heard", [True, False])
async def test_a_connection_lost_under_the_commit_is_told_nobody_as_done(url: str, wired: Engine, wire: Cutter, heard: bool) -> None:
    """Whether the server heard the COMMIT or not, nobody knows: all are told to try again, and nothing is run twice behind their backs."""
    held = Held(wired)
    wire.heard = heard
    held.before_commit = lambda number: setattr(wire, "word", b"COMMIT" if number == 2 else b"")
    async with gate(held) as database:
        told = await held.group(database, (add, "a"), (add, "b"))
        assert "c" == await database.run(add, "c")
    assert [OutcomeUnknown, OutcomeUnknown] == told
    assert (["a", "b", "c"] if heard else ["c"], 1) == (run_once(engine_of(url), names), wire.cuts)


@pytest.mark.rule("SCL-1", "INT-4")
async def test_a_lost_connection_is_opened_anew(url: str, wired: Engine, wire: Cutter) -> None:
    """Writers and reader alike: after every connection was cut, nobody notices who had nothing under way."""
    async with gate(wired) as database:
        await database.run(add, "a")
        assert ["a"] == await database.read(names)
        wire.sever()
        for name in "bcdef":
            await database.run(add, name)
        assert list("abcdef") == await database.read(names)
    assert list("abcdef") == run_once(engine_of(url), names)


@pytest.mark.rule("SCL-1", "STA-2")
async def test_a_deadlock_is_run_again(url: str) -> None:
    """Two use cases that lock two rows the wrong way round both succeed in the end: the server stops one, and it is run again."""
    engine = engine_of(url)
    run_once(engine, add, "a", "")
    run_once(engine, add, "b", "")
    both = threading.Barrier(2)

    def lock(tx: Transaction, first: str, second: str) -> None:
        tx.run(TOUCH, which=first)
        if both.n_waiting < 2 and not both.broken:
            with suppress(threading.BrokenBarrierError):  # the second time round the other one is through
                both.wait(5)
        tx.run(TOUCH, which=second)

    async with gate(engine) as database, asyncio.TaskGroup() as group:
        group.create_task(database.run(lock, "a", "b"))
        group.create_task(database.run(lock, "b", "a"))
    assert [("a", "++"), ("b", "++")] == run_once(engine, lambda tx: tx.all(VALUES))


@pytest.mark.rule("SCL-1")
async def test_a_serialization_failure_is_run_again(url: str) -> None:
    """Told three times to try again, a use case is tried a fourth time; told so for ever, it is a temporary failure."""
    engine, turns = engine_of(url), [0]

    def unlucky(tx: Transaction, times: int) -> int:
        turns[0] += 1
        if turns[0] <= times:
            raise errors.SerializationFailure("could not serialize access")
        add(tx, f"after {times}")
        return turns[0]

    async with gate(engine) as database:
        assert 4 == await database.run(unlucky, 3)
        turns[0] = 0
        with pytest.raises(StoreUnavailable):
            await database.run(unlucky, 1000)
    assert ["after 3"] == run_once(engine, names)


@pytest.mark.rule("SCL-1", "INT-4")
@pytest.mark.parametrize(("setting", "statement"), [("lock_timeout", TOUCH), ("statement_timeout", SLEEP)])
async def test_every_wait_on_the_server_ends(url: str, setting: str, statement: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that somebody else holds, a statement that does not end: a temporary failure, and the writer goes on."""
    monkeypatch.setitem(postgresql._SETTINGS, setting, "200ms")
    engine = engine_of(url)
    run_once(engine, add, "a")
    with psycopg.connect(url) as other:
        other.execute("UPDATE settings SET value = 'mine'")
        async with gate(engine) as database:
            with pytest.raises(StoreUnavailable):
                await database.run(lambda tx: tx.run(statement, which="a"))
            assert "b" == await database.run(add, "b")


@pytest.mark.rule("OPS-6", "SCL-2")
def test_two_daemons_may_make_the_schema_at_once(postgresql_server: PostgresqlServer) -> None:
    """On a new database one makes the schema and the other finds it made."""
    url = postgresql_server.database()
    failures: list[BaseException] = []

    def prepare() -> None:
        try:
            migrate.prepare(engine_of(url), url)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert ([], 0) == (failures, run_once(engine_of(url), inbox.pending_count))


def test_a_server_that_is_not_there_is_a_temporary_failure(tmp_path: Path) -> None:
    """Nobody listens: callers are told to try again."""
    engine = engine_of(f"postgresql://maild@/maild?host={tmp_path}")
    with pytest.raises(StoreUnavailable):
        run_once(engine, names)
