"""Alerts on their way to an administrator, on a real store and with a real command."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from maild import metrics
from maild.desk.alerts import Alerts, Turn
from maild.store import alerts as store
from maild.store import inbox
from maild.store.alerts import Standing
from maild.store.database import run_once
from maild.workers.alarm import Alarm, AlarmRules, Lasting, _written, run_command
from tests.desk.house import House, ManualClock
from tests.policy.helpdesk import NOW
from tests.policy.letters import raw
from tests.support.waiting import eventually
from tests.support.workshop import Store

PROGRAM = "import os, sys; open(sys.argv[1], 'a').write(os.environ['MAILD_TURN'] + ' ' + sys.stdin.readline())"


class Watchroom:
    """An alarm at work, its clock, and what its command was told."""

    def __init__(self, folder: Path, database: Store, clock: ManualClock) -> None:
        self.file = folder / "told"
        self.clock = clock
        self.alerts = Alerts()
        rules = AlarmRules(command=(sys.executable, "-c", PROGRAM, str(self.file)), repeat=timedelta(hours=4), place="desk.example")
        self.alarm = Alarm(database=database, alerts=self.alerts, clock=clock, rules=rules)

    def told(self) -> list[str]:
        """Return the turn and the alert of each text that the command got."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [f"{line.split()[0]} {line.split()[5]}" for line in lines]

    async def hears(self, *expected: str) -> None:
        """Return when the command was told just that."""
        await eventually(lambda: self.told() == list(expected), f"{expected}, and not {self.told()}")


@asynccontextmanager
async def watchroom(folder: Path, clock: ManualClock | None = None) -> AsyncIterator[Watchroom]:
    """Run an alarm for the block; the next one on the same folder is a restart."""
    database = Store(folder / "maild.db")
    room = Watchroom(folder, database, clock or ManualClock())
    database.start()
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(room.alarm.run(), name="alarm")
            yield room
            task.cancel()
    finally:
        database.close()


@pytest.mark.rule("OPS-9")
async def test_the_command_is_told_once_again_at_the_interval_and_of_the_end(tmp_path: Path) -> None:
    """An hour of relay failures is three texts, not three hundred."""
    async with watchroom(tmp_path) as room:
        room.alarm.watch("relay", lambda _: "refused" if room.clock.at < NOW + timedelta(hours=5) else "")
        await room.hears("raised relay")
        room.clock.at += timedelta(hours=4)
        await room.hears("raised relay", "repeated relay")
        assert 1.0 == metrics.value("alerts_active", "relay")
        room.clock.at += timedelta(hours=4)
        await room.hears("raised relay", "repeated relay", "recovered relay")
        assert 0.0 == metrics.value("alerts_active", "relay")


@pytest.mark.rule("OPS-9")
async def test_a_restart_says_nothing_again_and_knows_what_to_end(tmp_path: Path) -> None:
    """The state of alerts is in the store."""
    async with watchroom(tmp_path) as room:
        room.alerts.raise_("brake", "300 a minute")
        await room.hears("raised brake")
    async with watchroom(tmp_path) as room:
        room.alerts.raise_("brake", "300 a minute")
        room.alerts.raise_("caps", "one sender")
        await room.hears("raised brake", "raised caps")
        room.clock.at += timedelta(minutes=6)
        await room.hears("raised brake", "raised caps", "recovered brake")


@pytest.mark.rule("OPS-9", "INT-9")
async def test_a_mail_in_quarantine_is_an_alert_until_it_is_handled(tmp_path: Path) -> None:
    """Whoever put it there need not say so."""
    async with watchroom(tmp_path) as room:
        house = House(room.alarm._database.engine)
        row = house.accept(raw())
        run_once(
            house.engine,
            lambda tx: inbox.finish(
                tx, row.seq, disposition="quarantined", reason="x", ticket_id=None, sender="", at=NOW, state="quarantined"
            ),
        )
        await room.hears("raised quarantine")
        assert run_once(house.engine, inbox.retry, row.mail_id)
        await room.hears("raised quarantine", "recovered quarantine")


@pytest.mark.rule("OPS-9")
async def test_a_store_that_does_not_work_is_said_all_the_same_and_once(tmp_path: Path) -> None:
    """Its state is written when the store works again."""
    async with watchroom(tmp_path) as room:
        database = room.alarm._database
        assert isinstance(database, Store)
        database.failing[_written] = 5
        room.alerts.raise_("store", "disk full")
        await room.hears("raised store")
        await eventually(lambda: not database.failing[_written])
        await eventually(lambda: [each.alert for each in run_once(database.engine, store.standing)] == ["store"])
        await room.hears("raised store")


@pytest.mark.rule("OPS-9")
async def test_of_two_daemons_one_speaks(tmp_path: Path) -> None:
    """They share the store, and what the other has said."""
    database = Store(tmp_path / "maild.db")
    async with watchroom(tmp_path) as room:
        run_once(database.engine, store.begin, Standing(alert="relay", severity="error", why="x", raised_at=NOW, said_at=NOW, seen_at=NOW))
        room.alerts.raise_("relay", "refused")
        room.alerts.raise_("caps", "somebody")
        await room.hears("raised caps")


async def test_a_command_that_hangs_fails_or_is_not_there_holds_up_nothing() -> None:
    """What went wrong is one sentence for the log."""
    standing = Standing(alert="relay", severity="error", why="x", raised_at=NOW, said_at=NOW, seen_at=NOW)
    hanging = await run_command((sys.executable, "-c", "import time; time.sleep(60)"), Turn.RAISED, standing, "text", limit=0.3)
    failing = await run_command((sys.executable, "-c", "raise SystemExit(3)"), Turn.RAISED, standing, "text" * 100_000)
    absent = await run_command(("/nowhere/to/be/found",), Turn.RAISED, standing, "text")
    assert ["still running after 0.3 s", "exit status 3", "FileNotFoundError: No such file or directory"] == [hanging, failing, absent]
    assert "" == await run_command((), Turn.RAISED, standing, "text")


def test_what_must_last_is_no_alert_before_and_nobody_ends_what_he_cannot_see() -> None:
    """A relay that is away for a minute wakes nobody; one that nobody has tried since the start is neither well nor ill."""
    seen: list[str | None] = [None, "refused", "refused", "refused", "", "refused"]
    watch = Lasting(lambda: seen.pop(0), timedelta(minutes=15))
    found = [watch(NOW + timedelta(minutes=minutes)) for minutes in (0, 1, 10, 16, 17, 40)]
    assert [None, None, None, "refused", "", None] == found
