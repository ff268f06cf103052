"""Timers as rows with a due time: the work is in proportion to what is due, not to what is stored (REM-5).

A timer whose ticket is named by a mail in quarantine is not due: the clock is held until the mail is retried or dropped (INT-9).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, select, update

from maild.policy.events import TimerKind
from maild.policy.ticket import instant, microseconds
from maild.store.group import Transaction
from maild.store.schema import inbox, timers
from maild.store.statement import Statement, columns, word

_p = bindparam


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A running timer; ``number`` is that of the RFI or resolution it belongs to."""

    id: int
    ticket_id: str
    kind: TimerKind
    due_at: datetime
    number: int


_HELD = exists(select(inbox.c.seq).where(inbox.c.ticket_id == timers.c.ticket_id, inbox.c.state == word("quarantined")))
_ADD = Statement(lambda insert: insert(timers).values(**columns(timers, "ticket_id", "kind", "due_at", "data")))
_STOP = Statement(delete(timers).where(timers.c.ticket_id == _p("which"), timers.c.kind == _p("what")))
_TAKE = Statement(delete(timers).where(timers.c.id == _p("which"), ~_HELD).returning(timers.c.ticket_id))
_PUT_OFF = Statement(update(timers).where(timers.c.id == _p("which")).values(due_at=_p("until", type_=timers.c.due_at.type)))
_FIELDS = (timers.c.id, timers.c.ticket_id, timers.c.kind, timers.c.due_at, timers.c.data)
_DUE = Statement(
    select(*_FIELDS).where(timers.c.due_at <= _p("now"), ~_HELD).order_by(timers.c.due_at, timers.c.id).limit(_p("count")).offset(word(0))
)
_RUNNING = Statement(select(*_FIELDS).where(timers.c.id > _p("behind")).order_by(timers.c.id).limit(_p("count")).offset(word(0)))
_OF = Statement(select(*_FIELDS).where(timers.c.ticket_id == _p("which")).order_by(timers.c.due_at))
_DUE_COUNT = Statement(select(func.count()).select_from(timers).where(timers.c.due_at <= _p("now"), ~_HELD))
_NEXT = Statement(select(func.min(timers.c.due_at)))


def start(tx: Transaction, ticket_id: str, kind: TimerKind, due_at: datetime, number: int) -> None:
    """Start a timer in the place of one of the same kind."""
    stop(tx, ticket_id, (kind,))
    tx.run(_ADD, ticket_id=ticket_id, kind=kind.value, due_at=microseconds(due_at), data=json.dumps({"number": number}))


def stop(tx: Transaction, ticket_id: str, kinds: tuple[TimerKind, ...]) -> None:
    """Stop a ticket's timers of these kinds."""
    for kind in kinds:
        tx.run(_STOP, which=ticket_id, what=kind.value)


def take(tx: Transaction, timer_id: int) -> bool:
    """Return whether the timer was there and not held; it is not any more: its effect happens in this transaction, and once."""
    return tx.one(_TAKE, which=timer_id) is not None


def put_off(tx: Transaction, timer_id: int, until: datetime) -> None:
    """Let a timer whose effect failed wait."""
    tx.run(_PUT_OFF, which=timer_id, until=microseconds(until))


def due(tx: Transaction, now: datetime, count: int) -> list[Timer]:
    """Return the timers that are due, the longest overdue first."""
    return [_timer(row) for row in tx.all(_DUE, now=microseconds(now), count=count)]


def running(tx: Transaction, behind: int, count: int) -> list[Timer]:
    """Return ``count`` running timers whose id is greater than ``behind``."""
    return [_timer(row) for row in tx.all(_RUNNING, behind=behind, count=count)]


def of_ticket(tx: Transaction, ticket_id: str) -> list[Timer]:
    """Return the ticket's running timers."""
    return [_timer(row) for row in tx.all(_OF, which=ticket_id)]


def due_count(tx: Transaction, now: datetime) -> int:
    """Return how many timers are due."""
    row = tx.one(_DUE_COUNT, now=microseconds(now))
    return int(row[0]) if row else 0


def next_due(tx: Transaction) -> datetime | None:
    """Return when the next timer is due, or None where none runs."""
    row = tx.one(_NEXT)
    return None if row is None or row[0] is None else instant(row[0])


def _timer(row: tuple[int, str, str, int, str]) -> Timer:
    return Timer(id=row[0], ticket_id=row[1], kind=TimerKind(row[2]), due_at=instant(row[3]), number=json.loads(row[4]).get("number", 0))
