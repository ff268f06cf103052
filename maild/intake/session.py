"""A session on aiosmtpd's protocol (streams, STARTTLS), with our own command loop, caps, deadlines and replies.

A fault of ours is 451 with a generic text, and no reply holds an exception's text (INT-4). What the commands do stands in ``smtp.py`` and
``lmtp.py``.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from aiosmtpd.smtp import SMTP, TLSSetupException

from maild import log, metrics
from maild.clock import Clock
from maild.config.listeners import ListenerRules
from maild.errors import PermanentFailure, TemporaryFailure
from maild.intake.census import GOODBYE_SECONDS, STOPPING, Census, peer_name
from maild.intake.keeper import Keeper
from maild.intake.replies import SYNTAX_CODES, CommandError, enhanced
from maild.intake.seams import Gate, NewMailId, quiet_aiosmtpd
from maild.intake.spool import Spool

COMMAND_LENGTH = 2048  # RFC 5321 §4.5.3.1.4 asks for 512, and extensions for more
_TURN = 50
_JUNK = frozenset({"NOOP", "RSET", "VRFY", "HELP", "EXPN"})
_BEFORE_STARTTLS = frozenset({"EHLO", "LHLO", "NOOP", "QUIT", "STARTTLS"})

quiet_aiosmtpd()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the sessions of one listener share; a reload gives the sessions after it a new one."""

    rules: ListenerRules
    hostname: str
    gate: Gate
    keeper: Keeper
    spool: Spool
    census: Census
    clock: Clock
    new_mail_id: NewMailId
    tls: ssl.SSLContext | None = None


class Phase(Enum):
    """What a session is waiting for."""

    COMMAND = auto()
    TLS = auto()
    MAIL = auto()
    STORE = auto()


class _NoTimer:
    """Stands where aiosmtpd keeps a timer for each session: ours are the census's sweeps."""

    def cancel(self) -> None:
        """Do nothing."""


class _NoHooks:
    """Stands where aiosmtpd looks for a handler's hooks: the commands are methods of the session."""

    def __dir__(self) -> list[str]:
        return []


_NO_TIMER = _NoTimer()
_NO_HOOKS = _NoHooks()


