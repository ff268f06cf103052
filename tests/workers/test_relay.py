"""The relay as the courier sees it: four outcomes, and which fault gives which."""

from __future__ import annotations

import asyncio
import mailbox
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from maild.config import settings
from maild.config.settings import RelayTls
from maild.workers.outcome import Interrupted
from maild.workers.relay import Delivered, MaildirRelay, Outcome, Permanent, Relay, SmtpRelay, Transient, Unknown, make_relay
from tests.support.waiting import eventually
from tests.workers.sink import DROP, HANG, LAST, Sink, sink

SENDER = "service+v.1.k1.abc@servicedesk.example"
TO = "alice@trust.example"
RAW = (
    b"Date: Tue, 03 Mar 2026 14:02:00 +0000\r\nFrom: service@servicedesk.example\r\nTo: alice@trust.example\r\n"
    b"Subject: [INC0012345] We have received your request\r\nMessage-ID: <1.a.k1.mac@servicedesk.example>\r\n\r\n"
    b"Hello\r\n.a line that begins with a dot\r\n..\r\nGoodbye\r\n"
)
NO_PIPELINING = {"EHLO": ("250-sink.example\r\n250 8BITMIME",)}


def relay_to(port: int, **options: Any) -> SmtpRelay:
    """Return a relay to ``port`` on loopback; options of its target are taken out by name."""
    target: dict[str, Any] = {"tls": RelayTls.NONE}
    target |= {name: options.pop(name) for name in ("tls", "tls_ca", "user", "password_file") if name in options}
    return SmtpRelay(settings.SmtpRelay(host="127.0.0.1", port=port, **target), hello="desk.example", **options)


async def send(relay: Relay, *, to: str = TO, sender: str = SENDER, raw: bytes = RAW, utf8: bool = False, timeout: float = 5) -> Outcome:
    """Return the outcome of one mail."""
    return await relay.send(sender, to, raw, smtputf8=utf8, timeout=timeout)


async def outcome_of(replies: Mapping[str, tuple[str, ...]], *, timeout: float = 5) -> tuple[Outcome, Sink]:
    """Return what one mail meets at a relay that follows ``replies``."""
    async with sink(replies) as server:
        relay = relay_to(server.port)
        outcome = await send(relay, timeout=timeout)
        await relay.aclose()
        return outcome, server


# ------------------------------------------------------------------------------------------------------------- delivered


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("replies", [{}, NO_PIPELINING], ids=["pipelining", "step by step"])
async def test_a_mail_taken_is_delivered_with_the_relays_queue_id(replies: dict[str, tuple[str, ...]]) -> None:
    """A 250 after the final dot is Delivered, names the queue id, and the relay has the bytes as they were."""
    outcome, server = await outcome_of(replies)
    assert outcome == Delivered(reply="250 2.0.0 Ok: queued as 4F1A2B3C", queue_id="4F1A2B3C")
    assert server.mails == [RAW]


@pytest.mark.parametrize(
    ("reply", "queue_id"),
    [
        ("250 2.0.0 Ok: queued as 4F1A2B3C", "4F1A2B3C"),
        ("250 OK id=1rT4xQ-0000Ab-2C", "1rT4xQ-0000Ab-2C"),
        ("250 2.6.0 <a@b.example> [InternalId=7777, Hostname=x] Queued mail for delivery", "7777"),
        ("250 accepted", ""),
    ],
)
async def test_the_queue_ids_of_common_relays_are_read(reply: str, queue_id: str) -> None:
    """Postfix, Exim and Exchange each name their queue id in their own words."""
    outcome, _ = await outcome_of({".": (reply,)})
    assert outcome == Delivered(reply=reply, queue_id=queue_id)


async def test_the_envelope_is_the_signed_sender_and_the_one_recipient() -> None:
    """MAIL names the VERP sender and the size, RCPT the recipient."""
    _, server = await outcome_of({})
    wire_size = len(RAW.replace(b"\r\n.", b"\r\n..")) + 3
    assert server.commands[1:4] == [f"MAIL FROM:<{SENDER}> SIZE={wire_size}", f"RCPT TO:<{TO}>", "DATA"]


