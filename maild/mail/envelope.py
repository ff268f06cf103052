"""What the transport said about a mail: who handed it over, to whom, and when it was accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The envelope of one accepted mail (RFC 5321 §2.3.1).

    ``mail_from`` is "" for the null sender and None where the transport did not say (IMAP, a pipe).
    ``received_at`` is the time of acceptance (the 250, or IMAP's INTERNALDATE): all windows are decided by it (INT-12).
    """

    mail_from: str | None
    rcpt_to: tuple[str, ...]
    source: str
    received_at: datetime
