"""The moment of acceptance: the mail is committed and synced, and only then told of (INT-3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from maild import log
from maild.errors import DiskLow, Overloaded, Stopping
from maild.mail.envelope import Envelope
from maild.mail.survey import trace
from maild.policy.recipients import RecipientClass, recipient_class
from maild.policy.rules import AddressRules
from maild.store import inbox
from maild.store.database import Database

SMALL = 256 * 1024
MAX_ANSWERS = 20
Notice = Callable[[inbox.InboxRow, bytes | None], None]


class Body(Protocol):
    """A mail's bytes as they came, as the intake holds them."""

    @property
    def size(self) -> int:
        """Return the number of bytes."""

    @property
    def head(self) -> bytes:
        """Return the first 64 kB."""

    def chunks(self) -> Iterator[bytes]:
        """Return the bytes piece by piece; may be called again."""


class Acceptance:
    """Commits mails for the intake, and tells the processor."""

    def __init__(self, database: Database, notice: Notice) -> None:
        self._database = database
        self._notice = notice

    async def __call__(self, envelope: Envelope, body: Body, *, mail_id: str) -> str:
        """Return ``mail_id`` after the commit of the mail has returned.

        Raises:
            TemporaryFailure: nothing of it is kept.
        """
        seen = trace(body.head)
        arrival = inbox.Arrival(
            mail_id=mail_id,
            envelope=envelope,
            size=body.size,
            sender_key=seen.sender_key or mail_id,  # nobody's mail waits for nobody's
            message_id=seen.message_id,
            answers=tuple(each for each in seen.answers if each != seen.message_id)[:MAX_ANSWERS],
        )
        seq = await self._database.run_first(inbox.add, arrival, body.chunks)
        log.mail_accepted(mail=mail_id, source=envelope.source, sender=envelope.mail_from, recipients=len(envelope.rcpt_to), size=body.size)
        row = inbox.InboxRow(
            seq=seq,
            mail_id=mail_id,
            envelope=envelope,
            size=body.size,
            sender_key=arrival.sender_key,
            message_id=arrival.message_id,
            answers=arrival.answers,
            attempts=0,
        )
        self._notice(row, b"".join(body.chunks()) if body.size <= SMALL else None)
        return mail_id


class Door:
    """Who may come in: our recipients, and whether there is room (INT-2, INT-4)."""

    LOOK_AGAIN_SECONDS = 1.0

    def __init__(
        self,
        *,
        addresses: AddressRules,
        state_dir: Path,
        min_free: int,
        backlog: int,
        waiting: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self.addresses = addresses
        self.min_free = min_free
        self.backlog = backlog
        self.stopping = False
        self.paused = False
        self._state_dir = state_dir
        self._waiting = waiting
        self._monotonic = monotonic
        self._looked = float("-inf")
        self._low = False

    def recipient_class(self, address: str) -> RecipientClass | None:
        """Return what ``address`` is to us, None where it is not ours."""
        return recipient_class(address, self.addresses)

    def room(self) -> None:
        """Return when a mail may come.

        Raises:
            Stopping: the daemon is on its way down, or intake is paused.
            DiskLow: too little disk is left.
            Overloaded: too much is waiting.
        """
        if self.stopping or self.paused:
            raise Stopping("no mail is taken now")
        if self._disk_low():
            raise DiskLow(f"less than {self.min_free} bytes are free")
        if self._waiting() >= self.backlog:
            raise Overloaded(f"{self.backlog} mails wait")

    def _disk_low(self) -> bool:
        now = self._monotonic()
        if now - self._looked >= self.LOOK_AGAIN_SECONDS:
            self._looked = now
            status = os.statvfs(self._state_dir)
            self._low = status.f_bavail * status.f_frsize < self.min_free
        return self._low