async def test_the_null_sender_is_written_as_such() -> None:
    """An empty envelope sender is ``<>``."""
    async with sink(NO_PIPELINING) as server:
        relay = relay_to(server.port)
        await send(relay, sender="")
        await relay.aclose()
        assert server.commands[1] == "MAIL FROM:<>"


async def test_pipelining_sends_the_whole_envelope_in_one_write() -> None:
    """Where the relay announces PIPELINING a mail takes two round trips."""
    _, server = await outcome_of({})
    assert [write.count(b"\r\n") for write in server.writes[1:2]] == [3]


async def test_line_ends_that_are_not_crlf_do_not_reach_the_relay() -> None:
    """A bare LF or CR cannot smuggle a second mail through the relay."""
    async with sink() as server:
        relay = relay_to(server.port)
        await send(relay, raw=b"Subject: a\n\nb\n.\nMAIL FROM:<x@y.example>\rc\r\n.\r\n")
        await send(relay, raw=b".\r\nends without a line end")
        assert server.mails.pop() == b".\r\nends without a line end\r\n"
        assert server.mails == [b"Subject: a\r\n\r\nb\r\n.\r\nMAIL FROM:<x@y.example>\r\nc\r\n.\r\n"]
        await relay.aclose()


# ----------------------------------------------------------------------------------------------------------- connections


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("replies", [{}, NO_PIPELINING], ids=["pipelining", "step by step"])
async def test_a_connection_is_used_again_without_rset_or_noop(replies: dict[str, tuple[str, ...]]) -> None:
    """Three mails in turn take one connection and no command between them."""
    async with sink(replies) as server:
        relay = relay_to(server.port)
        for _ in range(3):
            await send(relay)
        await relay.aclose()
        await server.all_closed.wait()
        assert server.connections == 1
        assert server.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


@pytest.mark.rule("OUT-3")
async def test_no_more_connections_are_open_than_allowed() -> None:
    """Ten mails at a time with a limit of two connections use two."""
    async with sink() as server:
        relay = relay_to(server.port, connections=2)
        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(send(relay)) for _ in range(10)]
        await relay.aclose()
        assert {type(task.result()) for task in sent} == {Delivered}
        assert (server.connections, len(server.mails)) == (2, 10)


async def test_a_connection_is_closed_after_its_share_of_mails() -> None:
    """With two mails a connection, five mails take three."""
    async with sink() as server:
        relay = relay_to(server.port, mails_per_connection=2)
        for _ in range(5):
            await send(relay)
        await relay.aclose()
        assert server.connections == 3


async def test_an_idle_connection_is_closed_with_quit() -> None:
    """A connection that had no mail for its idle time says QUIT and goes."""
    async with sink() as server:
        relay = relay_to(server.port, idle_seconds=0.02)
        await send(relay)
        async with asyncio.timeout(5):
            await server.all_closed.wait()
        assert server.verbs()[-1] == "QUIT"
        assert isinstance(await send(relay), Delivered)
        await relay.aclose()


async def test_a_connection_that_died_while_idle_costs_one_more_dial() -> None:
    """A mail that finds its kept connection closed goes over a fresh one, unseen by the courier."""
    async with sink() as server:
        relay = relay_to(server.port)
        await send(relay)
        for transport in tuple(server.open):
            transport.abort()
        outcome = await send(relay)
        await relay.aclose()
        assert isinstance(outcome, Delivered)
        assert (server.connections, len(server.mails)) == (2, 2)


