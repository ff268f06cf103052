"""A desk on a real store for tests: mails come in, and what goes out is read as its recipients would."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sqlalchemy import select

from maild.desk import mails
from maild.desk.apply import apply
from maild.desk.desk import Desk, new_mail_id
from maild.mail.envelope import Envelope
from maild.mail.survey import trace
from maild.policy.events import Event
from maild.policy.machine import decide
from maild.policy.reader import read
from maild.policy.rules import Rules
from maild.policy.ticket import Ticket
from maild.render.context import Contacts
from maild.render.renderer import Renderer
from maild.store import inbox, tickets
from maild.store.database import Engine, run_once
from maild.store.group import Transaction
from maild.store.schema import outbox
from maild.store.statement import Statement
from maild.tokens import Key, Keyring
from tests.policy.helpdesk import ALICE, NOW, RULES

KEYRING = Keyring(keys=(Key(id="k1", secret=b"1" * 32),))
_SENT = Statement(select(outbox.c.template, outbox.c.rcpt_to, outbox.c.envelope_from, outbox.c.data).order_by(outbox.c.id))


@dataclass(slots=True)
class ManualClock:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at

    def monotonic(self) -> float:
        """Return the same as seconds."""
        return self.at.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail in the outbox."""

    template: str
    to: str
    envelope_from: str
    message: EmailMessage

    @property
    def text(self) -> str:
        """Return the plain text as a person reads it."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""


@dataclass(slots=True)
class House:
    """A helpdesk."""

    engine: Engine
    rules: Rules = RULES
    clock: ManualClock = field(default_factory=ManualClock)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        renderer = Renderer(zone=ZoneInfo("Europe/London"), contacts=Contacts(name="The helpdesk", helpdesk="helpdesk@helpdesk.example"))
        self.desk = Desk(rules=self.rules, keyring=KEYRING, fingerprint_key=b"f" * 32, renderer=renderer, clock=self.clock)
        self.desk.numbers.add(run_once(self.engine, tickets.reserve_numbers, 200))

    def configure(self, **changes: object) -> None:
        """Change rules by their name."""
        self.rules = self.desk.rules = replace(self.rules, **changes)  # type: ignore[arg-type]  # the rules' own fields

    def accept(self, raw: bytes, *, to: tuple[str, ...] = ("helpdesk@helpdesk.example",), mail_from: str | None = ALICE) -> inbox.InboxRow:
        """Return the inbox row of an accepted mail."""
        envelope = Envelope(mail_from=mail_from, rcpt_to=to, source="smtp", received_at=self.clock.now())
        seen = trace(raw[:65536])
        mail_id = new_mail_id()
        arrival = inbox.Arrival(
            mail_id=mail_id,
            envelope=envelope,
            size=len(raw),
            sender_key=seen.sender_key or mail_id,
            message_id=seen.message_id,
            answers=seen.answers,
        )
        run_once(self.engine, inbox.add, arrival, lambda: iter((raw,)))
        return run_once(self.engine, inbox.pending, 0, 1000)[-1]

    def process(self, row: inbox.InboxRow) -> mails.Received:
        """Return what became of an accepted mail."""
        raw = run_once(self.engine, inbox.raw_of, row.seq)
        return run_once(self.engine, mails.receive, self.desk, row, read(raw, row.envelope, self.rules))

    def mail(self, raw: bytes, *, to: tuple[str, ...] = ("helpdesk@helpdesk.example",), mail_from: str | None = ALICE) -> mails.Received:
        """Return what becomes of a mail."""
        return self.process(self.accept(raw, to=to, mail_from=mail_from))

    def act(self, event: Event, number: int = 0) -> Ticket:
        """Return a ticket, the first one by default, after it has decided on an event as a command would have it."""
        now, before = self.clock.now(), self.tickets()[number]
        decision = decide(before, event, now=now, rules=self.rules)
        run_once(self.engine, lambda tx: apply(tx, self.desk, decision, now=now))
        return decision.ticket

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**span)

    def sent(self) -> list[Sent]:
        """Return every mail in the outbox, oldest first."""
        rows = run_once(self.engine, lambda tx: tx.all(_SENT))
        return [Sent(template=row[0], to=row[1], envelope_from=row[2], message=_parsed(bytes(row[3]))) for row in rows]

    def templates(self) -> list[str]:
        """Return the templates of the mails in the outbox."""
        return [each.template for each in self.sent()]

    def tickets(self) -> list[Ticket]:
        """Return every ticket."""
        return run_once(self.engine, tickets.every)

    def journal(self, number: int = 0) -> list[dict[str, object]]:
        """Return the data of each journal entry of a ticket, the first one's by default."""
        ticket = self.tickets()[number]
        return [data for *_, data in run_once(self.engine, tickets.journal_of, ticket.id)]

    def looks(self) -> list[str]:
        """Return the reasons on the needs-a-look list."""
        return [row[4] for row in run_once(self.engine, tickets.needing_a_look)]

    def count(self) -> dict[str, int]:
        """Return how many mails came to each disposition."""
        found: dict[str, int] = {}
        for _, disposition, _, number in run_once(self.engine, _counts):
            found[disposition] = found.get(disposition, 0) + number
        return found


def _counts(tx: Transaction) -> list[tuple[int, str, str, int]]:
    return inbox.counts(tx, 0)


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
