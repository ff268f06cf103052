"""Peers in crowds, peers that drip, peers that send too much: each is told why, and somebody else's mail comes through meanwhile."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.account import Books, Stopwatch, write_row
from tests.support.daemon import Daemon
from tests.support.fixtures import daemon, make_daemon, sink
from tests.support.letters import HELPDESK, letter, new_message_id
from tests.support.sender import Address
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

__all__ = ["daemon", "make_daemon", "sink"]
PROMPT = 10.0  # seconds in which a normal mail is taken, on a machine that is busy with other things too


class Line:
    """A bare connection to the daemon, from an address of its own."""

    def __init__(self, address: Address, *, source: str = "127.0.0.1") -> None:
        self._socket = socket.create_connection(address, timeout=DEADLINE, source_address=(source, 0))
        self._file = self._socket.makefile("rb")

    def say(self, text: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(text)

    def heard(self) -> bytes:
        """Return the next line, b"" where the connection was closed."""
        try:
            return self._file.readline()
        except OSError:
            return b""

    def ask(self, text: bytes) -> bytes:
        """Return the last line of the answer to a command."""
        self.say(text + b"\r\n")
        while (line := self.heard())[3:4] == b"-":
            pass
        return line

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def address_of(daemon: Daemon) -> Address:
    """Return where the daemon listens."""
    address = daemon.where()
    assert address is not None
    return address


def send_from(daemon: Daemon, source: str = "127.0.0.1") -> tuple[str, str, float]:
    """Return Message-ID and mail id of a mail sent from the address ``source``, and the seconds that it took."""
    message_id, began = new_message_id(), time.monotonic()
    sender = f"{message_id.strip('<>').partition('@')[0]}@trust.example"
    with smtplib.SMTP(*address_of(daemon), local_hostname="relay.trust.example", timeout=DEADLINE, source_address=(source, 0)) as client:
        client.ehlo()
        client.mail(sender)
        client.rcpt(HELPDESK)
        code, text = client.data(letter(message_id=message_id, sender=sender))
    assert code == 250, text
    return message_id, text.decode().split()[-1], time.monotonic() - began


def rss(pid: int) -> int:
    """Return the largest memory that a process ever had, in bytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
@pytest.mark.rule("INT-4")
def test_six_hundred_connections(daemon: Daemon, sink: RecordingSink) -> None:
    """Those over the cap get 421, those within it are served, somebody else is served at once; when the crowd has gone all is as before."""
    with ExitStack() as stack:
        crowd: list[Line] = []
        for _ in range(600):
            crowd.append(line := Line(address_of(daemon)))
            stack.callback(line.close)
        greetings = Counter(line.heard()[:9] for line in crowd)
        assert {b"220 desk.": 520, b"421 4.7.0": 80} == greetings
        message_id, mail_id, seconds = send_from(daemon, "127.0.0.2")
        assert seconds < PROMPT
        assert b"250" == crowd[0].ask(b"NOOP")[:3]
    watch = Stopwatch()
    wait_until(lambda: _served(daemon), "a connection from the crowd's address")
    daemon.wait_done()
    books = Books(daemon, [(message_id, mail_id)], sink.deliveries)
    write_row(books.row("600 connections", told="421 from the 521st of one address; others are served", since=watch))


def _served(daemon: Daemon) -> bool:
    line = Line(address_of(daemon))
    try:
        return line.heard().startswith(b"220")
    finally:
        line.close()


@pytest.mark.slow
@pytest.mark.rule("INT-4")
def test_a_crowd_from_everywhere_leaves_the_daemon_answering(daemon: Daemon) -> None:
    """With every connection of the daemon taken the next peer is told 421, and is not left without an answer."""
    with ExitStack() as stack:
        for number in range(560):
            line = Line(address_of(daemon), source=f"127.0.0.{2 + number % 5}")
            stack.callback(line.close)
            assert line.heard().startswith(b"220")
        late = Line(address_of(daemon), source="127.0.0.9")
        stack.callback(late.close)
        assert (b"421 4.3.2", b"") == (late.heard()[:9], late.heard())
    wait_until(lambda: _served(daemon), "a connection")


@pytest.mark.rule("INT-4", "INT-8")
def test_two_thousand_recipients(daemon: Daemon, sink: RecordingSink) -> None:
    """452 from the 101st: a relay sends the others in mails of their own, twenty of them, and there is one ticket."""
    recipients = [f"service+x{number}@desk.example" for number in range(1_999)] + [HELPDESK]
    message_id, taken, mails = new_message_id(), [], 0
    raw = letter(message_id=message_id)
    with smtplib.SMTP(*address_of(daemon), timeout=DEADLINE) as client:
        client.ehlo()
        while recipients:
            client.mail("alice@trust.example")
            replies = [(each, client.rcpt(each)[0]) for each in recipients]
            assert [250] * 100 + [452] * (len(recipients) - 100) == [code for _, code in replies]
            code, text = client.data(raw)
            assert code == 250
            taken.append((message_id, text.decode().split()[-1]))
            recipients = [each for each, code in replies if code == 452]
            mails += 1
    daemon.wait_done()
    assert (20, 1) == (mails, daemon.rows("SELECT count(*) FROM tickets")[0][0])
    write_row(Books(daemon, taken, sink.deliveries).row("2,000 recipients", told="452 from the 101st", normal_after=0.0))


