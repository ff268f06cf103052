"""What the cells of the machine's table do. Each action reads the event and works on one ``Draft``; none knows its cell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from maild.policy import events as ev
from maild.policy.rules import Rules
from maild.policy.ticket import MdsValue, Question, Resolution, Rfi, State, Ticket

REPLIED = "auto-replied"
GENERATED = "auto-generated"
THREAD_LIMIT = 10
_LATE = timedelta(minutes=10)


@dataclass(slots=True)
class Draft:
    """A decision in the making: only ``decide`` makes one, and freezes it."""

    ticket: Ticket
    now: datetime
    rules: Rules
    effects: list[ev.Effect] = field(default_factory=list)
    data: dict[str, object] = field(default_factory=dict)
    refusal: str = ""

    def set(self, **values: Any) -> None:
        """Change fields of the ticket."""
        self.ticket = replace(self.ticket, **values)

    def flag(self, name: str) -> None:
        """Flag the ticket for the helpdesk."""
        if name not in self.ticket.flags:
            self.set(flags=(*self.ticket.flags, name))

    def unflag(self, *names: str) -> None:
        """Take flags away."""
        self.set(flags=tuple(flag for flag in self.ticket.flags if flag not in names))

    def to(self, state: State) -> None:
        """Move the ticket."""
        self.set(state=state)

    def do(self, effect: ev.Effect) -> None:
        """Ask for an effect."""
        self.effects.append(effect)

    def mail(self, template: str, auto: str, **more: Any) -> None:
        """Send the requester one mail, if he has an address."""
        if self.ticket.requester:
            answers = more.pop("answers", self.ticket.thread[-1] if self.ticket.thread else "")
            self.do(ev.SendMail(template=template, to=self.ticket.requester, auto_submitted=auto, answers=answers, **more))

    def working(self, start: datetime, span: timedelta) -> datetime:
        """Return when ``span`` of working time in the ticket's region has run (REM-2)."""
        return self.rules.calendar(self.ticket.region).add(start, span)


# --- mails of people -------------------------------------------------------------------------------------------------


def open_request(d: Draft, e: ev.RequestReceived) -> None:
    """Acknowledge the new ticket and, where the MDS is built in, assess it (ACK-1, MDS-4)."""
    d.data.update(subject=e.subject, requester=e.requester)
    asks = bool(e.answerable and e.assessed and e.assessed.missing and e.assessed.ask and not e.unreadable)
    if e.answerable:
        d.mail("ack", REPLIED, kind="ack", rfi_follows=asks or bool(e.unreadable))
    if e.unreadable:
        _could_not_read(d, e.unreadable, e.answerable)
    elif e.assessed is not None:
        _assess(d, e.assessed, e.answerable, e.cause)
    else:
        d.do(ev.TellTeam(what="opened"))


def add_update(d: Draft, e: ev.UserWrote) -> None:
    """Add a participant's mail to the ticket; the MDS takes what it gives (MDS-5)."""
    d.data.update(text=e.text, sender=e.mail.sender)
    known = d.ticket.participants
    d.set(
        participants=(*known, *(address for address in e.added if not d.ticket.is_participant(address)))[
            : d.rules.senders.participants_limit
        ],
        thread=(*d.ticket.thread, e.mail.message_id)[-THREAD_LIMIT:] if e.mail.message_id else d.ticket.thread,
    )
    if e.assessed is not None:
        _take_values(d, e.assessed)


def assess_update(d: Draft, e: ev.UserWrote) -> None:
    """Go on with a ticket that is not with anybody yet, or tell who has it."""
    if e.unreadable:
        _could_not_read(d, e.unreadable, e.answerable)
    elif e.assessed is not None and d.ticket.state is State.NEW:
        _assess(d, e.assessed, e.answerable, e.cause)
    else:
        d.do(ev.TellTeam(what="updated", text=e.text))


def take_answer(d: Draft, e: ev.UserWrote) -> None:
    """Stop the clock for any human text that is not a bare thank-you, and move on (RFI-2)."""
    if e.unreadable:
        _could_not_read(d, e.unreadable, e.answerable)
    if not e.substance and not e.unreadable and not (e.assessed and e.assessed.values):
        d.do(ev.NeedsALook(reason="thanks"))
        return
    _clock_off(d)
    d.to(State.IN_PROGRESS)
    if e.assessed is not None and e.assessed.missing and not e.unreadable:
        _still_missing(d, e)
        return
    if e.assessed is not None and not d.ticket.team:
        d.set(team=e.assessed.team)
    d.unflag("incomplete")
    d.do(ev.TellTeam(what="answered", text=e.text))


