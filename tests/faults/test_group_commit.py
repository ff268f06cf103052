"""The group commit under a full disk, IO errors and a locked file: who was told that it is done finds his row there, and nobody else."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, LargeBinary, MetaData, Table
from sqlalchemy.schema import Column

from maild.errors import MaildError, Refused, StoreUnavailable
from maild.store.database import Database, EngineConnection, SqliteEngine
from maild.store.group import Job, Transaction, commit_group
from maild.store.sqlite import SqliteConnection
from maild.store.statement import Statement, columns

PAGE = 4096
ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("data", LargeBinary))
ADD = Statement(lambda insert: insert(ROWS).values(**columns(ROWS, "id", "data")))


def add(tx: Transaction, number: int, size: int) -> int:
    """Return the number of the row that was written."""
    tx.run(ADD, id=number, data=b"x" * size)
    return number


def refuse(tx: Transaction, number: int, size: int) -> int:
    """Write, and then find that it may not be."""
    add(tx, number, size)
    raise Refused(f"{number} may not be")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database file with one empty table."""
    path = tmp_path / "rows.db"
    connection = SqliteConnection(path)
    connection.raw.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB)")
    connection.close()
    return path


def there(path: Path) -> set[int]:
    """Return the rows that another process would find."""
    with sqlite3.connect(path) as reader:
        found = {int(row[0]) for row in reader.execute("SELECT id FROM rows")}
    reader.close()
    return found


def lies(path: Path, jobs: Sequence[Job]) -> list[str]:
    """Return what callers were told that is not so; ``[]`` where everybody was told the truth."""
    present, wrong = there(path), []
    for job in jobs:
        number = job.args[0]
        told = job.error is None and job.result == number
        if told != (number in present):
            wrong.append(f"{number} was told {'done' if told else job.error!r} and is {'there' if number in present else 'not there'}")
        if not told and not isinstance(job.error, MaildError):
            wrong.append(f"{number} was told {job.error!r}")
    if strangers := present - {job.args[0] for job in jobs}:
        wrong.append(f"nobody wrote {strangers}")
    return wrong


def limit_pages(connection: SqliteConnection, more: int) -> None:
    """Let the database grow by so many pages and no further."""
    pages = connection.raw.execute("PRAGMA page_count").fetchone()[0]
    connection.raw.execute(f"PRAGMA max_page_count = {pages + more}")


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Make every write of this process beyond ``size`` bytes of a file fail, which SQLite calls an IO error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Careless(SqliteConnection):
    """A connection that never asks whether its transaction still stands, and hears no savepoint's complaint: the planted fault."""

    def savepoint(self, action: str) -> None:
        """Act on the savepoint, if there is one."""
        with suppress(sqlite3.Error):
            super().savepoint(action)

    def standing(self) -> bool:
        """Say yes."""
        return True

    def commit(self) -> None:
        """Commit what there is to commit."""
        if self.raw.in_transaction:
            self.raw.execute("COMMIT")


# ---------------------------------------------------------------------------------------------------------- a full disk


@pytest.mark.rule("STO-1", "INT-4")
def test_a_group_that_meets_a_full_database_tells_everybody_the_truth(database: Path) -> None:
    """Twenty writers, room for about half of them: who was told done is there, the others were told to try again, and are not."""
    connection = SqliteConnection(database)
    limit_pages(connection, 50)
    jobs = [Job(add, (number, 5 * PAGE)) for number in range(20)]
    commit_group(connection, jobs)
    errors = [job.error for job in jobs if job.error is not None]
    assert (lies(database, jobs), {type(error) for error in errors}, 0 < len(errors) < 20) == ([], {StoreUnavailable}, True)
    connection.raw.execute("PRAGMA max_page_count = 100000")
    again = [Job(add, job.args) for job in jobs if job.error is not None]
    commit_group(connection, again)
    connection.close()
    assert ([job.error for job in again], there(database)) == ([None] * len(again), set(range(20)))


@pytest.mark.rule("STO-1")
def test_whoever_comes_last_finds_the_database_full(database: Path) -> None:
    """When only the last writer of a group does not fit, the others are written all the same."""
    connection = SqliteConnection(database)
    limit_pages(connection, 30)
    jobs = [*(Job(add, (number, 100)) for number in range(10)), Job(add, (10, 60 * PAGE))]
    commit_group(connection, jobs)
    connection.close()
    assert (lies(database, jobs), there(database)) == ([], set(range(10)))


sizes = st.sampled_from((10, PAGE, 7 * PAGE, 40 * PAGE))


@pytest.mark.rule("STO-1")
@given(
    groups=st.lists(st.lists(st.tuples(st.sampled_from((add, refuse)), sizes), min_size=1, max_size=12), min_size=1, max_size=4),
    room=st.integers(0, 120),
)
def test_whatever_the_groups_and_the_room_nobody_is_lied_to(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[tuple[Any, int]]], room: int
) -> None:
    """Writers of all sizes, some of whom change their mind, in groups of any number, with any room left: results and rows agree."""
    path = tmp_path_factory.mktemp("group") / "rows.db"
    connection = SqliteConnection(path)
    connection.raw.execute("PRAGMA synchronous=OFF")  # the truth of the rows is asked here, not their durability
    connection.raw.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB)")
    limit_pages(connection, room)
    jobs: list[Job] = []
    for group in groups:
        mine = [Job(use_case, (len(jobs) + number, size)) for number, (use_case, size) in enumerate(group)]
        commit_group(connection, mine)
        jobs += mine
    connection.close()
    assert lies(path, jobs) == []
    assert all(isinstance(job.error, Refused | StoreUnavailable) for job in jobs if job.use_case is refuse)


