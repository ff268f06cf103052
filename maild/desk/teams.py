"""Tell a ticket's team what is new (AGT-2)."""

from __future__ import annotations

from datetime import datetime

from maild.desk.desk import Desk
from maild.policy.events import TellTeam
from maild.policy.machine import Decision
from maild.store.group import Transaction


def tell(tx: Transaction, desk: Desk, decision: Decision, effect: TellTeam, *, now: datetime) -> None:
    """Queue the mail to the ticket's team; without a team's address nobody is told."""
