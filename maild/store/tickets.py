"""Tickets, their journal, the Message-IDs that lead to them, and the numbers that make their references (STA-1, STA-2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from maild.errors import TemporaryFailure
from maild.policy.events import JournalEntry
from maild.policy.ticket import Ticket, decode, encode, instant, microseconds
from maild.store.group import Row, Transaction
from maild.store.schema import fingerprints, journal, looks, message_ids, settings, tickets
from maild.store.statement import Statement, columns, word

_p = bindparam
_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: json.dumps makes one each time it has to do anything special


class Conflict(TemporaryFailure):
    """Another decision on the ticket was committed first; decide again on what stands now (STA-2)."""


_BY_NUMBER = Statement(select(tickets.c.data).where(tickets.c.number == _p("which")))
_BY_ID = Statement(select(tickets.c.data).where(tickets.c.id == _p("which")))
_LIST = Statement(select(tickets.c.data).order_by(tickets.c.number))
_ADD = Statement(
    lambda insert: insert(tickets).values(
        **columns(tickets, "number", "id", "version", "state", "requester", "team", "created_at", "updated_at", "data")
    )
)
_SAVE = Statement(
    update(tickets)
    .where(tickets.c.number == _p("which"), tickets.c.version == _p("read_version"))
    .values(
        version=_p("new_version", type_=tickets.c.version.type),
        state=_p("new_state", type_=tickets.c.state.type),
        requester=_p("who", type_=tickets.c.requester.type),
        team=_p("whose", type_=tickets.c.team.type),
        updated_at=_p("at", type_=tickets.c.updated_at.type),
        data=_p("content", type_=tickets.c.data.type),
    )
)
_JOURNAL_ADD = Statement(lambda insert: insert(journal).values(**columns(journal, "ticket_id", "at", "kind", "cause", "data")))
_JOURNAL = Statement(
    select(journal.c.at, journal.c.kind, journal.c.cause, journal.c.data).where(journal.c.ticket_id == _p("which")).order_by(journal.c.id)
)
_JOURNAL_END = Statement(
    select(journal.c.at, journal.c.kind, journal.c.cause)
    .where(journal.c.ticket_id == _p("which"))
    .order_by(journal.c.id.desc())
    .limit(_p("most"))
    .offset(word(0))
)
_JOURNAL_EXTRACT = Statement(
    select(journal.c.at, journal.c.kind, journal.c.cause, journal.c.data)
    .where(journal.c.ticket_id == _p("which"))
    .order_by(journal.c.id.desc())
    .limit(_p("most"))
    .offset(word(0))
)
_MAIL_TICKETS = Statement(
    select(tickets.c.number, tickets.c.requester)
    .select_from(message_ids.join(tickets, tickets.c.id == message_ids.c.ticket_id))
    .where(message_ids.c.message_id == _p("which"))
    .order_by(tickets.c.number)
    .limit(word(200))
    .offset(word(0))
)
_MAIL_ADD = Statement(
    lambda insert: (
        insert(message_ids).values(**columns(message_ids, "message_id", "ticket_id", "mail_id", "direction", "at")).on_conflict_do_nothing()
    )
)
_MAILS = Statement(
    select(message_ids.c.mail_id, message_ids.c.direction, message_ids.c.message_id)
    .where(message_ids.c.ticket_id == _p("which"))
    .order_by(message_ids.c.at)
)
_RESERVE = Statement(
    lambda insert: (
        insert(settings)
        .values(name=_p("name"), value=_p("first"))
        .on_conflict_do_update(
            index_elements=[settings.c.name],
            set_={
                "value": (settings.c.value.cast(tickets.c.number.type) + _p("count", type_=tickets.c.number.type)).cast(
                    settings.c.value.type
                )
            },
        )
        .returning(settings.c.value)
    )
)
_SEEN = Statement(
    lambda insert: (
        insert(fingerprints)
        .values(**columns(fingerprints, "fingerprint", "seq", "mail_id", "seen_at", "ticketless"))
        .on_conflict_do_nothing()
        .returning(fingerprints.c.seq)
    )
)
_SEEN_BY = Statement(
    select(fingerprints.c.seq, fingerprints.c.mail_id, fingerprints.c.seen_at, fingerprints.c.ticketless).where(
        fingerprints.c.fingerprint == _p("which")
    )
)
_SEEN_AGAIN = Statement(
    update(fingerprints)
    .where(fingerprints.c.fingerprint == _p("which"))
    .values(
        seq=_p("new_seq", type_=fingerprints.c.seq.type),
        mail_id=_p("who", type_=fingerprints.c.mail_id.type),
        seen_at=_p("at", type_=fingerprints.c.seen_at.type),
        ticketless=_p("without", type_=fingerprints.c.ticketless.type),
    )
)
_LOOK_ADD = Statement(
    lambda insert: insert(looks).values(**columns(looks, "mail_id", "sender", "rcpt_to", "reason", "reference", "received_at"))
)
_LOOKS = Statement(
    select(looks.c.id, looks.c.mail_id, looks.c.sender, looks.c.rcpt_to, looks.c.reason, looks.c.reference, looks.c.received_at).order_by(
        looks.c.id
    )
)
_LOOKED = Statement(delete(looks).where(looks.c.id == _p("which")))


def by_number(tx: Transaction, number: int) -> Ticket | None:
    """Return the ticket with this number, or None."""
    row = tx.one(_BY_NUMBER, which=number)
    return decode(json.loads(row[0])) if row else None


def by_id(tx: Transaction, ticket_id: str) -> Ticket | None:
    """Return the ticket with this random id, or None."""
    row = tx.one(_BY_ID, which=ticket_id)
    return decode(json.loads(row[0])) if row else None


def every(tx: Transaction) -> list[Ticket]:
    """Return every ticket, for the command line."""
    return [decode(json.loads(row[0])) for row in tx.all(_LIST)]


def save(tx: Transaction, ticket: Ticket, entry: JournalEntry, *, at: datetime) -> None:
    """Keep the ticket and its journal entry, together or not at all (SPEC 1).

    Raises:
        Conflict: the version that was decided on is no longer the stored one (STA-2).
    """
    # The first entry of a journal sets every field (STA-1).
    content = entry.data["set"] if ticket.version == 1 and "set" in entry.data else encode(ticket)
    row = _columns(ticket, content)
    if ticket.version == 1:
        tx.run(_ADD, number=ticket.number, id=ticket.id, created_at=microseconds(ticket.created_at), **row)
    else:
        changed = tx.run(
            _SAVE,
            which=ticket.number,
            read_version=ticket.version - 1,
            new_version=ticket.version,
            new_state=row["state"],
            who=row["requester"],
            whose=row["team"],
            at=row["updated_at"],
            content=row["data"],
        )
        if changed != 1:
            raise Conflict(f"{ticket.reference} was changed meanwhile")
    write_journal(tx, ticket.id, entry, at=at)


def write_journal(tx: Transaction, ticket_id: str, entry: JournalEntry, *, at: datetime) -> None:
    """Append one entry to a ticket's journal."""
    data = _json(entry.data)
    tx.run(_JOURNAL_ADD, ticket_id=ticket_id, at=microseconds(at), kind=entry.kind, cause=entry.cause, data=data)