async def test_a_connection_known_to_be_dead_is_not_tried() -> None:
    """A kept connection whose end has been seen is dropped before a mail goes near it."""
    async with sink() as server, sink() as other:
        relay, second = relay_to(server.port), relay_to(other.port)
        await send(relay)
        for transport in tuple(server.open):
            transport.abort()
        await send(second)  # a whole dialogue, in which the loop sees the end of the first connection
        outcome = await send(relay)
        for each in (relay, second):
            await each.aclose()
        assert isinstance(outcome, Delivered)
        assert server.verbs().count("MAIL") == 2


@pytest.mark.parametrize("farewell", ["421 4.4.2 idle too long", DROP])
@pytest.mark.parametrize("ehlo", ["", NO_PIPELINING["EHLO"][0]])
async def test_a_kept_connection_that_answers_mail_with_a_farewell_costs_one_more_dial(farewell: str, ehlo: str) -> None:
    """A 421 or a drop at the first command of a kept connection is the relay's way to end it, and no fault of the mail."""
    script = {"MAIL": ("250 ok", farewell, "250 ok")} | ({"EHLO": (ehlo,)} if ehlo else {})
    async with sink(script) as server:
        relay = relay_to(server.port)
        await send(relay)
        outcome = await send(relay)
        await relay.aclose()
        assert isinstance(outcome, Delivered)
        assert server.connections == 2


async def test_a_fresh_connection_that_drops_is_not_dialled_again() -> None:
    """Only a kept connection is given a second chance: the courier counts the others."""
    outcome, server = await outcome_of({"MAIL": (DROP,)})
    assert isinstance(outcome, Transient)
    assert server.connections == 1


@pytest.mark.parametrize("replies", [{}, NO_PIPELINING], ids=["pipelining", "step by step"])
async def test_a_refused_recipient_leaves_the_connection_fit_for_the_next_mail(replies: dict[str, tuple[str, ...]]) -> None:
    """After a 550 the next mail takes the same connection, behind a RSET."""
    async with sink({"RCPT": ("550 5.1.1 no such user", "250 ok"), **replies}) as server:
        relay = relay_to(server.port)
        outcomes = [await send(relay), await send(relay)]
        await relay.aclose()
        assert outcomes == [
            Permanent(reply="550 5.1.1 no such user"),
            Delivered(reply="250 2.0.0 Ok: queued as 4F1A2B3C", queue_id="4F1A2B3C"),
        ]
        assert server.connections == 1
        assert server.mails[-1] == RAW
        assert "RSET" in server.verbs()


async def test_a_relay_that_takes_data_without_a_recipient_gets_an_empty_one() -> None:
    """RFC 2920: where DATA was pipelined and taken though RCPT was refused, a lone dot ends it and no mail goes out."""
    outcome, server = await outcome_of({"RCPT": ("550 5.1.1 no such user",), ".": ("554 5.5.1 no valid recipients",)})
    assert outcome == Permanent(reply="550 5.1.1 no such user")
    assert server.mails == [b"\r\n"]


async def test_a_reset_that_fails_costs_one_more_dial() -> None:
    """A kept connection that does not take RSET is given up for a fresh one."""
    async with sink({"RCPT": ("450 4.2.1 later", "250 ok"), "RSET": ("502 5.5.1 what?",)}) as server:
        relay = relay_to(server.port)
        outcomes = [type(await send(relay)), type(await send(relay))]
        await relay.aclose()
        assert outcomes == [Transient, Delivered]
        assert server.connections == 2


