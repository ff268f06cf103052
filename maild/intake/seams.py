"""What the intake needs from the rest of maild: a store for mails, a word on recipients and room, and ids."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from maild.intake.spool import Body
from maild.mail.envelope import Envelope
from maild.policy.recipients import RecipientClass

NewMailId = Callable[[], str]


class Accept(Protocol):
    """The store's side of an acceptance."""

    async def __call__(self, envelope: Envelope, body: Body, *, mail_id: str) -> str:
        """Return the id under which the mail is kept, after its commit has returned (INT-3).

        Raises:
            TemporaryFailure: try again later.
            PermanentFailure: never.
        """


class Gate(Protocol):
    """What is asked before a mail is read."""

    def recipient_class(self, address: str) -> RecipientClass | None:
        """Return what ``address`` is to us, None where it is not ours (INT-2)."""

    def room(self) -> None:
        """Return when a mail may come.

        Raises:
            DiskLow: too little disk is left.
            Overloaded: too much is waiting.
            Stopping: the daemon is on its way down.
        """


class _NoContent(logging.Filter):
    """Lets through what is no conversation: aiosmtpd logs commands at INFO and bodies at DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR


def quiet_aiosmtpd() -> None:
    """Keep what peers say out of every log, whatever level the root logger has."""
    for name in ("mail.log", "mail.debug"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.ERROR)
        if not any(isinstance(each, _NoContent) for each in logger.filters):
            logger.addFilter(_NoContent())
