"""A mail comes in: one transaction from the inbox row to the ticket, its journal, and the mails that go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maild import tokens
from maild.desk import bounces, caps, events, folding, outgoing
from maild.desk.apply import apply
from maild.desk.desk import Desk, new_ticket_id
from maild.desk.teams import News
from maild.policy import assess as weighing
from maild.policy import namesakes
from maild.policy.assess import Assessment, Found, Kind, Wanted
from maild.policy.classify import AutoKind, MailClass
from maild.policy.events import Event, MailBounced, NoteFiled, SendMail, TellTeam
from maild.policy.machine import decide
from maild.policy.reading import Reading
from maild.policy.recipients import RecipientClass
from maild.policy.reference import format_reference
from maild.policy.ticket import State, Ticket
from maild.render.context import MailContext
from maild.store import correspondents, inbox, outbox
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
_NO_PERSON_S = frozenset({*map(str, AutoKind), "blocked", "bounce", "delayed"})  # reasons of mails that are no person's
_ANSWERED = frozenset({State.RESOLVED, State.CLOSED, State.CANCELLED})  # mail to such a ticket is answered (RES-5, RES-6)


def receive(tx: Transaction, desk: Desk, row: inbox.InboxRow, reading: Reading, waited: str = "") -> Received:
    """Return what became of the mail: everything it causes is in this transaction (INT-3).

    ``waited`` says what it did not wait for any longer (INT-12); the journal keeps it.
    """
    if not inbox.hold(tx, row.seq):
        return _DONE
    now = desk.now()
    fingerprint = tokens.fingerprint(desk.fingerprint_key, reading.content)
    first = _first(tx, row, reading, fingerprint)
    found = find(tx, weighing.wanted(reading.message, row.envelope, desk.rules))
    assessment = weighing.assess(reading, row.envelope, found, desk.rules, desk.keyring)
    if first is not None and not _makes_up_for(tx, first, reading, assessment):
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


def _makes_up_for(tx: Transaction, first: tuple[int, str, datetime, bool], reading: Reading, assessment: Assessment) -> bool:
    """Return whether this copy brings a helpdesk recipient to a mail without a ticket, or a person's word where the first was no person's.

    What makes a mail automatic stands outside the fingerprint: were the first copy's verdict final, whoever sees a mail before us could
    have it ignored by sending it ahead with ``Auto-Submitted`` or ``X-Loop`` (INT-8, SVC-3).
    """
    if first[3] and assessment.to is RecipientClass.HELPDESK:
        return True
    if reading.verdict.kind is not MailClass.HUMAN or assessment.kind is Kind.BLOCKED:
        return False
    known = inbox.find(tx, first[1])
    return known is not None and (known[2] == "ignored" or (known[2] == "filed" and known[3] in _NO_PERSON_S))


def find(tx: Transaction, looked: Wanted) -> Found:
    """Return the tickets that a mail may belong to, by what was ``wanted`` of it (REF-3)."""
    near = {each: namesakes.likely(store.tickets_of_mail(tx, each), looked.sender, looked.to) for each in looked.message_ids}
    by_mail = (number for numbers in near.values() for number in numbers)
    numbers = dict.fromkeys((*looked.numbers, *(token.number for *_, token in looked.tokens), *by_mail))
    loaded = ((number, store.by_number(tx, number)) for number in numbers if number)
    tickets = {number: ticket for number, ticket in loaded if ticket is not None}
    mails = {each: namesakes.meant(numbers, tickets, looked.sender, looked.to) for each, numbers in near.items()}
    return Found(tickets=tickets, mails={each: number for each, number in mails.items() if number is not None}, looked=looked)


def _finish(tx: Transaction, row: inbox.InboxRow, reading: Reading, received: Received, ticket: Ticket | None, now: datetime) -> Received:
    sender = reading.message.sender.address if reading.message.sender is not None else ""
    finished = inbox.finish(
        tx,
        row.seq,
        disposition=received.disposition,
        reason=received.reason,
        ticket_id=ticket.id if ticket else None,
        sender=sender,
        at=now,
    )
    assert finished, "the mail was held, and was finished by somebody else"
    return received


class _Handler:
    """One mail on its way to its effects. Lives for one transaction."""

    def __init__(
        self, tx: Transaction, desk: Desk, row: inbox.InboxRow, reading: Reading, assessment: Assessment, now: datetime, waited: str
    ) -> None:
        self.tx, self.desk, self.row, self.reading, self.assessment, self.now, self.waited = tx, desk, row, reading, assessment, now, waited
        self.sender = reading.message.sender.address if reading.message.sender is not None else ""
        self.folded = folding.first_of(tx, desk, row, reading) if assessment.kind is Kind.NEW else None
        self.held = self._held() if assessment.answerable and self._is_answered() else ""
        answerable = assessment.answerable and not self.held
        self.case = events.Case(reading=reading, envelope=row.envelope, assessment=assessment, mail_id=row.mail_id, answerable=answerable)

    def handle(self) -> tuple[Received, Ticket | None]:
        """Return what became of the mail, and the ticket it stands on."""
        if self.sender and self.reading.verdict.kind is MailClass.HUMAN:
            correspondents.wrote(self.tx, self.sender)
        match self.assessment.kind:
            case Kind.NEW:
                return self._open() if self.folded is None else self._fold(self.folded)
            case Kind.UPDATE:
                return self._update("updated")
            case Kind.OUTSIDER:
                return self._update("updated", "outsider")
            case Kind.LINK:
                return self._update("updated", "link")
            case Kind.NOTE:
                return self._update("filed", self.assessment.reason)
            case Kind.BOUNCE:
                return self._bounce()
            case Kind.UNPROMPTED:
                return self._unprompted()
            case Kind.PERSON:
                return self._forward()
            case Kind.LOOK | Kind.BLOCKED | Kind.IGNORED:
                return self._put_by(), None

    def _put_by(self) -> Received:
        """Return what is said of a mail that belongs to no ticket and is not answered; a person should see some of them."""
        kind, reason = self.assessment.kind, self.assessment.reason
        if kind is Kind.LOOK:
            self._look(reason)
        return Received(disposition="ignored" if kind is Kind.IGNORED else "filed", reason=reason)

    def _open(self) -> tuple[Received, Ticket]:
        rules = self.desk.rules
        number = self.desk.numbers.take()
        event = events.opening(
            self.case, rules, ticket_id=new_ticket_id(), number=number, reference=format_reference(number, rules.reference)
        )
        return self._decide(None, event, "opened")

    def _fold(self, folded: folding.Folded) -> tuple[Received, Ticket]:
        """File a mail that says what another said with that one's ticket; the team is told of the first, and of no flood (LOOP-2)."""
        self.assessment = replace(self.assessment, ticket=folded.ticket)
        person = folded.first and self.reading.verdict.kind is MailClass.HUMAN
        event = NoteFiled(cause=self.case.cause, mail=events.facts(self.case), text="", why="folded", person=person)
        return self._decide(folded.ticket, event, "filed", "folded")

    def _update(self, disposition: str, reason: str = "") -> tuple[Received, Ticket]:
        event = events.update(self.case, self.desk.rules)
        assert event is not None
        return self._decide(self.assessment.ticket, event, disposition, reason)

    def _decide(self, ticket: Ticket | None, event: Event, disposition: str, reason: str = "") -> tuple[Received, Ticket]:
        decision = decide(ticket, event, now=self.now, rules=self.desk.rules)
        noted = replace(decision, entry=replace(decision.entry, data={**self._notes(), **decision.entry.data}))
        message, received_at = self.reading.message, self.row.envelope.received_at
        news = News(sender=self.sender, name=self.case.sender_name, received_at=received_at, attachments=message.attachments)
        apply(self.tx, self.desk, noted, now=self.now, look=self._look, news=news)
        self._remember(decision.ticket)
        if self.assessment.flagged:
            self._look(self.assessment.flagged)
        queued = any(isinstance(effect, SendMail | TellTeam) for effect in decision.effects)
        return Received(disposition=disposition, reason=reason, reference=decision.ticket.reference, queued=queued), decision.ticket

    def _bounce(self) -> tuple[Received, Ticket | None]:
        """A delivery report on a mail of ours, by signed evidence; one on a delay, and a second on one mail, change nothing (BNC-1)."""
        ticket, report, token = self.assessment.ticket, self.reading.message.report, self.assessment.token
        assert token is not None
        reason = "delayed" if self.reading.verdict.reason is AutoKind.DELAY else "bounce"
        charge = self.assessment.by_address
        found = bounces.bounced(self.tx, self.desk, ticket, token, report, self.now, charge=charge) if reason == "bounce" else None
        if found is not None and not found.tell:
            self._look(f"{found.template} undeliverable")
        if ticket is None:
            return Received(disposition="filed", reason=reason), None
        if found is None or not found.tell:
            return self._decide(ticket, events.note(self.case), "filed", reason)
        event = MailBounced(cause=self.case.cause, role=found.role, recipient=found.recipient, why=found.why)
        return self._decide(ticket, event, "filed", reason)

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
            notes["not_answered"] = f"cap: {self.held}" if self.held else "no automatic answer may go to this sender"
        if self.folded is not None:
            notes["says_what_said"] = self.folded.mail_id
        if self.waited:
            notes["did_not_wait_for"] = self.waited
        return notes

    def _is_answered(self) -> bool:
        """Return whether mail of this kind is answered at all: an update is where it cannot be read, or its ticket is no longer open."""
        assessment, ticket = self.assessment, self.assessment.ticket
        if assessment.kind is Kind.UPDATE:
            return bool(self.reading.message.unreadable) or (ticket is not None and ticket.state in _ANSWERED)
        return assessment.kind in (Kind.NEW, Kind.UNPROMPTED) and self.folded is None

    def _held(self) -> str:
        """Return the cap that holds the answer to this mail back, "" where none does (LOOP-2)."""
        need = caps.needed(self.desk.rules) if self.assessment.kind is Kind.NEW else 1
        ticket_id = self.assessment.ticket.id if self.assessment.ticket is not None else ""
        cap = caps.holds(self.tx, self.desk, self.sender, ticket_id=ticket_id, need=need, now=self.now)
        if cap:
            caps.tell(self.desk, cap, self.sender)
        return cap

    def _first_today(self, kind: str) -> bool:
        since = self.now - timedelta(days=1)
        return outbox.answers_since(self.tx, address=caps.key(self.sender), since=since, kind=kind) < self.desk.rules.caps.notices_per_day
