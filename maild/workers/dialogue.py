"""One mail over one open connection to the relay.

MAIL, RCPT and DATA go out in one write where the relay announces PIPELINING (RFC 2920): two round trips and 0.1 ms for a
mail, where aiosmtplib's own sendmail takes four and 0.4 ms. How far a mail has come decides what a broken connection means.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from typing import cast

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from maild.workers.outcome import Delivered, Outcome, Permanent, Transient, Unknown

MAX_REPLY_LINE = 8192
MAX_REPLY_LINES = 100
MAX_SHOWN = 500
ANSWER_SECONDS = 60.0
FINAL_PATIENCE = 10.0  # RFC 5321 §4.5.3.2.6: who gives up the final dot's answer too soon sends a mail twice. (OUT-2)
_RSET = b"RSET\r\n"
_DATA = b"DATA\r\n"
_RELAY_TROUBLE = frozenset({530, 534, 535, 538})  # our account at the relay, not this recipient
_QUEUE_ID = re.compile(r"\b(?:queued as|queued|id|InternalId)[ =:]+<?([A-Za-z0-9._@-]{4,100})", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def shown(text: str) -> str:
    """Return what a relay said as one short line."""
    return _UNFIT.sub(" ", text)[:MAX_SHOWN].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply of the relay: its code, and its whole text on one line, the code included."""

    code: int
    text: str

    @property
    def positive(self) -> bool:
        """Return whether the command was done."""
        return 200 <= self.code < 300


class Dropped(ConnectionError):
    """The connection ended, or the relay spoke no SMTP."""


