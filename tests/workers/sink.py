"""A relay for tests that does what its script says: a real server on loopback, real bytes, no mock.

``replies`` gives for each verb (``CONNECT``, ``EHLO``, ``MAIL``, ``RCPT``, ``DATA``, ``.`` for the final dot, ``RSET``, ``QUIT``) what is
said each time in turn, the last one for ever; ``DROP`` closes the connection without a word, ``HANG`` says nothing, and an answer that
starts with ``LAST`` is the last one before the connection is closed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = "drop"
HANG = "hang"
LAST = "last "
ANSWERS = {
    "CONNECT": "220 sink.example ESMTP",
    "EHLO": "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8",
    "HELO": "250 sink.example",
    "DATA": "354 go on",
    ".": "250 2.0.0 Ok: queued as 4F1A2B3C",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(slots=True, kw_only=True)
class Sink:
    """What the relay was told: every command, every mail (as on the wire, dots removed), every connection."""

    replies: Mapping[str, tuple[str, ...]]
    port: int = 0
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)  # what was said to the final dot of each of the mails
    writes: list[bytes] = field(default_factory=list)
    connections: int = 0
    last: str = ""
    open: set[asyncio.Transport] = field(default_factory=set)
    all_closed: asyncio.Event = field(default_factory=asyncio.Event)
    got_mail: asyncio.Event = field(default_factory=asyncio.Event)
    said: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def answer(self, verb: str) -> str:
        """Return what the script says to ``verb`` this time."""
        script = self.replies.get(verb) or (ANSWERS.get(verb, "250 2.1.0 Ok"),)
        turn = min(self.said[verb], len(script) - 1)
        self.said[verb] += 1
        self.last = script[turn]
        return script[turn]

    def verbs(self) -> list[str]:
        """Return the commands' first words, in order."""
        return [command.split(" ")[0].partition(":")[0] for command in self.commands]


class _Session(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._in_data = False
        self._deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.connections += 1
        self._sink.open.add(transport)
        self._sink.all_closed.clear()
        self._say("CONNECT")

    def connection_lost(self, exc: Exception | None) -> None:
        self._sink.open.discard(self._transport)
        if not self._sink.open:
            self._sink.all_closed.set()

    def data_received(self, data: bytes) -> None:
        self._sink.writes.append(data)
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        end = b"\r\n.\r\n" if self._in_data else b"\r\n"
        if self._in_data and self._buffer.startswith(b".\r\n"):
            content, self._buffer = b"", self._buffer[3:]
        elif self._deaf or end not in self._buffer:
            return False
        else:
            content, _, self._buffer = self._buffer.partition(end)
        if self._in_data:
            self._in_data = False
            self._sink.mails.append((b"\r\n" + content + b"\r\n").replace(b"\r\n..", b"\r\n.")[2:])
            self._sink.got_mail.set()
            self._say(".")
            self._sink.verdicts.append(self._sink.last)
        else:
            command = content.decode()
            self._sink.commands.append(command)
            self._say(command.split(" ")[0].upper())
        return True

    def _say(self, verb: str) -> None:
        answer = self._sink.answer(verb)
        if answer == DROP:
            self._deaf = True
            self._transport.abort()
        elif answer == HANG:
            self._deaf = True
        else:
            self._transport.write(answer.removeprefix(LAST).encode() + b"\r\n")
            self._in_data = verb == "DATA" and answer.startswith("354")
            if verb == "QUIT" or answer.startswith(("421", LAST)):
                self._transport.close()


@asynccontextmanager
async def sink(
    replies: Mapping[str, tuple[str, ...]] | None = None, *, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Sink]:
    """Run a relay that follows ``replies``; it is gone, with all its connections, when the block ends."""
    relay = Sink(replies=replies or {})
    server = await asyncio.get_running_loop().create_server(lambda: _Session(relay), "127.0.0.1", port, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        for transport in tuple(relay.open):
            transport.abort()
        await server.wait_closed()
