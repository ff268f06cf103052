"""SMTP smuggling (VU#302671, CVE-2023-51764 to -51766, CVE-2024-27305) against a whole daemon: one mail goes in, one mail is there.

Two servers that disagree on where a mail ends let an attacker put a second one inside the first, under any name. Here the end is CRLF.CRLF
and nothing else, and whatever else looks like an end stays inside the one mail.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.letters import HELPDESK, new_message_id
from tests.support.sink import RecordingSink, recording_sink
from tests.support.waiting import DEADLINE

VICTIM = "director@trust.example"
ENDS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.LF": b"\r.\n",
    "LF.CR": b"\n.\r",
    "CRLF.CR": b"\r\n.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.NUL.CRLF": b"\r\n.\x00\r\n",
    "CRLF NUL.CRLF": b"\r\n\x00.\r\n",
    "CRLF..CRLF": b"\r\n..\r\n",
    "CRCRLF.CRLF": b"\r\r\n\x20.\r\n",
    "CRLF.CRCRLF": b"\r\n.\r\r\n",
}


@pytest.fixture(scope="module")
def smuggled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, RecordingSink]]:
    """A daemon that has got one mail with each false end in it, and a smuggled mail behind each."""
    with (
        recording_sink() as sink,
        Daemon(write_config(tmp_path_factory.mktemp("smuggling") / "maild", {"relay": {"to": sink.url}})) as daemon,
    ):
        for name, end in ENDS.items():
            _send(daemon, name, end)
        daemon.wait_done()
        yield daemon, sink


def _send(daemon: Daemon, name: str, end: bytes) -> None:
    """Send one mail with a false end and a whole transaction behind it, and read every reply."""
    inner = (
        f"MAIL FROM:<{VICTIM}>\r\nRCPT TO:<{HELPDESK}>\r\nDATA\r\nFrom: {VICTIM}\r\nTo: {HELPDESK}\r\n"
        f"Subject: smuggled by {name}\r\nMessage-ID: {new_message_id()}\r\n\r\nPay at once.\r\n"
    )
    outer = (
        f"From: {_name(name)}@elsewhere.example\r\nTo: {HELPDESK}\r\nSubject: {name}\r\nMessage-ID: {new_message_id()}\r\n\r\nHello {name}"
    )
    address = daemon.where()
    assert address is not None
    with socket.create_connection(address, DEADLINE) as peer:
        replies = peer.makefile("rb")
        for command in ("", "EHLO relay.test", f"MAIL FROM:<{_name(name)}@elsewhere.example>", f"RCPT TO:<{HELPDESK}>", "DATA"):
            peer.sendall(command.encode() + b"\r\n" if command else b"")
            while replies.readline()[3:4] == b"-":
                pass
        peer.sendall(outer.encode() + end + inner.encode() + b"\r\n.\r\n")
        assert replies.readline().startswith(b"250")
        peer.sendall(b"QUIT\r\n")
        assert replies.readline().startswith(b"221"), "more than one reply: the false end was taken"


def _name(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum()) + str(list(ENDS).index(name))


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("name", ENDS)
def test_a_false_end_of_data_smuggles_nothing(smuggled: tuple[Daemon, RecordingSink], name: str) -> None:
    """One reply, one mail, one ticket of the sender's; the director wrote nothing, and is written nothing."""
    daemon, sink = smuggled
    rows = daemon.rows("SELECT mail_from FROM inbox WHERE sender_key = :who", who=f"{_name(name)}@elsewhere.example")
    assert [(f"{_name(name)}@elsewhere.example",)] == rows
    assert [] == daemon.rows("SELECT seq FROM inbox WHERE mail_from = :who OR sender_key = :who", who=VICTIM)
    assert [] == sink.to(VICTIM)


@pytest.mark.rule("INT-5")
def test_no_header_can_be_smuggled_in_by_a_bare_line_end(smuggled: tuple[Daemon, RecordingSink], tmp_path: Path) -> None:
    """A relay that saw one long header line let it pass; here it makes no second header that says who wrote."""
    daemon, _ = smuggled
    false = f"Subject: x\rFrom: {VICTIM}\rAuto-Submitted: no"
    hidden = f"From: m@elsewhere.example\r\nTo: {HELPDESK}\r\n{false}\r\nMessage-ID: {new_message_id()}\r\n\r\nx\r\n"
    daemon.send(hidden.encode(), mail_from="m@elsewhere.example")
    daemon.wait_done()
    assert [] == daemon.rows("SELECT number FROM tickets WHERE requester = :who", who=VICTIM)
    assert 1 == len(daemon.rows("SELECT number FROM tickets WHERE requester = 'm@elsewhere.example'"))


@pytest.mark.rule("INT-5", "INT-2")
@pytest.mark.parametrize(
    "command",
    [
        "RCPT TO:<x@elsewhere.example>",
        "RCPT TO:<helpdesk@desk.example@elsewhere.example>",
        "RCPT TO:<@desk.example:x@elsewhere.example>",
        "RCPT TO:<x%elsewhere.example@desk.example>",
        "RCPT TO:<elsewhere.example!x@desk.example>",
        'RCPT TO:<"helpdesk@desk.example x"@elsewhere.example>',
    ],
)
def test_the_listener_is_no_relay(smuggled: tuple[Daemon, RecordingSink], command: str) -> None:
    """An address that is not ours is refused, however it is written."""
    daemon, _ = smuggled
    address = daemon.where()
    assert address is not None
    with socket.create_connection(address, DEADLINE) as peer:
        replies = peer.makefile("rb")
        replies.readline()
        for said in ("HELO relay.test", "MAIL FROM:<m@elsewhere.example>"):
            peer.sendall(said.encode() + b"\r\n")
            assert replies.readline().startswith(b"250")
        peer.sendall(command.encode() + b"\r\n")
        assert replies.readline()[:3] in (b"550", b"553", b"501")
