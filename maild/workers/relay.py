"""One mail to the relay, and what became of it: the courier knows nothing else of SMTP (OUT-1, OUT-3).

aiosmtplib dials: greeting, EHLO, STARTTLS or TLS, AUTH. The open connection then carries a ``Dialogue`` and is used for
many mails. No NOOP or RSET goes before a mail: a connection that turns out to be dead costs one more dial.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path
from typing import Protocol, assert_never

import aiosmtplib

from maild.config import settings as settings_of
from maild.config.settings import RelaySettings, RelayTls
from maild.workers.dialogue import ANSWER_SECONDS, Dialogue, Transaction, shown
from maild.workers.maildir import MaildirRelay
from maild.workers.outcome import Delivered, Interrupted, Outcome, Permanent, Transient, Unknown

__all__ = ["Delivered", "MaildirRelay", "Outcome", "Permanent", "Relay", "SmtpRelay", "Transient", "Unknown", "make_relay"]

_ADDRESS = re.compile(r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"|[^\s<>"\x00-\x1f\x7f@]+)@[^\s<>"\x00-\x1f\x7f@]+')


class Relay(Protocol):
    """Takes one mail at a time, from any number of tasks."""

    async def send(self, envelope_from: str, to: str, raw: bytes, *, smtputf8: bool, timeout: float) -> Outcome:
        """Return what became of the mail within ``timeout`` seconds; ``envelope_from`` is "" for the null sender.

        Raises:
            Interrupted: it was cancelled, and can say how far the mail had come.
        """

    async def aclose(self) -> None:
        """Give back what is held open."""


def make_relay(settings: RelaySettings, *, hello: str) -> Relay:
    """Return the relay that the configuration names; ``hello`` is our name in EHLO."""
    match settings.target:
        case settings_of.MaildirRelay(path=path):
            return MaildirRelay(path)
        case settings_of.SmtpRelay() as target:
            return SmtpRelay(target, hello=hello, connections=settings.connections, answer_seconds=settings.timeout.total_seconds())
        case _:
            assert_never(settings.target)


class SmtpRelay:
    """Sends mails through the relay; at most ``connections`` at a time, the others wait their turn.

    One answer of the relay is waited for ``answer_seconds``, that to the final dot ten times as long. A connection is closed after
    ``idle_seconds`` without a mail, and after ``mails_per_connection``.
    """

    def __init__(
        self,
        target: settings_of.SmtpRelay,
        *,
        hello: str,
        connections: int = 4,
        answer_seconds: float = ANSWER_SECONDS,
        idle_seconds: float = 20.0,
        mails_per_connection: int = 100,
    ) -> None:
        self._target = target
        self._hello = hello
        self._turn = asyncio.Semaphore(connections)
        self._answer_seconds = answer_seconds
        self._idle_seconds = idle_seconds
        self._mails_per_connection = mails_per_connection
        self._idle: list[tuple[Dialogue, float]] = []
        self._sweep: asyncio.TimerHandle | None = None
        self._context: ssl.SSLContext | None = None

    async def send(self, envelope_from: str, to: str, raw: bytes, *, smtputf8: bool, timeout: float) -> Outcome:
        """Return what became of the mail within ``timeout`` seconds."""
        if not _ADDRESS.fullmatch(to) or not (envelope_from == "" or _ADDRESS.fullmatch(envelope_from)):
            return Permanent(reply="553 5.1.3 the address cannot be written in SMTP")
        utf8 = smtputf8 or not (to.isascii() and envelope_from.isascii())
        mail = Transaction(envelope_from, to, raw, utf8=utf8)
        try:
            async with asyncio.timeout(timeout), self._turn:
                return await self._attempt(mail)
        except TimeoutError:
            return mail.broken(f"no answer within {timeout:g} s")
        except asyncio.CancelledError:
            raise Interrupted(mail.broken("we are stopping")) from None
        except (OSError, aiosmtplib.SMTPException, ValueError) as error:
            return _dial_failure(error)

    async def aclose(self) -> None:
        """Close the connections that wait for work."""
        if self._sweep is not None:
            self._sweep.cancel()
        for dialogue, _ in self._idle:
            dialogue.close(politely=True)
        self._idle.clear()

    async def _attempt(self, mail: Transaction) -> Outcome:
        """Return the outcome; a kept connection which turns out to be dead or told to close costs one more dial, no more."""
        while (kept := self._take()) is not None:
            outcome = await self._run(mail, kept)
            if not mail.untouched:
                return outcome
            mail.start_over()
        return await self._run(mail, await self._dial())

    async def _run(self, mail: Transaction, dialogue: Dialogue) -> Outcome:
        reusable = False
        try:
            outcome = await mail.run(dialogue)
            reusable = mail.clean
        finally:
            self._give_back(dialogue, reusable=reusable)
        return outcome

    def _take(self) -> Dialogue | None:
        while self._idle:
            dialogue, _ = self._idle.pop()
            if dialogue.usable:
                return dialogue
            dialogue.close(politely=False)
        return None

    def _give_back(self, dialogue: Dialogue, *, reusable: bool) -> None:
        dialogue.mails += 1
        if not reusable or not dialogue.usable:
            dialogue.close(politely=False)
        elif dialogue.mails >= self._mails_per_connection:
            dialogue.close(politely=True)
        else:
            loop = asyncio.get_running_loop()
            self._idle.append((dialogue, loop.time()))
            if self._sweep is None:
                self._sweep = loop.call_later(self._idle_seconds, self._close_idle)

    def _close_idle(self) -> None:
        """Close what has waited long enough; the oldest stand first, as the newest are taken first."""
        loop = asyncio.get_running_loop()
        limit = loop.time() - self._idle_seconds
        while self._idle and self._idle[0][1] <= limit + 0.001:
            self._idle.pop(0)[0].close(politely=True)
        delay = self._idle[0][1] - limit if self._idle else 0.0
        self._sweep = loop.call_later(delay, self._close_idle) if self._idle else None

    async def _dial(self) -> Dialogue:
        target = self._target
        if target.tls is not RelayTls.NONE and self._context is None:
            self._context = await asyncio.to_thread(_tls_context, target)
        client = aiosmtplib.SMTP(
            hostname=target.host,
            port=target.port,
            local_hostname=self._hello,
            timeout=self._answer_seconds,
            use_tls=target.tls is RelayTls.TLS,
            start_tls=_start_tls(target),
            tls_context=self._context,
            username=target.user or None,
            password=await asyncio.to_thread(_password, target.password_file) if target.user else None,
        )
        await client.connect()
        try:
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            if client.transport is None:
                raise aiosmtplib.SMTPServerDisconnected("the relay closed the connection after its greeting")
            return Dialogue(client, answer_seconds=self._answer_seconds)
        except BaseException:
            client.close()
            raise


def _dial_failure(error: Exception) -> Outcome:
    """Return the outcome of an attempt that reached no dialogue: never the recipient's fault."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        text = shown(f"{error.code} {error.message}")
        return Transient(reply=text, alert=error.code >= 500)
    cause = error.__cause__ or error
    tls = isinstance(cause, ssl.SSLError)
    refused_setup = not isinstance(error, OSError) or isinstance(error, FileNotFoundError | PermissionError)
    return Transient(reply=shown(f"{type(cause).__name__}: {cause}"), alert=tls or refused_setup)


def _password(file: Path | None) -> str:
    return file.read_text(encoding="utf-8").strip("\r\n") if file else ""


def _start_tls(target: settings_of.SmtpRelay) -> bool | None:
    """Return True where STARTTLS must succeed, None where it is used if offered. A password never goes out in the clear by chance."""
    if target.tls is RelayTls.OPPORTUNISTIC:
        return True if target.user else None
    return target.tls is RelayTls.STARTTLS


def _tls_context(target: settings_of.SmtpRelay) -> ssl.SSLContext:
    """Return the context for TLS; opportunistic TLS without a password takes any certificate, as it would take no TLS at all."""
    context = ssl.create_default_context(cafile=target.tls_ca)
    if target.tls is RelayTls.OPPORTUNISTIC and not target.user and target.tls_ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()