# ---------------------------------------------------------------------------------------------------------------- faults


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("ehlo", ["", NO_PIPELINING["EHLO"][0]])
async def test_a_450_is_transient_and_a_550_permanent_at_every_step(verb: str, ehlo: str) -> None:
    """The relay's words about this mail are taken at their word, wherever they come."""
    more = {"EHLO": (ehlo,)} if ehlo else {}
    later, _ = await outcome_of({verb: ("450 4.7.1 greylisted",), **more})
    never, _ = await outcome_of({verb: ("550 5.7.1 no",), **more})
    assert (later, never) == (Transient(reply="450 4.7.1 greylisted"), Permanent(reply="550 5.7.1 no"))


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("code", [530, 535])
async def test_a_refused_login_is_the_relays_trouble_and_not_the_recipients(code: int) -> None:
    """530 and 535 at any step keep the mail and raise an alert."""
    outcome, _ = await outcome_of({"MAIL": (f"{code} 5.7.0 authentication required",)})
    assert outcome == Transient(reply=f"{code} 5.7.0 authentication required", alert=True)


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize(
    ("replies", "alert"),
    [
        ({"CONNECT": ("554 5.7.1 go away",)}, True),
        ({"CONNECT": ("421 4.3.2 not now",)}, False),
        ({"CONNECT": (DROP,)}, False),
        ({"EHLO": ("550 no",), "HELO": ("550 5.7.1 no",)}, True),
        ({"EHLO": ("421 4.3.2 not now",)}, False),
        ({"EHLO": (DROP,)}, False),
        ({"EHLO": (LAST + "250 sink.example",)}, False),
    ],
)
async def test_a_relay_that_refuses_to_talk_is_transient(replies: dict[str, tuple[str, ...]], alert: bool) -> None:
    """A 5xx before the mail is our set-up's trouble: an alert, and the mail waits."""
    outcome, _ = await outcome_of(replies)
    assert isinstance(outcome, Transient)
    assert outcome.alert == alert


async def test_a_relay_without_esmtp_gets_helo() -> None:
    """A relay that knows no EHLO takes mails all the same."""
    outcome, server = await outcome_of({"EHLO": ("502 5.5.1 what?",)})
    assert isinstance(outcome, Delivered)
    assert server.verbs() == ["EHLO", "HELO", "MAIL", "RCPT", "DATA"]


