"""What firing costs: the same with a million tickets as with ten thousand (REM-5), counted in the databases' own work, not in seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from maild.desk import clock as clock_desk
from maild.desk.clock import Fired, Post
from maild.store import migrate, timers
from maild.store.database import Engine, EngineConnection, engine_of
from maild.store.group import Job, commit_group
from maild.store.migrate import driver_url
from maild.store.sqlite import SqliteConnection
from tests.desk.house import House, ManualClock
from tests.servers.postgresql import PostgresqlServer
from tests.stores import postgresql_server, postgresql_template
from tests.support.crowd import NOW, fill

__all__ = ["postgresql_server", "postgresql_template"]
FEW = 10_000
MANY = int(os.environ.get("MAILD_MANY", "1000000"))
DUE = 100
RATIO = 1.2
AT = NOW + timedelta(days=1)
GRAIN = 10  # SQLite's virtual-machine steps between two counts

Measure = Callable[[EngineConnection, Callable[[], None]], int]


def fired(engine: Engine, measure: Measure) -> tuple[int, int]:
    """Return the work of a look that finds nothing, and of finding and firing a hundred timers."""
    desk = House(engine, clock=ManualClock(at=AT)).desk
    connection = engine.connect()
    try:
        idle = measure(connection, lambda: run(connection, timers.due, AT - timedelta(hours=1), DUE))
        return idle, measure(connection, lambda: fire_all(connection, desk))
    finally:
        connection.close()


def fire_all(connection: EngineConnection, desk: Any) -> None:
    """Do what the clockwork does when a hundred timers are due."""
    due = run(connection, timers.due, AT, DUE)
    seen: Post = run(connection, clock_desk.post)
    assert [Fired.FIRED] * DUE == [run(connection, clock_desk.fire, desk, timer, seen) for timer in due]


def run(connection: EngineConnection, use_case: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a use case returns, committed by itself."""
    job = Job(use_case, arguments)
    commit_group(connection, [job])
    assert job.error is None, job.error
    return job.result


def steps(connection: EngineConnection, work: Callable[[], None]) -> int:
    """Return how many steps of SQLite's virtual machine the work takes."""
    assert isinstance(connection, SqliteConnection)
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    connection.raw.set_progress_handler(count, GRAIN)
    try:
        work()
    finally:
        connection.raw.set_progress_handler(None, 0)
    return counted[0] * GRAIN


class Buffers:
    """Counts the pages of tables and indexes that PostgreSQL touches."""

    def __init__(self, url: str) -> None:
        self._url = driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def __call__(self, connection: EngineConnection, work: Callable[[], None]) -> int:
        """Return how many pages the work touches."""
        run(connection, _flush)
        before = self._touched()
        work()
        run(connection, _flush)
        return self._touched() - before

    def _touched(self) -> int:
        with psycopg.connect(self._url, autocommit=True) as look:
            row = look.execute(
                "SELECT sum(coalesce(heap_blks_hit + heap_blks_read, 0) + coalesce(idx_blks_hit + idx_blks_read, 0))"
                " FROM pg_statio_user_tables"
            ).fetchone()
        assert row is not None
        return int(row[0])


def _flush(tx: Any) -> None:
    tx._cursor.execute("SELECT pg_stat_force_next_flush()")


def measured(url: str, count: int, measure: Measure) -> tuple[int, int]:
    """Return the work of an idle look and of firing a hundred timers in a new store with ``count`` tickets."""
    engine = engine_of(url)
    migrate.prepare(engine, url)
    fill(url, count, due=DUE)
    return fired(engine, measure)


def compare(few: tuple[int, int], many: tuple[int, int], what: str) -> None:
    """Check that the work has not grown, and say the figures."""
    idle, firing = many[0] / max(1, few[0]), many[1] / few[1]
    print(f"\n{what}: idle look {few[0]} and {many[0]}, firing {DUE} {few[1]} and {many[1]}: {firing:.3f} times at {MANY} tickets")
    assert firing <= RATIO
    assert idle <= RATIO


@pytest.mark.slow
@pytest.mark.rule("REM-5")
def test_firing_costs_sqlite_the_same_with_a_million_tickets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Finding and firing 100 due timers takes no more than 1.2 times the steps that it takes at ten thousand; nor does an idle look."""
    few = measured(f"sqlite:///{tmp_path / 'few.db'}", FEW, steps)
    many = measured(f"sqlite:///{tmp_path / 'many.db'}", MANY, steps)
    with capsys.disabled():
        compare(few, many, "SQLite's steps")


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.rule("REM-5", "SCL-1")
def test_firing_costs_postgresql_the_same_with_a_million_tickets(
    postgresql_server: PostgresqlServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same, counted in pages of tables and indexes."""
    urls = postgresql_server.database(), postgresql_server.database()
    few = measured(urls[0], FEW, Buffers(urls[0]))
    many = measured(urls[1], MANY, Buffers(urls[1]))
    with capsys.disabled():
        compare(few, many, "PostgreSQL's pages")
