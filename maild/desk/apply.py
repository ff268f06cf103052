"""Carry out a decision: ticket, journal, timers and outgoing mails in one transaction (invariant 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from maild.desk import caps, outgoing, teams
from maild.desk.desk import Desk
from maild.policy.events import Effect, NeedsALook, SendMail, StartTimer, StopTimers, TellTeam
from maild.policy.machine import Decision
from maild.store import outbox, tickets, timers
from maild.store.group import Transaction

Look = Callable[[str], None]
NO_NEWS = teams.News()


def apply(tx: Transaction, desk: Desk, decision: Decision, *, now: datetime, look: Look | None = None, news: teams.News = NO_NEWS) -> None:
    """Keep the decided ticket and carry out its effects.

    ``look`` puts the mail that caused it on the needs-a-look list; ``news`` is what that mail brought, for the team.

    Raises:
        Conflict: somebody else's decision was first (STA-2).
    """
    ticket = decision.ticket
    tickets.save(tx, ticket, decision.entry, at=now)
    for effect in decision.effects:
        _carry_out(tx, desk, decision, effect, now, look, news)


def _carry_out(tx: Transaction, desk: Desk, decision: Decision, effect: Effect, now: datetime, look: Look | None, news: teams.News) -> None:
    ticket = decision.ticket
    match effect:
        case SendMail():
            if not _told_today(tx, effect, now):
                outgoing.queue(tx, desk, ticket, caps.counted(decision.entry, effect), now=now, cause=decision.entry.cause)
        case TellTeam():
            teams.tell(tx, desk, decision, effect, now=now, news=news)
        case StartTimer():
            timers.start(tx, ticket.id, effect.kind, effect.due_at, effect.number)
        case StopTimers():
            timers.stop(tx, ticket.id, effect.kinds)
        case NeedsALook():
            if look is not None:
                look(effect.reason)


def _told_today(tx: Transaction, effect: SendMail, now: datetime) -> bool:
    """Return whether this sender was told the same of this ticket within a day (RES-3, RES-6)."""
    if not effect.kind.startswith("final:"):
        return False
    return outbox.answers_since(tx, address=caps.key(effect.to), since=now - timedelta(days=1), kind=effect.kind) > 0
