"""What agents do, by the command line or by mail: load, decide, apply — one transaction each (AGT-6).

The journal names the agent. A refused act changes nothing but the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from maild.desk.apply import apply
from maild.desk.desk import Desk, new_ticket_id
from maild.errors import Refused
from maild.mail.envelope import Envelope
from maild.policy.assessment import Assessor
from maild.policy.events import AgentActed, Assessed, NeedsALook, RequestReceived, SendMail, TellTeam
from maild.policy.machine import decide
from maild.policy.reference import format_reference
from maild.policy.ticket import Channel
from maild.store import tickets
from maild.store.group import Transaction

MAX_TEXT = 20_000
MAX_SUBJECT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What became of an act: the ticket's state afterwards, why it was refused (""), and whether a mail waits in the outbox for it."""

    reference: str
    state: str
    refusal: str = ""
    queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that an agent takes down, by telephone as a rule; ``text`` may hold the form's labels and values."""

    agent: str
    requester: str
    requester_name: str = ""
    subject: str
    text: str
    channel: Channel = Channel.PHONE


def act(tx: Transaction, desk: Desk, number: int, event: AgentActed) -> Acted:
    """Return what became of an agent's act on a ticket.

    Raises:
        Refused: there is no such ticket.
    """
    ticket = tickets.by_number(tx, number)
    if ticket is None:
        raise Refused(f"there is no ticket {format_reference(number, desk.rules.reference)}")
    now = desk.now()
    decision = decide(ticket, event, now=now, rules=desk.rules)
    apply(tx, desk, decision, now=now)
    queued = any(isinstance(effect, SendMail | TellTeam) for effect in decision.effects)
    return Acted(reference=ticket.reference, state=decision.ticket.state.value, refusal=decision.refusal, queued=queued)


def assess(desk: Desk, request: Request) -> Assessed | None:
    """Return what the MDS makes of a request that an agent takes down, read as a mail of the requester would be (MDS-6)."""
    from maild.policy.reader import read  # lazy: the daemon reads mail in its parser process only

    rules = desk.rules
    if not rules.mds.fields:
        return None
    envelope = Envelope(mail_from=request.requester, rcpt_to=rules.addresses.helpdesk[:1], source="agent", received_at=desk.now())
    reading = read(_as_mail(request), envelope, rules)
    assessor = Assessor(mds=rules.mds, teams=rules.teams)
    assessed, _ = assessor.assess(reading.message, reading.extraction, None, text=request.text, cause=f"agent:{request.agent}")
    return assessed


def open_ticket(tx: Transaction, desk: Desk, request: Request, assessed: Assessed | None) -> Acted:
    """Return the new ticket; ``assessed`` with something missing flags it as incomplete, and asks nobody by itself (MDS-6)."""
    rules, now, number = desk.rules, desk.now(), desk.numbers.take()
    domain = request.requester.rpartition("@")[2]
    event = RequestReceived(
        cause=f"agent:{request.agent}",
        id=new_ticket_id(),
        number=number,
        reference=format_reference(number, rules.reference),
        channel=request.channel,
        requester=request.requester,
        requester_name=request.requester_name,
        participants=(),
        region=rules.regions.by_domain.get(domain, rules.regions.default),
        language=rules.languages.by_domain.get(domain, rules.languages.default),
        subject=request.subject[:MAX_SUBJECT],
        description=request.text[:MAX_TEXT],
        received_at=now,
        answerable=bool(request.requester),
        assessed=replace(assessed, ask=False) if assessed is not None else None,
        flags=() if request.requester else ("no_address",),
    )
    decision = decide(None, event, now=now, rules=rules)
    apply(tx, desk, decision, now=now)
    queued = any(not isinstance(effect, NeedsALook) for effect in decision.effects)
    return Acted(reference=event.reference, state=decision.ticket.state.value, queued=queued)


def _as_mail(request: Request) -> bytes:
    """Return the request as a mail that the reader can read; an agent's words reach no header but through here."""
    head = {"From": request.requester, "Subject": request.subject, "Content-Type": "text/plain; charset=utf-8"}
    lines = [f"{name}: {' '.join(value.split())}" for name, value in head.items() if value]
    body = request.text.replace("\r\n", "\n").replace("\n", "\r\n")
    return "\r\n".join((*lines, "Content-Transfer-Encoding: 8bit", "", body, "")).encode("utf-8", "replace")