def _still_missing(d: Draft, e: ev.UserWrote) -> None:
    """Wait for the other half before asking again; after the last round the helpdesk takes over (MDS-5)."""
    assert e.assessed is not None
    if d.ticket.rounds < d.rules.spans.max_rounds and e.assessed.ask and e.answerable:
        d.do(ev.StartTimer(kind=ev.TimerKind.SETTLE, due_at=d.now + d.rules.spans.settle, number=d.ticket.asked))
        if d.ticket.team:
            d.do(ev.TellTeam(what="answered", text=e.text))
    else:
        d.flag("incomplete")
        d.do(ev.TellTeam(what="incomplete", text=e.text))


def answer_resolved(d: Draft, e: ev.UserWrote) -> None:
    """File a mail to a resolved ticket and answer it once per resolution with the link; a bare thank-you is not answered (RES-5)."""
    resolution = d.ticket.resolution
    d.do(ev.NeedsALook(reason="reply to a resolved ticket" if e.substance else "thanks"))
    if resolution is None or not e.substance:
        return
    d.do(ev.TellTeam(what="replied_resolved", text=e.text))
    if e.answerable and not resolution.reply_answered:
        d.set(resolution=replace(resolution, reply_answered=True))
        d.mail("reply_not_reopened", REPLIED, answers=e.mail.message_id)


def file_final(d: Draft, e: ev.UserWrote) -> None:
    """File a mail to a closed or cancelled ticket at the service address; its sender is told how to raise a new one, once a day (RES-6)."""
    d.do(ev.NeedsALook(reason=f"mail to a {d.ticket.state.value.lower()} ticket"))
    if e.answerable and e.substance:
        d.do(
            ev.SendMail(
                template="closed", to=e.mail.sender, auto_submitted=REPLIED, kind="final", answers=e.mail.message_id, role="late_mail"
            )
        )


def hold_outsider(d: Draft, e: ev.OutsiderWrote) -> None:
    """File an outsider's mail, hold the clock, ask the team to accept; he is told nothing (REF-4)."""
    d.data.update(text=e.text, sender=e.mail.sender)
    d.flag("outsider")
    d.set(held="outsider")
    d.do(ev.NeedsALook(reason="outsider with a signed reference"))
    d.do(ev.TellTeam(what="outsider", text=e.text))


def file_note(d: Draft, e: ev.NoteFiled) -> None:
    """Keep a mail that changes nothing."""
    d.data.update(text=e.text, sender=e.mail.sender, why=e.why)
    if e.person:
        d.do(ev.NeedsALook(reason=e.why))
        d.do(ev.TellTeam(what="note", text=e.text))


# --- the MDS ---------------------------------------------------------------------------------------------------------


def _take_values(d: Draft, assessed: ev.Assessed) -> None:
    given = {value.key: value for value in assessed.values}
    kept: tuple[MdsValue, ...] = tuple(value for value in d.ticket.mds if value.key not in given)
    d.set(mds=(*kept, *assessed.values), missing=assessed.missing, category=assessed.category or d.ticket.category)


def _assess(d: Draft, assessed: ev.Assessed, answerable: bool, cause: str) -> None:
    """Route what is complete, ask for what is not, hand over what may not be asked (MDS-4, RFI-1)."""
    _take_values(d, assessed)
    if not assessed.missing:
        _route(d, assessed.team)
    elif assessed.ask and answerable and d.ticket.requester:
        ask(d, assessed.missing, agent="")
    else:
        d.to(State.IN_PROGRESS)
        d.flag("incomplete")
        d.data["rfi"] = "not sent: no automatic mail may go to this address"
        d.do(ev.TellTeam(what="incomplete"))


def _route(d: Draft, team: str) -> None:
    d.to(State.IN_PROGRESS)
    d.set(team=d.ticket.team or team)
    d.unflag("incomplete")
    d.do(ev.TellTeam(what="assigned"))


def _could_not_read(d: Draft, why: str, answerable: bool) -> None:
    """Say in one plain sentence that we could not read the mail; the helpdesk looks (MDS-7)."""
    d.flag(f"unreadable_{why}")
    if d.ticket.state in (State.NEW, State.AWAITING_USER_INFO):
        d.to(State.IN_PROGRESS)
    if answerable:
        d.mail("unreadable", REPLIED, text=why)
    d.do(ev.TellTeam(what="unreadable"))