def journal_of(tx: Transaction, ticket_id: str) -> list[tuple[datetime, str, str, dict[str, Any]]]:
    """Return (at, kind, cause, data) of each entry, oldest first."""
    return [(instant(at), kind, cause, json.loads(data)) for at, kind, cause, data in tx.all(_JOURNAL, which=ticket_id)]


def journal_end(tx: Transaction, ticket_id: str, most: int) -> list[tuple[datetime, str, str]]:
    """Return (at, kind, cause) of the last entries, at most ``most``, oldest first: its cost does not grow with the journal."""
    return [(instant(at), kind, cause) for at, kind, cause in reversed(tx.all(_JOURNAL_END, which=ticket_id, most=most))]


def journal_extract(tx: Transaction, ticket_id: str, most: int) -> list[tuple[datetime, JournalEntry]]:
    """Return the last entries, at most ``most``, oldest first, with when each was made."""
    rows = reversed(tx.all(_JOURNAL_EXTRACT, which=ticket_id, most=most))
    return [(instant(at), JournalEntry(kind=kind, cause=cause, data=json.loads(data))) for at, kind, cause, data in rows]


def tickets_of_mail(tx: Transaction, message_id: str) -> list[tuple[int, str]]:
    """Return (number, requester) of the tickets that mails accepted under this Message-ID belong to, oldest first, at most 200 (REF-3)."""
    return [(int(number), requester) for number, requester in tx.all(_MAIL_TICKETS, which=message_id)]


