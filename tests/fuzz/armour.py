"""The shapes that stall parsers, in the sizes that do: sent to a whole daemon, with somebody's plain mail behind each.

Sources: the published stalls of Python's parsers (research on reliability and security), and what a fresh attacker tries.
"""

from __future__ import annotations

import itertools
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from tests.fuzz.shape import multipart, part
from tests.fuzz.torture import shapes
from tests.support.daemon import Daemon
from tests.support.letters import COMPLETE, HELPDESK
from tests.support.letters import letter as plain
from tests.support.waiting import wait_until

MEGABYTE = 1_000_000
LARGEST = frozenset({"30 MB of empty lines", "10 MB single line", "30 MB of base64", "100,000 parts", "zip bomb"})
_PIECE = 64 * 1024
_TO = HELPDESK.encode()
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How the daemon dealt with one shape: its reply, what became of the mail, and the seconds until then.

    ``other`` are the seconds from the 250 of somebody's plain mail, sent right behind, until it was a ticket.
    """

    shape: str
    reply: str
    disposition: str
    attempts: int
    seconds: float
    other: float


def armour() -> dict[str, Callable[[], bytes]]:
    """Return what makes each shape, by its name; made when wanted, as some are large."""
    return {**_structures(), **_headers(), **_bulk(), **_texts(), **_documents()}


def _structures() -> dict[str, Callable[[], bytes]]:
    html = b"--b\r\nContent-Type: text/html\r\n\r\n\r\n"
    return {
        "500-part nest": lambda: _nest(500),
        "depth 2,000": lambda: _nest(2_000),
        "2,000 mails in mails": lambda: (_head() + b"Content-Type: message/rfc822\r\n\r\n") * 2_000 + b"hello\r\n",
        "100,000 parts": lambda: _mail(b"multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 100_000),
        "100,000 alternatives": lambda: _mail(b"multipart/alternative; boundary=b", html * 100_000),
        "100,000 boundaries that are none": lambda: _mail(b"multipart/mixed; boundary=b", b"--bx\r\n" * 100_000),
        "bounce of 30,000 recipients": lambda: _report(30_000),
    }


def _headers() -> dict[str, Callable[[], bytes]]:
    def sent_by(value: bytes) -> bytes:
        return b"From: " + value + b"\r\n" + _head().partition(b"\r\n")[2] + b"\r\nhello\r\n"

    def with_field(field: bytes) -> bytes:
        return _head() + field + b"\r\n\r\nhello\r\n"

    people = b"To: " + b"ann@b.example, " * 20 + b"\r\n"
    segments = b"".join(b"; n*%d=x" % number for number in range(6_000))
    return {
        "16 kB of ; in Content-Type": lambda: _mail(b"text/plain" + b";" * 16_384, b"hello\r\n"),
        "64 kB of ; a=b in Content-Type": lambda: _mail(b"text/plain" + b"; a=b" * 13_000, b"hello\r\n"),
        "64 kB of continued parameters": lambda: _mail(b"text/plain" + segments, b"hello\r\n"),
        "64 kB of commas in From": lambda: sent_by(b"," * 65_536),
        "2 kB of (((( in From": lambda: sent_by(b"(" * 2_048),
        "64 kB of quotes in From": lambda: sent_by(b'"\\""' * 16_000),
        "64 kB of < in From": lambda: sent_by(b"<" * 60_000),
        "100,000 addresses in To": lambda: with_field(people * 5_000),
        "64 kB header": lambda: with_field(b"X-Long: " + b"y" * 65_536),
        "64 kB of encoded words": lambda: with_field(b"Subject: " + b"=?utf-8?q?" * 6_500),
        "64 kB of ids": lambda: with_field(b"References: " + b"<a@b> <" * 9_000),
        "100,000 headers": lambda: with_field(b"X-Y: z\r\n" * 100_000),
        "30 MB of folded lines": lambda: with_field(b"X-Y: z\r\n" + b" \r\n" * (10 * MEGABYTE)),
    }


def _bulk() -> dict[str, Callable[[], bytes]]:
    def encoded(name: bytes, content_type: bytes, body: bytes) -> bytes:
        return _mail(content_type, body + b"\r\n", b"Content-Transfer-Encoding: " + name + b"\r\n")

    line = b"\r\n" + b"M" * 61
    return {
        "30 MB of empty lines": lambda: _head() + b"\r\n" + b"\r\n" * (15 * MEGABYTE),
        "10 MB single line": lambda: _head() + b"\r\n" + b"x" * (10 * MEGABYTE) + b"\r\n",
        "10 MB of bare CR": lambda: _head() + b"\r\n" + b"x\r" * (5 * MEGABYTE) + b"\r\n",
        "30 MB of NULs": lambda: _head() + b"\r\n" + b"\0" * (30 * MEGABYTE) + b"\r\n",
        "100 MB": lambda: _head() + b"\r\n" + b"0123456789abcdef\r\n" * 5_600_000,
        "30 MB of base64": lambda: encoded(b"base64", b"application/pdf; name=x.pdf", b"QUJD" * 18 * 400_000),
        "20 MB of quoted-printable": lambda: encoded(b"quoted-printable", b"text/plain", b"=41=" * (5 * MEGABYTE)),
        "5 MB of uuencode": lambda: encoded(b"x-uuencode", b"text/plain", b"begin 644 x" + line * 80_000),
    }


def _texts() -> dict[str, Callable[[], bytes]]:
    labels = b"Contact number: 0113\r\nIssue description:\r\n> Number of affected users:\r\n"
    return {
        "100,000 lines that are no headers": lambda: _mail(b"text/plain", b"X-Y: z\r\n" * 100_000),
        "deep HTML": lambda: _mail(b"text/html", b"<div>" * 300_000 + b"deep\r\n"),
        "deep HTML tables": lambda: _mail(b"text/html", b"<table><tr><td>" * 100_000 + b"deep\r\n"),
        "HTML of quotes and comments": lambda: _mail(b"text/html", b"<a href='<!--\"" * 100_000 + b"\r\n"),
        "HTML that is never closed": lambda: _mail(b"text/html", b"<!" * 1_000_000 + b"\r\n"),
        "HTML of references": lambda: _mail(b"text/html", b"&#x41;&lt;&amp;&nosuch" * 100_000 + b"\r\n"),
        "500 kB of >": lambda: _mail(b"text/plain", b"> " * 100_000 + b"\r\n" + (b">" * 500 + b"\r\n") * 600),
        "lines like signatures": lambda: _mail(b"text/plain", b"-- \r\nTel: 0113 496 0000\r\nKind regards\r\n" * 7_000),
        "20,000 labels": lambda: _mail(b"text/plain", labels * 7_000),
        "numbers and addresses": lambda: _mail(b"text/plain", b"0113 496 0000 12 of us a.b@c.example, " * 12_000 + b"\r\n"),
        "format=flowed": lambda: _mail(b"text/plain; format=flowed; delsp=yes", b"> x \r\n" * 80_000),
        "charset of escapes": lambda: _mail(b"text/plain; charset=iso-2022-jp", b"\x1b$B\x1b(B" * 60_000 + b"\r\n"),
    }


def _documents() -> dict[str, Callable[[], bytes]]:
    torture = shapes()
    words, pages = (_document(torture[f"{kind}-bomb"]) for kind in ("docx", "pdf"))
    return {
        "zip bomb": lambda: torture["docx-bomb"],
        "PDF bomb": lambda: torture["pdf-bomb"],
        "two hundred documents": lambda: multipart(b"mixed", *([words] * 100), *([pages] * 100)),
        "S/MIME nest": lambda: torture["smime-nest"],
        "TNEF garbage": lambda: torture["tnef-lengths"],
    }


def try_shape(daemon: Daemon, name: str, raw: bytes, *, seconds: float) -> Answered:
    """Return how the daemon dealt with ``raw`` and with a plain mail behind it, each within ``seconds``.

    Raises:
        TimeoutError: one of the two was not done.
    """
    reply = send(daemon, raw)
    sent = time.monotonic()
    other = daemon.send(plain(sender=f"bob.{zlib.crc32(name.encode())}@trust.example", subject="Printer down", body=COMPLETE))
    waited = time.monotonic()
    wait_until(lambda: _state(daemon, other)[0] == "done", f"the plain mail behind {name}", deadline=seconds, every=0.02)
    other_done = time.monotonic()
    mail_id = reply.split()[-1] if reply.startswith("250") else ""
    if mail_id:
        wait_until(lambda: _state(daemon, mail_id)[0] != "pending", name, deadline=seconds, every=0.02)
    _, disposition, attempts = _state(daemon, mail_id) if mail_id else ("", "refused", 0)
    return Answered(
        shape=name, reply=reply, disposition=disposition, attempts=attempts, seconds=time.monotonic() - sent, other=other_done - waited
    )


def try_together(daemon: Daemon, *, threads: int, times: int) -> tuple[list[str], list[float]]:
    """Return the replies to the largest shapes, sent ``times`` times over ``threads`` connections at once, and how long 250s took.

    The latter are the seconds of somebody's plain mails in between, from the connection to the 250.
    """
    mails = [make() for name, make in armour().items() if name in LARGEST] * times
    seconds: list[float] = []
    with ThreadPoolExecutor(threads) as pool:
        replies = [pool.submit(send, daemon, mail) for mail in mails]
        while not all(each.done() for each in replies):
            began = time.monotonic()
            daemon.send(plain(sender=f"carol.{len(seconds)}@trust.example", body=COMPLETE))
            seconds.append(time.monotonic() - began)
    return [each.result() for each in replies], seconds


def send(daemon: Daemon, raw: bytes) -> str:
    """Return the daemon's reply to ``raw``, sent in pieces of 64 kB: no client library survives all of these shapes."""
    address = daemon.where()
    assert address is not None
    with socket.create_connection(address, timeout=120) as peer, peer.makefile("rb") as replies:
        _reply(replies)
        for command in (b"EHLO relay.trust.example", b"MAIL FROM:<eve@evil.example>", b"RCPT TO:<" + _TO + b">", b"DATA"):
            peer.sendall(command + b"\r\n")
            _reply(replies)
        for piece in _pieces(raw.replace(b"\r\n.", b"\r\n..") if b"\r\n." in raw else raw):
            peer.sendall(piece)
        peer.sendall(b"\r\n.\r\n")
        return _reply(replies)


