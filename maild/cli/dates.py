"""The coming dates of one ticket, for ``maild clock REFERENCE`` (REM-3).

What runs is a row in the store; what would follow it is worked out as the machine would, should nobody answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from maild.cli.common import office, show, when
from maild.cli.given import number_of
from maild.cli.simulated import day_records, local_minutes
from maild.errors import Refused
from maild.policy.calendar import SkippedDay
from maild.policy.events import TimerKind
from maild.policy.rules import Rules
from maild.policy.ticket import Ticket
from maild.store import tickets, timers
from maild.store.group import Transaction

_WHAT = {
    TimerKind.SETTLE: "ask for what is still missing",
    TimerKind.RFI_UNSENT: "to the helpdesk, should the RFI not have left",
    TimerKind.CLOSE: "closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingDate:
    """What will happen to a ticket, when, and the days on which the clock stands still until then."""

    what: str
    due_at: datetime
    skipped: tuple[SkippedDay, ...]


def show_dates(config_dir: Path, reference: str, *, as_json: bool) -> None:
    """Print the coming dates of a ticket.

    Raises:
        Refused: there is no such ticket.
    """
    house = office(config_dir)
    rules = house.loaded.rules
    ticket, running = house.read(_load, number_of(house, reference))
    if ticket is None:
        raise Refused(f"there is no ticket {reference}")
    zone = rules.calendar(ticket.region).zone
    rows = (
        _record(date, ticket, date.due_at.astimezone(zone), as_json) for date in coming_dates(ticket, running, rules, house.clock.now())
    )
    show(rows, as_json=as_json, columns=("what", "due_local", "skipped", "held"), empty=f"No clock runs on {ticket.reference}.", zone=zone)


def coming_dates(ticket: Ticket, running: Iterable[timers.Timer], rules: Rules, now: datetime) -> Iterator[ComingDate]:
    """Return the ticket's dates in their order: its running timers, and the reminders that would follow."""
    calendar = rules.calendar(ticket.region)
    for timer in running:
        if timer.kind is TimerKind.REMINDER:
            yield from _reminders(ticket, timer.due_at, rules, now)
        else:
            since = min(now, timer.due_at)
            skipped = calendar.skipped(since, timer.due_at) if _counts_working(timer.kind, rules) else ()
            yield ComingDate(what=_WHAT[timer.kind], due_at=timer.due_at, skipped=skipped)


def _reminders(ticket: Ticket, due_at: datetime, rules: Rules, now: datetime) -> Iterator[ComingDate]:
    calendar, spans = rules.calendar(ticket.region), rules.spans
    sent = ticket.rfi.reminders if ticket.rfi is not None else 0
    since = ticket.rfi.counted_from if ticket.rfi is not None and ticket.rfi.counted_from is not None else min(now, due_at)
    category = rules.mds.category(ticket.category)
    silent_end = "resolved without an answer" if category is None or category.auto_resolve else "to the helpdesk without an answer"
    for what in (*(f"reminder {number} of {spans.reminders}" for number in range(sent + 1, spans.reminders + 1)), silent_end):
        yield ComingDate(what=what, due_at=due_at, skipped=calendar.skipped(since, due_at))
        since, due_at = due_at, calendar.add(due_at, spans.reminder_working)
        due_at = calendar.opening(due_at, *spans.send_window) if spans.send_window is not None else due_at


def _counts_working(kind: TimerKind, rules: Rules) -> bool:
    return kind is TimerKind.CLOSE and rules.spans.reopen_window_working


def _load(tx: Transaction, number: int) -> tuple[Ticket | None, list[timers.Timer]]:
    ticket = tickets.by_number(tx, number)
    return ticket, timers.of_ticket(tx, ticket.id) if ticket is not None else []


def _record(date: ComingDate, ticket: Ticket, due_local: datetime, as_json: bool) -> dict[str, Any]:
    days = day_records(date.skipped)
    return {
        "reference": ticket.reference,
        "what": date.what,
        "due_at": when(date.due_at),
        "due_local": local_minutes(due_local) if as_json else f"{due_local:%a %-d %b %Y, %H:%M}",
        "skipped": days if as_json else [f"{skip['day']} {skip['why']}" for skip in days],
        "held": ticket.held,
    }