@pytest.mark.rule("OUT-1")
async def test_a_refused_connection_is_transient() -> None:
    """Nobody listens: the mail waits."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        outcome = await send(relay_to(nobody.getsockname()[1]))
    assert isinstance(outcome, Transient)
    assert outcome.reply.startswith("ConnectionRefusedError")
    assert not outcome.alert


@pytest.mark.rule("OUT-1", "OUT-2")
@pytest.mark.parametrize("fault", [DROP, HANG])
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("ehlo", ["", NO_PIPELINING["EHLO"][0]])
async def test_silence_before_the_final_dot_is_transient(verb: str, fault: str, ehlo: str) -> None:
    """A relay that hangs or drops before it has the whole mail has not taken it."""
    script = {"EHLO": (ehlo,)} if ehlo else {}
    outcome, server = await outcome_of(script | {verb: (fault,)}, timeout=0.1 if fault == HANG else 5)
    assert isinstance(outcome, Transient)
    assert server.mails == []


@pytest.mark.rule("OUT-2")
@pytest.mark.parametrize("fault", [DROP, HANG])
async def test_silence_after_the_final_dot_is_unknown(fault: str) -> None:
    """A relay that hangs or drops when it has the whole mail may have taken it."""
    outcome, server = await outcome_of({".": (fault,)}, timeout=0.1 if fault == HANG else 5)
    assert isinstance(outcome, Unknown)
    assert len(server.mails) == 1


@pytest.mark.rule("OUT-2")
async def test_a_hang_while_the_mail_still_waits_in_this_process_is_transient() -> None:
    """A relay that stops reading in the middle of a big mail cannot have taken it."""
    stopped: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stopped.append(writer)
        writer.write(b"220 sink.example\r\n")
        for answer in (b"250 sink.example", b"250 ok", b"250 ok", b"354 go on"):
            await reader.readline()
            writer.write(answer + b"\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # typeshed gives a writer a write-only transport

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outcome = await send(relay_to(server.sockets[0].getsockname()[1]), raw=RAW + b"x\r\n" * 10_000_000, timeout=1)
    for writer in stopped:
        writer.transport.abort()
    server.close()
    await server.wait_closed()
    assert isinstance(outcome, Transient)


@pytest.mark.rule("OUT-2")
@pytest.mark.parametrize("answer", ["hello?", "999 what", "354 more"])
async def test_nonsense_after_the_final_dot_is_unknown(answer: str) -> None:
    """What is no answer says nothing about the mail."""
    outcome, _ = await outcome_of({".": (answer,)})
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("verb", ["MAIL", "DATA"])
async def test_nonsense_before_the_final_dot_is_transient(verb: str) -> None:
    """A relay that speaks no SMTP has taken nothing."""
    outcome, _ = await outcome_of({verb: ("\x00\x01 hello \udcff?".encode("utf-8", "replace").decode(),)})
    assert isinstance(outcome, Transient)


async def test_an_endless_reply_ends_the_attempt() -> None:
    """A reply without end is cut off instead of filling the memory."""
    outcome, _ = await outcome_of({"MAIL": ("250-" + "x" * 100_000,)}, timeout=5)
    assert outcome == Transient(reply="the relay's reply is too long")


async def test_a_reply_is_one_clean_line_of_bounded_length() -> None:
    """What the relay says is shown without control characters and cut."""
    outcome, _ = await outcome_of({"RCPT": ("550-5.1.1 no\x1b[31m\r\n550 5.1.1 " + "x" * 4000,)})
    assert isinstance(outcome, Permanent)
    assert outcome.reply.startswith("550-5.1.1 no [31m 5.1.1 xxx")
    assert len(outcome.reply) <= 500


@pytest.mark.rule("OUT-2")
@pytest.mark.parametrize(("verb", "outcome"), [("MAIL", Transient), (".", Unknown)])
async def test_a_cancelled_attempt_gives_its_connection_up(verb: str, outcome: type) -> None:
    """A stop in the middle of a mail tells how far it had come, and leaves no half-told dialogue for the next mail."""
    async with sink({verb: (HANG, "250 ok")}) as server:
        relay = relay_to(server.port)
        task = asyncio.get_running_loop().create_task(send(relay))
        await eventually(lambda: server.said[verb])
        task.cancel()
        with pytest.raises(Interrupted) as stopped:
            await task
        assert isinstance(stopped.value.outcome, outcome)
        async with asyncio.timeout(5):
            await server.all_closed.wait()
        assert isinstance(await send(relay), Delivered)
        await relay.aclose()


# ------------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.rule("ACK-2")
@pytest.mark.parametrize(
    "address", ["a@b.example>\r\nRCPT TO:<eve@evil.example", "a b@c.example", "a", "", "a@b@c.example", "<a@b.example>", "é\n@x"]
)
async def test_an_address_that_would_break_the_dialogue_is_refused_here(address: str) -> None:
    """No address of a user's adds a command or a parameter: the relay is not even dialled."""
    async with sink() as server:
        outcomes = {type(await send(relay_to(server.port), to=address)), type(await send(relay_to(server.port), sender=address or "@"))}
        assert outcomes == {Permanent}
        assert server.connections == 0


async def test_a_quoted_local_part_goes_through() -> None:
    """Odd but lawful addresses are sent as they are."""
    async with sink(NO_PIPELINING) as server:
        relay = relay_to(server.port)
        await send(relay, to='"a <b> c"@trust.example')
        await relay.aclose()
        assert server.commands[2] == 'RCPT TO:<"a <b> c"@trust.example>'


@pytest.mark.rule("OUT-3")
async def test_smtputf8_is_said_only_where_needed() -> None:
    """A plain mail bears no SMTPUTF8; one to an international address does."""
    async with sink() as server:
        relay = relay_to(server.port)
        await send(relay)
        await send(relay, to="zoë@trust.example", utf8=True)
        await relay.aclose()
        mails = [command for command in server.commands if command.startswith("MAIL")]
        assert [command.endswith(" BODY=8BITMIME SMTPUTF8") for command in mails] == [False, True]


