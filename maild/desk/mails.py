"""A mail comes in: one transaction from the inbox row to the ticket, its journal, and the mails that go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maild import tokens
from maild.desk import outgoing
from maild.desk.apply import apply
from maild.desk.desk import Desk, new_ticket_id
from maild.policy import assess as weighing
from maild.policy.assess import Assessment, Found, Kind
from maild.policy.events import (
    Event,
    MailBounced,
    MailFacts,
    NoteFiled,
    OutsiderWrote,
    ReopenRequested,
    RequestReceived,
    ResolutionConfirmed,
    SendMail,
    UserWrote,
)
from maild.policy.machine import Decision, decide
from maild.policy.reading import Reading
from maild.policy.recipients import RecipientClass
from maild.policy.reference import format_reference
from maild.policy.ticket import Channel, Ticket
from maild.render.context import MailContext
from maild.store import inbox, outbox
from maild.store import tickets as store
from maild.store.group import Transaction
from maild.tokens import Purpose

MAX_DESCRIPTION = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a mail, by the words of INT-11; ``queued`` says whether a mail waits in the outbox because of it."""

    disposition: str
    reason: str = ""
    reference: str = ""
    queued: bool = False


_DONE = Received(disposition="done")
_WITHOUT_IDS = timedelta(hours=1)


def receive(tx: Transaction, desk: Desk, row: inbox.InboxRow, reading: Reading, waited: str = "") -> Received:
    """Return what became of the mail: everything it causes is in this transaction (INT-3).

    ``waited`` says what it did not wait for any longer (INT-12); the journal keeps it.
    """
    if not inbox.unfinished(tx, row.seq):
        return _DONE
    now = desk.now()
    fingerprint = tokens.fingerprint(desk.fingerprint_key, reading.content)
    first = _first(tx, row, reading, fingerprint)
    found = load(tx, desk, row, reading)
    assessment = weighing.assess(reading, row.envelope, found, desk.rules, desk.keyring)
    if first is not None and not _makes_up_for(first, assessment):
        return _finish(tx, row, reading, Received(disposition="duplicate", reason=first[1]), None, now)
    handler = _Handler(tx, desk, row, reading, assessment, now, waited)
    received, ticket = handler.handle()
    if first is not None or received.disposition in ("answered", "filed"):
        store.seen_as(
            tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=row.envelope.received_at, ticketless=ticket is None
        )
    return _finish(tx, row, reading, received, ticket, now)


def quarantine(tx: Transaction, desk: Desk, row: inbox.InboxRow, reason: str) -> None:
    """Put a mail aside with the reason, by a fault of ours; it holds the clock of the ticket that it names (INT-9)."""
    now = desk.now()
    inbox.finish(tx, row.seq, disposition="quarantined", reason=reason, ticket_id=None, sender=row.sender_key, at=now, state="quarantined")


def _first(tx: Transaction, row: inbox.InboxRow, reading: Reading, fingerprint: bytes) -> tuple[int, str, datetime, bool] | None:
    """Return the mail that this one is a copy of, or None (INT-8)."""
    received_at = row.envelope.received_at
    first = store.first_seen(tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=received_at)
    if first is None or first[0] == row.seq:
        return None
    nameless = not reading.message.message_id and reading.message.date is None
    if nameless and abs(received_at - first[2]) > _WITHOUT_IDS:
        store.seen_as(tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=received_at, ticketless=False)
        return None
    return first


def _makes_up_for(first: tuple[int, str, datetime, bool], assessment: Assessment) -> bool:
    """Return whether this copy brings a helpdesk recipient to a mail that made no ticket (INT-8, SVC-3)."""
    return first[3] and assessment.to is RecipientClass.HELPDESK


def load(tx: Transaction, desk: Desk, row: inbox.InboxRow, reading: Reading) -> Found:
    """Return the tickets that the mail may belong to (REF-3)."""
    looked = weighing.wanted(reading, row.envelope, desk.rules)
    mails = {}
    for message_id in looked.message_ids:
        number = store.number_of_mail(tx, message_id)
        if number is not None:
            mails[message_id] = number
    numbers = dict.fromkeys((*looked.numbers, *(token.number for *_, token in looked.tokens), *mails.values()))
    loaded = ((number, store.by_number(tx, number)) for number in numbers if number)
    return Found(tickets={number: ticket for number, ticket in loaded if ticket is not None}, mails=mails)


def _finish(
    tx: Transaction, row: inbox.InboxRow, reading: Reading, received: Received, ticket: Ticket | None, now: datetime
) -> Received:
    sender = reading.message.sender.address if reading.message.sender is not None else ""
    inbox.finish(
        tx,
        row.seq,
        disposition=received.disposition,
        reason=received.reason,
        ticket_id=ticket.id if ticket else None,
        sender=sender,
        at=now,
    )
    return received


