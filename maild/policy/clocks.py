"""What the reminder clock, the re-open window and the relay do to a ticket (RFI-4, REM-1 to REM-8, RES-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maild.policy import events as ev
from maild.policy.actions import ask
from maild.policy.draft import GENERATED, Draft, clock_off
from maild.policy.endings import close, resolve, window_end
from maild.policy.ticket import Rfi, State

_LATE = timedelta(minutes=10)
_PATIENCE = timedelta(days=5)  # as long as the courier tries; then the relay has refused the reminder, or nobody knows (OUT-1)


def start_clock(d: Draft, e: ev.MailTaken) -> None:
    """Start the reminder clock when the relay takes the RFI that still stands; count on from a reminder that it took late (RFI-4)."""
    rfi = d.ticket.rfi
    d.data["role"] = e.role
    if rfi is not None and e.role == f"rfi:{rfi.number}" and rfi.started_at is None:
        d.set(rfi=replace(rfi, started_at=e.accepted_at))
        d.do(ev.StopTimers(kinds=(ev.TimerKind.RFI_UNSENT,)))
        _count_from(d, e.accepted_at)
    elif rfi is not None and e.role == _reminder_role(rfi) and not rfi.taken:
        d.set(rfi=replace(rfi, taken=True))
        if rfi.counted_from is not None and e.accepted_at - rfi.counted_from >= _LATE:
            _count_from(d, e.accepted_at)


def _count_from(d: Draft, start: datetime) -> datetime:
    """Return when the next reminder is due, its span counted from ``start`` and its timer started."""
    rfi = d.ticket.rfi
    assert rfi is not None
    due_at = d.reminder_due(start, rfi.not_before)
    d.set(rfi=replace(rfi, counted_from=start))
    d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=due_at, number=rfi.number))
    return due_at


def _reminder_role(rfi: Rfi) -> str:
    return f"reminder:{rfi.number}.{rfi.reminders}"


def start_window(d: Draft, e: ev.MailTaken) -> None:
    """Open the re-open window when the relay takes the resolution mail; a ticket that was closed before keeps it too (RES-3)."""
    resolution = d.ticket.resolution
    d.data["role"] = e.role
    if resolution is None or e.role != f"resolution:{resolution.number}" or resolution.accepted_at is not None:
        return
    end = window_end(d, e.accepted_at)
    d.set(resolution=replace(resolution, accepted_at=e.accepted_at, window_ends_at=end))
    if d.ticket.state is State.RESOLVED:
        d.do(ev.StartTimer(kind=ev.TimerKind.CLOSE, due_at=end, number=resolution.number))


def recount(d: Draft, e: ev.CalendarChanged) -> None:
    """Compute a running clock anew, never backwards past now; a window that was promised is never cut short (REM-3)."""
    rfi, resolution = d.ticket.rfi, d.ticket.resolution
    due_at = e.due_at
    if rfi is not None and rfi.counted_from is not None and e.kind is ev.TimerKind.REMINDER:
        due_at = max(d.now, d.reminder_due(rfi.counted_from, rfi.not_before))
    elif resolution is not None and resolution.accepted_at is not None and e.kind is ev.TimerKind.CLOSE:
        due_at = max(e.due_at, window_end(d, resolution.accepted_at))
        d.set(resolution=replace(resolution, window_ends_at=due_at))
    if due_at != e.due_at:
        d.data.update(before=e.due_at.isoformat(), after=due_at.isoformat())
        number = rfi.number if rfi is not None else resolution.number if resolution is not None else 0
        d.do(ev.StartTimer(kind=e.kind, due_at=due_at, number=number))


def fire_awaiting(d: Draft, e: ev.TimerFired) -> None:
    """Remind, resolve after the last reminder, or hand over an RFI that never left (REM-1, RFI-4)."""
    rfi = d.ticket.rfi
    if rfi is None or e.number != rfi.number:
        d.data["stale"] = True
    elif e.kind is ev.TimerKind.RFI_UNSENT and rfi.started_at is None:
        hand_over(d, "rfi_unsent")
    elif e.kind is ev.TimerKind.REMINDER:
        _fire_reminder(d, e, rfi)


def _fire_reminder(d: Draft, e: ev.TimerFired, rfi: Rfi) -> None:
    if d.ticket.held:
        _wait(d, rfi, d.ticket.held)
    elif not rfi.taken and rfi.counted_from is not None and d.now - rfi.counted_from < _PATIENCE:
        _wait(d, rfi, "the relay has not taken the last reminder yet")
    elif rfi.reminders < d.rules.spans.reminders:
        _remind(d, e, rfi)
    elif _auto_resolves(d):
        d.data["reason"] = "no response"
        resolve(d, "", no_response=True)
    else:
        hand_over(d, "no_response")


def _wait(d: Draft, rfi: Rfi, why: str) -> None:
    """Look again a full span later: what stands still now goes on when the reason is gone."""
    d.data["held"] = why
    d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=d.reminder_due(d.now), number=rfi.number))


def _remind(d: Draft, e: ev.TimerFired, rfi: Rfi) -> None:
    stage = rfi.reminders + 1
    base = e.due_at if d.now - e.due_at < _LATE else d.now  # REM-7: after downtime a full span follows
    d.set(rfi=replace(rfi, reminders=stage, taken=not d.ticket.requester, not_before=None))
    next_at = _count_from(d, base)
    d.data["reminder"] = stage
    template = _reminder_template(stage, d.rules.spans.reminders)
    role = f"reminder:{rfi.number}.{stage}"
    d.mail(template, GENERATED, role=role, questions=rfi.questions, deadline=next_at)


def _auto_resolves(d: Draft) -> bool:
    """Return whether silence may resolve the ticket: not in a category of those who cannot answer, or who complain (MDS-1, AGT-1)."""
    category = d.rules.mds.category(d.ticket.category)
    return category is None or category.auto_resolve


def _reminder_template(stage: int, last: int) -> str:
    return "reminder3" if stage == last else "reminder1" if stage == 1 else "reminder2"


def fire_settled(d: Draft, e: ev.TimerFired) -> None:
    """Ask again for what the answers have left open, now that they have settled (MDS-5)."""
    if e.kind is ev.TimerKind.SETTLE and d.ticket.missing and e.number == d.ticket.asked:
        if d.ticket.rounds < d.rules.spans.max_rounds and d.ticket.requester:
            ask(d, d.ticket.missing, agent="")
        else:
            d.flag("incomplete")
            d.do(ev.TellTeam(what="incomplete"))
    else:
        d.data["stale"] = True


def fire_resolved(d: Draft, e: ev.TimerFired) -> None:
    """Close when the window is over (RES-4)."""
    resolution = d.ticket.resolution
    if e.kind is ev.TimerKind.CLOSE and resolution is not None and e.number == resolution.number and not d.ticket.held:
        close(d)
    else:
        d.data["stale"] = True


def hand_over(d: Draft, flag: str) -> None:
    """Give the ticket to the helpdesk, flagged: nobody is resolved who was never asked (RFI-4)."""
    clock_off(d)
    d.to(State.IN_PROGRESS)
    d.flag(flag)
    d.do(ev.TellTeam(what=flag))


def bounced_awaiting(d: Draft, e: ev.MailBounced | ev.MailRefused) -> None:
    """Hand over when RFI or reminder did not arrive; anything else only flags the ticket (RFI-4, BNC-1)."""
    rfi = d.ticket.rfi
    if rfi is not None and e.role.startswith((f"rfi:{rfi.number}", f"reminder:{rfi.number}.")):
        _keep_why(d, e)
        hand_over(d, "undeliverable")
    else:
        flag_undeliverable(d, e)


def bounced_resolved(d: Draft, e: ev.MailBounced | ev.MailRefused) -> None:
    """Hold the window when the resolution did not arrive (RES-3)."""
    resolution = d.ticket.resolution
    if resolution is not None and e.role == f"resolution:{resolution.number}":
        d.set(held="resolution undeliverable")
        d.do(ev.StopTimers())
    flag_undeliverable(d, e)


def flag_undeliverable(d: Draft, e: ev.MailBounced | ev.MailRefused) -> None:
    """Flag the ticket for the helpdesk."""
    _keep_why(d, e)
    d.flag("undeliverable")
    d.do(ev.TellTeam(what="undeliverable"))


def _keep_why(d: Draft, e: ev.MailBounced | ev.MailRefused) -> None:
    """Keep in the journal which mail did not arrive, where, and why."""
    d.data.update(role=e.role, recipient=e.recipient, why=e.why)