async def test_eight_bit_content_is_announced() -> None:
    """A mail passed on as it came may hold 8-bit text; ours never does."""
    async with sink() as server:
        relay = relay_to(server.port)
        await send(relay)
        await send(relay, raw=RAW.replace(b"Hello", "Höllo".encode()))
        await relay.aclose()
        mails = [command for command in server.commands if command.startswith("MAIL")]
        assert [command.endswith(" BODY=8BITMIME") for command in mails] == [False, True]


@pytest.mark.rule("OUT-3")
async def test_a_relay_without_smtputf8_cannot_take_an_international_address() -> None:
    """The mail is refused with a clear text, and the connection serves the next one."""
    async with sink(NO_PIPELINING) as server:
        relay = relay_to(server.port)
        refused = await send(relay, to="zoë@trust.example", utf8=True)
        taken = await send(relay)
        await relay.aclose()
        assert refused == Permanent(reply="550 5.6.7 the relay does not take internationalised addresses (SMTPUTF8)")
        assert isinstance(taken, Delivered)
        assert server.connections == 1


# ------------------------------------------------------------------------------------------------------------ TLS and AUTH


class Keeper:
    """A handler for aiosmtpd that keeps what it gets, and says whether it came over TLS."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes, bool]] = []

    async def handle_DATA(self, _server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the mail."""
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None))
        return "250 2.0.0 Ok: queued as AB12CD"


@pytest.fixture
def authority() -> trustme.CA:
    """Return a certificate authority of this test."""
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """Return the context of a server with a certificate for ``name``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@asynccontextmanager
async def smarthost(keeper: Keeper, *, implicit: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """Run a real SMTP server on loopback, and give its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, loop=loop, hostname="relay.example", **options), "127.0.0.1", 0, ssl=implicit)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        if hasattr(server, "close_clients"):  # Python 3.13 waits for them
            server.close_clients()
        await server.wait_closed()


def written(path: Path, text: str) -> Path:
    """Return ``path``, which now holds ``text``."""
    path.write_text(text, encoding="utf-8")
    return path


def names(folder: Path) -> list[str]:
    """Return the names of what stands in ``folder``."""
    return sorted(path.name for path in folder.iterdir())


def authority_file(authority: trustme.CA, folder: Path) -> Path:
    """Return a file with the authority's certificate."""
    return written(folder / "ca.pem", authority.cert_pem.bytes().decode())


