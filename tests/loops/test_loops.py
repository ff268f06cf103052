"""Machines that answer machines: whatever they do, a real daemon stops before its caps and says so once (LOOP-1, LOOP-2)."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.loops.robots import Hour, bouncer, parrot, polite, rude
from tests.support.daemon import ClockFile, Daemon
from tests.support.fixtures import MakeDaemon, clock, make_daemon, sink
from tests.support.letters import COMPLETE, header, letter
from tests.support.sink import RecordingSink

__all__ = ["clock", "make_daemon", "sink"]

pytestmark = pytest.mark.slow
ROBOT = "office@robots.example"
WHOLE = COMPLETE.replace("users: 1", "users: just me")
CAPS = {"sender_per_hour": 10, "sender_per_day": 40, "ticket_per_hour": 10, "global_per_minute": 300}
PROGRAM = "import os, sys; open(sys.argv[1], 'a').write(os.environ['MAILD_TURN'] + ' ' + os.environ['MAILD_ALERT'] + chr(10))"


def tables(folder: Path) -> dict[str, Any]:
    """Return the shipped caps, and a command that notes each alert."""
    return {"caps": CAPS, "alerts": {"command": [sys.executable, "-c", PROGRAM, str(folder / "alerts")]}}


def alerts(folder: Path) -> list[str]:
    """Return what the command was told."""
    return (folder / "alerts").read_text().splitlines() if (folder / "alerts").exists() else []


def begin(daemon: Daemon, sender: str, body: str = WHOLE) -> None:
    """Send the first mail, as a person would."""
    daemon.send(letter(sender=sender, body=body), mail_from=sender)


def settled(daemon: Daemon) -> bool:
    """Return whether every accepted mail is accounted for, and nothing is left."""
    stats = daemon.stats()
    return (stats["unaccounted"], stats["inbox_pending"], stats["quarantined"]) == ({}, 0, 0)


@pytest.mark.rule("LOOP-1", "ACK-2")
def test_one_that_obeys_rfc_3834_gets_one_mail(make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path) -> None:
    """The acknowledgement of what its owner wrote, and nothing for what it says itself."""
    with make_daemon(tables(tmp_path), clock=clock) as daemon:
        robot = polite(ROBOT)
        begin(daemon, ROBOT)
        away = letter(sender=ROBOT, subject="Auto: I am away", headers={"Auto-Submitted": "auto-replied"})
        daemon.send(away, mail_from="")
        Hour(daemon, sink, clock, [robot]).play()
        assert (1, 1, []) == (len(sink.to(ROBOT)), daemon.stats()["opened"], alerts(tmp_path))
        assert settled(daemon)


@pytest.mark.rule("LOOP-2", "OPS-9")
@pytest.mark.parametrize("unasked", [False, True], ids=["answers", "answers and begins"])
def test_one_that_hides_gets_no_more_than_the_cap_then_silence_and_one_alert(
    make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path, unasked: bool
) -> None:
    """It changes subject, name, words and Message-ID each time; each of its mails is a ticket, and the eleventh is not answered."""
    with make_daemon(tables(tmp_path), clock=clock) as daemon:
        hour = Hour(daemon, sink, clock, [rude(ROBOT, unasked=unasked)])
        begin(daemon, ROBOT)
        hour.play()
        told = len(sink.to(ROBOT))
        assert 1 < told <= 10
        assert ["raised caps"] == [each for each in alerts(tmp_path) if each != "recovered caps"]
        assert told + 1 + 12 * unasked == daemon.stats()["opened"]
        assert settled(daemon)


@pytest.mark.rule("LOOP-2")
def test_over_a_day_one_that_never_stops_gets_no_more_than_the_cap_of_the_day(
    make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path
) -> None:
    """Forty, and a restart in the middle forgets none of them."""
    robot = rude(ROBOT, unasked=True)
    daemon = make_daemon(tables(tmp_path), clock=clock)
    with daemon:
        hour = Hour(daemon, sink, clock, [robot])
        hour.play(hours=4, step=timedelta(minutes=30))
    with daemon:
        hour.play(hours=8, step=timedelta(minutes=30))
        automatic = [each for each in sink.to(ROBOT) if "Reminder" not in header(each.raw, "Subject")]
        assert 30 < len(automatic) <= 40


@pytest.mark.rule("LOOP-1", "LOOP-2", "RFI-3")
def test_one_that_replies_within_the_thread_is_a_user_who_says_little(
    make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path
) -> None:
    """Its replies update the one ticket; the RFIs are as many as the rounds that a user has."""
    with make_daemon(tables(tmp_path), clock=clock) as daemon:
        begin(daemon, ROBOT, body="It is broken.")
        Hour(daemon, sink, clock, [parrot(ROBOT)]).play()
        assert 1 == daemon.stats()["opened"]
        assert len(sink.to(ROBOT)) <= 3
        assert settled(daemon)


@pytest.mark.rule("BNC-1", "LOOP-1")
def test_one_that_bounces_to_from_is_never_answered(make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path) -> None:
    """Each report is filed with the ticket of the mail that it names, and changes nothing; nothing goes to its postmaster."""
    with make_daemon(tables(tmp_path), clock=clock) as daemon:
        begin(daemon, ROBOT, body="It is broken.")
        Hour(daemon, sink, clock, [bouncer(ROBOT)]).play()
        assert len(sink.to(ROBOT)) <= 3
        assert {ROBOT} == {each.to for each in sink.deliveries}
        flags = [flag for ticket in daemon.json("ticket", "list") for flag in ticket["flags"]]
        assert "undeliverable" not in flags
        assert settled(daemon)


# --- two of us ---


def _stripped(raw: bytes) -> bytes:
    """Return a mail as a gateway passes it on that takes away all that says what it is."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    gone = (b"auto-submitted:", b"x-loop:", b"x-auto-response-suppress:", b"in-reply-to:", b"references:", b"reply-to:", b"message-id:")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(gone)) + b"\r\n\r\n" + body


