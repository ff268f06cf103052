"""SMTP over real sockets on loopback: what the peer is told when something goes wrong on our side or its own."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maild import log, metrics
from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.errors import MaildError, MailTooLarge, StoreUnavailable
from maild.intake.spool import Body
from maild.mail.envelope import Envelope
from tests.intake.reception import NOON, FakeStore, open_house

Lines = Callable[[], list[dict[str, Any]]]
TEXT = b"Subject: x\r\n\r\nhello\r\n"
SECRET = "/var/lib/maild/secret"


class Held:
    """A store that begins, and ends when it is let."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let = asyncio.Event()

    async def __call__(self, envelope: Envelope, body: Body) -> None:
        """Wait."""
        self.begun.set()
        await self.let.wait()


def failing(error: Exception) -> FakeStore:
    """Return a store that fails with ``error``."""

    async def fail(envelope: Envelope, body: Body) -> None:
        raise error

    return FakeStore(before=fail)


@pytest.mark.rule("INT-3")
async def test_the_250_comes_after_the_commit(tmp_path: Path) -> None:
    """Nothing is said before the store has the mail, and then the 250 names the id under which it is kept."""
    held = Held()
    store = FakeStore(before=held)
    async with open_house(tmp_path, store=store) as house, house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        await peer.send(TEXT + b".\r\n")
        await held.begun.wait()
        await peer.send(b"NOOP\r\n")
        early = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, early.set)
        await early.wait()
        assert (peer.reader._buffer, store.mails) == (b"", [])  # type: ignore[attr-defined]  # nothing has been said
        held.let.set()
        assert await peer.reply() == "250 2.0.0 Ok M1"
        assert await peer.reply() == "250 2.0.0 Ok"
    (kept,) = store.mails
    assert (kept.text, kept.mail_id, kept.size, kept.head) == (TEXT, "M1", len(kept.raw), kept.raw)
    assert kept.envelope == Envelope(mail_from="", rcpt_to=("it@trust.example",), source="smtp", received_at=NOON)


@pytest.mark.rule("INT-4")
@pytest.mark.parametrize("protocol", list(ListenerProtocol))
@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (OSError(28, "No space left on device", SECRET), "451 4.3.0 Temporary failure, please try again later"),
        (RecursionError(SECRET), "451 4.3.0 Temporary failure, please try again later"),
        (StoreUnavailable(SECRET), "451 4.3.0 Temporary failure, please try again later"),
        (MailTooLarge(SECRET), "552 5.3.4 Message size exceeds the limit"),
        (MaildError(SECRET), "451 4.3.0 Temporary failure, please try again later"),
        (ConnectionResetError(SECRET), "451 4.3.0 Temporary failure, please try again later"),
        (TimeoutError(SECRET), "451 4.3.0 Temporary failure, please try again later"),
    ],
)
async def test_a_fault_of_ours_is_451_without_its_text(tmp_path: Path, error: Exception, reply: str, protocol: ListenerProtocol) -> None:
    """A store that fails is 451 with a generic text, once for each recipient in LMTP, and the next mail is served."""
    store = failing(error)
    async with open_house(tmp_path, store=store) as house, house.peer(protocol=protocol) as peer:
        assert await peer.mail(TEXT) == reply
        store.before = None
        assert await peer.mail(TEXT) == "250 2.0.0 Ok M2"