def login(name: str, password: str) -> Callable[..., AuthResult]:
    """Return an authenticator for one account."""

    def check(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        right = (given.login, given.password) == (name.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return check


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("tls", [RelayTls.STARTTLS, RelayTls.TLS, RelayTls.OPPORTUNISTIC])
async def test_a_mail_goes_over_tls_as_configured(tls: RelayTls, authority: trustme.CA, tmp_path: Path) -> None:
    """STARTTLS, TLS from the start, and STARTTLS because it is offered: the relay gets the mail encrypted, and takes a second one."""
    keeper = Keeper()
    context = server_context(authority)
    options: dict[str, Any] = {"implicit": context} if tls is RelayTls.TLS else {"tls_context": context}
    async with smarthost(keeper, **options) as port:
        relay = relay_to(port, tls=tls, tls_ca=authority_file(authority, tmp_path))
        outcomes = [await send(relay), await send(relay)]
        await relay.aclose()
    assert outcomes == [Delivered(reply="250 2.0.0 Ok: queued as AB12CD", queue_id="AB12CD")] * 2
    expected = tls is not RelayTls.TLS  # aiosmtpd notes only what STARTTLS began
    assert keeper.mails == [(SENDER, [TO], RAW, expected)] * 2


@pytest.mark.rule("OUT-1")
@pytest.mark.parametrize("tls", [RelayTls.STARTTLS, RelayTls.TLS, RelayTls.OPPORTUNISTIC])
async def test_a_certificate_we_do_not_trust_is_transient_with_an_alert(tls: RelayTls, authority: trustme.CA, tmp_path: Path) -> None:
    """The mail waits until somebody has looked at the relay's certificate; who names an authority wants it asked."""
    keeper = Keeper()
    context = server_context(trustme.CA())
    options: dict[str, Any] = {"implicit": context} if tls is RelayTls.TLS else {"tls_context": context}
    async with smarthost(keeper, **options) as port:
        outcome = await send(relay_to(port, tls=tls, tls_ca=authority_file(authority, tmp_path)))
    assert isinstance(outcome, Transient)
    assert outcome.alert
    assert keeper.mails == []


async def test_a_relay_without_starttls_is_not_spoken_to_in_the_clear() -> None:
    """With tls = "starttls" a relay that does not offer it gets no mail."""
    async with sink() as server:
        outcome = await send(relay_to(server.port, tls=RelayTls.STARTTLS))
        assert isinstance(outcome, Transient)
        assert (outcome.alert, server.verbs()) == (True, ["EHLO"])


async def test_opportunistic_tls_takes_any_certificate_and_none() -> None:
    """A relay on this host with a home-made certificate, or without TLS, takes mails under the default."""
    keeper = Keeper()
    async with smarthost(keeper, tls_context=server_context(trustme.CA())) as port, sink() as plain:
        relays = [relay_to(port, tls=RelayTls.OPPORTUNISTIC), relay_to(plain.port, tls=RelayTls.OPPORTUNISTIC)]
        outcomes = [type(await send(relay)) for relay in relays]
        for relay in relays:
            await relay.aclose()
    assert outcomes == [Delivered, Delivered]
    assert [mail[3] for mail in keeper.mails] == [True]


@pytest.mark.rule("OUT-1", "OPS-7")
async def test_the_password_comes_from_its_file_at_each_dial(authority: trustme.CA, tmp_path: Path) -> None:
    """A refused login is an alert, and the mail goes out when the file holds the right password."""
    keeper = Keeper()
    password = written(tmp_path / "password", "wrong\n")
    options: dict[str, Any] = {"authenticator": login("maild", "right"), "auth_required": True, "tls_context": server_context(authority)}
    async with smarthost(keeper, **options) as port:
        relay = relay_to(port, tls=RelayTls.STARTTLS, tls_ca=authority_file(authority, tmp_path), user="maild", password_file=password)
        refused = await send(relay)
        written(password, "right\n")
        taken = await send(relay)
        await relay.aclose()
    assert isinstance(refused, Transient)
    assert (refused.reply[:3], refused.alert) == ("535", True)
    assert "right" not in refused.reply + taken.reply
    assert isinstance(taken, Delivered)


async def test_a_password_is_not_sent_in_the_clear_by_chance(tmp_path: Path) -> None:
    """Opportunistic TLS with a login asks for TLS: whoever hides STARTTLS does not get the password."""
    async with sink({"EHLO": ("250-sink.example\r\n250 AUTH PLAIN LOGIN",)}) as server:
        password = written(tmp_path / "password", "canary-password")
        outcome = await send(relay_to(server.port, tls=RelayTls.OPPORTUNISTIC, user="maild", password_file=password))
        assert isinstance(outcome, Transient)
        assert outcome.alert
        assert server.verbs() == ["EHLO"]


async def test_a_missing_password_file_is_transient_with_an_alert(tmp_path: Path) -> None:
    """The mail waits for the administrator."""
    outcome = await send(relay_to(9, user="maild", password_file=tmp_path / "none"))
    assert isinstance(outcome, Transient)
    assert outcome.alert


# --------------------------------------------------------------------------------------------------------------- Maildir


@pytest.mark.rule("OUT-4")
async def test_a_maildir_gets_the_mail_as_a_maildir_reader_expects_it(tmp_path: Path) -> None:
    """The mail stands in new/ with its final bytes behind a Return-Path that shows the envelope sender."""
    relay = MaildirRelay(tmp_path / "outgoing")
    outcome = await send(relay)
    await relay.aclose()
    assert isinstance(outcome, Delivered)
    (mail,) = mailbox.Maildir(tmp_path / "outgoing", create=False)
    assert (mail["Return-Path"], mail["Subject"]) == (f"<{SENDER}>", "[INC0012345] We have received your request")
    assert names(tmp_path / "outgoing" / "new") == [outcome.queue_id]
    octets = (tmp_path / "outgoing" / "new" / outcome.queue_id).read_bytes()
    assert octets == f"Return-Path: <{SENDER}>\r\n".encode() + RAW


@pytest.mark.rule("OUT-2", "OUT-4")
async def test_a_mail_repeated_into_a_maildir_replaces_itself(tmp_path: Path) -> None:
    """The same mail again is one file; another Message-ID or another recipient is another."""
    relay = MaildirRelay(tmp_path)
    for raw, to in ((RAW, TO), (RAW, TO), (RAW.replace(b"<1.a", b"<2.a"), TO), (RAW, "bob@trust.example")):
        await send(relay, raw=raw, to=to)
    assert (len(names(tmp_path / "new")), names(tmp_path / "tmp")) == (3, [])


async def test_only_the_daemons_user_reads_the_maildir(tmp_path: Path) -> None:
    """Folders and files are closed to others, and a Maildir that was taken away is made again."""
    relay = MaildirRelay(tmp_path / "outgoing")
    for _ in range(2):
        outcome = await send(relay)
        assert isinstance(outcome, Delivered)
        modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "outgoing" / "new", tmp_path / "outgoing" / "new" / outcome.queue_id)]
        assert modes == [0o700, 0o600]
        shutil.rmtree(tmp_path / "outgoing")


