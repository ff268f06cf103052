"""The clockwork in a whole daemon: downtime, reload, a clock file that jumps, and the way down."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.store import marks
from maild.store.database import engine_of, run_once
from tests.support.configuration import write_config
from tests.support.crowd import NOW
from tests.support.daemon import ClockFile, Daemon
from tests.support.letters import letter
from tests.support.waiting import wait_until

CALENDAR = {"calendar": {"add_days": {"2026-03-04": "A royal occasion"}}}


@pytest.fixture
def clock(tmp_path: Path) -> ClockFile:
    """A clock file that stands on Tuesday, 3 March 2026, 9:00."""
    return ClockFile(tmp_path / "clock", NOW)


@pytest.fixture
def daemon(tmp_path: Path, clock: ClockFile) -> Daemon:
    """A daemon that was not started yet."""
    return Daemon(write_config(tmp_path / "maild", clock.tables))


def asked(daemon: Daemon) -> None:
    """Let Alice write, be asked, and her clock run."""
    daemon.send(letter())
    daemon.wait_done()
    wait_until(lambda: [each["kind"] for each in shown(daemon)["timers"]] == ["reminder"], "the clock to start")


def shown(daemon: Daemon) -> dict[str, Any]:
    """Return the ticket as JSON."""
    return daemon.json("ticket", "show", "INC0000001")[0]


def templates(daemon: Daemon) -> list[str]:
    """Return the templates of the mails that were sent."""
    return [each["template"] for each in daemon.json("queue", "list")]


@pytest.mark.slow
@pytest.mark.rule("REM-7", "REM-8", "OPS-12")
def test_after_a_week_down_one_reminder_goes_out_when_delayed_mail_has_had_its_time(daemon: Daemon, clock: ClockFile) -> None:
    """A clock file that jumps by a week trips nothing; the wait is over at its minute, and over a kill in between."""
    with daemon:
        asked(daemon)
    clock.advance(timedelta(days=7))
    daemon.start()
    wait_until(lambda: daemon.log("timers_held"), "the catch-up")
    clock.advance(timedelta(minutes=74))
    daemon.kill()
    with daemon:
        daemon.wait_done()
        assert ["ack", "rfi"] == templates(daemon)
        clock.advance(timedelta(minutes=1))
        wait_until(lambda: "reminder1" in templates(daemon), "the reminder")
        daemon.wait_done()
        assert ["ack", "rfi", "reminder1"] == templates(daemon)
    assert [] == [line for line in daemon.log("alert_raised") if line["alert"] == "clock"]


@pytest.mark.slow
@pytest.mark.rule("REM-3", "OPS-2")
def test_a_bank_holiday_that_is_added_at_a_reload_moves_the_clock_that_runs(daemon: Daemon, clock: ClockFile) -> None:
    """SIGHUP, and ``maild clock`` shows the new date with the day and its name."""
    with daemon:
        asked(daemon)
        write_config(daemon.folder, {**clock.tables, **CALENDAR})
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: daemon.log("clocks_recounted")[1:], "the clocks to be counted anew")
        first = daemon.json("clock", "INC0000001")[0]
    assert ("2026-03-05T09:00", [{"day": "2026-03-04", "why": "A royal occasion"}]) == (first["due_local"], first["skipped"])


@pytest.mark.rule("REM-8")
def test_a_clean_stop_remembers_until_when_the_timers_were_looked_at(daemon: Daemon, clock: ClockFile) -> None:
    """A restart within ten minutes of it holds nothing, whenever the last look was written down."""
    with daemon:
        clock.advance(timedelta(seconds=30))
    alive_at = run_once(engine_of(daemon._database()), marks.get_instant, marks.ALIVE)
    assert NOW + timedelta(seconds=30) == alive_at
    with daemon:
        pass
    assert [] == daemon.log("timers_held")
