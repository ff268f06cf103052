"""LMTP (RFC 2033): as SMTP, but greeted with LHLO, and answered once for each accepted recipient after DATA."""
# ruff: noqa: N802  # aiosmtpd finds its commands by names such as smtp_LHLO

from __future__ import annotations

from typing import ClassVar

from maild.intake.replies import CommandError, enhanced
from maild.intake.smtp import SmtpSession


class LmtpSession(SmtpSession):
    """A session that speaks LMTP."""

    greeting: ClassVar[str] = "LMTP"
    hello: ClassVar[str] = "LHLO"

    async def smtp_LHLO(self, arg: str) -> None:
        """Begin anew, and say what we can do."""
        await super().smtp_EHLO(arg)

    async def smtp_EHLO(self, hostname: str) -> None:
        """Refuse the greeting of SMTP (RFC 2033 §4.1)."""
        raise CommandError("500 5.5.1 This is LMTP, say LHLO")

    async def smtp_HELO(self, hostname: str) -> None:
        """Refuse the greeting of SMTP (RFC 2033 §4.1)."""
        raise CommandError("500 5.5.1 This is LMTP, say LHLO")

    async def _answer(self, reply: str, recipients: tuple[str, ...]) -> None:
        # RFC 2033 §4.2: one reply for each RCPT that was accepted, in their order, a repeated recipient as often as it came. (INT-1)
        await self._send("\r\n".join([enhanced(reply)] * len(recipients)))