async def test_files_of_a_maildir_sort_by_the_date_of_the_mail(tmp_path: Path) -> None:
    """A newcomer's ``ls`` shows the mails in their order; a mail without a date comes first."""
    relay = MaildirRelay(tmp_path)
    later = RAW.replace(b"Tue, 03 Mar", b"Wed, 04 Mar").replace(b"<1.a", b"<0.a")
    undated = RAW.replace(b"Date:", b"X-Date:")
    files = [outcome.queue_id for raw in (later, RAW, undated) if isinstance(outcome := await send(relay, raw=raw), Delivered)]
    assert names(tmp_path / "new") == [files[2], files[1], files[0]]


async def test_a_maildir_that_cannot_be_written_is_transient_with_an_alert(tmp_path: Path) -> None:
    """A file where the folder should be: the mail waits."""
    written(tmp_path / "outgoing", "not a folder")
    assert await send(MaildirRelay(tmp_path / "outgoing")) == Transient(reply="the Maildir cannot be written: Not a directory", alert=True)


async def test_a_maildir_that_does_not_answer_is_transient_with_an_alert(tmp_path: Path) -> None:
    """A folder on a dead disk holds up nothing beyond the timeout."""
    assert await send(MaildirRelay(tmp_path), timeout=0) == Transient(reply="the Maildir did not answer in time", alert=True)


async def test_a_recipient_cannot_name_a_path(tmp_path: Path) -> None:
    """File names are made of digests alone."""
    await send(MaildirRelay(tmp_path / "outgoing"), to="../../../x@y.example", raw=RAW.replace(b"<1.a", b"<../../1.a"))
    assert names(tmp_path) == ["outgoing"]
    assert len(names(tmp_path / "outgoing" / "new")) == 1


@pytest.mark.rule("OUT-4")
async def test_the_configuration_names_the_relay(tmp_path: Path) -> None:
    """``maildir:PATH`` and ``smtp://…`` each give their kind."""
    out = make_relay(settings.RelaySettings(target=settings.MaildirRelay(path=tmp_path)), hello="desk.example")
    smtp = make_relay(settings.RelaySettings(target=settings.SmtpRelay(host="127.0.0.1", port=25)), hello="desk.example")
    assert (type(out), type(smtp)) == (MaildirRelay, SmtpRelay)
