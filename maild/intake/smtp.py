"""The commands of SMTP: what a peer may say, and the way of one mail from DATA to the 250.

250 is said only after the store's commit (INT-3). What decides a command is synchronous and returns the reply; only DATA and STARTTLS
wait for anything but the peer.
"""
# ruff: noqa: N802  # aiosmtpd finds its commands by names such as smtp_MAIL

from __future__ import annotations

from maild.errors import MailTooLarge
from maild.intake.commands import Path, read_path, size_parameter
from maild.intake.data import at_line_start, receive
from maild.intake.replies import CommandError
from maild.intake.session import Conversation, Phase
from maild.intake.spool import Draft
from maild.intake.trace import received_line
from maild.mail.envelope import Envelope


class SmtpSession(Conversation):
    """A session that speaks SMTP (RFC 5321)."""

    async def smtp_EHLO(self, hostname: str) -> None:
        """Begin anew, and say what we can do."""
        self._greet(hostname, extended=True)
        words = [self.hostname, f"SIZE {self._limits.size}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        if self.tls_context and not self._tls_protocol:
            words.append("STARTTLS")
        lines = [f"250-{word}" for word in words]
        await self._send("\r\n".join([*lines, "250 ENHANCEDSTATUSCODES"]))

    async def smtp_HELO(self, hostname: str) -> None:
        """Begin anew, without extensions."""
        self._greet(hostname, extended=False)
        await self._send(f"250 {self.hostname}")

    def _greet(self, hostname: str, *, extended: bool) -> None:
        if not hostname:
            raise CommandError("501 5.5.4 Syntax: HELO hostname")
        assert self.session is not None
        self._set_rset_state()
        self.session.extended_smtp = extended
        self.session.host_name = hostname

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a mail."""
        await self.push(self._mail(arg or ""))

    def _mail(self, argument: str) -> str:
        self._need_greeting()
        assert self.envelope is not None
        if self.envelope.mail_from is not None:
            raise CommandError("503 5.5.1 Nested MAIL command")
        path = read_path("FROM:", argument, self._getaddr)
        self._check_mail_parameters(path)
        self._reception.gate.room()
        self.envelope.mail_from = path.address
        self.envelope.smtp_utf8 = "SMTPUTF8" in path.parameters
        return "250 2.1.0 Ok"

    def _check_mail_parameters(self, path: Path) -> None:
        if path.parameters.keys() - {"SIZE", "BODY", "SMTPUTF8"}:
            raise CommandError("555 5.5.4 Parameter not known")
        if path.parameters.get("BODY", "7BIT") not in {"7BIT", "8BITMIME"}:
            raise CommandError("501 5.5.4 BODY is 7BIT or 8BITMIME")
        if path.parameters.get("SMTPUTF8") is not None:
            raise CommandError("501 5.5.4 SMTPUTF8 takes no value")
        # RFC 1870 §6.1: a mail that is announced as too large is refused before it is sent. (INT-5)
        if (size_parameter(path) or 0) > self._limits.size:
            raise MailTooLarge(f"SIZE over {self._limits.size}")

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Name one recipient."""
        await self.push(self._rcpt(arg or ""))

    def _rcpt(self, argument: str) -> str:
        self._need_greeting()
        assert self.envelope is not None
        if self.envelope.mail_from is None:
            raise CommandError("503 5.5.1 Need MAIL before RCPT")
        path = read_path("TO:", argument, self._getaddr)
        if not path.address:
            raise CommandError("501 5.1.3 Recipient must not be empty")
        if path.parameters:
            raise CommandError("555 5.5.4 Parameter not known")
        # RFC 5321 §4.5.3.1.10: too many recipients is 452, and the sender sends the rest in a mail of its own. (INT-4)
        if len(self.envelope.rcpt_tos) >= self._limits.recipients:
            return self._refused("452 4.5.3 Too many recipients", recipient=path.address)
        if self._reception.gate.recipient_class(path.address) is None:
            return self._refused("550 5.1.1 No such recipient here", recipient=path.address)
        self.envelope.rcpt_tos.append(path.address)
        return "250 2.1.5 Ok"

    async def smtp_DATA(self, arg: str | None) -> None:
        """Read a mail, have it stored, and answer for it."""
        self._need_greeting()
        assert self.envelope is not None
        recipients = tuple(self.envelope.rcpt_tos)
        if not recipients:
            raise CommandError("503 5.5.1 Need RCPT before DATA")
        if arg:
            raise CommandError("501 5.5.4 Syntax: DATA")
        self._reception.gate.room()
        reply = await self._take_mail(recipients)
        self._set_rset_state()
        if reply.startswith("250"):
            self._commands = self._junk = self._errors = 0
        await self._answer(reply, recipients)

    async def _answer(self, reply: str, recipients: tuple[str, ...]) -> None:
        await self.push(reply)

    async def _take_mail(self, recipients: tuple[str, ...]) -> str:
        mail_id = self._reception.new_mail_id()
        draft = self._reception.spool.draft(heading=self._heading(mail_id), limit=self._limits.size, hops=self._limits.hops)
        try:
            self._phase = Phase.MAIL
            self._mail_began, self._mail_size = self.loop.time(), 0
            at_line_start(self._reader)
            await self._send("354 End data with <CR><LF>.<CR><LF>")
            await receive(self._reader, draft)
            return await self._store(draft, mail_id, recipients)
        finally:
            draft.discard()

    async def _store(self, draft: Draft, mail_id: str, recipients: tuple[str, ...]) -> str:
        assert self.envelope is not None
        if draft.refusal is not None:
            return self._refused(draft.refusal.reply, why=str(draft.refusal))
        self._phase = Phase.STORE
        envelope = Envelope(
            mail_from=self.envelope.mail_from,
            rcpt_to=tuple(dict.fromkeys(recipients)),
            source=self.source,
            received_at=self._reception.clock.now(),
        )
        return await self._reception.keeper.keep(envelope, draft.finish(), mail_id=mail_id, seconds=self._limits.store_seconds)

    def _heading(self, mail_id: str) -> bytes:
        assert self.session is not None
        return received_line(
            helo=self.session.host_name or "",
            peer=self.peer,
            by=self.hostname,
            protocol=self._protocol_name(),
            mail_id=mail_id,
            at=self._reception.clock.now(),
        )

    def _protocol_name(self) -> str:
        # RFC 3848 and RFC 6531 §4.3: ESMTP, ESMTPS, UTF8SMTP, UTF8SMTPS.
        assert self.session is not None
        assert self.envelope is not None
        if not self.session.extended_smtp:
            return "SMTP"
        return ("UTF8" + self.greeting.removeprefix("E") if self.envelope.smtp_utf8 else self.greeting) + (
            "S" if self._tls_protocol else ""
        )

    def _need_greeting(self) -> None:
        assert self.session is not None
        if not self.session.host_name:
            raise CommandError(f"503 5.5.1 Send {self.hello} first")

    async def smtp_STARTTLS(self, arg: str) -> None:
        """Begin TLS; all that was said before is forgotten (RFC 3207 §4.2)."""
        if self._tls_protocol is not None:
            raise CommandError("503 5.5.1 TLS is active already")
        if self._heard_all:
            raise ConnectionResetError("the peer has closed its side: no handshake will come")
        self._phase = Phase.TLS
        await super().smtp_STARTTLS(arg)
        if self._tls_failed:
            raise ConnectionResetError("the peer went away in the handshake")  # which aiosmtpd takes for success

    async def smtp_NOOP(self, arg: str) -> None:
        """Do nothing."""
        await self.push("250 2.0.0 Ok")

    async def smtp_RSET(self, arg: str) -> None:
        """Forget the mail that was begun."""
        self._set_rset_state()
        await self.push("250 2.0.0 Ok")

    async def smtp_QUIT(self, arg: str) -> None:
        """End the session."""
        self._ending = True
        await self.push("221 2.0.0 Bye")

    async def smtp_HELP(self, arg: str) -> None:
        """Say that the help is elsewhere."""
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_VRFY(self, arg: str) -> None:
        """Say nothing of who is here (RFC 5321 §7.3)."""
        await self.push("252 2.5.0 Cannot verify, send a mail and see")

    async def smtp_EXPN(self, arg: str) -> None:
        """Say nothing of lists."""
        await self.push("502 5.5.1 Not implemented")

    async def smtp_AUTH(self, arg: str) -> None:
        """Take no passwords: who may send is a matter of networks."""
        await self.push("502 5.5.1 Not implemented")
