"""A timer fires: its effect and its end are one transaction, so that it happens once (REM-1, REM-5)."""

from __future__ import annotations

from maild.desk.apply import apply
from maild.desk.desk import Desk
from maild.policy.events import TimerFired
from maild.policy.machine import decide
from maild.store import tickets, timers
from maild.store.group import Transaction
from maild.store.timers import Timer


def fire(tx: Transaction, desk: Desk, timer: Timer) -> bool:
    """Return whether the timer was still running; what it causes is in this transaction."""
    if not timers.take(tx, timer.id):
        return False
    ticket = tickets.by_id(tx, timer.ticket_id)
    if ticket is None:
        return False
    now = desk.now()
    event = TimerFired(cause=f"timer:{timer.kind}", kind=timer.kind, due_at=timer.due_at, number=timer.number)
    apply(tx, desk, decide(ticket, event, now=now, rules=desk.rules), now=now)
    return True
