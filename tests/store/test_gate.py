"""The gate on both engines: results only after their commit, one use case's failure nobody else's, no update lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update

from maild.errors import Refused, Stopping, StoreUnavailable
from maild.store import inbox
from maild.store.database import Database, Engine, run_once
from maild.store.group import Transaction
from maild.store.schema import settings
from maild.store.statement import Statement, columns
from maild.store.tickets import Conflict
from tests.support.waiting import DEADLINE

ADD = Statement(lambda insert: insert(settings).values(**columns(settings, "name", "value")))
READ = Statement(select(settings.c.value).where(settings.c.name == bindparam("which")))
SAVE = Statement(
    update(settings).where(settings.c.name == bindparam("which"), settings.c.value == bindparam("read")).values(value=bindparam("fresh"))
)
ALL = Statement(select(settings.c.name).order_by(settings.c.name))


def add(tx: Transaction, name: str, value: str = "0") -> str:
    """Return the name of a new setting."""
    tx.run(ADD, name=name, value=value)
    return name


def refuse(tx: Transaction, name: str) -> None:
    """Write, and then find that it may not be."""
    add(tx, name)
    raise Refused(f"{name} may not be")


def break_down(tx: Transaction, name: str) -> None:
    """Write, and then meet a fault of ours."""
    add(tx, name)
    raise ZeroDivisionError(name)


def names(tx: Transaction) -> list[str]:
    """Return what is there."""
    return [row[0] for row in tx.all(ALL)]


def count_up(tx: Transaction, name: str) -> int:
    """Return the number after this one was added to what was read: as with tickets, the loser of a race decides again (STA-2)."""
    row = tx.one(READ, which=name)
    assert row is not None
    fresh = int(row[0]) + 1
    if tx.run(SAVE, which=name, read=row[0], fresh=str(fresh)) != 1:
        raise Conflict(name)
    return fresh


@asynccontextmanager
async def gate(engine: Engine) -> AsyncIterator[Database]:
    """Open the gate for the block."""
    database = Database(engine)
    database.start()
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


class Held:
    """An engine with one writer, whose use cases queue up while the first one waits, and whose commits are counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.shared, self.writers = engine.name, engine.shared, 1
        self.commits = 0
        self.before_commit: Callable[[int], None] = lambda number: None
        self.go = threading.Event()
        self.busy = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def connect(self, *, readonly: bool = False) -> Any:
        """Return a connection whose commits are counted."""
        connection = self._engine.connect(readonly=readonly)
        commit = connection.commit

        def counted() -> None:
            self.commits += 1
            self.before_commit(self.commits)
            commit()

        connection.commit = counted  # type: ignore[method-assign]  # counted from outside
        return connection

    def wait(self, tx: Transaction) -> None:
        """Keep the writer busy until ``go``."""
        self.busy.set()
        assert self.go.wait(DEADLINE)

    async def group(self, database: Database, *jobs: tuple[Callable[..., Any], str]) -> list[Any]:
        """Return what each use case was told, all of them committed as one group."""
        first = database.submit(self.wait)
        await asyncio.to_thread(self.busy.wait, DEADLINE)
        futures = [database.submit(use_case, name) for use_case, name in jobs]
        self.commits = 0
        self.go.set()
        await first
        return [await _told(future) for future in futures]


async def _told(future: asyncio.Future[Any]) -> Any:
    try:
        return await future
    except Exception as error:  # noqa: BLE001  # what the caller was told
        return type(error)


@pytest.mark.rule("STO-1", "SCL-1")
async def test_what_queued_up_is_committed_as_one_group(engine: Engine) -> None:
    """Ten use cases that waited for a busy writer cost one COMMIT more than his."""
    held = Held(engine)
    async with gate(held) as database:
        told = await held.group(database, *((add, f"n{number}") for number in range(10)))
    assert ([f"n{number}" for number in range(10)], 2) == (told, held.commits)
    assert sorted(told) == run_once(engine, names)


@pytest.mark.rule("STO-1", "SCL-1")
async def test_a_use_case_that_fails_leaves_its_group_alone(engine: Engine) -> None:
    """Who refuses, who meets a fault of ours and who breaks a constraint is told so and leaves nothing; the others are there."""
    held = Held(engine)
    async with gate(held) as database:
        told = await held.group(database, (add, "a"), (refuse, "b"), (add, "c"), (break_down, "d"), (add, "a"), (add, "e"))
    assert ["a", Refused, "c", ZeroDivisionError, "e"] == [told[0], told[1], told[2], told[3], told[5]]
    assert "IntegrityError" in {kind.__name__ for kind in (told[4], *told[4].__mro__)}
    assert (["a", "c", "e"], 2) == (run_once(engine, names), held.commits)


@pytest.mark.rule("STA-2", "SCL-1", "SCL-2")
async def test_no_update_is_lost(engine: Engine) -> None:
    """Two hundred increments of one number by several writers at once: each is there once."""
    run_once(engine, add, "counter")
    async with gate(engine) as database, asyncio.TaskGroup() as group:
        for _ in range(200):
            group.create_task(_until_counted(database))
    assert ("200",) == run_once(engine, lambda tx: tx.one(READ, which="counter"))


async def _until_counted(database: Database) -> None:
    while True:
        try:
            await database.run(count_up, "counter")
            return
        except Conflict:
            continue


@pytest.mark.rule("SCL-1")
async def test_a_reader_sees_one_moment_and_writes_nothing(engine: Engine) -> None:
    """What is committed while it reads is not seen, and a use case that writes is refused."""
    async with gate(engine) as database, asyncio.TaskGroup() as group:
        seen = asyncio.Event()
        loop, go = asyncio.get_running_loop(), threading.Event()

        def twice(tx: Transaction) -> tuple[list[str], list[str]]:
            first = names(tx)
            loop.call_soon_threadsafe(seen.set)
            assert go.wait(DEADLINE)
            return first, names(tx)

        reading = group.create_task(database.read(twice))
        await seen.wait()
        await database.run(add, "new")
        go.set()
        assert ([], []) == await reading
        assert ["new"] == await database.read(names)


def test_a_command_line_reader_writes_nothing(engine: Engine) -> None:
    """A connection opened to read refuses to write."""
    run_once(engine, add, "a")
    with pytest.raises(Exception, match=r"readonly|read-only"):
        run_once(engine, add, "b", readonly=True)
    assert ["a"] == run_once(engine, names)


async def test_a_closed_gate_says_so(engine: Engine) -> None:
    """What is queued is brought to its end; what comes later is told that the store is closed."""
    database = Database(engine)
    database.start()
    last = database.submit(add, "last")
    await asyncio.to_thread(database.close)
    assert "last" == await last
    with pytest.raises(Stopping):
        await database.run(add, "too late")


@pytest.mark.rule("INT-4", "STO-1")
async def test_a_store_that_is_not_there_is_a_temporary_failure(engine: Engine) -> None:
    """Whatever the driver calls it, callers are told to try again, in no words of the driver's."""

    def trouble(tx: Transaction) -> None:
        raise _of_the_drivers(engine)

    async with gate(engine) as database:
        with pytest.raises(StoreUnavailable):
            await database.run(trouble)
        with pytest.raises(StoreUnavailable):
            await database.read(trouble)
        assert 0 == await database.read(inbox.pending_count)


def _of_the_drivers(engine: Engine) -> Exception:
    """Return the error with which the engine's driver says that the database is in trouble."""
    if engine.name == "sqlite":
        import sqlite3

        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR  # as the library sets it
        return error
    import psycopg

    return psycopg.OperationalError("the server closed the connection unexpectedly")