class Conversation(SMTP):
    """One session of a peer, but for the commands: it reads lines, finds the method, and answers for what goes wrong.

    Attributes:
        peer: the peer's address, "" for a unix socket.
        source: the name of the listener.
    """

    line_length_limit = 64 * 1024  # the piece in which mails are read; commands are capped by COMMAND_LENGTH
    greeting: ClassVar[str] = "ESMTP"
    hello: ClassVar[str] = "EHLO"

    _commands_of_class: ClassVar[list[str]] = []

    def __init_subclass__(cls) -> None:
        cls._commands_of_class = [name for name in dir(cls) if name.startswith("smtp_")]

    def __init__(self, reception: Reception) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(_NO_HOOKS, enable_SMTPUTF8=True, hostname=reception.hostname, tls_context=reception.tls, loop=loop)
        self.peer = ""
        self.source = reception.rules.name
        self._reception = reception
        self._limits = reception.rules.limits
        self._phase = Phase.COMMAND
        self._began = self._since = loop.time()
        self._mail_began = 0.0
        self._mail_size = 0
        self._commands = self._junk = self._errors = 0
        self._ending = False
        self._admitted = self._heard_all = False
        self._dismissed_at: float | None = None

    def __dir__(self) -> list[str]:
        # aiosmtpd looks at every attribute of each new session, three times, to find its commands: a quarter of what a session costs.
        return self._commands_of_class

    # --- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session, or turn the peer away with 421; called once more when TLS is up."""
        if self._original_transport is not None:
            super().connection_made(transport)
            return
        self.peer = peer_name(transport.get_extra_info("peername"))
        refusal = self._reception.census.enter(self, self._reception.rules)
        if refusal is None:
            self._admitted = True
            if hasattr(transport, "max_size"):  # asyncio's own transports read 256 kB at a go: too much for hundreds of peers at once
                transport.max_size = self.line_length_limit
            super().connection_made(transport)
            return
        log.connection_refused(source=self.source, peer=self.peer, why=refusal)
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(f"{refusal}\r\n".encode())
        transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent; a mail that comes too slowly is known by it."""
        if self._phase is Phase.MAIL:
            self._mail_size += len(data)
            self._since = self.loop.time()
        super().data_received(data)

    def eof_received(self) -> bool | None:
        """Return whether replies may still be sent: a peer that has said all it had to say still gets its answers."""
        self._heard_all = True
        asyncio.StreamReaderProtocol.eof_received(self)
        return self.session is not None and self.session.ssl is None

    def connection_lost(self, error: Exception | None) -> None:
        """End the session; an acceptance that has begun goes on."""
        self._reception.census.leave(self)
        if self._admitted:
            super().connection_lost(error)

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._since = self.loop.time()
        self._timeout_handle = _NO_TIMER  # type: ignore[assignment]  # aiosmtpd only cancels it

    def _set_rset_state(self) -> None:
        self.envelope = self._create_envelope()

    # --- deadlines and the way down (Guest)

    def overdue(self, now: float, *, busy: bool) -> str | None:
        """Return the reply with which the session ends at ``now``, None while it may go on."""
        limits = self._limits
        if self._dismissed_at is not None:
            return STOPPING
        if self._phase is Phase.STORE:
            return None
        if now - self._began > limits.session_seconds:
            return "421 4.4.2 Session took too long"
        if now - self._since > (limits.idle_seconds_busy if busy else limits.idle_seconds):
            return "421 4.4.2 Nothing came for too long"
        if self._phase is Phase.MAIL and now - self._mail_began > limits.data_grace_seconds + self._mail_size / limits.data_rate:
            return "421 4.4.2 Mail comes too slowly"
        return None

    def at_rest(self) -> bool:
        """Return whether no mail is under way."""
        return self._phase is Phase.COMMAND

    def dismiss(self, reply: str, now: float) -> None:
        """Say ``reply`` and close; cut the connection where that was said a while ago, or where TLS is not up yet."""
        if self._phase is Phase.TLS or (self._dismissed_at is not None and now - self._dismissed_at > GOODBYE_SECONDS):
            self.cut()
        elif self._dismissed_at is None and isinstance(self.transport, asyncio.WriteTransport):
            self._dismissed_at = now
            self._ending = True
            self.transport.write(f"{reply}\r\n".encode())
            self.transport.close()

    def cut(self) -> None:
        """Cut the connection, whatever was still to be sent."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    # --- the command loop

    async def push(self, status: str | bytes) -> None:
        """Send one reply; every reply goes through here, and gets its enhanced status code."""
        reply = enhanced(status if isinstance(status, str) else status.decode())
        if reply[:3] in SYNTAX_CODES:
            self._errors += 1
        await self._send(reply)

    async def handle_exception(self, error: Exception) -> str:
        """Return the reply to a fault of ours: generic, the details go to the log (INT-4)."""
        log.bug_met(where="intake", error=error)
        metrics.count("bugs", "intake")
        return self._refused(TemporaryFailure.reply, why=type(error).__name__)

    def _refused(self, reply: str, *, recipient: str | None = None, why: str = "") -> str:
        """Return ``reply``, once the log and the metrics have it."""
        log.mail_refused(
            source=self.source, reply=reply, sender=self.envelope.mail_from if self.envelope else None, recipient=recipient, why=why
        )
        metrics.count("refused", self.source, reply[:3])
        return reply

    async def _send(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()

    async def _handle_client(self) -> None:
        try:
            await self._send(f"220 {self.hostname} {self.greeting} maild")
            while not self._ending:
                await self._serve_command()
        except (asyncio.IncompleteReadError, ConnectionError, TLSSetupException):
            pass  # the peer is gone: nothing is left to say
        finally:
            if self._tls_failed:
                self.cut()
                self.connection_lost(None)  # nobody else says so: TLS never came up
            elif self.transport is not None:
                self.transport.close()

    async def _serve_command(self) -> None:
        line = await self._read_line()
        if self._commands % _TURN == 0:
            await asyncio.sleep(0)  # what was sent in one go is no reason for others to wait
        self._since = self.loop.time()
        try:
            await self._obey(line)
        except CommandError as error:
            await self.push(str(error))
        except (TemporaryFailure, PermanentFailure) as error:
            await self.push(self._refused(error.reply, why=str(error)))
        except (asyncio.IncompleteReadError, ConnectionError, TLSSetupException):
            raise
        except Exception as error:  # noqa: BLE001  # the next command is served
            self._ending = self._phase is not Phase.COMMAND  # what comes may be the rest of a mail
            await self.push(await self.handle_exception(error))
        self._phase = Phase.COMMAND

    async def _read_line(self) -> bytes:
        """Return the next line, cut short when it is too long for any command."""
        cut = b""
        while True:
            try:
                line = await self._reader.readuntil()
            except asyncio.LimitOverrunError as error:
                cut = (await self._reader.readexactly(error.consumed))[: COMMAND_LENGTH + 1]
            else:
                return cut or line

    async def _obey(self, line: bytes) -> None:
        if len(line) > COMMAND_LENGTH:
            raise CommandError("500 5.5.2 Line too long")
        try:
            text = line.rstrip(b"\r\n").decode()
        except UnicodeDecodeError as error:
            raise CommandError("500 5.5.2 Neither ASCII nor UTF-8") from error
        word, _, argument = text.partition(" ")
        verb = word.upper()
        if not text.isprintable():
            raise CommandError("500 5.5.2 Syntax error")
        if over := self._over_limit(verb):
            self._ending = True
            raise CommandError(over)
        method = self._smtp_methods.get(verb)
        if method is None:
            raise CommandError("500 5.5.1 Command not recognized")
        if self._needs_tls and verb not in _BEFORE_STARTTLS:
            raise CommandError("530 5.7.0 Must issue a STARTTLS command first")
        await method(argument.strip())

    def _over_limit(self, verb: str) -> str | None:
        limits = self._limits
        self._commands += 1
        self._junk += verb in _JUNK
        if self._reception.census.stopping:
            return STOPPING
        if self._commands > limits.commands or self._junk > limits.junk:
            return "421 4.7.0 Too many commands without a mail"
        if self._errors > limits.errors:
            return "421 4.7.0 Too many errors"
        return None

    @property
    def _tls_failed(self) -> bool:
        return self._tls_protocol is not None and self.session is not None and self.session.ssl is None

    @property
    def _needs_tls(self) -> bool:
        return self._reception.rules.require_starttls and self._tls_protocol is None
