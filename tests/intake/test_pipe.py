"""The pipe: one mail from a stream, and the exit status that an MTA reads."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from maild.config.listeners import LimitRules
from maild.errors import StoreUnavailable, TooManyHops
from maild.intake.pipe import Delivery, Injection, delivery, inject
from maild.intake.spool import Spool
from maild.mail.envelope import Envelope
from tests.intake.reception import HOSTNAME, NOON, FakeStore
from tests.intake.test_smtp import failing

MAIL = b"Return-Path: <alice@trust.example>\nDelivered-To: helpdesk@trust.example\nSubject: x\n\nhello\n"
TAKEN = Injection(status=0, reply="250 2.0.0 Ok M1")


async def piped(
    raw: bytes,
    spool: Path,
    store: FakeStore,
    limits: LimitRules | None = None,
    mail_from: str | None = None,
    rcpt_to: tuple[str, ...] = (),
) -> Injection:
    """Return what becomes of ``raw``."""
    return await inject(
        io.BytesIO(raw),
        accept=store,
        spool=Spool(spool),
        limits=limits or LimitRules(),
        hostname=HOSTNAME,
        mail_id="M1",
        now=NOON,
        mail_from=mail_from,
        rcpt_to=rcpt_to,
    )


@pytest.mark.rule("INT-7")
async def test_a_mail_from_the_pipe(tmp_path: Path) -> None:
    """The mail is kept as it came below a Received line, for whom its delivery headers say, and the status is 0."""
    store = FakeStore()
    assert await piped(MAIL, tmp_path, store) == TAKEN
    (kept,) = store.mails
    assert kept.text == MAIL
    assert kept.raw.startswith(b"Received: from localhost\r\n\tby mx.trust.example with local id M1;")
    assert kept.envelope == Envelope(
        mail_from="alice@trust.example", rcpt_to=("helpdesk@trust.example",), source="inject", received_at=NOON
    )


@pytest.mark.rule("INT-7")
async def test_options_count_more_than_headers(tmp_path: Path) -> None:
    """A sender (the null sender too) and recipients that are given on the command line replace what the headers say."""
    store = FakeStore()
    await piped(MAIL, tmp_path, store, mail_from="", rcpt_to=("it@trust.example",))
    assert (store.mails[0].envelope.mail_from, store.mails[0].envelope.rcpt_to) == ("", ("it@trust.example",))


@pytest.mark.rule("INT-7")
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_the_line_of_a_mailbox_is_left_out(tmp_path: Path, end: bytes) -> None:
    """A ``From `` line above the mail, as pipe transports and mailboxes have it, is no part of the mail."""
    store = FakeStore()
    assert await piped(b"From alice@trust.example Thu May 21 12:00:00 2026" + end + MAIL, tmp_path, store) == TAKEN
    assert await piped(b"From alice@trust.example", tmp_path, store) == TAKEN
    assert [each.text for each in store.mails] == [MAIL, b""]


@pytest.mark.rule("INT-7", "INT-4")
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StoreUnavailable("locked"), Injection(status=75, reply="451 4.3.0 Temporary failure, please try again later")),
        (ZeroDivisionError("a fault of ours"), Injection(status=75, reply="451 4.3.0 Temporary failure, please try again later")),
        (TooManyHops("101"), Injection(status=65, reply="554 5.4.6 Too many hops, mail loop suspected")),
    ],
)
async def test_the_status_says_who_must_act(tmp_path: Path, error: Exception, expected: Injection) -> None:
    """75 where the MTA should try again, 65 where it should not."""
    assert await piped(MAIL, tmp_path, failing(error)) == expected


@pytest.mark.rule("INT-7", "INT-5")
async def test_the_limits_count_here_too(tmp_path: Path) -> None:
    """A mail that is too large, or that has been round too often, is refused for good; a full disk is a matter of trying again."""
    store = FakeStore()
    statuses = [
        (await piped(b"x" * 100, tmp_path, store, LimitRules(size=99))).status,
        (await piped(b"Received: x\n" * 3 + b"\n", tmp_path, store, LimitRules(hops=2))).status,
        (await piped(b"x" * 3_000_000, tmp_path / "missing", store)).status,
    ]
    assert (statuses, store.mails) == ([65, 65, 75], [])


class Broken(io.RawIOBase):
    """A stream that fails after its first piece."""

    def __init__(self) -> None:
        self._first = b"Subject: x\n"

    def read(self, size: int = -1) -> bytes:
        """Return the first piece, then fail."""
        if not self._first:
            raise OSError("the pipe broke")
        piece, self._first = self._first, b""
        return piece


@pytest.mark.rule("INT-7")
async def test_a_pipe_that_breaks_is_try_again(tmp_path: Path) -> None:
    """Half a mail is no mail: the status is 75 and nothing is kept."""
    store, spool = FakeStore(), Spool(tmp_path)
    found = await inject(
        Broken(),  # type: ignore[arg-type]  # what inject needs of a stream
        accept=store,
        spool=spool,
        limits=LimitRules(),
        hostname=HOSTNAME,
        mail_id="M1",
        now=NOON,
    )
    assert (found.status, store.mails, spool.held) == (75, [], 0)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Subject: x\n\n", Delivery(mail_from=None, rcpt_to=())),
        (b"return-path:<>\r\n\r\n", Delivery(mail_from="", rcpt_to=())),
        (b"X-Original-To: a@t.example\nDelivered-To: b@t.example\n\n", Delivery(mail_from=None, rcpt_to=("a@t.example", "b@t.example"))),
        (b"Delivered-To: a@t.example\nX-Original-To: a@t.example\n\n", Delivery(mail_from=None, rcpt_to=("a@t.example",))),
        (b"Return-Path: <a@t.example>\nReturn-Path: <b@t.example>\n", Delivery(mail_from="a@t.example", rcpt_to=())),
        (b"Subject: x\n\nReturn-Path: <a@t.example>\n", Delivery(mail_from=None, rcpt_to=())),
        (b"Delivered-To: two words\nReturn-Path: \xff\x00\n\n", Delivery(mail_from="", rcpt_to=())),
        (b"", Delivery(mail_from=None, rcpt_to=())),
    ],
)
def test_what_the_delivery_headers_say(head: bytes, expected: Delivery) -> None:
    """The topmost of each header of the header block counts; what is no address is none."""
    assert delivery(head) == expected
