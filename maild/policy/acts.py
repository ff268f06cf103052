"""What agents do to a ticket, by mail or command line (AGT-6)."""

from __future__ import annotations

from dataclasses import replace

from maild.policy import events as ev
from maild.policy.actions import ask
from maild.policy.draft import OUTSIDER, REPLIED, Draft, clock_off
from maild.policy.endings import close, reopen, resolve
from maild.policy.ticket import State


def agent_reply(d: Draft, e: ev.AgentReplied) -> None:
    """Send a public reply; it leaves the clock alone (RFI-5)."""
    d.data["text"] = e.text
    d.mail("reply", "", role="reply", text=e.text)


def agent_note(d: Draft, e: ev.AgentNoted) -> None:
    """Keep an internal note; it never reaches the requester (AGT-5)."""
    d.data["text"] = e.text


def agent_ask(d: Draft, e: ev.AgentAsked) -> None:
    """Ask the requester; without an address there is only the telephone (MDS-6, RFI-1)."""
    if not d.ticket.requester:
        d.refusal = "the requester has no address: call"
        return
    d.set(resolution=None)
    ask(d, e.questions, agent=e.agent)


def agent_resolve(d: Draft, e: ev.AgentResolved) -> None:
    """Resolve with what was done."""
    d.data["text"] = e.text
    resolve(d, e.text, no_response=False)


def agent_reopen(d: Draft, e: ev.AgentReopened) -> None:
    """Take a resolved ticket up again; the requester is told, and not asked why."""
    d.data["reason"] = e.reason
    reopen(d, e.reason)
    d.mail("reopened", REPLIED, text=e.reason or "taken up by the helpdesk")


def agent_take_back(d: Draft, e: ev.AgentReopened) -> None:
    """Take a ticket up that waits for its user: he answered by telephone, or need not answer. The clock stops."""
    d.data["reason"] = e.reason
    clock_off(d)
    d.to(State.IN_PROGRESS)


def agent_close(d: Draft, e: ev.AgentClosed) -> None:
    """Close before the window is over."""
    close(d)


def agent_cancel(d: Draft, e: ev.AgentCancelled) -> None:
    """Cancel: it was no request (SPEC 1)."""
    d.data.update(reason=e.reason, merged_into=e.merged_into)
    clock_off(d)
    if e.merged_into:
        d.set(linked=(*d.ticket.linked, e.merged_into))
    d.to(State.CANCELLED)


def agent_assign(d: Draft, e: ev.AgentAssigned) -> None:
    """Give the ticket to a team or a person."""
    d.data.update(team=e.team, assignee=e.assignee)
    d.set(team=e.team or d.ticket.team, assignee=e.assignee)
    if d.ticket.state is State.NEW:
        d.to(State.IN_PROGRESS)
    d.do(ev.TellTeam(what="assigned"))


def agent_extend(d: Draft, e: ev.AgentExtended) -> None:
    """Put the next reminder off, to a working day at that time; a clock that was held goes on then (RFI-5)."""
    rfi = d.ticket.rfi
    if rfi is None:
        d.refusal = "no RFI stands"
        return
    calendar = d.rules.calendar(d.ticket.region)
    at = e.until.astimezone(calendar.zone).time()
    until = calendar.opening(e.until, at, at)
    d.data["until"] = until.isoformat()
    d.set(rfi=replace(rfi, not_before=until), held="")
    d.unflag("outsider")
    if rfi.counted_from is not None:
        due_at = d.reminder_due(rfi.counted_from, until)
        d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=due_at, number=rfi.number))


def agent_accept(d: Draft, e: ev.AgentAccepted) -> None:
    """Accept an outsider's mail: he is a participant now, and his mail was an answer (REF-4)."""
    if not d.ticket.is_participant(e.sender):
        d.set(participants=(*d.ticket.participants, e.sender)[: d.rules.senders.participants_limit])
    d.unflag("outsider")
    if d.ticket.held == OUTSIDER:
        d.set(held="")
    if d.ticket.state is State.AWAITING_USER_INFO:
        clock_off(d)
        d.to(State.IN_PROGRESS)
