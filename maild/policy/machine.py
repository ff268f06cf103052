"""The ticket's state machine: one table, and one pure, total function on it. All that affects a ticket's state lives here (STA-1).

``TABLE[event][state]`` is the cell that says what an event does to a ticket in that state: the states it may lead to, the actions it runs,
and a sentence for the picture in ``docs/machine.md``, which is generated from this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from maild.policy import actions as mails
from maild.policy import acts, clocks, endings
from maild.policy import events as ev
from maild.policy.draft import Draft
from maild.policy.rules import Rules
from maild.policy.ticket import State, Ticket, changed, changes

NEW, IN_PROGRESS, AWAITING, RESOLVED, CLOSED, CANCELLED = State

Action = Callable[[Draft, Any], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided: the ticket as it is now, the journal's entry, the effects to carry out, or why it was refused."""

    ticket: Ticket
    entry: ev.JournalEntry
    effects: tuple[ev.Effect, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table: the states the ticket may be in afterwards, and what is done."""

    says: str
    to: tuple[State, ...]
    actions: tuple[Action, ...]


def _cell(says: str, *actions: Action, to: tuple[State, ...]) -> Cell:
    return Cell(says, to, actions)


def _row(default: Cell | None, **cells: Cell) -> dict[State, Cell]:
    """Return a row of the table; a state that is not named stays where it is by the default cell."""
    row: dict[State, Cell] = {}
    for state in State:
        cell = cells.get(state.name.lower(), default)
        assert cell is not None
        row[state] = cell if cell.to else replace(cell, to=(state,))
    return row


_REFUSED = _cell("refused", endings.refuse, to=())
_LATE = _cell("too late to matter; kept in the journal", endings.ignore, to=())
_FILED = _cell("filed; changes nothing", mails.file_note, to=())
_UPDATED = _cell("added; the team is told", mails.add_update, mails.assess_update, to=())
_FINAL = _cell("filed; the sender is told how to raise a new one", mails.add_update, mails.file_final, to=())
_FLAGGED = _cell("flagged undeliverable", clocks.flag_undeliverable, to=())
_USED = _cell("the link is used", endings.already_open, to=())
_ASSIGNED = _cell("given to the team", acts.agent_assign, to=())
_OUTSIDE = _cell("filed; the team is asked to accept", mails.hold_outsider, to=())
_REPLIED = _cell("public reply sent", acts.agent_reply, to=())
_ASKED = _cell("RFI sent", acts.agent_ask, to=(AWAITING,))
_RESOLVED = _cell("resolution mail sent", acts.agent_resolve, to=(RESOLVED,))
_CANCELLED = _cell("cancelled", acts.agent_cancel, to=(CANCELLED,))
_REOPENED = _cell("re-opened by the link, within its window", endings.reopen_by_link, to=())

TABLE: dict[type[ev.Event], dict[State, Cell]] = {
    ev.RequestReceived: _row(
        _REFUSED, new=_cell("acknowledged; assessed; asked for what is missing", mails.open_request, to=(NEW, IN_PROGRESS, AWAITING))
    ),
    ev.UserWrote: _row(
        _UPDATED,
        new=_cell("added; assessed", mails.add_update, mails.assess_update, to=(NEW, IN_PROGRESS, AWAITING)),
        awaiting_user_info=_cell("added; an answer stops the clock", mails.add_update, mails.take_answer, to=(IN_PROGRESS, AWAITING)),
        resolved=_cell("filed; answered once with the link", mails.add_update, mails.answer_resolved, to=(RESOLVED,)),
        closed=_FINAL,
        cancelled=_FINAL,
    ),
    ev.OutsiderWrote: _row(
        _OUTSIDE,
        awaiting_user_info=_cell("filed; the clock is held; the team is asked to accept", mails.hold_outsider, to=(AWAITING,)),
        closed=_cell("filed", mails.hold_outsider, to=(CLOSED,)),
        cancelled=_cell("filed", mails.hold_outsider, to=(CANCELLED,)),
    ),
    ev.NoteFiled: _row(_FILED),
    ev.MailBounced: _row(
        _FLAGGED,
        awaiting_user_info=_cell("RFI or reminder: to the helpdesk, flagged", clocks.bounced_awaiting, to=(IN_PROGRESS, AWAITING)),
        resolved=_cell("the window is held", clocks.bounced_resolved, to=(RESOLVED,)),
        closed=_LATE,
        cancelled=_LATE,
    ),
    ev.MailRefused: _row(
        _FLAGGED,
        awaiting_user_info=_cell("RFI or reminder: to the helpdesk, flagged", clocks.bounced_awaiting, to=(IN_PROGRESS, AWAITING)),
        resolved=_cell("the window is held", clocks.bounced_resolved, to=(RESOLVED,)),
        closed=_LATE,
        cancelled=_LATE,
    ),
    ev.MailTaken: _row(
        _LATE,
        awaiting_user_info=_cell("the reminder clock starts", clocks.start_clock, to=(AWAITING,)),
        resolved=_cell("the re-open window opens", clocks.start_window, to=(RESOLVED,)),
        closed=_cell("the re-open link's window opens", clocks.start_window, to=(CLOSED,)),
    ),
    ev.CalendarChanged: _row(
        _LATE,
        awaiting_user_info=_cell("the reminder clock is computed anew", clocks.recount, to=(AWAITING,)),
        resolved=_cell("a window in working time is computed anew", clocks.recount, to=(RESOLVED,)),
    ),
    ev.TimerFired: _row(
        _LATE,
        in_progress=_cell("asked again for what is still missing", clocks.fire_settled, to=(IN_PROGRESS, AWAITING)),
        awaiting_user_info=_cell("reminded; resolved after the last reminder", clocks.fire_awaiting, to=(AWAITING, RESOLVED, IN_PROGRESS)),
        resolved=_cell("closed when the window is over", clocks.fire_resolved, to=(RESOLVED, CLOSED)),
    ),
    ev.ReopenRequested: _row(
        _USED,
        resolved=replace(_REOPENED, to=(RESOLVED, IN_PROGRESS)),
        closed=replace(_REOPENED, to=(CLOSED, IN_PROGRESS)),
    ),
    ev.ResolutionConfirmed: _row(
        _USED,
        resolved=_cell("closed at the requester's word", endings.confirm, to=(RESOLVED, CLOSED)),
        closed=_cell("closed already", endings.ignore, to=(CLOSED,)),
    ),
    ev.AgentReplied: _row(_REPLIED, closed=_REFUSED, cancelled=_REFUSED),
    ev.AgentNoted: _row(_cell("note kept", acts.agent_note, to=())),
    ev.AgentAsked: _row(_ASKED, closed=_REFUSED, cancelled=_REFUSED),
    ev.AgentResolved: _row(_RESOLVED, resolved=_REFUSED, closed=_REFUSED, cancelled=_REFUSED),
    ev.AgentReopened: _row(
        _REFUSED,
        awaiting_user_info=_cell("taken back; the clock stops", acts.agent_take_back, to=(IN_PROGRESS,)),
        resolved=_cell("taken up again", acts.agent_reopen, to=(IN_PROGRESS,)),
    ),
    ev.AgentClosed: _row(_REFUSED, resolved=_cell("closed by an agent", acts.agent_close, to=(CLOSED,))),
    ev.AgentCancelled: _row(_CANCELLED, resolved=_REFUSED, closed=_REFUSED, cancelled=_REFUSED),
    ev.AgentAssigned: _row(
        _ASSIGNED, new=_cell("given to the team", acts.agent_assign, to=(IN_PROGRESS,)), closed=_REFUSED, cancelled=_REFUSED
    ),
    ev.AgentExtended: _row(_REFUSED, awaiting_user_info=_cell("the reminder is put off", acts.agent_extend, to=(AWAITING,))),
    ev.AgentAccepted: _row(
        _cell("the outsider is a participant", acts.agent_accept, to=()),
        awaiting_user_info=_cell("accepted; the clock stops", acts.agent_accept, to=(IN_PROGRESS,)),
        closed=_REFUSED,
        cancelled=_REFUSED,
    ),
}


def decide(ticket: Ticket | None, event: ev.Event, *, now: datetime, rules: Rules) -> Decision:
    """Return what ``event`` does to ``ticket`` (None only for a new request): every state × event has a defined outcome.

    A refused act changes nothing but the journal. Never raises on a known event.
    """
    before = ticket
    if ticket is None:
        assert isinstance(event, ev.RequestReceived), "only a request makes a ticket"
        ticket = _opened(event, now)
    draft = Draft(ticket=ticket, now=now, rules=rules)
    cell = TABLE[type(event)][ticket.state]
    for action in cell.actions:
        action(draft, event)
    if draft.refusal:
        draft.ticket, draft.effects = ticket, []
        draft.data["refused"] = draft.refusal
    assert draft.ticket.state in cell.to or draft.refusal, f"{type(event).__name__} led from {ticket.state} to {draft.ticket.state}"
    after = changed(draft.ticket, version=ticket.version + 1, updated_at=now)
    return Decision(ticket=after, entry=_entry(before, after, event, draft), effects=tuple(draft.effects), refusal=draft.refusal)


def _entry(before: Ticket | None, after: Ticket, event: ev.Event, draft: Draft) -> ev.JournalEntry:
    return ev.JournalEntry(kind=type(event).__name__, cause=event.cause, data={**draft.data, "set": changes(before, after)})


def _opened(event: ev.RequestReceived, now: datetime) -> Ticket:
    return Ticket(
        id=event.id,
        number=event.number,
        reference=event.reference,
        channel=event.channel,
        requester=event.requester,
        requester_name=event.requester_name,
        participants=event.participants,
        region=event.region,
        language=event.language,
        subject=event.subject,
        description=event.description,
        flags=event.flags,
        linked=event.linked,
        thread=(event.mail.message_id,) if event.mail is not None and event.mail.message_id else (),
        received_at=event.received_at,
        created_at=now,
        updated_at=now,
    )
