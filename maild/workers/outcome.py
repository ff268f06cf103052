"""What can become of one attempt to hand a mail to the relay; retrying is the courier's business (OUT-1, OUT-2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The relay has taken the mail; ``queue_id`` is the relay's own id of it, or "" where its reply names none."""

    reply: str
    queue_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transient:
    """Not taken now; the mail as such may be fine. ``alert`` is true where the relay itself or our account at it is in trouble."""

    reply: str
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permanent:
    """Refused for good: this mail to this recipient must not be tried again (RFC 5321 §4.2.1)."""

    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The whole mail went out and no answer came back: it may or may not have been taken (OUT-2)."""

    reply: str


class Interrupted(Exception):
    """The attempt was cancelled; ``outcome`` says how far the mail had come: ``Transient`` where it had not gone out, else ``Unknown``."""

    def __init__(self, outcome: Transient | Unknown) -> None:
        super().__init__(outcome.reply)
        self.outcome = outcome


Outcome = Delivered | Transient | Permanent | Unknown
