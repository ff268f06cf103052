"""What mails of people do to a ticket, and what the MDS makes of them. Each action reads the event and works on one ``Draft``."""

from __future__ import annotations

from dataclasses import replace

from maild.policy import events as ev
from maild.policy.draft import OUTSIDER, REPLIED, Draft, clock_off
from maild.policy.ticket import MdsValue, Question, Rfi, State

THREAD_LIMIT = 10


def open_request(d: Draft, e: ev.RequestReceived) -> None:
    """Acknowledge the new ticket and, where the MDS is built in, assess it (ACK-1, MDS-4)."""
    d.data.update(subject=e.subject, requester=e.requester)
    asks = bool(e.answerable and e.assessed and e.assessed.missing and e.assessed.ask and not e.unreadable)
    combined = asks and d.rules.combine_ack_and_rfi
    if e.answerable and not combined:
        d.mail("ack", REPLIED, kind="ack", rfi_follows=asks, text=e.unreadable)
    if e.unreadable:
        _could_not_read(d, e.unreadable, e.answerable)
    elif e.assessed is not None:
        _assess(d, e.assessed, e.answerable, template="ack" if combined else "rfi")
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
        _assess(d, e.assessed, e.answerable)
    else:
        if e.assessed is not None and not e.assessed.missing and d.ticket.state is State.IN_PROGRESS:
            _completed(d, e.assessed)
        d.do(ev.TellTeam(what="updated", text=e.text))


def _completed(d: Draft, assessed: ev.Assessed) -> None:
    """Go on with a ticket whose other half has come: nobody is asked again (MDS-5)."""
    d.set(team=d.ticket.team or assessed.team)
    d.unflag("incomplete")
    d.do(ev.StopTimers(kinds=(ev.TimerKind.SETTLE,)))


def take_answer(d: Draft, e: ev.UserWrote) -> None:
    """Stop the clock for any human text that is not a bare thank-you, and move on (RFI-2)."""
    if e.unreadable:
        _could_not_read(d, e.unreadable, e.answerable)
    if not e.substance and not e.unreadable and not (e.assessed and e.assessed.given):
        d.look("thanks", tell="thanks", text=e.text)
        return
    clock_off(d)
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
    _for_a_look(d, e, "reply to a resolved ticket", tell="replied_resolved")
    if resolution is None or not e.substance:
        return
    if e.answerable and not resolution.reply_answered and e.mail.sender == d.ticket.requester:  # links go to the requester only (REF-7)
        d.set(resolution=replace(resolution, reply_answered=True))
        d.mail("reply_not_reopened", REPLIED, answers=e.mail.message_id, mail_at=e.mail.received_at)


def file_final(d: Draft, e: ev.UserWrote) -> None:
    """File a mail to a closed or cancelled ticket at the service address; its sender is told how to raise a new one, once a day (RES-6)."""
    _for_a_look(d, e, f"mail to a {d.ticket.state.value.lower()} ticket", tell="wrote_final")
    if e.answerable and e.substance:
        d.do(
            ev.SendMail(
                template="closed",
                to=e.mail.sender,
                auto_submitted=REPLIED,
                kind=f"final:{d.ticket.number}:closed",
                answers=e.mail.message_id,
                mail_at=e.mail.received_at,
                role="late_mail",
            )
        )


def _for_a_look(d: Draft, e: ev.UserWrote, reason: str, *, tell: str) -> None:
    """Keep the words of a person that change no state from being lost: a look, and its team is told (STA-3, MDS-7)."""
    if e.unreadable:
        d.flag(f"unreadable_{e.unreadable}")
    if e.substance:
        d.look(reason, tell=tell, text=e.text)
    else:
        d.look("thanks", tell="thanks", text=e.text)


def hold_outsider(d: Draft, e: ev.OutsiderWrote) -> None:
    """File an outsider's mail, hold the clock, ask the team to accept; he is told nothing (REF-4)."""
    d.data.update(text=e.text, sender=e.mail.sender)
    d.flag("outsider")
    if d.ticket.state is State.AWAITING_USER_INFO:
        d.set(held=OUTSIDER)
    d.look("outsider with a signed reference", tell="outsider", text=e.text)


def file_note(d: Draft, e: ev.NoteFiled) -> None:
    """Keep a mail that changes nothing."""
    d.data.update(text=e.text, sender=e.mail.sender, why=e.why)
    if e.person:
        d.look(e.why, tell="note", text=e.text)


# --- the MDS ---------------------------------------------------------------------------------------------------------


def _take_values(d: Draft, assessed: ev.Assessed) -> None:
    given = {value.key: value for value in assessed.values}
    kept: tuple[MdsValue, ...] = tuple(value for value in d.ticket.mds if value.key not in given)
    d.set(mds=(*kept, *assessed.values), missing=assessed.missing, category=assessed.category or d.ticket.category)


def _assess(d: Draft, assessed: ev.Assessed, answerable: bool, template: str = "rfi") -> None:
    """Route what is complete, ask for what is not, hand over what may not be asked (MDS-4, RFI-1)."""
    _take_values(d, assessed)
    if not assessed.missing:
        _route(d, assessed.team)
    elif assessed.ask and answerable and d.ticket.requester:
        ask(d, assessed.missing, agent="", template=template)
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


def ask(d: Draft, questions: tuple[Question, ...], *, agent: str, template: str = "rfi") -> None:
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
    kind = "ack" if template == "ack" else ""
    d.mail(template, "" if agent else REPLIED, role=f"rfi:{number}", kind=kind, questions=united)
