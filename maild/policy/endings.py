"""Resolution, re-open and close (RES-1 to RES-4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from maild.policy import events as ev
from maild.policy.draft import GENERATED, REPLIED, Draft, clock_off
from maild.policy.ticket import Resolution, State

_UNKNOWN = timedelta(days=5)  # when the courier has given up, and nobody can say whether the resolution mail arrived (OUT-2)


def resolve(d: Draft, text: str, *, no_response: bool) -> None:
    """Resolve with the resolution mail; its window opens when the relay has taken it (RES-1, RES-3)."""
    number = d.ticket.resolutions + 1
    clock_off(d)
    d.set(resolution=Resolution(number=number, text=text, no_response=no_response), resolutions=number)
    d.to(State.RESOLVED)
    template, auto = ("resolved_no_response", GENERATED) if no_response else ("resolved", "")
    promised = window_end(d, d.now)
    d.mail(template, auto, role=f"resolution:{number}", text=text, deadline=promised)
    close_at = promised + _UNKNOWN if d.ticket.requester else promised  # until the relay has taken the mail
    d.do(ev.StartTimer(kind=ev.TimerKind.CLOSE, due_at=close_at, number=number))
    d.do(ev.TellTeam(what="resolved"))


def window_end(d: Draft, start: datetime) -> datetime:
    """Return when a re-open window ends that began at ``start`` (RES-3)."""
    spans, calendar = d.rules.spans, d.rules.calendar(d.ticket.region)
    return calendar.add(start, spans.reopen_window) if spans.reopen_window_working else calendar.elapsed(start, spans.reopen_window)


def close(d: Draft) -> None:
    """Close, with a short closing mail where it is configured (RES-4)."""
    d.to(State.CLOSED)
    d.do(ev.StopTimers())
    if d.rules.spans.closing_mail:
        d.mail("closed", GENERATED, role="closed")


def reopen_by_link(d: Draft, e: ev.ReopenRequested) -> None:
    """Re-open while that resolution stands and its window is not over; else say why not (RES-3, RES-4)."""
    resolution = d.ticket.resolution
    if resolution is None or e.resolution != resolution.number:
        _dead_link(d, e, "used")
    elif _is_over(d, resolution, e.mail.received_at if e.mail else d.now):
        _dead_link(d, e, "expired")
    else:
        d.data["reason"] = e.reason
        reopen(d, e.reason)
        d.mail("reopened", REPLIED, text=e.reason, answers=e.mail.message_id if e.mail else "")


def _dead_link(d: Draft, e: ev.ReopenRequested, why: str) -> None:
    """Refuse; who used the link by mail is told why and what to do, once a day, and nothing else (RES-3); the team hears of it (STA-3)."""
    d.data["reason"] = e.reason
    if e.mail is None:
        d.refusal = why
        return
    d.data["refused"] = why
    template, role = _ANSWERS.get(d.ticket.state, ("reopened", ""))
    questions = d.ticket.rfi.questions if d.ticket.state is State.AWAITING_USER_INFO and d.ticket.rfi is not None else ()
    template = "rfi" if questions else template  # what is to be done is to answer
    d.look("a re-open link that no longer acts", tell="dead_link", text=e.reason)
    own = e.mail.sender == d.ticket.requester or template not in ("reply_not_reopened", "rfi")  # links and RFIs are the requester's (REF-7)
    if e.answerable and e.mail.sender and own:
        d.do(
            ev.SendMail(
                template=template,
                to=e.mail.sender,
                auto_submitted=REPLIED,
                kind=f"final:{d.ticket.number}:{template}",
                role=role,
                text=why,
                questions=questions,
                answers=e.mail.message_id,
                mail_at=e.mail.received_at if template in ("reply_not_reopened", "closed") else None,
            )
        )


# What answers a link that no longer acts; a ticket in any other state is open, and "re-opened" says that it is with the team.
_ANSWERS = {
    State.RESOLVED: ("reply_not_reopened", ""),
    State.CLOSED: ("closed", "late_mail"),
    State.CANCELLED: ("closed", "late_mail"),
}


def _is_over(d: Draft, resolution: Resolution, at: datetime) -> bool:
    """Return whether the window was over at ``at``: one that is held, or whose mail has not left yet, is not."""
    return not d.ticket.held and resolution.window_ends_at is not None and at > resolution.window_ends_at


def reopen(d: Draft, reason: str) -> None:
    """Take the ticket up again with the team it was with; old links are dead, and what was filed meanwhile counts (RES-4)."""
    silent = d.ticket.resolution is not None and d.ticket.resolution.no_response
    d.to(State.IN_PROGRESS)
    d.set(resolution=None, held="")
    d.unflag("undeliverable", "incomplete")
    if silent and d.ticket.missing:
        d.flag("incomplete")
    d.do(ev.StopTimers())
    d.do(ev.TellTeam(what="reopened", text=reason))


def confirm(d: Draft, e: ev.ResolutionConfirmed) -> None:
    """Close at the requester's word, while that resolution stands."""
    if d.ticket.resolution is None or e.resolution != d.ticket.resolution.number:
        d.refusal = "used"
    else:
        close(d)


def already_open(d: Draft, e: ev.ReopenRequested | ev.ResolutionConfirmed) -> None:
    """Say that the link was used: the ticket is open."""
    if isinstance(e, ev.ReopenRequested):
        _dead_link(d, e, "used")
    else:
        d.refusal = "used"


def refuse(d: Draft, e: ev.Event) -> None:
    """Refuse an act that the ticket's state does not allow."""
    d.refusal = f"not possible while the ticket is {d.ticket.state.value}"


def ignore(d: Draft, e: ev.Event) -> None:
    """Let an event pass that comes too late to matter; the journal keeps it."""
    d.data["stale"] = True