def _pieces(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), _PIECE):
        yield raw[start : start + _PIECE]


def _reply(replies: BinaryIO) -> str:
    while (line := replies.readline().decode())[3:4] == "-":
        pass
    return line.rstrip()


def _state(daemon: Daemon, mail_id: str) -> tuple[str, str, int]:
    ((state, disposition, attempts),) = daemon.rows("SELECT state, disposition, attempts FROM inbox WHERE mail_id = :id", id=mail_id)
    return state, disposition or "", attempts


def _head() -> bytes:
    ids = b"Message-ID: <%d@evil.example>\r\n" % next(_numbers)
    return b"From: Eve <eve@evil.example>\r\nTo: " + _TO + b"\r\n" + ids + b"Subject: stall\r\n"


def _mail(content_type: bytes, body: bytes, fields: bytes = b"") -> bytes:
    return _head() + fields + b"Content-Type: " + content_type + b"\r\n\r\n" + body


def _nest(depth: int) -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    return _head() + levels + b"\r\nhello\r\n"


def _report(recipients: int) -> bytes:
    fields = b"".join(
        b"\r\nFinal-Recipient: rfc822; a%d@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n" % number for number in range(recipients)
    )
    status = part(b"message/delivery-status", b"Reporting-MTA: dns; x.example\r\n" + fields)
    return multipart(b"report; report-type=delivery-status", part(b"text/plain", b"failed\r\n"), status)


def _document(mail: bytes) -> bytes:
    """Return the attachment of a torture shape as a part."""
    return mail.partition(b"--edge\r\n")[2].partition(b"--edge\r\n")[2].partition(b"\r\n--edge--")[0]


def table(answers: Sequence[Answered], longest_hold: float) -> str:
    """Return the figures as lines for people."""
    rows = [f"{'shape':36}{'became':14}{'attempts':>8}{'seconds':>9}{'other mail':>12}"]
    rows += [f"{each.shape:36}{each.disposition:14}{each.attempts:>8}{each.seconds:>9.2f}{each.other:>12.2f}" for each in answers]
    return "\n".join([*rows, f"the event loop was held for {longest_hold:.0f} ms of processor time at most"])