class Pair:
    """Two daemons whose mail goes to one relay, which hands each what is for it; ``strips`` is what the relay does to it on the way."""

    def __init__(self, make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, folder: Path, *, strips: bool) -> None:
        other = {"addresses": {name: value.replace("desk", "care") for name, value in _ADDRESSES.items()} | {"helpdesk": [OTHER]}}
        self.daemons = [make_daemon(tables(folder), clock=clock), make_daemon({**tables(folder), **other}, clock=clock)]
        self.sink, self.clock, self.strips = sink, clock, strips
        self._seen = 0

    def play(self) -> None:
        """Let an hour pass, mail going to and fro all the while."""
        for _ in range(12):
            for _ in range(25):
                if not self._pass_on():
                    break
            self.clock.advance(timedelta(minutes=5))
        self._pass_on()

    def _pass_on(self) -> int:
        for daemon in self.daemons:
            daemon.wait_done()
        new = self.sink.deliveries[self._seen :]
        self._seen += len(new)
        passed = 0
        for each in new:
            for daemon, domain in zip(self.daemons, ("desk.example", "care.example"), strict=True):
                if each.to.endswith("@" + domain):
                    daemon.send(_stripped(each.raw) if self.strips else each.raw, to=(each.to,), mail_from=each.envelope_from)
                    passed += 1
        return passed


OTHER = "helpdesk@care.example"
_ADDRESSES = {"service": "service@desk.example", "postmaster": "pat@person.example", "abuse": "pat@person.example"}


@pytest.mark.rule("LOOP-1", "LOOP-2")
@pytest.mark.parametrize("strips", [False, True], ids=["as they are", "with every header gone that says what they are"])
def test_two_of_us_do_not_talk_for_long(
    make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile, tmp_path: Path, strips: bool
) -> None:
    """Somebody writes to one in the other's name: one mail between them, and behind a gateway that hides all, the caps of both."""
    pair = Pair(make_daemon, sink, clock, tmp_path, strips=strips)
    with pair.daemons[0] as one, pair.daemons[1] as two:
        one.send(letter(sender=OTHER, body=WHOLE), mail_from="mallory@elsewhere.example")
        pair.play()
        between = [each for each in sink.deliveries if each.to.endswith(("@desk.example", "@care.example"))]
        assert 1 <= len(between) <= (20 if strips else 1)
        assert all(settled(daemon) for daemon in (one, two))
        assert 1 == one.stats()["opened"] if not strips else one.stats()["opened"] <= 11


@pytest.mark.rule("LOOP-2")
def test_the_measure_would_see_a_loop(make_daemon: MakeDaemon, sink: RecordingSink, clock: ClockFile) -> None:
    """With a cap four times as high the same robot is answered four times as often: the silence above is the cap's."""
    with make_daemon({"caps": {**CAPS, "sender_per_hour": 40, "sender_per_day": 160}}, clock=clock) as daemon:
        begin(daemon, ROBOT)
        Hour(daemon, sink, clock, [rude(ROBOT)]).play(hours=1 / 6)
        assert 30 < len(sink.to(ROBOT)) <= 40