def remember_mail(tx: Transaction, *, message_id: str, ticket_id: str, mail_id: str, direction: str, at: datetime) -> None:
    """Remember that a Message-ID belongs to a ticket."""
    tx.run(_MAIL_ADD, message_id=message_id, ticket_id=ticket_id, mail_id=mail_id, direction=direction, at=microseconds(at))


def mails_of(tx: Transaction, ticket_id: str) -> list[Row]:
    """Return (mail id, direction, Message-ID) of the mails that a ticket got."""
    return tx.all(_MAILS, which=ticket_id)


def reserve_numbers(tx: Transaction, count: int) -> range:
    """Return ``count`` ticket numbers that nobody else ever gets; those not used are skipped (SPEC 1)."""
    row = tx.one(_RESERVE, name="next_number", first=str(count + 1), count=count)
    assert row is not None
    end = int(row[0])
    return range(end - count, end)


def first_seen(tx: Transaction, fingerprint: bytes, *, seq: int, mail_id: str, at: datetime) -> tuple[int, str, datetime, bool] | None:
    """Return None where the mail is seen for the first time, else (seq, mail id, when, ticketless) of the first (INT-8)."""
    if tx.one(_SEEN, fingerprint=fingerprint, seq=seq, mail_id=mail_id, seen_at=microseconds(at), ticketless=0) is not None:
        return None
    row = tx.one(_SEEN_BY, which=fingerprint)
    assert row is not None
    return row[0], row[1], instant(row[2]), bool(row[3])


def seen_as(tx: Transaction, fingerprint: bytes, *, seq: int, mail_id: str, at: datetime, ticketless: bool) -> None:
    """Let the fingerprint stand for this mail, and note whether it was decided without a ticket."""
    tx.run(_SEEN_AGAIN, which=fingerprint, new_seq=seq, who=mail_id, at=microseconds(at), without=int(ticketless))


def need_a_look(
    tx: Transaction, *, mail_id: str, sender: str, rcpt_to: Iterable[str], reason: str, reference: str | None, received_at: datetime
) -> None:
    """Put a mail on the needs-a-look list (STA-3)."""
    to = ", ".join(rcpt_to)
    tx.run(
        _LOOK_ADD,
        mail_id=mail_id,
        sender=sender,
        rcpt_to=to,
        reason=reason,
        reference=reference,
        received_at=microseconds(received_at),
    )


def needing_a_look(tx: Transaction) -> list[Row]:
    """Return (id, mail id, sender, rcpt_to, reason, reference, received_at) of the needs-a-look list."""
    return tx.all(_LOOKS)


def looked_at(tx: Transaction, look_id: int) -> bool:
    """Return whether the entry was on the list; it is not any more."""
    return tx.run(_LOOKED, which=look_id) == 1


def _columns(ticket: Ticket, content: object) -> dict[str, Any]:
    return {
        "version": ticket.version,
        "state": ticket.state.value,
        "requester": ticket.requester,
        "team": ticket.team,
        "updated_at": microseconds(ticket.updated_at),
        "data": _json(content),
    }