def ask(d: Draft, questions: tuple[Question, ...], *, agent: str) -> None:
    """Send an RFI that takes the place of the one that stands; questions are united (RFI-1, RFI-5)."""
    standing = d.ticket.rfi.questions if d.ticket.rfi is not None and d.ticket.state is State.AWAITING_USER_INFO else ()
    fresh = {(question.key, question.text if not question.key else "") for question in questions}
    united = (*(q for q in standing if (q.key, q.text if not q.key else "") not in fresh), *questions)
    number = d.ticket.asked + 1
    d.set(rfi=Rfi(number=number, questions=united, agent=agent), asked=number, rounds=d.ticket.rounds + (not agent), held="")
    d.to(State.AWAITING_USER_INFO)
    d.data["questions"] = [question.key or question.text for question in united]
    d.do(ev.StopTimers())
    d.do(ev.StartTimer(kind=ev.TimerKind.RFI_UNSENT, due_at=d.now + d.rules.spans.rfi_unsent, number=number))
    d.mail("rfi", "" if agent else REPLIED, role=f"rfi:{number}", questions=united)


# --- the clock -------------------------------------------------------------------------------------------------------


def _clock_off(d: Draft) -> None:
    d.set(rfi=None, held="")
    d.do(ev.StopTimers())


def start_clock(d: Draft, e: ev.MailTaken) -> None:
    """Start the reminder clock when the relay takes the RFI that still stands (RFI-4)."""
    rfi = d.ticket.rfi
    if rfi is None or e.role != f"rfi:{rfi.number}" or rfi.started_at is not None:
        return
    d.set(rfi=replace(rfi, started_at=e.accepted_at))
    d.do(ev.StopTimers(kinds=(ev.TimerKind.RFI_UNSENT,)))
    due_at = d.working(e.accepted_at, d.rules.spans.reminder_working)
    d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=due_at, number=rfi.number))


def start_window(d: Draft, e: ev.MailTaken) -> None:
    """Open the re-open window when the relay takes the resolution mail (RES-3)."""
    resolution = d.ticket.resolution
    if resolution is None or e.role != f"resolution:{resolution.number}" or resolution.accepted_at is not None:
        return
    spans = d.rules.spans
    end = d.working(e.accepted_at, spans.reopen_window) if spans.reopen_window_working else e.accepted_at + spans.reopen_window
    d.set(resolution=replace(resolution, accepted_at=e.accepted_at, window_ends_at=end))
    d.do(ev.StartTimer(kind=ev.TimerKind.CLOSE, due_at=end, number=resolution.number))


def fire_awaiting(d: Draft, e: ev.TimerFired) -> None:
    """Remind, resolve after the last reminder, or hand over an RFI that never left (REM-1, RFI-4)."""
    rfi = d.ticket.rfi
    if rfi is None or e.number != rfi.number:
        d.data["stale"] = True
    elif d.ticket.held:
        d.data["held"] = d.ticket.held
    elif e.kind is ev.TimerKind.RFI_UNSENT and rfi.started_at is None:
        hand_over(d, "rfi_unsent")
    elif e.kind is ev.TimerKind.REMINDER:
        _remind(d, e, rfi)


def _remind(d: Draft, e: ev.TimerFired, rfi: Rfi) -> None:
    stage = rfi.reminders + 1
    if stage > d.rules.spans.reminders and not _auto_resolves(d):
        hand_over(d, "no_response")
        return
    if stage > d.rules.spans.reminders:
        d.data["reason"] = "no response"
        resolve(d, "", no_response=True)
        return
    base = e.due_at if d.now - e.due_at < _LATE else d.now  # REM-7: after downtime a full span follows
    next_at = d.working(base, d.rules.spans.reminder_working)
    d.set(rfi=replace(rfi, reminders=stage))
    d.data["reminder"] = stage
    d.mail(
        _reminder_template(stage, d.rules.spans.reminders), GENERATED, role=f"reminder:{stage}", questions=rfi.questions, deadline=next_at
    )
    d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=next_at, number=rfi.number))


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
    _clock_off(d)
    d.to(State.IN_PROGRESS)
    d.flag(flag)
    d.do(ev.TellTeam(what=flag))


