"""``maild pause`` and ``maild resume``: each part of the work stops and goes on, and a restart forgets neither."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest

from tests.support.daemon import ClockFile, Daemon
from tests.support.fixtures import MakeDaemon, clock, make_daemon, sink
from tests.support.letters import COMPLETE, letter
from tests.support.sink import RecordingSink
from tests.support.waiting import wait_until

__all__ = ["clock", "make_daemon", "sink"]


def paused(daemon: Daemon, part: str) -> None:
    """Pause ``part``, and return when the daemon says that it is."""
    before = len(daemon.log("work_paused"))
    assert f"{part} is paused\n" == daemon.command_line("pause", part).stdout
    wait_until(lambda: len(daemon.log("work_paused")) > before, f"{part} paused")


@pytest.mark.rule("OPS-10", "INT-4", "INT-7")
def test_paused_intake_makes_senders_wait(make_daemon: MakeDaemon) -> None:
    """SMTP is answered 451 and the pipe 75, in words that say nothing; resumed, both take mail."""
    with make_daemon() as daemon:
        paused(daemon, "intake")
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            daemon.send(letter())
        assert (451, "4.3.0 Temporary failure, please try again later") == (refused.value.smtp_code, refused.value.smtp_error)
        assert 75 == daemon.command_line("inject", stdin=letter()).exit_code
        assert ["intake"] == list(daemon.stats()["paused"])
        assert "intake goes on\n" == daemon.command_line("resume").stdout
        wait_until(lambda: daemon.log("work_resumed"), "intake resumed")
        daemon.send(letter())
        daemon.wait_done()
        assert 1 == daemon.stats()["opened"]


@pytest.mark.rule("OPS-10", "INT-3")
def test_a_paused_processor_stays_so_over_a_restart(make_daemon: MakeDaemon) -> None:
    """Mails are accepted and wait, also for a daemon that was started anew; resumed, each becomes its ticket."""
    daemon = make_daemon()
    with daemon:
        paused(daemon, "processor")
        daemon.send(letter(sender="alice@trust.example"))
    with daemon:
        daemon.send(letter(sender="bob@trust.example"))
        assert {"inbox_pending": 2, "opened": 0} == {key: daemon.stats()[key] for key in ("inbox_pending", "opened")}
        assert "processor" in daemon.command_line("pause").stdout
        assert 0 == daemon.command_line("resume", "processor").exit_code
        daemon.wait_done()
        assert 2 == daemon.stats()["opened"]
        assert "Nothing is paused.\n" == daemon.command_line("pause").stdout


@pytest.mark.rule("OPS-10", "OUT-1")
def test_a_paused_courier_sends_nothing(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """Tickets are made and their acknowledgements wait; resumed, they leave."""
    with make_daemon() as daemon:
        paused(daemon, "courier")
        daemon.send(letter(body=COMPLETE))
        wait_until(lambda: daemon.stats()["opened"] == 1, "the ticket")
        assert (True, ()) == (daemon.stats()["outbox_pending"] > 0, sink.deliveries)
        assert 0 == daemon.command_line("resume", "courier").exit_code
        daemon.wait_done()
        assert 0 < len(sink.deliveries)


@pytest.mark.rule("OPS-10", "REM-1")
def test_paused_timers_remind_nobody(make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile) -> None:
    """A reminder that is due stays due while other work goes on; resumed, it goes out."""
    with make_daemon(clock=clock) as daemon:
        daemon.send(letter(body="It is broken."))
        daemon.wait_done()
        paused(daemon, "timers")
        clock.advance(timedelta(hours=24, minutes=5))
        daemon.send(letter(sender="bob@trust.example", body=COMPLETE))
        daemon.wait_done()
        assert (1, 2) == (daemon.stats()["timers_due"], len(sink.to("alice@trust.example")))
        assert 0 == daemon.command_line("resume", "timers").exit_code
        wait_until(lambda: len(sink.to("alice@trust.example")) == 3, "the reminder")


@pytest.mark.rule("OPS-10")
def test_pausing_twice_says_so(make_daemon: MakeDaemon) -> None:
    """And so does resuming what was at work, or pausing what does not exist."""
    daemon = make_daemon()
    assert 0 == daemon.command_line("inject", stdin=letter()).exit_code
    assert "timers is paused\ncourier is paused\n" == daemon.command_line("pause", "timers", "courier").stdout
    assert "timers was paused already\n" == daemon.command_line("pause", "timers").stdout
    assert "intake was not paused\n" == daemon.command_line("resume", "intake").stdout
    assert 2 == daemon.command_line("pause", "everything").exit_code
    assert "courier is paused since " in daemon.command_line("stats").stderr
