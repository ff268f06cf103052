"""A reception for tests: a store that keeps mails in a list, a gate for invented addresses, and listeners on loopback."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.errors import TemporaryFailure
from maild.intake.sockets import Listeners, start_listeners
from maild.intake.spool import Body
from maild.mail.envelope import Envelope
from maild.policy.recipients import RecipientClass, recipient_class
from maild.policy.rules import AddressRules

HOSTNAME = "mx.trust.example"
NOON = datetime(2026, 5, 21, 12, 0, tzinfo=UTC)
ADDRESSES = AddressRules(helpdesk=("helpdesk@trust.example", "it@trust.example"), service="service@trust.example")


class StandingClock:
    """A clock that stands at noon."""

    def now(self) -> datetime:
        """Return noon."""
        return NOON

    def monotonic(self) -> float:
        """Return the loop's time."""
        return asyncio.get_running_loop().time()


@dataclass
class Kept:
    """A mail that the store took."""

    envelope: Envelope
    raw: bytes
    mail_id: str
    head: bytes
    size: int

    @property
    def text(self) -> bytes:
        """Return the mail as it came: without our three lines of Received."""
        return self.raw.split(b"\r\n", 3)[3]


@dataclass
class FakeStore:
    """The store's side: keeps what it gets, after doing ``before``."""

    mails: list[Kept] = field(default_factory=list)
    before: Callable[[Envelope, Body], Awaitable[None]] | None = None

    async def __call__(self, envelope: Envelope, body: Body, *, mail_id: str) -> str:
        """Return the id, once the mail stands in the list."""
        if self.before is not None:
            await self.before(envelope, body)
        raw = b"".join(body.chunks())
        self.mails.append(Kept(envelope=envelope, raw=raw, mail_id=mail_id, head=body.head, size=body.size))
        return mail_id


@dataclass
class FakeGate:
    """Knows the invented addresses; ``trouble`` is raised when room is asked for."""

    trouble: TemporaryFailure | None = None
    rules: AddressRules = ADDRESSES

    def recipient_class(self, address: str) -> RecipientClass | None:
        """Return what ``address`` is to us."""
        return recipient_class(address, self.rules)

    def room(self) -> None:
        """Raise the trouble, if there is any."""
        if self.trouble is not None:
            raise self.trouble


class Peer:
    """The other side of a session: says what it is told to, and reads replies."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, address: str) -> Self:
        """Return a peer that is connected to ``address``."""
        if address.startswith("unix:"):
            return cls(*await asyncio.open_unix_connection(address.removeprefix("unix:")))
        host, _, port = address.rpartition(":")
        return cls(*await asyncio.open_connection(host.strip("[]"), int(port)))

    async def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()

    async def line(self) -> str:
        """Return the next line, "" at the end of the connection."""
        async with asyncio.timeout(10):
            return (await self.reader.readline()).decode().removesuffix("\r\n")

    async def reply(self) -> str:
        """Return the next reply, the lines of a long one joined by newlines; "" at the end of the connection."""
        lines = [await self.line()]
        while lines[-1][3:4] == "-":
            lines.append(await self.line())
        return "\n".join(lines)

    async def ask(self, *commands: str) -> list[str]:
        """Return the replies to ``commands``, each sent after the reply to the one before."""
        replies = []
        for command in commands:
            await self.send(f"{command}\r\n".encode())
            replies.append(await self.reply())
        return replies

    async def mail(self, text: bytes, *, to: str = "helpdesk@trust.example") -> str:
        """Return the reply to a whole mail; ``text`` must not need dots and ends with CRLF."""
        await self.ask("MAIL FROM:<alice@trust.example>", f"RCPT TO:<{to}>", "DATA")
        await self.send(text + b".\r\n")
        return await self.reply()

    def reset(self) -> None:
        """Tear the connection down, so that the other side sees it at once; one that is closed already stays so."""
        with suppress(OSError):
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


@dataclass
class House:
    """Listeners that run, and what stands behind them."""

    listeners: Listeners
    store: FakeStore
    gate: FakeGate

    def address(self, protocol: ListenerProtocol = ListenerProtocol.SMTP) -> str:
        """Return the address of the first listener of ``protocol``."""
        return self.listeners.addresses(protocol)[0]

    async def until_empty(self) -> None:
        """Return when no session is left."""
        async with asyncio.timeout(10):
            while self.listeners.sessions:
                await self.turn()

    async def turn(self) -> None:
        """Return a moment later, after sockets have had their turn."""
        await asyncio.to_thread(lambda: None)

    @asynccontextmanager
    async def peer(self, *, greet: bool = True, protocol: ListenerProtocol = ListenerProtocol.SMTP) -> AsyncIterator[Peer]:
        """Give a peer that is connected, and has said hello."""
        peer = await Peer.connect(self.address(protocol))
        try:
            if greet:
                await peer.reply()
                await peer.ask(("LHLO" if protocol is ListenerProtocol.LMTP else "EHLO") + " relay.test")
            yield peer
        finally:
            await peer.close()


@asynccontextmanager
async def open_house(
    spool: Path, *rules: ListenerRules, limits: LimitRules | None = None, store: FakeStore | None = None
) -> AsyncIterator[House]:
    """Give a house with the listeners ``rules`` (one for SMTP and one for LMTP on loopback by default)."""
    chosen = rules or (
        ListenerRules(name="smtp", listen="127.0.0.1:0"),
        ListenerRules(name="lmtp", protocol=ListenerProtocol.LMTP, listen="127.0.0.1:0"),
    )
    if limits is not None:
        chosen = tuple(replace(each, limits=limits) for each in chosen)
    store, gate, numbers = store or FakeStore(), FakeGate(), itertools.count(1)
    listeners = await start_listeners(
        chosen,
        hostname=HOSTNAME,
        accept=store,
        gate=gate,
        clock=StandingClock(),
        new_mail_id=lambda: f"M{next(numbers)}",
        spool_directory=spool,
    )
    try:
        yield House(listeners, store, gate)
    finally:
        await listeners.stop(0)
