"""Due timers: fired once, in proportion to what is due, and never ahead of a mail that was accepted before."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, update
from sqlalchemy.engine import make_url

from maild.clock import Clock
from maild.desk import clock as clock_desk
from maild.desk.clock import Fired, Post
from maild.policy.events import TimerKind
from maild.store import marks, outbox, schema, timers
from maild.store.database import Database, Engine, engine_of, run_once
from maild.store.group import Row, Transaction
from maild.store.statement import Statement
from maild.workers.clockwork import BATCH, Clockwork
from maild.workers.timekeeping import ClockWatch
from maild.workers.wake import Wake
from tests.desk.house import House, ManualClock
from tests.stores import engine, postgresql_server, postgresql_template, sqlite_template, store_url
from tests.support.configuration import write_config
from tests.support.crowd import NOW, fill
from tests.support.daemon import ClockFile, Daemon
from tests.support.letters import letter
from tests.support.waiting import wait_until

__all__ = ["engine", "postgresql_server", "postgresql_template", "sqlite_template", "store_url"]
DUE = NOW + timedelta(days=1)
ONE_DAY = timedelta(days=1)
_RENUMBER = Statement(update(schema.inbox).where(schema.inbox.c.seq == bindparam("which")).values(seq=bindparam("number")))
_BREAK = Statement(
    update(schema.tickets)
    .where(schema.tickets.c.id == bindparam("which"))
    .values(data=bindparam("broken", type_=schema.tickets.c.data.type))
)


@pytest.fixture
async def database(engine: Engine) -> AsyncIterator[Database]:
    """The gate to a fresh store, on each engine."""
    gate = Database(engine)
    gate.start()
    yield gate
    gate.close()


def house(engine: Engine, at: datetime = DUE) -> House:
    """Return a helpdesk whose clock stands when the crowd's timers are due."""
    return House(engine, clock=ManualClock(at=at))


def clockwork(database: Database, desk: House, watch: ClockWatch | None = None) -> Clockwork:
    """Return the worker."""
    return Clockwork(database=database, desk=desk.desk, mails_queued=Wake(), watch=watch)


def reminders(engine: Engine) -> Counter[str]:
    """Return how many mails each ticket has in the outbox."""
    return Counter(row[2] for row in run_once(engine, _all_mails))


def _all_mails(tx: Transaction) -> list[Row]:
    return outbox.listing(tx, everything=True)


@pytest.mark.rule("REM-1", "REM-5")
async def test_everything_due_fires_once_and_nothing_else(database: Database, store_url: str) -> None:
    """Of a hundred clocks the ten that are due remind; a second look finds nothing."""
    fill(store_url, 500, due=10)
    worker = clockwork(database, house(database.engine))
    assert (await worker.fire_due(), await worker.fire_due()) == (10, 0)
    assert [1] * 10 == list(reminders(database.engine).values())


@pytest.mark.rule("REM-5")
async def test_more_than_a_batch_is_taken_up_at_once(database: Database, store_url: str) -> None:
    """A turn says that there may be more, so that the next one does not wait."""
    fill(store_url, 5 * (BATCH + 7), due=BATCH + 7)
    worker = clockwork(database, house(database.engine))
    await worker.take_up()
    assert [True, False] == [await worker.turn(), await worker.turn()]
    assert BATCH + 7 == len(reminders(database.engine))


@pytest.mark.rule("REM-1", "SCL-2")
async def test_two_clockworks_on_one_store_fire_each_timer_once(store_url: str) -> None:
    """Whoever is first has it, and the other goes on."""
    fill(store_url, 400, due=40)
    first, second = Database(engine_of(store_url)), Database(engine_of(store_url))
    for gate in (first, second):
        gate.start()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(clockwork(gate, house(gate.engine)).fire_due()) for gate in (first, second)]
    finally:
        for gate in (first, second):
            gate.close()
    assert 40 == sum(task.result() for task in tasks)
    assert {1} == set(reminders(first.engine).values())


@pytest.mark.rule("REM-8")
@pytest.mark.parametrize(("minutes", "fired"), [(-1, 0), (0, 0), (1, 10)])
async def test_no_timer_fires_ahead_of_a_mail_that_was_accepted_before_its_due_time(
    database: Database, store_url: str, minutes: int, fired: int
) -> None:
    """Whoever wrote it: it may be the answer. A mail that came after the due time holds nothing."""
    fill(store_url, 100, due=10)
    desk = house(database.engine, DUE + timedelta(minutes=minutes))
    desk.accept(letter(subject="hello"))
    desk.clock.at = DUE + timedelta(minutes=2)
    assert fired == await clockwork(database, desk).fire_due()


@pytest.mark.rule("REM-8")
async def test_an_old_mail_that_still_waits_holds_timers_however_many_came_after_it(database: Database, store_url: str) -> None:
    """Thousands of newer mails that are done do not hide it."""
    fill(store_url, 100, due=10)
    desk = house(database.engine, DUE - timedelta(minutes=1))
    desk.accept(letter(subject="hello"))
    newer = desk.accept(letter(subject="newer", sender="bob@trust.example"))
    desk.process(newer)
    run_once(database.engine, _renumber, newer.seq, 5_000)
    desk.clock.at = DUE
    assert 0 == await clockwork(database, desk).fire_due()


def _renumber(tx: Transaction, seq: int, number: int) -> None:
    """Let a mail stand as if thousands had come before it."""
    tx.run(_RENUMBER, which=seq, number=number)