# ---------------------------------------------------------------------------------------------------------- IO errors


@pytest.mark.rule("STO-1", "INT-4")
def test_a_group_that_meets_an_io_error_tells_everybody_the_truth(database: Path) -> None:
    """Writes to the log fail in the middle of a group: who was told done is there, and afterwards writing goes on."""
    connection = SqliteConnection(database)
    connection.raw.execute("PRAGMA cache_size = 10")  # so that pages are written before the COMMIT too
    wal = database.with_name(database.name + "-wal")
    jobs = [Job(add, (number, 5 * PAGE)) for number in range(20)]
    with files_end_at((wal.stat().st_size if wal.exists() else 0) + 60 * PAGE):
        commit_group(connection, jobs)
    errors = [job.error for job in jobs if job.error is not None]
    assert (lies(database, jobs), {type(error) for error in errors}, 0 < len(errors)) == ([], {StoreUnavailable}, True)
    again = [Job(add, job.args) for job in jobs if job.error is not None]
    commit_group(connection, again)
    verdict = connection.raw.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    assert (lies(database, [job for job in (*jobs, *again) if job.error is None]), verdict) == ([], ("ok",))


@pytest.mark.rule("STO-1")
def test_the_check_notices_a_connection_that_does_not_ask(database: Path) -> None:
    """With the question left out after SQLite has rolled back by itself, the same check finds callers who were lied to."""
    connection = Careless(database)
    connection.raw.execute("PRAGMA cache_size = 10")
    jobs = [Job(add, (number, 5 * PAGE)) for number in range(20)]
    with files_end_at(60 * PAGE):
        commit_group(connection, jobs)
    connection.close()
    assert lies(database, jobs) != []


@pytest.mark.rule("STO-1")
def test_a_corrupt_file_ends_all_writing(database: Path) -> None:
    """A database whose pages are overwritten is told once, and callers get no result."""
    connection = SqliteConnection(database)
    commit_group(connection, [Job(add, (number, PAGE)) for number in range(50)])
    connection.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with database.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * 30 * PAGE)
    told: list[BaseException] = []
    told_event = threading.Event()

    def on_broken(error: BaseException) -> None:
        told.append(error)
        told_event.set()

    gate = Database(SqliteEngine(database), on_broken=on_broken)
    gate.start()
    with pytest.raises(StoreUnavailable):
        asyncio.run(_run(gate, 77, PAGE))
    gate.close()
    assert (told_event.is_set(), len(told)) == (True, 1)


# ------------------------------------------------------------------------------------------------------- a locked file


@pytest.mark.rule("STO-1", "INT-4")
def test_a_group_that_finds_the_file_locked_waits_once(database: Path) -> None:
    """While another process holds the lock a group of ten is told to try again after one wait, not after ten; then it can write."""
    connection = SqliteConnection(database)
    connection.raw.execute("PRAGMA busy_timeout = 200")
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    jobs = [Job(add, (number, 10)) for number in range(10)]
    began = time.monotonic()
    commit_group(connection, jobs)
    waited = time.monotonic() - began
    other.execute("ROLLBACK")
    other.close()
    assert (lies(database, jobs), {type(job.error) for job in jobs}, waited < 1) == ([], {StoreUnavailable}, True)
    again = [Job(add, job.args) for job in jobs]
    commit_group(connection, again)
    connection.close()
    assert there(database) == set(range(10))


# --------------------------------------------------------------------------------------------- not before the COMMIT


class _Held(SqliteEngine):
    """An engine whose COMMIT waits until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached, self.go = threading.Event(), threading.Event()

    def connect(self, *, readonly: bool = False) -> EngineConnection:
        """Return a connection that stops before its COMMIT."""
        connection = SqliteConnection(self.path, readonly=readonly)
        commit = connection.commit

        def held() -> None:
            self.reached.set()
            assert self.go.wait(30)
            commit()

        connection.commit = held  # type: ignore[method-assign]  # the very method that must be waited for
        return connection


@pytest.mark.rule("STO-1", "INT-3")
async def test_no_caller_learns_its_result_before_the_commit_has_returned(database: Path) -> None:
    """All of a group have written, the COMMIT is under way: nobody has been told, and a reader sees nothing yet."""
    engine = _Held(database)
    gate = Database(engine)
    gate.start()
    results = [gate.submit(add, number, 10) for number in range(5)]
    await asyncio.to_thread(engine.reached.wait, 30)
    await asyncio.wait(results, timeout=0.2)
    early = ([result.done() for result in results], there(database))
    engine.go.set()
    told = [await result for result in results]
    await asyncio.to_thread(gate.close)
    assert (early, told, there(database)) == (([False] * 5, set()), list(range(5)), set(range(5)))


@pytest.mark.rule("STO-1")
async def test_a_caller_who_has_gone_leaves_the_others_their_results(database: Path) -> None:
    """A caller who was cancelled while his group committed is no trouble for the rest of the group."""
    engine = _Held(database)
    gate = Database(engine)
    gate.start()
    results = [gate.submit(add, number, 10) for number in range(5)]
    await asyncio.to_thread(engine.reached.wait, 30)
    results[2].cancel()
    engine.go.set()
    told = [await result for number, result in enumerate(results) if number != 2]
    await asyncio.to_thread(gate.close)
    assert told == [0, 1, 3, 4]


async def _run(gate: Database, number: int, size: int) -> int:
    return await gate.run(add, number, size)
