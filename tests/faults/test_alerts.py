"""What wants an administrator reaches his command, without the relay, once, and once more when it is over (OPS-9); on a real daemon."""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import ClockFile, Daemon
from tests.support.fixtures import MakeDaemon, clock, make_daemon, sink
from tests.support.letters import letter
from tests.support.sink import RecordingSink, take_all
from tests.support.waiting import wait_until

__all__ = ["clock", "make_daemon", "sink"]

PROGRAM = "import os, sys; open(sys.argv[1], 'a').write(os.environ['MAILD_TURN'] + ' ' + os.environ['MAILD_ALERT'] + chr(10))"


def tables(folder: Path, **more: Any) -> dict[str, Any]:
    """Return a configuration whose command notes each alert."""
    return {"alerts": {"command": [sys.executable, "-c", PROGRAM, str(folder / "told")]}, **more}


def told(folder: Path) -> list[str]:
    """Return what the command was told."""
    return (folder / "told").read_text().splitlines() if (folder / "told").exists() else []


def hears(folder: Path, *expected: str) -> None:
    """Return when the command was told just that."""
    wait_until(lambda: told(folder) == list(expected), f"{expected}, and not {told(folder)}")


def tried(daemon: Daemon) -> int:
    """Return how often a mail was put off."""
    return len(daemon.log("mail_deferred"))


@pytest.mark.slow
@pytest.mark.rule("OPS-9", "OUT-1")
def test_a_relay_that_takes_nothing_for_15_minutes(make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path) -> None:
    """Not at the first refusal, not again after a restart, and over when it takes a mail."""
    sink.script = lambda _: "451 4.3.0 try again"
    daemon = make_daemon(tables(tmp_path), clock=clock)
    with daemon:
        daemon.send(letter())
        wait_until(lambda: tried(daemon), "the first attempt")
        for _ in range(4):
            clock.advance(timedelta(seconds=1))
        clock.advance(timedelta(minutes=14))
        wait_until(lambda: tried(daemon) >= 2, "the second attempt")
        hears(tmp_path)
        clock.advance(timedelta(minutes=2))
        hears(tmp_path, "raised relay")
    with daemon:
        clock.advance(timedelta(minutes=40))
        wait_until(lambda: tried(daemon) >= 3, "the attempt after the restart")
        clock.advance(timedelta(minutes=20))
        assert ["raised relay"] == told(tmp_path)
        sink.script = take_all
        clock.advance(timedelta(hours=2))
        hears(tmp_path, "raised relay", "recovered relay")


@pytest.mark.rule("OPS-9", "OUT-1", "BNC-1")
def test_a_mail_that_is_refused_for_good(make_daemon: MakeDaemon, sink: RecordingSink, tmp_path: Path) -> None:
    """Ten of them are one alert."""
    sink.script = lambda _: "550 5.7.1 no"
    with make_daemon(tables(tmp_path)) as daemon:
        for number in range(10):
            daemon.send(letter(sender=f"u{number}@trust.example"))
        daemon.wait_done()
        hears(tmp_path, "raised refused")
        assert len(daemon.log("mail_failed")) >= 10


@pytest.mark.rule("OPS-9", "ACK-4")
def test_a_template_that_is_broken_until_it_is_mended(make_daemon: MakeDaemon, sink: RecordingSink, tmp_path: Path) -> None:
    """The built-in text goes out, the ticket is made, and the next mail from a good template ends the alert."""
    templates = tmp_path / "templates"
    (templates / "en").mkdir(parents=True)
    broken = templates / "en" / "ack.txt"
    broken.write_text("Subject: x\n\n{% if reference == 'INC0000001' %}{{ nothing.of_the_kind }}{% endif %}\n", encoding="utf-8")
    with make_daemon(tables(tmp_path, mail={"templates": str(templates)})) as daemon:
        daemon.send(letter(sender="alice@trust.example"))
        daemon.wait_done()
        hears(tmp_path, "raised template:ack")
        assert b"We have received" in sink.to("alice@trust.example")[0].raw
        broken.unlink()
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: daemon.log("config_reloaded"), "the reload")
        daemon.send(letter(sender="bob@trust.example"))
        hears(tmp_path, "raised template:ack", "recovered template:ack")