@pytest.mark.rule("INT-4")
async def test_a_fault_before_the_mail_is_451_without_its_text(tmp_path: Path) -> None:
    """What fails while a command is obeyed is 451 with a generic text, and the session goes on."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        house.gate.rules = None  # type: ignore[assignment]  # any fault
        replies = await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "NOOP")
    assert replies == ["250 2.1.0 Ok", "451 4.3.0 Temporary failure, please try again later", "250 2.0.0 Ok"]


@pytest.mark.rule("INT-4")
async def test_a_fault_while_a_mail_is_read_ends_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fault in the middle of a mail the session ends, so that the rest of the mail is not taken for commands."""

    async def fail(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("maild.intake.smtp.receive", fail)
    async with open_house(tmp_path) as house, house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>")
        await peer.send(b"DATA\r\nQUIT\r\n")
        replies = [await peer.reply(), await peer.reply(), await peer.reply()]
    assert replies == ["354 End data with <CR><LF>.<CR><LF>", "451 4.3.0 Temporary failure, please try again later", ""]


@pytest.mark.rule("INT-3", "INT-4")
async def test_a_lost_connection_does_not_cancel_the_commit(tmp_path: Path) -> None:
    """A peer that goes away while its mail is stored leaves the store at work, and the body stays readable."""
    held = Held()
    store = FakeStore(before=held)
    async with open_house(tmp_path, store=store) as house:
        async with house.peer() as peer:
            await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
            await peer.send(TEXT + b".\r\n")
            await held.begun.wait()
            peer.reset()
        await house.until_empty()
        held.let.set()
        await house.listeners.stop(5)
        assert [each.text for each in store.mails] == [TEXT]


@pytest.mark.rule("INT-3", "INT-4")
async def test_a_slow_store_is_451_and_still_finishes(tmp_path: Path) -> None:
    """When the store takes too long the peer is told to try again, and the store goes on; the peer's retry is a duplicate."""
    held = Held()
    store = FakeStore(before=held)
    async with open_house(tmp_path, store=store, limits=LimitRules(store_seconds=0.05)) as house, house.peer() as peer:
        assert await peer.mail(TEXT) == "451 4.3.0 Temporary failure, please try again later"
        held.let.set()
        await house.listeners.stop(5)
        assert [each.text for each in store.mails] == [TEXT]


@pytest.mark.rule("INT-3", "INT-4")
async def test_a_peer_waits_for_its_reply_without_being_called_idle(tmp_path: Path) -> None:
    """While the store works no deadline of the peer's runs: it gets its 250."""
    held = Held()
    limits = LimitRules(idle_seconds=0.3, session_seconds=0.5, data_grace_seconds=0.3)
    async with open_house(tmp_path, store=FakeStore(before=held), limits=limits) as house, house.peer() as peer:
        asyncio.get_running_loop().call_later(0.9, held.let.set)
        assert await peer.mail(TEXT) == "250 2.0.0 Ok M1"


@pytest.mark.rule("INT-5")
async def test_a_peer_that_has_said_all_still_gets_its_replies(tmp_path: Path) -> None:
    """A peer that closes its side after the mail reads the 250, and the connection is closed after it."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        await peer.send(b"MAIL FROM:<>\r\nRCPT TO:<it@trust.example>\r\nDATA\r\nhello\r\n.\r\n")
        peer.writer.write_eof()
        replies = [await peer.reply() for _ in range(5)]
    assert replies == ["250 2.1.0 Ok", "250 2.1.5 Ok", "354 End data with <CR><LF>.<CR><LF>", "250 2.0.0 Ok M1", ""]


@pytest.mark.rule("INT-3")
@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n.", b"\r\n.\r", b"\n.\n"])
async def test_half_a_mail_is_no_mail(tmp_path: Path, end: bytes) -> None:
    """A mail whose end did not come is not stored, and nothing is said for it."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        await peer.send(b"Subject: x\r\n\r\nhello" + end)
        peer.writer.write_eof()
        assert await peer.reply() == ""
        assert house.store.mails == []


@pytest.mark.rule("INT-4")
@pytest.mark.parametrize(
    ("limits", "commands", "reply"),
    [
        (LimitRules(idle_seconds=0.3), (), "421 4.4.2 Nothing came for too long"),
        (LimitRules(idle_seconds=0.3), ("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA"), "421 4.4.2 Nothing came for too long"),
        (LimitRules(idle_seconds_busy=0.3, connections=1), (), "421 4.4.2 Nothing came for too long"),
        (LimitRules(session_seconds=0.3), (), "421 4.4.2 Session took too long"),
    ],
)
async def test_a_silent_session_is_ended(tmp_path: Path, limits: LimitRules, commands: tuple[str, ...], reply: str) -> None:
    """A peer that says nothing, between commands or in a mail, is told so and the connection is closed; sooner when most are in use."""
    async with open_house(tmp_path, limits=limits) as house, house.peer() as peer:
        await peer.ask(*commands)
        assert [await peer.reply(), await peer.reply()] == [reply, ""]
        assert house.store.mails == []


@pytest.mark.rule("INT-4")
@pytest.mark.parametrize(
    ("limits", "first", "drip"),
    [
        (LimitRules(idle_seconds=0.2), b"", b"N"),
        (LimitRules(session_seconds=0.2, junk=10**6, commands=10**6), b"", b"NOOP\r\n"),
        (LimitRules(data_grace_seconds=0.2, data_rate=10**9), b"MAIL FROM:<>\r\nRCPT TO:<it@trust.example>\r\nDATA\r\n", b"x\r\n"),
    ],
)
async def test_a_dripping_session_is_ended(tmp_path: Path, limits: LimitRules, first: bytes, drip: bytes) -> None:
    """A peer that sends a little now and then, of a command, of NOOPs or of a mail, is ended all the same."""
    async with open_house(tmp_path, limits=limits) as house, house.peer() as slow, asyncio.timeout(5):
        await slow.send(first)
        try:
            while not slow.reader.at_eof():
                await slow.send(drip)
                await house.turn()
        except ConnectionError:
            pass  # cut while it was sending
        await house.until_empty()
        assert house.store.mails == []


@pytest.mark.rule("INT-4")
async def test_a_mail_that_comes_fast_enough_is_taken(tmp_path: Path) -> None:
    """A small mail that comes in bits longer than the grace, but at the rate that is asked for, is taken."""
    limits = LimitRules(data_grace_seconds=0.1, data_rate=10, idle_seconds=5)
    async with open_house(tmp_path, limits=limits) as house, house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        until = asyncio.get_running_loop().time() + 0.3
        while asyncio.get_running_loop().time() < until:
            await peer.send(b"x\r\n")
            await house.turn()
        await peer.send(b".\r\n")
        assert (await peer.reply())[:3] == "250"


@pytest.mark.rule("INT-4")
async def test_slow_senders_hold_up_nobody(tmp_path: Path) -> None:
    """While a hundred peers are in the middle of a mail, another one's mail is taken at once."""
    async with open_house(tmp_path) as house, asyncio.TaskGroup() as group:
        done = asyncio.Event()
        ready = asyncio.Semaphore(0)

        async def dawdle() -> None:
            async with house.peer() as slow:
                await slow.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
                await slow.send(b"Subject: ")
                ready.release()
                await done.wait()

        for _ in range(100):
            group.create_task(dawdle())
        for _ in range(100):
            await ready.acquire()
        async with house.peer() as peer, asyncio.timeout(2):
            assert (await peer.mail(TEXT))[:3] == "250"
        done.set()


@pytest.mark.rule("INT-5")
async def test_long_lines_are_taken(tmp_path: Path) -> None:
    """Lines far over 998 bytes come through as they are, in a mail of one line over several pieces too."""
    text = b"Subject: " + b"x" * 5000 + b"\r\n\r\n" + b"y" * 300_000 + b"\r\n"
    async with open_house(tmp_path) as house, house.peer() as peer:
        assert await peer.mail(text) == "250 2.0.0 Ok M1"
    assert house.store.mails[0].text == text


@pytest.mark.rule("INT-4")
@pytest.mark.parametrize("length", [2100, 64 * 1024, 300_000])
async def test_an_endless_command_is_refused_once(tmp_path: Path, length: int) -> None:
    """A command that is too long gets one reply, at its end, and the next command is read."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        replies = await peer.ask("MAIL FROM:<" + "a" * length + "@trust.example>", "NOOP")
    assert replies == ["500 5.5.2 Line too long", "250 2.0.0 Ok"]


@pytest.mark.rule("INT-4")
async def test_bare_nonsense_does_not_fill_memory(tmp_path: Path) -> None:
    """Megabytes without a line end are read and dropped."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        for _ in range(40):
            await peer.send(b"x" * 100_000)
        await peer.send(b"\r\nNOOP\r\n")
        assert [await peer.reply(), await peer.reply()] == ["500 5.5.2 Line too long", "250 2.0.0 Ok"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Give a reader of what was logged."""
    stream = io.StringIO()
    log.configure(form="json", level="debug", hash_key=b"k" * 32, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.silence()


@pytest.mark.rule("OPS-5")
async def test_no_log_holds_what_a_peer_said(tmp_path: Path, caplog: pytest.LogCaptureFixture, lines: Lines) -> None:
    """Whatever level the loggers are set to, neither commands nor addresses nor bodies are logged."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="maild")
    caplog.set_level(logging.DEBUG, logger="mail.log")
    logging.getLogger("mail.log").info("canary: any logger of aiosmtpd is quiet")
    async with open_house(tmp_path, store=failing(OSError("canary"))) as house, house.peer() as peer:
        await peer.ask(
            "canary", "EHLO canary.test", "MAIL FROM:<canary@trust.example>", "RCPT TO:<canary@trust.example>", "AUTH PLAIN canary"
        )
        await peer.ask("RCPT TO:<it@trust.example>", "DATA", "canary\r\n.")
    assert [line["event"] for line in lines()] == ["mail_refused", "bug_met", "mail_refused"]
    assert "canary" not in f"{caplog.text}{lines()}"


@pytest.mark.rule("OPS-5", "INT-3")
async def test_what_is_refused_is_logged_and_counted(tmp_path: Path, lines: Lines) -> None:
    """Each refusal is one line with its reply, on those of the store the mail's id, and the metrics count replies and mails taken."""
    store = failing(StoreUnavailable("locked"))
    rules = (ListenerRules(name="counted", listen="127.0.0.1:0", limits=LimitRules(size=99, connections_per_peer=1)),)
    async with open_house(tmp_path, *rules, store=store) as house, house.peer() as peer:
        async with house.peer(greet=False) as other:
            await other.reply()
        await peer.ask("MAIL FROM:<a@b.test> SIZE=100", "MAIL FROM:<a@b.test>", "RCPT TO:<no@trust.example>", "RSET")
        await peer.mail(b"x" * 100 + b"\r\n")
        await peer.mail(TEXT)
        store.before = None
        await peer.mail(TEXT)
    found = [(line["event"], line.get("mail", ""), line.get("reply", "")[:9]) for line in lines()]
    assert found == [
        ("connection_refused", "", ""),
        ("mail_refused", "", "552 5.3.4"),
        ("mail_refused", "", "550 5.1.1"),
        ("mail_refused", "", "552 5.3.4"),
        ("mail_refused", "M2", "451 4.3.0"),
    ]
    assert [metrics.value("refused", "counted", code) for code in ("552", "550", "451")] == [2, 1, 1]
    assert metrics.value("accepted", "counted") == 1