class _Handler:
    """One mail on its way to its effects. Lives for one transaction."""

    def __init__(
        self, tx: Transaction, desk: Desk, row: inbox.InboxRow, reading: Reading, assessment: Assessment, now: datetime, waited: str
    ) -> None:
        self.tx, self.desk, self.row, self.reading, self.assessment, self.now, self.waited = tx, desk, row, reading, assessment, now, waited
        self.message = reading.message
        self.sender = reading.message.sender.address if reading.message.sender is not None else ""
        self.cause = f"mail:{row.mail_id}"

    def handle(self) -> tuple[Received, Ticket | None]:
        """Return what became of the mail, and the ticket it stands on."""
        match self.assessment.kind:
            case Kind.NEW:
                return self._open()
            case Kind.UPDATE:
                return self._update(self._user_wrote(), "updated")
            case Kind.OUTSIDER:
                return self._update(OutsiderWrote(cause=self.cause, mail=self._facts(), text=self._text()), "updated", "outsider")
            case Kind.NOTE:
                return self._update(self._note(), "filed", self.assessment.reason)
            case Kind.LINK:
                return self._link()
            case Kind.BOUNCE:
                return self._bounce()
            case Kind.UNPROMPTED:
                return self._unprompted()
            case Kind.PERSON:
                return self._forward()
            case Kind.LOOK:
                self._look(self.assessment.reason)
                return Received(disposition="filed", reason=self.assessment.reason), None
            case Kind.IGNORED:
                return Received(disposition="ignored", reason=self.assessment.reason), None

    # --- a new ticket ---

    def _open(self) -> tuple[Received, Ticket]:
        rules = self.desk.rules
        number = self.desk.numbers.take()
        event = RequestReceived(
            cause=self.cause,
            id=new_ticket_id(),
            number=number,
            reference=format_reference(number, rules.reference),
            channel=Channel.EMAIL,
            requester=self.sender,
            requester_name=self.message.sender.name if self.message.sender is not None else "",
            participants=self.assessment.participants if self.assessment.verified else (),
            region=rules.regions.by_domain.get(self.sender.rpartition("@")[2], rules.regions.default),
            language=outgoing.language_of(self.desk, self.sender),
            subject=self.message.subject[:500],
            description=self._text(),
            received_at=self.row.envelope.received_at,
            answerable=self._may_answer(),
            mail=self._facts(),
            unreadable=self.message.unreadable,
            linked=self.assessment.linked,
            flags=self._flags(),
        )
        decision = decide(None, event, now=self.now, rules=rules)
        self._apply(decision_with(decision, self._notes(event.answerable)))
        self._remember(decision.ticket)
        return Received(disposition="opened", reference=decision.ticket.reference, queued=bool(decision.effects)), decision.ticket

    def _flags(self) -> tuple[str, ...]:
        flags = [] if self.assessment.verified else ["unverified_sender"]
        return tuple(flags + (["no_answer"] if self.sender == "" else []))

    # --- an existing ticket ---

    def _update(self, event: Event, disposition: str, reason: str = "") -> tuple[Received, Ticket]:
        ticket = self.assessment.ticket
        assert ticket is not None
        decision = decide(ticket, event, now=self.now, rules=self.desk.rules)
        self._apply(decision_with(decision, self._notes(self.assessment.answerable)))
        self._remember(decision.ticket)
        if self.assessment.flagged:
            self._look(self.assessment.flagged)
        queued = any(isinstance(effect, SendMail) for effect in decision.effects)
        return Received(disposition=disposition, reason=reason, reference=ticket.reference, queued=queued), decision.ticket

    def _user_wrote(self) -> UserWrote:
        return UserWrote(
            cause=self.cause,
            mail=self._facts(),
            text=self._text(),
            substance=not self.reading.thanks,
            answerable=self._may_answer(),
            unreadable=self.message.unreadable,
            added=self.assessment.participants,
        )

    def _note(self) -> NoteFiled:
        person = self.reading.verdict.kind == "human"
        return NoteFiled(cause=self.cause, mail=self._facts(), text=self._text(), why=self.assessment.reason, person=person)

    def _link(self) -> tuple[Received, Ticket]:
        """A re-open or confirm token in the subject or recipient of a mail (RES-2)."""
        token = self.assessment.token
        assert token is not None
        number = int(token.nonce) if token.nonce.isdecimal() else 0
        if self.assessment.purpose is Purpose.CONFIRM:
            return self._update(ResolutionConfirmed(cause=self.cause, resolution=number), "updated", "confirmed")
        event = ReopenRequested(cause=self.cause, resolution=number, reason=self._text(), mail=self._facts())
        return self._update(event, "updated", "reopen")

    def _bounce(self) -> tuple[Received, Ticket | None]:
        ticket, report = self.assessment.ticket, self.message.report
        if ticket is None:
            return Received(disposition="filed", reason="bounce"), None
        if report is not None and not any(recipient.permanent for recipient in report.recipients):
            return self._update(self._note(), "filed", "delayed")
        recipient = report.recipients[0].address if report is not None and report.recipients else ""
        role = ""
        if self.assessment.token is not None:
            role = outbox.role_of(self.tx, ticket.id, self.assessment.token.nonce) or ""
        return self._update(MailBounced(cause=self.cause, role=role, recipient=recipient), "filed", "bounce")

    # --- no ticket ---

    def _unprompted(self) -> tuple[Received, None]:
        """Mail to the service address that belongs to nothing: kept, and its sender told once a day (SVC-2)."""
        self._look("unprompted")
        if not (self.assessment.answerable and self._within_caps() and self._first_today("notice")):
            return Received(disposition="filed", reason="unprompted"), None
        effect = SendMail(
            template="unprompted", to=self.sender, auto_submitted="auto-replied", kind="notice", answers=self.message.message_id
        )
        outgoing.queue(self.tx, self.desk, None, effect, now=self.now, context=MailContext(received_at=self.row.envelope.received_at))
        return Received(disposition="answered", reason="unprompted", queued=True), None

    def _forward(self) -> tuple[Received, None]:
        """Mail to postmaster or abuse goes to a person, as it came (INT-2)."""
        self._look("postmaster")
        queued = outgoing.resend(self.tx, self.desk, self.row, inbox.raw_of(self.tx, self.row.seq), now=self.now)
        return Received(disposition="filed", reason="postmaster", queued=queued), None

    # --- common ---

    def _apply(self, decision: Decision) -> None:
        apply(self.tx, self.desk, decision, now=self.now, look=self._look)

    def _look(self, reason: str) -> None:
        ticket = self.assessment.ticket
        store.need_a_look(
            self.tx,
            mail_id=self.row.mail_id,
            sender=self.sender,
            rcpt_to=self.row.envelope.rcpt_to,
            reason=reason,
            reference=ticket.reference if ticket else None,
            received_at=self.row.envelope.received_at,
        )

    def _remember(self, ticket: Ticket) -> None:
        if self.message.message_id:
            store.remember_mail(
                self.tx,
                message_id=self.message.message_id,
                ticket_id=ticket.id,
                mail_id=self.row.mail_id,
                direction="in",
                at=self.row.envelope.received_at,
            )

    def _facts(self) -> MailFacts:
        return MailFacts(
            mail_id=self.row.mail_id,
            message_id=self.message.message_id,
            references=self.message.references,
            sender=self.sender,
            sender_name=self.message.sender.name if self.message.sender is not None else "",
            received_at=self.row.envelope.received_at,
        )

    def _text(self) -> str:
        return self.reading.reply.new_text[:MAX_DESCRIPTION]

    def _notes(self, answerable: bool) -> dict[str, object]:
        """Return what the journal says of how the mail was weighed (REF-3, ACK-3, LOOP-3)."""
        notes: dict[str, object] = {"rules": list(self.reading.verdict.rules)}
        if self.assessment.evidence:
            notes["evidence"] = [f"{piece.source}:{piece.value}{' signed' if piece.signed else ''}" for piece in self.assessment.evidence]
        if not answerable:
            notes["not_answered"] = self._why_not()
        if self.waited:
            notes["did_not_wait_for"] = self.waited
        return notes

    def _why_not(self) -> str:
        return "caps" if self.assessment.answerable else "no automatic answer may go to this sender"

    def _may_answer(self) -> bool:
        return self.assessment.answerable and self._within_caps()

    def _within_caps(self) -> bool:
        """Return whether one more automatic answer may go to this sender, and out at all (LOOP-2)."""
        caps = self.desk.rules.caps
        per_hour = caps.domain_per_hour.get(self.sender.rpartition("@")[2], caps.sender_per_hour)
        hour, day = outbox.answers_to(self.tx, address=self.sender, now=self.now)
        listed = self.sender.rpartition("@")[2] in caps.domain_per_hour
        within = hour < per_hour and (listed or day < caps.sender_per_day)
        return within and self.desk.brake.allows(self.now, caps.global_per_minute)

    def _first_today(self, kind: str) -> bool:
        since = self.now - timedelta(days=1)
        return outbox.answers_since(self.tx, address=self.sender, since=since, kind=kind) < self.desk.rules.caps.notices_per_day


def decision_with(decision: Decision, notes: dict[str, object]) -> Decision:
    """Return the decision with notes added to its journal entry."""
    entry = decision.entry
    return replace(decision, entry=replace(entry, data={**notes, **entry.data}))
