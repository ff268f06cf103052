"""The second mail that says the same goes to the first one's ticket (LOOP-2): nobody is answered twice, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

from maild import tokens
from maild.desk.desk import Desk
from maild.policy import folding
from maild.policy.reading import Reading
from maild.policy.ticket import State, Ticket
from maild.store import inbox, tickets
from maild.store.group import Transaction
from maild.store.inbox import InboxRow

OPEN = frozenset({State.NEW, State.IN_PROGRESS, State.AWAITING_USER_INFO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Where a mail goes that says what another said: that mail, its ticket, and whether this is the first to be folded into it."""

    mail_id: str
    ticket: Ticket
    first: bool


def first_of(tx: Transaction, desk: Desk, row: InboxRow, reading: Reading) -> Folded | None:
    """Return the mail of the last 24 hours that said what this one says, while its ticket is open; else note that this one says it.

    A ticket that is resolved takes nothing more: what is said again then is a new request.
    """
    if reading.said is None:
        return None
    at, fingerprint = row.envelope.received_at, tokens.fingerprint(desk.fingerprint_key, reading.said)
    seen = tickets.first_seen(tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=at)
    if seen is None or seen[0] == row.seq:
        return None
    seq, mail_id, seen_at, folded_before = seen
    ticket = _ticket_of(tx, mail_id) if abs(at - seen_at) < folding.SPAN else None
    if ticket is None or ticket.state not in OPEN or ticket.requester != (reading.message.sender and reading.message.sender.address):
        tickets.seen_as(tx, fingerprint, seq=row.seq, mail_id=row.mail_id, at=at, ticketless=False)
        return None
    if not folded_before:
        tickets.seen_as(tx, fingerprint, seq=seq, mail_id=mail_id, at=seen_at, ticketless=True)
    return Folded(mail_id=mail_id, ticket=ticket, first=not folded_before)


def _ticket_of(tx: Transaction, mail_id: str) -> Ticket | None:
    found = inbox.find(tx, mail_id)
    return tickets.by_id(tx, found[5]) if found is not None and found[5] is not None else None