@pytest.mark.rule("REM-8")
def test_a_mail_that_is_accepted_between_the_look_and_the_firing_holds_its_timer(engine: Engine, store_url: str) -> None:
    """The transaction that fires looks again, so that no 250 falls into the gap."""
    fill(store_url, 100, due=1)
    desk = house(engine)
    (timer,) = run_once(engine, timers.due, DUE, 10)
    seen = run_once(engine, clock_desk.post)
    row = desk.accept(letter(subject="hello"))
    waits = run_once(engine, clock_desk.fire, desk.desk, timer, seen)
    desk.process(row)
    assert (Post(oldest=None, last=0), Fired.WAITS, Fired.FIRED) == (seen, waits, run_once(engine, clock_desk.fire, desk.desk, timer, seen))


async def test_a_timer_whose_effect_fails_keeps_no_other(database: Database, store_url: str) -> None:
    """It is put off by an hour, with an alert; the others fire."""
    fill(store_url, 100, due=10)
    desk = house(database.engine)
    broken = run_once(database.engine, timers.due, DUE, 1)[0]
    run_once(database.engine, _break, broken.ticket_id)
    assert 9 == await clockwork(database, desk).fire_due()
    assert [DUE + timedelta(hours=1)] == [each.due_at for each in run_once(database.engine, timers.of_ticket, broken.ticket_id)]


def _break(tx: Transaction, ticket_id: str) -> None:
    tx.run(_BREAK, which=ticket_id, broken="{")


@pytest.mark.rule("REM-8")
async def test_a_short_stop_is_no_downtime(database: Database, store_url: str) -> None:
    """Ten minutes without a daemon hold nothing; eleven do, for as long as the configuration says."""
    fill(store_url, 100, due=10)
    held = []
    for minutes in (10, 11):
        run_once(database.engine, marks.put_instant, marks.ALIVE, DUE - timedelta(minutes=minutes))
        worker = clockwork(database, house(database.engine))
        await worker.take_up()
        held.append(worker.held_until)
    assert [None, DUE + timedelta(minutes=75)] == held


@pytest.mark.rule("REM-8")
async def test_timers_wait_for_the_mailboxes_to_be_read_once(database: Database, store_url: str) -> None:
    """Until every mailbox has been looked at, an answer may lie in one of them."""
    fill(store_url, 100, due=10)
    worker, read = clockwork(database, house(database.engine)), False
    worker.backfilled = lambda: read
    await worker.take_up()
    await worker.turn()
    waiting = sum(reminders(database.engine).values())
    read = True
    await worker.turn()
    assert (0, 10) == (waiting, sum(reminders(database.engine).values()))


@pytest.mark.rule("OPS-12")
async def test_an_administrator_may_trust_a_clock_that_jumped(database: Database, store_url: str) -> None:
    """Held at first; after his word the timers wait for delayed mail as after a downtime, and then fire."""
    fill(store_url, 100, due=10)
    desk = house(database.engine, DUE - ONE_DAY)
    seconds: list[float] = [0.0]
    desk.desk.clock = _Split(desk.clock, seconds)
    worker = clockwork(database, desk, ClockWatch())
    await worker.take_up()
    desk.clock.at = DUE  # a day at once
    await worker.turn()
    untrusted = sum(reminders(database.engine).values())
    run_once(database.engine, clock_desk.trust, desk.clock.at)
    await worker.turn()
    catching_up = (sum(reminders(database.engine).values()), worker.held_until)
    desk.clock.at += timedelta(minutes=75)
    seconds[0] += 75 * 60
    await worker.turn()
    assert (0, (0, DUE + timedelta(minutes=75)), 10) == (untrusted, catching_up, sum(reminders(database.engine).values()))


class _Split(Clock):
    """A wall clock and monotonic seconds that are moved apart."""

    def __init__(self, wall: ManualClock, seconds: list[float]) -> None:
        self._wall, self._seconds = wall, seconds

    def now(self) -> datetime:
        """Return the wall time."""
        return self._wall.at

    def monotonic(self) -> float:
        """Return the seconds."""
        return self._seconds[0]


@pytest.mark.slow
@pytest.mark.rule("REM-1", "INT-3")
def test_a_timers_effect_happens_once_however_often_the_daemon_is_killed(tmp_path: Path) -> None:
    """The daemon is killed in the middle of firing, again and again; in the end every clock has reminded once, and runs on to its next."""
    count, clock = 1_000, ClockFile(tmp_path / "clock", NOW)
    daemon = Daemon(write_config(tmp_path / "maild", clock.tables))
    with daemon:
        pass  # makes the store
    url = daemon._database()
    engine = engine_of(url)
    fill(url, count * 5, due=count)
    clock.set(DUE)
    run_once(engine, marks.put_instant, marks.ALIVE, DUE)  # no downtime: what is due fires at once
    with closing(sqlite3.connect(make_url(url).database or "")) as store:
        kills = list(_kills(daemon, store, count))
    with daemon:
        daemon.wait_done()
        assert {1} == set(reminders(engine).values())
        waiting = run_once(engine, timers.running, 0, count * 5)
    moved = [timer for timer in waiting if timer.due_at == DUE + ONE_DAY]
    assert (count, {TimerKind.REMINDER}) == (len(moved), {timer.kind for timer in waiting})
    assert len(kills) > 3, f"most kills came too late: {kills}"


def _kills(daemon: Daemon, store: sqlite3.Connection, count: int) -> Iterator[int]:
    """Yield how many timers had fired at each kill, until all have."""
    fired = 0
    while fired < count:
        goal = min(count, fired + count // 12)
        daemon.spawn()
        wait_until(lambda: _fired(store) >= goal, "the timers to fire", every=0.0005)  # noqa: B023  # called before the next round
        daemon.kill()
        fired = _fired(store)
        yield fired


def _fired(store: sqlite3.Connection) -> int:
    return int(store.execute("SELECT count(*) FROM outbox").fetchone()[0])
