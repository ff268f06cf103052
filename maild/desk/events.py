"""From a weighed mail to the event that the machine decides on; pure, so that ``explain`` and ``replay`` use the same."""

from __future__ import annotations

from dataclasses import dataclass

from maild.mail.envelope import Envelope
from maild.policy.assess import Assessment, Kind
from maild.policy.assessment import Assessor
from maild.policy.classification.rule import MailClass
from maild.policy.events import (
    Assessed,
    Event,
    MailFacts,
    NoteFiled,
    OutsiderWrote,
    ReopenRequested,
    RequestReceived,
    ResolutionConfirmed,
    SendMail,
    UserWrote,
)
from maild.policy.reading import Reading
from maild.policy.routing import Routed
from maild.policy.rules import Rules
from maild.policy.ticket import Channel, Ticket
from maild.tokens import Purpose

MAX_DESCRIPTION = 20_000
MAX_SUBJECT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail with all that is known of it. ``answerable`` says whether anything automatic may go out, caps counted (ACK-3)."""

    reading: Reading
    envelope: Envelope
    assessment: Assessment
    mail_id: str
    answerable: bool

    @property
    def cause(self) -> str:
        """Return how the journal names this mail."""
        return f"mail:{self.mail_id}"

    @property
    def sender(self) -> str:
        """Return the From address, "" where there is none that can be used."""
        return self.reading.message.sender.address if self.reading.message.sender is not None else ""

    @property
    def sender_name(self) -> str:
        """Return the From name, which is never trusted."""
        return self.reading.message.sender.name if self.reading.message.sender is not None else ""

    @property
    def text(self) -> str:
        """Return what the person wrote now, within bounds."""
        return self.reading.reply.new_text[:MAX_DESCRIPTION]


def opening(case: Case, rules: Rules, *, ticket_id: str, number: int, reference: str) -> RequestReceived:
    """Return the event of a new request by mail."""
    message, assessment = case.reading.message, case.assessment
    domain = case.sender.rpartition("@")[2]
    flags = () if assessment.verified else ("unverified_sender",)
    return RequestReceived(
        cause=case.cause,
        id=ticket_id,
        number=number,
        reference=reference,
        channel=Channel.EMAIL,
        requester=case.sender,
        requester_name=case.sender_name,
        participants=assessment.participants if assessment.verified else (),
        region=rules.regions.by_domain.get(domain, rules.regions.default),
        language=rules.languages.by_domain.get(domain, rules.languages.default),
        subject=message.subject[:MAX_SUBJECT],
        description=case.text,
        received_at=case.envelope.received_at,
        answerable=case.answerable,
        mail=facts(case),
        unreadable=message.unreadable,
        linked=assessment.linked,
        assessed=assessed(case, None, rules),
        flags=flags if case.sender else (*flags, "no_address"),
    )


def update(case: Case, rules: Rules) -> Event | None:
    """Return the event of a mail on an existing ticket, None where the kind of mail is none."""
    match case.assessment.kind:
        case Kind.UPDATE:
            return _user_wrote(case, rules)
        case Kind.OUTSIDER:
            return OutsiderWrote(cause=case.cause, mail=facts(case), text=case.text)
        case Kind.NOTE:
            return note(case)
        case Kind.LINK:
            return _link(case)
        case _:
            return None


def note(case: Case) -> NoteFiled:
    """Return the event of a mail that is only kept."""
    person = case.reading.verdict.kind is MailClass.HUMAN
    return NoteFiled(cause=case.cause, mail=facts(case), text=case.text, why=case.assessment.reason, person=person)


def assessed(case: Case, ticket: Ticket | None, rules: Rules) -> Assessed | None:
    """Return what the MDS says of the ticket after this mail, None where none is configured."""
    return _assess(case, ticket, rules)[0] if rules.mds.fields else None


def routed(case: Case, ticket: Ticket | None, rules: Rules) -> Routed:
    """Return the team that the ticket would go to after this mail, and the rule that says so (AGT-1)."""
    return _assess(case, ticket, rules)[1]


def _assess(case: Case, ticket: Ticket | None, rules: Rules) -> tuple[Assessed, Routed]:
    assessor = Assessor(mds=rules.mds, teams=rules.teams)
    return assessor.assess(case.reading.message, case.reading.extraction, ticket, text=case.text, cause=case.cause)


def notice(reading: Reading) -> SendMail:
    """Return the answer to unprompted mail (SVC-2)."""
    sender = reading.message.sender
    assert sender is not None
    return SendMail(
        template="unprompted", to=sender.address, auto_submitted="auto-replied", kind="notice", answers=reading.message.message_id
    )


def facts(case: Case) -> MailFacts:
    """Return what the machine knows of the mail."""
    message = case.reading.message
    return MailFacts(
        mail_id=case.mail_id,
        message_id=message.message_id,
        references=message.references,
        sender=case.sender,
        sender_name=case.sender_name,
        received_at=case.envelope.received_at,
    )


def _user_wrote(case: Case, rules: Rules) -> UserWrote:
    return UserWrote(
        cause=case.cause,
        mail=facts(case),
        text=case.text,
        substance=not case.reading.thanks or any(not each.inline for each in case.reading.message.attachments),
        answerable=case.answerable,
        unreadable=case.reading.message.unreadable,
        added=case.assessment.participants,
        assessed=assessed(case, case.assessment.ticket, rules),
    )


def _link(case: Case) -> Event:
    """A re-open or confirm token in the subject or recipient of a mail (RES-2)."""
    token = case.assessment.token
    assert token is not None
    number = int(token.nonce) if token.nonce.isdecimal() else 0
    if case.assessment.purpose is Purpose.CONFIRM:
        return ResolutionConfirmed(cause=case.cause, resolution=number)
    return ReopenRequested(cause=case.cause, resolution=number, reason=case.text, mail=facts(case), answerable=case.answerable)
