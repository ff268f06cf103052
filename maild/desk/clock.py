"""Timers, one transaction each: a timer fires, or is counted anew because the calendar changed (REM-1, REM-3, REM-5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from maild.desk.apply import apply
from maild.desk.desk import Desk
from maild.policy.events import CalendarChanged, StartTimer, TimerFired, TimerKind
from maild.policy.machine import Decision, decide
from maild.policy.rules import Rules
from maild.store import inbox, marks, tickets, timers
from maild.store.group import Transaction
from maild.store.timers import Timer

DOWNTIME = timedelta(minutes=10)
LATE_COMMITS = 1_000  # sequence numbers that may become visible after a greater one (PostgreSQL)


class Fired(StrEnum):
    """What became of a due timer."""

    FIRED = "fired"
    GONE = "gone"  # it was stopped or is held, or another daemon was first
    WAITS = "waits"  # a mail that may answer it is not processed yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The mail that timers must wait for: when the oldest unprocessed one was accepted, and the last sequence number then."""

    oldest: datetime | None
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is remembered over a restart: when the timers were last looked at, until when they wait, what the clocks were counted by."""

    alive_at: datetime | None
    held_until: datetime | None
    calendar: str


def post(tx: Transaction) -> Post:
    """Return what timers must wait for now."""
    return Post(oldest=inbox.oldest_pending(tx), last=inbox.last(tx))


def fire(tx: Transaction, desk: Desk, timer: Timer, seen: Post) -> Fired:
    """Return whether the timer fired; what it causes, and its end, are in this transaction, so that it happens once.

    A mail that was accepted since ``seen``, and before its due time, makes it wait (REM-8).
    """
    if inbox.waits(tx, behind=seen.last - LATE_COMMITS, at=timer.due_at):
        return Fired.WAITS
    if not timers.take(tx, timer.id):
        return Fired.GONE
    ticket = tickets.by_id(tx, timer.ticket_id)
    if ticket is None:
        return Fired.GONE
    now = desk.now()
    event = TimerFired(cause=f"timer:{timer.kind}", kind=timer.kind, due_at=timer.due_at, number=timer.number)
    apply(tx, desk, decide(ticket, event, now=now, rules=desk.rules), now=now)
    return Fired.FIRED


def standing(tx: Transaction) -> Standing:
    """Return what is remembered."""
    return Standing(
        alive_at=marks.get_instant(tx, marks.ALIVE), held_until=marks.get_instant(tx, marks.HELD), calendar=marks.get(tx, marks.CALENDAR)
    )


def note_alive(tx: Transaction, now: datetime) -> None:
    """Remember that the timers were looked at."""
    marks.put_instant(tx, marks.ALIVE, now)


def hold(tx: Transaction, now: datetime, until: datetime) -> None:
    """Let the timers wait until then, over restarts too."""
    marks.put_instant(tx, marks.ALIVE, now)
    marks.put_instant(tx, marks.HELD, until)


def trusted_at(tx: Transaction) -> datetime | None:
    """Return when an administrator last said that the wall clock is right (OPS-12)."""
    return marks.get_instant(tx, marks.TRUSTED)


def trust(tx: Transaction, now: datetime) -> None:
    """Remember an administrator's word that the wall clock is right."""
    marks.put_instant(tx, marks.TRUSTED, now)


# --- the calendar has changed (REM-3) --------------------------------------------------------------------------------


def calendar_digest(rules: Rules, now: datetime) -> str:
    """Return a digest of the working days of every region, from last year to the year after next."""
    digest = hashlib.blake2b(digest_size=16)
    for line in _working_days(rules, now.year):
        digest.update(line.encode())
    return digest.hexdigest()


def _working_days(rules: Rules, year: int) -> Iterator[str]:
    yield f"{rules.regions.default} {rules.spans.send_window}\n"
    first = date(year - 1, 1, 1)
    days = [first + timedelta(days=count) for count in range((date(year + 3, 1, 1) - first).days)]
    for region, calendar in sorted(rules.regions.calendars.items()):
        yield f"{region} {calendar.zone.key}\n"
        yield "".join("1" if calendar.is_working(day) else "0" for day in days) + "\n"


def keep_calendar(tx: Transaction, digest: str) -> None:
    """Remember what the running clocks are counted by."""
    marks.put(tx, marks.CALENDAR, digest)


def outdated(tx: Transaction, desk: Desk, behind: int, count: int) -> tuple[int, list[Timer]]:
    """Return the last of the next ``count`` running timers (0 at the end), and those of them whose due time is not what it was."""
    page = timers.running(tx, behind, count)
    return (page[-1].id if page else 0), [timer for timer in page if _recounted(tx, desk, timer) is not None]


def recount(tx: Transaction, desk: Desk, timer: Timer) -> bool:
    """Return whether the timer's due time was changed."""
    running = next((each for each in timers.of_ticket(tx, timer.ticket_id) if each.id == timer.id), None)
    decision = _recounted(tx, desk, running) if running is not None else None
    if decision is None:
        return False
    apply(tx, desk, decision, now=desk.now())
    return True


def _recounted(tx: Transaction, desk: Desk, timer: Timer) -> Decision | None:
    if timer.kind not in (TimerKind.REMINDER, TimerKind.CLOSE):
        return None
    ticket = tickets.by_id(tx, timer.ticket_id)
    if ticket is None:
        return None
    event = CalendarChanged(cause="calendar", kind=timer.kind, due_at=timer.due_at)
    decision = decide(ticket, event, now=desk.now(), rules=desk.rules)
    return decision if any(isinstance(effect, StartTimer) for effect in decision.effects) else None
