"""A mail comes in: one transaction from the inbox row to the ticket, its journal, and the mails that go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maild import tokens
from maild.desk import events, outgoing
from maild.desk.apply import apply
from maild.desk.desk import Desk, new_ticket_id
from maild.desk.teams import News
from maild.policy import assess as weighing
from maild.policy.assess import Assessment, Found, Kind, Wanted
from maild.policy.events import Event, MailBounced, SendMail, TellTeam
from maild.policy.machine import decide
from maild.policy.reading import Reading
from maild.policy.recipients import RecipientClass
from maild.policy.reference import format_reference
from maild.policy.ticket import Ticket
from maild.render.context import MailContext
from maild.store import inbox, outbox
from maild.store import tickets as store
from maild.store.group import Transaction


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
    found = find(tx, weighing.wanted(reading.message, row.envelope, desk.rules))
    assessment = weighing.assess(reading, row.envelope, found, desk.rules, desk.keyring)
    if first is not None and not _makes_up_for(first, assessment):
        return _finish(tx, row, reading, Received(disposition="duplicate", reason=first[1]), None, now)
    handler = _Handler(tx, desk, row, reading, assessment, now, waited)
    received, ticket = handler.handle()
    if first is not None or received.disposition in ("answered", "filed"):
        store.seen_as(tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=row.envelope.received_at, ticketless=ticket is None)
    return _finish(tx, row, reading, received, ticket, now)


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


def find(tx: Transaction, looked: Wanted) -> Found:
    """Return the tickets that a mail may belong to, by what was ``wanted`` of it (REF-3)."""
    mails = {}
    for message_id in looked.message_ids:
        number = store.number_of_mail(tx, message_id)
        if number is not None:
            mails[message_id] = number
    numbers = dict.fromkeys((*looked.numbers, *(token.number for *_, token in looked.tokens), *mails.values()))
    loaded = ((number, store.by_number(tx, number)) for number in numbers if number)
    return Found(tickets={number: ticket for number, ticket in loaded if ticket is not None}, mails=mails, looked=looked)


def _finish(tx: Transaction, row: inbox.InboxRow, reading: Reading, received: Received, ticket: Ticket | None, now: datetime) -> Received:
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
        self.sender = reading.message.sender.address if reading.message.sender is not None else ""
        self.case = events.Case(
            reading=reading, envelope=row.envelope, assessment=assessment, mail_id=row.mail_id, answerable=self._may_answer()
        )

    def handle(self) -> tuple[Received, Ticket | None]:
        """Return what became of the mail, and the ticket it stands on."""
        reason = self.assessment.reason
        match self.assessment.kind:
            case Kind.NEW:
                return self._open()
            case Kind.UPDATE:
                return self._update("updated")
            case Kind.OUTSIDER:
                return self._update("updated", "outsider")
            case Kind.LINK:
                return self._update("updated", "link")
            case Kind.NOTE:
                return self._update("filed", reason)
            case Kind.BOUNCE:
                return self._bounce()
            case Kind.UNPROMPTED:
                return self._unprompted()
            case Kind.PERSON:
                return self._forward()
            case Kind.LOOK:
                self._look(reason)
                return Received(disposition="filed", reason=reason), None
            case Kind.IGNORED:
                return Received(disposition="ignored", reason=reason), None

    def _open(self) -> tuple[Received, Ticket]:
        rules = self.desk.rules
        number = self.desk.numbers.take()
        event = events.opening(
            self.case, rules, ticket_id=new_ticket_id(), number=number, reference=format_reference(number, rules.reference)
        )
        return self._decide(None, event, "opened")

    def _update(self, disposition: str, reason: str = "") -> tuple[Received, Ticket]:
        event = events.update(self.case, self.desk.rules)
        assert event is not None
        return self._decide(self.assessment.ticket, event, disposition, reason)

    def _decide(self, ticket: Ticket | None, event: Event, disposition: str, reason: str = "") -> tuple[Received, Ticket]:
        decision = decide(ticket, event, now=self.now, rules=self.desk.rules)
        noted = replace(decision, entry=replace(decision.entry, data={**self._notes(), **decision.entry.data}))
        news = News(sender=self.sender, attachments=self.reading.message.attachments)
        apply(self.tx, self.desk, noted, now=self.now, look=self._look, news=news)
        self._remember(decision.ticket)
        if self.assessment.flagged:
            self._look(self.assessment.flagged)
        queued = any(isinstance(effect, SendMail | TellTeam) for effect in decision.effects)
        return Received(disposition=disposition, reason=reason, reference=decision.ticket.reference, queued=queued), decision.ticket

    def _bounce(self) -> tuple[Received, Ticket | None]:
        """A delivery report on a mail of ours, by signed evidence (BNC-1); what is only late changes nothing."""
        ticket, report, token = self.assessment.ticket, self.reading.message.report, self.assessment.token
        if ticket is None or token is None:
            return Received(disposition="filed", reason="bounce"), None
        if report is not None and report.recipients and not any(recipient.permanent for recipient in report.recipients):
            return self._decide(ticket, events.note(self.case), "filed", "delayed")
        sent = outbox.sent_with(self.tx, ticket.id, token.nonce)
        role, recipient = (sent[0] or sent[1], sent[2]) if sent is not None else ("", "")
        return self._decide(ticket, MailBounced(cause=self.case.cause, role=role, recipient=recipient), "filed", "bounce")

    def _unprompted(self) -> tuple[Received, None]:
        """Mail to the service address that belongs to nothing: kept, and its sender told once a day (SVC-2)."""
        self._look("unprompted")
        if not (self.case.answerable and self._first_today("notice")):
            return Received(disposition="filed", reason="unprompted"), None
        context = MailContext(received_at=self.row.envelope.received_at)
        outgoing.queue(self.tx, self.desk, None, events.notice(self.reading), now=self.now, cause=self.case.cause, context=context)
        return Received(disposition="answered", reason="unprompted", queued=True), None

    def _forward(self) -> tuple[Received, None]:
        """Mail to postmaster or abuse goes to a person, as it came (INT-2)."""
        queued = outgoing.resend(self.tx, self.desk, self.row, inbox.raw_of(self.tx, self.row.seq), now=self.now)
        if not queued:
            self._look("postmaster")
        return Received(disposition="filed", reason="postmaster", queued=queued), None

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
        message_id = self.reading.message.message_id
        if message_id:
            at = self.row.envelope.received_at
            store.remember_mail(self.tx, message_id=message_id, ticket_id=ticket.id, mail_id=self.row.mail_id, direction="in", at=at)

    def _notes(self) -> dict[str, object]:
        """Return what the journal says of how the mail was weighed (REF-3, ACK-3, LOOP-3)."""
        notes: dict[str, object] = {"rules": list(self.reading.verdict.rules)}
        if self.assessment.evidence:
            notes["evidence"] = [f"{piece.source}:{piece.value}{' signed' if piece.signed else ''}" for piece in self.assessment.evidence]
        if not self.case.answerable:
            notes["not_answered"] = "caps" if self.assessment.answerable else "no automatic answer may go to this sender"
        if self.waited:
            notes["did_not_wait_for"] = self.waited
        return notes

    def _may_answer(self) -> bool:
        """Return whether one more automatic answer may go to this sender, and out at all (ACK-3, LOOP-2)."""
        if not self.assessment.answerable:
            return False
        caps = self.desk.rules.caps
        domain = self.sender.rpartition("@")[2]
        per_hour = caps.domain_per_hour.get(domain, caps.sender_per_hour)
        hour, day = outbox.answers_to(self.tx, address=self.sender, now=self.now)
        within = hour < per_hour and (domain in caps.domain_per_hour or day < caps.sender_per_day)
        return within and self.desk.brake.allows(self.now, caps.global_per_minute)

    def _first_today(self, kind: str) -> bool:
        since = self.now - timedelta(days=1)
        return outbox.answers_since(self.tx, address=self.sender, since=since, kind=kind) < self.desk.rules.caps.notices_per_day