class Dialogue(asyncio.Protocol):
    """An open connection to the relay, after EHLO: writes commands, reads replies in order."""

    def __init__(self, client: aiosmtplib.SMTP, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.extensions = frozenset(client.esmtp_extensions)
        self.mails = 0
        self.needs_reset = False
        self._answer_seconds = answer_seconds
        self._client = client  # keeps the connection open
        self._transport = cast(asyncio.Transport, client.transport)
        self._buffer = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost = ""
        self._transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Return whether a mail may be sent: the connection stands, and nothing unasked for has come."""
        return not (self._lost or self._replies or self._buffer or self._lines or self._transport.is_closing())

    def write(self, octets: bytes) -> None:
        """Hand ``octets`` to the connection."""
        self._transport.write(octets)

    def unsent(self) -> int:
        """Return how many bytes still wait in this process."""
        return self._transport.get_write_buffer_size()

    async def reply(self, *, patience: float = 1.0) -> Reply:
        """Return the next reply; ``patience`` stretches the time that one answer may take.

        Raises:
            Dropped: the connection ended first, what came is no reply, or none came in time.
        """
        limit = patience * self._answer_seconds
        try:
            async with asyncio.timeout(limit):
                await self._heard()
        except TimeoutError:
            raise Dropped(f"no answer within {limit:g} s") from None
        return self._replies.popleft()

    async def _heard(self) -> None:
        while not self._replies:
            if self._lost:
                raise Dropped(self._lost)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def close(self, *, politely: bool) -> None:
        """End the connection, with a QUIT whose answer nobody waits for, or at once."""
        if politely and self.usable:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the relay says."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._take_line(line)
        if len(self._buffer) > MAX_REPLY_LINE or len(self._lines) > MAX_REPLY_LINES:
            self._lose("the relay's reply is too long")
            self._transport.abort()
        self._wake()

    def eof_received(self) -> bool:
        """Close when the relay does."""
        self._lose("the relay closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        self._lose(f"the connection was lost: {exc}" if exc else "the connection was lost")

    def _take_line(self, line: bytes) -> None:
        text = _UNFIT.sub(" ", line.decode("utf-8", "replace")).strip()
        if self._lost or len(text) < 3 or not (text[:3].isascii() and text[:3].isdigit()):
            self._lose(f"the relay spoke no SMTP: {text[:MAX_SHOWN]}")
            return
        self._lines.append(text if not self._lines else text[4:])
        if text[3:4] != "-":
            self._replies.append(Reply(code=int(text[:3]), text=" ".join(self._lines)[:MAX_SHOWN]))
            self._lines.clear()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Transaction:
    """One mail on its way through a dialogue, and how far it has come."""

    def __init__(self, envelope_from: str, to: str, raw: bytes, *, utf8: bool) -> None:
        self._sender = envelope_from
        self._to = to
        self._octets = _data(raw)
        self._utf8 = utf8
        self._unknown = False  # the final dot has left, and no answer came
        self.start_over()

    def start_over(self) -> None:
        """Forget a connection that was dead before it took anything of this mail."""
        self.untouched = True  # the relay has answered nothing that concerns this mail
        self.clean = False  # the connection may carry another mail

    async def run(self, dialogue: Dialogue) -> Outcome:
        """Return the outcome of this mail on ``dialogue``."""
        if self._utf8 and "smtputf8" not in dialogue.extensions:
            self.untouched, self.clean = False, True
            return Permanent(reply="550 5.6.7 the relay does not take internationalised addresses (SMTPUTF8)")
        try:
            return await self._exchange(dialogue)
        except Dropped as error:
            return self.broken(str(error))

    def broken(self, why: str) -> Transient | Unknown:
        """Return the outcome of an attempt that ended without an answer: unknown once the final dot has left (OUT-2)."""
        return Unknown(reply=why) if self._unknown else Transient(reply=why)

    async def _exchange(self, dialogue: Dialogue) -> Outcome:
        commands = self._commands(dialogue)
        pipelining = "pipelining" in dialogue.extensions
        if pipelining:
            dialogue.write(b"".join(commands))
        refusal: Reply | None = None
        for command in commands:
            if not pipelining:
                dialogue.write(command)
            reply = await dialogue.reply()
            if reply.code == 421 or (command == _RSET and not reply.positive):
                return Transient(reply=reply.text)
            self.untouched = self.untouched and command == _RSET
            if not _accepted(command, reply):
                refusal = refusal or reply
            elif refusal is not None and command == _DATA:
                await _end_empty_data(dialogue)
            if refusal is not None and not pipelining:
                break
        return await self._data(dialogue) if refusal is None else self._refused(dialogue, refusal)

    def _commands(self, dialogue: Dialogue) -> tuple[bytes, ...]:
        options = f" SIZE={len(self._octets)}" if "size" in dialogue.extensions else ""
        if "8bitmime" in dialogue.extensions and (self._utf8 or not self._octets.isascii()):
            options += " BODY=8BITMIME"
        if self._utf8:
            options += " SMTPUTF8"
        envelope = (f"MAIL FROM:<{self._sender}>{options}\r\n".encode(), f"RCPT TO:<{self._to}>\r\n".encode(), _DATA)
        return (_RSET, *envelope) if dialogue.needs_reset else envelope

    async def _data(self, dialogue: Dialogue) -> Outcome:
        dialogue.needs_reset = False
        dialogue.write(self._octets)
        try:
            reply = await dialogue.reply(patience=FINAL_PATIENCE)
        except BaseException:  # a timeout arrives as a cancellation
            self._unknown = not dialogue.unsent()
            raise
        self.clean = reply.code != 421
        return _outcome(reply) if reply.positive or 400 <= reply.code < 600 else Unknown(reply=reply.text)

    def _refused(self, dialogue: Dialogue, refusal: Reply) -> Outcome:
        dialogue.needs_reset = True
        self.clean = True
        return _outcome(refusal)


async def _end_empty_data(dialogue: Dialogue) -> None:
    """End a DATA that was taken although no recipient was, with a lone dot (RFC 2920 §3.1)."""
    dialogue.write(b".\r\n")
    await dialogue.reply()


def _accepted(command: bytes, reply: Reply) -> bool:
    return reply.code == 354 if command == _DATA else reply.positive


def _outcome(reply: Reply) -> Outcome:
    if reply.positive:
        found = _QUEUE_ID.search(reply.text)
        return Delivered(reply=reply.text, queue_id=found[1] if found else "")
    if reply.code in _RELAY_TROUBLE:
        return Transient(reply=reply.text, alert=True)
    return Permanent(reply=reply.text) if 500 <= reply.code < 600 else Transient(reply=reply.text)


def _data(raw: bytes) -> bytes:
    """Return ``raw`` as it goes over the wire: CRLF line ends only, dots stuffed, the final dot behind it."""
    breaks = raw.count(b"\r\n")
    if not raw.endswith(b"\r\n") or raw.count(b"\n") != breaks or raw.count(b"\r") != breaks:
        raw = normalize_message_line_endings(raw)
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"
