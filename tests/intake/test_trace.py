"""Received lines: ours, and the count of those that came."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.intake.trace import HopCounter, received_line

AT = datetime(2026, 5, 21, 12, 0, tzinfo=UTC)


def hops(*pieces: bytes) -> int:
    """Return the hops counted in a mail that comes in these pieces."""
    counter = HopCounter()
    for piece in pieces:
        counter.feed(piece)
    return counter.hops


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (b"Received: a\r\nreceived: b\r\nSubject: Received: c\r\n\r\nReceived: d\r\n", 2),
        (b"Received: a\nRECEIVED: b\n\nReceived: c\n", 2),
        (b"Received: a\rReceived: b\r\rReceived: c\r", 2),
        (b"X: y\rReceived: hidden\r\n\r\n", 1),
        (b"\r\nReceived: a body from its first line\r\n", 0),
        (b"X-Received: a\r\n Received: folded\r\nReceived : odd\r\n\r\n", 0),
        (b"Received: a\r\n\rReceived: b", 1),
        (b"", 0),
    ],
)
def test_received_lines_of_the_header_block_count(mail: bytes, expected: int) -> None:
    """Lines of the header block count, whatever ends them; a folded line, another name and the body do not."""
    assert hops(mail) == expected
    assert hops(*(mail[place : place + 1] for place in range(len(mail)))) == expected


@pytest.mark.rule("INT-5")
@given(lines=st.lists(st.sampled_from([b"Received: x", b"A: b", b"", b" c"]), max_size=30), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_the_count_does_not_depend_on_the_pieces(lines: list[bytes], cuts: list[int]) -> None:
    """However the network cuts a mail, the count is that of the whole."""
    mail = b"\r\n".join(lines)
    places = [0, *sorted(min(cut, len(mail)) for cut in cuts), len(mail)]
    header = lines[: lines.index(b"")] if b"" in lines[:-1] else lines
    assert hops(*(mail[start:end] for start, end in itertools.pairwise(places))) == header.count(b"Received: x")


@pytest.mark.rule("INT-5")
@given(helo=st.text(max_size=300))
def test_nothing_that_a_peer_says_breaks_the_line(helo: str) -> None:
    """Whatever name a peer gives, the Received line is one ASCII header field."""
    line = received_line(helo=helo, peer="192.0.2.1", by="mx.trust.example", protocol="ESMTP", mail_id="M1", at=AT)
    assert line.isascii()
    assert line.count(b"\r\n") == line.count(b"\n") == 3
    parsed = message_from_bytes(line + b"Subject: x\r\n\r\n")
    assert parsed.keys() == ["Received", "Subject"]


@pytest.mark.parametrize(
    ("helo", "peer", "expected"),
    [
        ("relay.test", "192.0.2.1", b"Received: from relay.test ([192.0.2.1])\r\n"),
        ("[192.0.2.1]", "2001:db8::1", b"Received: from [192.0.2.1] ([IPv6:2001:db8::1])\r\n"),
        ("a(b)c", "", b"Received: from a?b?c\r\n"),
        ("", "", b"Received: from unknown\r\n"),
    ],
)
def test_the_line_says_who_gave_us_the_mail(helo: str, peer: str, expected: bytes) -> None:
    """The name and address of the peer, our name, the protocol, the mail's id and the time stand in the line."""
    line = received_line(helo=helo, peer=peer, by="mx.trust.example", protocol="LMTP", mail_id="M1", at=AT)
    assert line == expected + b"\tby mx.trust.example with LMTP id M1;\r\n\tThu, 21 May 2026 12:00:00 +0000\r\n"