@pytest.mark.rule("INT-4")
def test_a_drip_of_noops(daemon: Daemon, sink: RecordingSink) -> None:
    """Ten peers who say NOOP and nothing else are sent away after a hundred of them, and meanwhile a mail comes through."""
    address, ends = address_of(daemon), Counter[bytes]()

    def drip() -> None:
        line = Line(address)
        line.heard()
        line.ask(b"EHLO dripping.example")
        answer = b"250"
        while answer.startswith(b"250"):
            answer = line.ask(b"NOOP")
        ends[answer[:9]] += 1
        line.close()

    threads = [threading.Thread(target=drip) for _ in range(10)]
    for thread in threads:
        thread.start()
    message_id, mail_id, seconds = send_from(daemon)
    for thread in threads:
        thread.join(DEADLINE)
    daemon.wait_done()
    assert ({b"421 4.7.0": 10}, True) == (ends, seconds < PROMPT)
    books = Books(daemon, [(message_id, mail_id)], sink.deliveries)
    write_row(books.row("ten peers drip NOOPs", told="421 after 100 of them", normal_after=0.0))


@pytest.mark.slow
@pytest.mark.rule("INT-4")
def test_slow_senders_beside_a_normal_one(daemon: Daemon, sink: RecordingSink) -> None:
    """Two hundred mails come in drop by drop; others are taken as if they were not there, and theirs too when they have come."""
    raw, slow, taken = {new_message_id(): b"" for _ in range(200)}, [], []
    with ExitStack() as stack:
        for number, message_id in enumerate(raw):
            line = Line(address_of(daemon))
            stack.callback(line.close)
            line.heard()
            for command in (b"EHLO slow.example", f"MAIL FROM:<slow{number}@trust.example>".encode(), f"RCPT TO:<{HELPDESK}>".encode()):
                assert line.ask(command).startswith(b"250")
            assert line.ask(b"DATA").startswith(b"354")
            slow.append((line, message_id, letter(message_id=message_id, sender=f"slow{number}@trust.example")))
        seconds = []
        for drop in range(5):
            for line, _, mail in slow:
                line.say(mail[drop : drop + 1])
            message_id, mail_id, took = send_from(daemon)
            taken.append((message_id, mail_id))
            seconds.append(took)
        assert max(seconds) < PROMPT
        for line, _, mail in slow:
            line.say(mail[5:] + b".\r\n")
        taken += [(message_id, line.heard().decode().split()[-1]) for line, message_id, _ in slow]
        watch = Stopwatch()
        daemon.wait_done()
    told = f"250; a normal mail beside them took {max(seconds):.2f} s"
    write_row(Books(daemon, taken, sink.deliveries).row("200 slow senders", told=told, since=watch))


@pytest.mark.slow
@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("announced", [True, False])
def test_a_mail_of_a_hundred_megabytes(daemon: Daemon, sink: RecordingSink, announced: bool) -> None:
    """552 at MAIL where SIZE= says so, else at the end of data, in flat memory; the connection and the next mail are fine."""
    before = rss(daemon.pid)
    with smtplib.SMTP(*address_of(daemon), timeout=DEADLINE) as client:
        client.ehlo()
        code, text = client.mail("alice@trust.example", ["SIZE=100000000"] if announced else [])
        if not announced:
            client.rcpt(HELPDESK)
            assert client.docmd("DATA")[0] == 354
            for piece in _hundred_megabytes():
                client.send(piece)
            code, text = client.getreply()
        assert (552, b"5.3.4") == (code, text[:5])
        assert rss(daemon.pid) - before < 100 * 1024 * 1024
        client.rset()
        message_id = new_message_id()
        client.mail("alice@trust.example")
        client.rcpt(HELPDESK)
        code, text = client.data(letter(message_id=message_id))
    daemon.wait_done()
    name, told = ("with SIZE", "552 at MAIL") if announced else ("without SIZE", "552 after the final dot")
    books = Books(daemon, [(message_id, text.decode().split()[-1])], sink.deliveries)
    write_row(books.row(f"a mail of 100 MB {name}", told=told, normal_after=0.0))


def _hundred_megabytes() -> Iterator[bytes]:
    yield letter(body="x")
    line = b"x" * 998 + b"\r\n"
    for _ in range(100):
        yield line * 1000
    yield b".\r\n"
