"""What would become of a mail, without doing it: what ``explain`` and ``replay`` show. Nothing is stored and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maild.desk.events import Case, notice, opening, routed, update
from maild.mail.envelope import Envelope
from maild.policy.assess import Assessment, Found, Kind, assess, wanted
from maild.policy.events import SendMail, TellTeam
from maild.policy.machine import decide
from maild.policy.reading import Reading
from maild.policy.reference import format_reference
from maild.policy.routing import Routed
from maild.policy.rules import Rules
from maild.policy.ticket import State, Ticket
from maild.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a mail is to us."""

    assessment: Assessment
    kind: str
    reference: str | None
    mails: tuple[SendMail, ...]
    routed: Routed | None = None


_KINDS = {
    Kind.NEW: "new",
    Kind.UPDATE: "update",
    Kind.OUTSIDER: "update",
    Kind.NOTE: "update",
    Kind.LINK: "update",
    Kind.UNPROMPTED: "unprompted",
    Kind.PERSON: "ignored",
    Kind.BOUNCE: "ignored",
    Kind.LOOK: "ignored",
    Kind.BLOCKED: "ignored",
    Kind.IGNORED: "ignored",
}


def foresee(reading: Reading, envelope: Envelope, rules: Rules, keyring: Keyring, found: Found | None, now: datetime) -> Foresight:
    """Return what the mail is to us. Without ``found`` (no store) a well-formed reference is known, and its sender a participant."""
    known = found if found is not None else suppose(reading, envelope, rules, now)
    assessment = assess(reading, envelope, known, rules, keyring)
    kind = "ignored" if reading.verdict.kind != "human" else _KINDS[assessment.kind]
    reference = assessment.ticket.reference if assessment.ticket is not None else next(iter(assessment.linked), None)
    mails, routed = _outcome(reading, envelope, assessment, rules, now)
    return Foresight(assessment=assessment, kind=kind, reference=reference, mails=mails, routed=routed)


def _outcome(
    reading: Reading, envelope: Envelope, assessment: Assessment, rules: Rules, now: datetime
) -> tuple[tuple[SendMail, ...], Routed | None]:
    """Return the mails that the decision would send, caps apart, and the route that the ticket would take."""
    if assessment.kind is Kind.UNPROMPTED:
        return ((notice(reading),) if assessment.answerable else ()), None
    case = Case(reading=reading, envelope=envelope, assessment=assessment, mail_id="", answerable=assessment.answerable)
    new = assessment.kind is Kind.NEW
    event = opening(case, rules, ticket_id="supposed", number=0, reference="") if new else update(case, rules)
    if event is None:
        return (), None
    decision = decide(None if new else assessment.ticket, event, now=now, rules=rules)
    told = any(isinstance(effect, TellTeam) for effect in decision.effects)
    team = rules.teams.team(decision.ticket.team)
    mails = [effect for effect in decision.effects if isinstance(effect, SendMail)]
    if told and team.address:
        mails.append(SendMail(template="team", to=team.address, auto_submitted="auto-generated"))
    return tuple(mails), routed(case, None if new else assessment.ticket, rules)


def suppose(reading: Reading, envelope: Envelope, rules: Rules, now: datetime) -> Found:
    """Return tickets as the mail's own references suppose them: open, and its sender's."""
    sender = reading.message.sender.address if reading.message.sender is not None else ""
    numbers = wanted(reading.message, envelope, rules).numbers
    return Found(
        tickets={
            number: Ticket(
                id=f"supposed-{number}",
                number=number,
                reference=format_reference(number, rules.reference),
                version=1,
                requester=sender,
                state=State.IN_PROGRESS,
                received_at=now,
                created_at=now,
                updated_at=now,
            )
            for number in numbers
        }
    )