def bounced_awaiting(d: Draft, e: ev.MailBounced | ev.MailRefused) -> None:
    """Hand over when RFI or reminder did not arrive; anything else only flags the ticket (RFI-4, BNC-1)."""
    rfi = d.ticket.rfi
    if rfi is not None and (e.role == f"rfi:{rfi.number}" or e.role.startswith("reminder:")):
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
    d.data.update(role=e.role, recipient=e.recipient)
    d.flag("undeliverable")
    d.do(ev.TellTeam(what="undeliverable"))


# --- resolution, re-open, close ----------------------------------------------------------------------------------------


def resolve(d: Draft, text: str, *, no_response: bool) -> None:
    """Resolve with the resolution mail; its window opens when the relay has taken it (RES-1, RES-3)."""
    number = d.ticket.resolutions + 1
    _clock_off(d)
    d.set(resolution=Resolution(number=number, text=text, no_response=no_response), resolutions=number)
    d.to(State.RESOLVED)
    template, auto = ("resolved_no_response", GENERATED) if no_response else ("resolved", "")
    d.mail(template, auto, role=f"resolution:{number}", text=text)
    d.do(ev.TellTeam(what="resolved"))


def close(d: Draft, *, mail: bool = True) -> None:
    """Close, with a short closing mail where it is configured (RES-4)."""
    d.to(State.CLOSED)
    d.do(ev.StopTimers())
    if mail and d.rules.spans.closing_mail:
        d.mail("closed", GENERATED, role="closed")


def reopen_by_link(d: Draft, e: ev.ReopenRequested) -> None:
    """Re-open while that resolution stands and its window is not over; else say why not (RES-3, RES-4)."""
    resolution = d.ticket.resolution
    if resolution is None or e.resolution != resolution.number:
        d.refusal = "used"
    elif resolution.window_ends_at is not None and (e.mail.received_at if e.mail else d.now) > resolution.window_ends_at:
        d.refusal = "expired"
    else:
        d.data["reason"] = e.reason
        reopen(d, e.reason)


def reopen(d: Draft, reason: str, *, mail: bool = True) -> None:
    """Take the ticket up again with the team it was with; old links are dead (RES-4)."""
    d.to(State.IN_PROGRESS)
    d.set(resolution=None, held="")
    d.unflag("undeliverable")
    d.do(ev.StopTimers())
    d.do(ev.TellTeam(what="reopened", text=reason))
    if mail:
        d.mail("reopened", REPLIED)


def confirm(d: Draft, e: ev.ResolutionConfirmed) -> None:
    """Close at the requester's word, while that resolution stands."""
    if d.ticket.resolution is None or e.resolution != d.ticket.resolution.number:
        d.refusal = "used"
    else:
        close(d)


def already_open(d: Draft, e: ev.ReopenRequested | ev.ResolutionConfirmed) -> None:
    """Say that the link was used: the ticket is open."""
    d.refusal = "used"


def refuse(d: Draft, e: ev.Event) -> None:
    """Refuse an act that the ticket's state does not allow."""
    d.refusal = f"not possible while the ticket is {d.ticket.state.value}"


def ignore(d: Draft, e: ev.Event) -> None:
    """Let an event pass that comes too late to matter; the journal keeps it."""
    d.data["stale"] = True


# --- agents ------------------------------------------------------------------------------------------------------------


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
    """Take it up again."""
    d.data["reason"] = e.reason
    reopen(d, e.reason)


def agent_close(d: Draft, e: ev.AgentClosed) -> None:
    """Close before the window is over."""
    close(d)


def agent_cancel(d: Draft, e: ev.AgentCancelled) -> None:
    """Cancel: it was no request (SPEC 1)."""
    d.data.update(reason=e.reason, merged_into=e.merged_into)
    _clock_off(d)
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
    """Put the next reminder off (RFI-5)."""
    rfi = d.ticket.rfi
    if rfi is None:
        d.refusal = "no RFI stands"
        return
    d.data["until"] = e.until.isoformat()
    d.do(ev.StartTimer(kind=ev.TimerKind.REMINDER, due_at=e.until, number=rfi.number))


def agent_accept(d: Draft, e: ev.AgentAccepted) -> None:
    """Accept an outsider's mail: he is a participant now, and his mail was an answer (REF-4)."""
    if not d.ticket.is_participant(e.sender):
        d.set(participants=(*d.ticket.participants, e.sender)[: d.rules.senders.participants_limit])
    d.unflag("outsider")
    d.set(held="")
    if d.ticket.state is State.AWAITING_USER_INFO:
        _clock_off(d)
        d.to(State.IN_PROGRESS)
