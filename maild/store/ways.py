"""The ways of mails through the store, for ``maild trace``: found by any of their names, each by an index (OPS-10)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from maild.store.group import Row, Transaction
from maild.store.schema import attempts, inbox, journal, outbox, tickets
from maild.store.statement import Statement

_p = bindparam


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIn:
    """An accepted mail, what became of it, and the ids of the mails that it caused. Instants are as the store keeps them."""

    mail_id: str
    message_id: str
    mail_from: str | None
    rcpt_to: tuple[str, ...]
    source: str
    size: int
    received_at: int
    state: str
    attempts: int
    disposition: str | None
    reason: str | None
    reference: str | None
    done_at: int | None
    journal: tuple[tuple[int, str], ...]
    caused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOut:
    """A mail of ours with every attempt that is known: (at, outcome, the relay's reply)."""

    mail_id: str
    message_id: str
    template: str
    rcpt_to: str
    reference: str | None
    cause: str | None
    created_at: int
    state: str
    tries: int
    attempts: tuple[tuple[int, str, str], ...]
    queue_id: str | None
    next_at: int
    settled_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The mails in and out that a name leads to."""

    mails_in: tuple[MailIn, ...]
    mails_out: tuple[MailOut, ...]


_IN = (
    inbox.c.mail_id,
    inbox.c.message_id,
    inbox.c.mail_from,
    inbox.c.rcpt_to,
    inbox.c.source,
    inbox.c.size,
    inbox.c.received_at,
    inbox.c.state,
    inbox.c.attempts,
    inbox.c.disposition,
    inbox.c.reason,
    inbox.c.ticket_id,
    inbox.c.done_at,
)
_OUT = (
    outbox.c.id,
    outbox.c.mail_id,
    outbox.c.message_id,
    outbox.c.template,
    outbox.c.rcpt_to,
    outbox.c.reference,
    outbox.c.cause,
    outbox.c.created_at,
    outbox.c.state,
    outbox.c.attempts,
    outbox.c.reply,
    outbox.c.queue_id,
    outbox.c.next_at,
    outbox.c.settled_at,
)
_IN_BY_ID = Statement(select(*_IN).where(inbox.c.mail_id == _p("which")))
_IN_BY_MESSAGE_ID = Statement(select(*_IN).where(inbox.c.message_id == _p("which")).order_by(inbox.c.seq))
_OUT_BY_ID = Statement(select(*_OUT).where(outbox.c.mail_id == _p("which")))
_OUT_BY_MESSAGE_ID = Statement(select(*_OUT).where(outbox.c.message_id == _p("which")).order_by(outbox.c.id))
_OUT_BY_QUEUE_ID = Statement(select(*_OUT).where(outbox.c.queue_id == _p("which")).order_by(outbox.c.id))
_OUT_OF_TICKET = Statement(select(*_OUT).where(outbox.c.ticket_id == _p("which")).order_by(outbox.c.id))
_OUT_OF_NONE = Statement(
    select(outbox.c.mail_id).where(outbox.c.ticket_id.is_(None), outbox.c.cause == _p("because")).order_by(outbox.c.id)
)
_CAUSED = Statement(
    select(outbox.c.mail_id).where(outbox.c.ticket_id == _p("which"), outbox.c.cause == _p("because")).order_by(outbox.c.id)
)
_ATTEMPTS = Statement(
    select(attempts.c.at, attempts.c.outcome, attempts.c.reply).where(attempts.c.outbox_id == _p("which")).order_by(attempts.c.id)
)
_JOURNAL = Statement(
    select(journal.c.at, journal.c.kind).where(journal.c.ticket_id == _p("which"), journal.c.cause == _p("because")).order_by(journal.c.id)
)
_CAUSES = Statement(select(journal.c.cause).where(journal.c.ticket_id == _p("which")).order_by(journal.c.id))
_TICKET = Statement(select(tickets.c.id).where(tickets.c.number == _p("which")))
_NUMBERED = Statement(select(tickets.c.data).where(tickets.c.id == _p("which")))


def of_mail(tx: Transaction, name: str) -> Way:
    """Return what an id of ours, a Message-ID with or without its brackets, or a queue id of the relay leads to.

    For a mail out that a mail in caused, and the other way round, both are returned.
    """
    bracketed = name if name.startswith("<") else f"<{name}>"
    mails_in = [*tx.all(_IN_BY_ID, which=name), *_by_either(tx, _IN_BY_MESSAGE_ID, name, bracketed)]
    mails_out = [*tx.all(_OUT_BY_ID, which=name), *_by_either(tx, _OUT_BY_MESSAGE_ID, name, bracketed)]
    mails_out = mails_out or tx.all(_OUT_BY_QUEUE_ID, which=name)
    ways_in = [_mail_in(tx, row) for row in mails_in]
    caused = [row for mail in ways_in for mail_id in mail.caused for row in tx.all(_OUT_BY_ID, which=mail_id)]
    causes = [row for out in mails_out for row in _cause(tx, out)]
    return Way(
        mails_in=tuple(ways_in) or tuple(_mail_in(tx, row) for row in _once(causes)), mails_out=_mails_out(tx, [*mails_out, *caused])
    )


def of_ticket(tx: Transaction, number: int) -> Way:
    """Return every mail in and out of a ticket."""
    found = tx.one(_TICKET, which=number)
    if found is None:
        return Way(mails_in=(), mails_out=())
    causes = dict.fromkeys(cause for (cause,) in tx.all(_CAUSES, which=found[0]) if cause.startswith("mail:"))
    rows = [row for cause in causes for row in tx.all(_IN_BY_ID, which=cause.removeprefix("mail:"))]
    return Way(mails_in=tuple(_mail_in(tx, row) for row in rows), mails_out=_mails_out(tx, tx.all(_OUT_OF_TICKET, which=found[0])))


def _by_either(tx: Transaction, statement: Statement, name: str, bracketed: str) -> list[Row]:
    return [row for each in dict.fromkeys((name, bracketed)) for row in tx.all(statement, which=each)]


def _cause(tx: Transaction, out: Row) -> list[Row]:
    cause = out[6] or ""
    return tx.all(_IN_BY_ID, which=cause.removeprefix("mail:")) if cause.startswith("mail:") else []


def _once(rows: Iterable[Row]) -> list[Row]:
    return list({row[0]: row for row in rows}.values())


def _mail_in(tx: Transaction, row: Row) -> MailIn:
    mail_id, ticket_id, because = row[0], row[11], f"mail:{row[0]}"
    found = tx.one(_NUMBERED, which=ticket_id) if ticket_id is not None else None
    caused = tx.all(_CAUSED, which=ticket_id, because=because) if ticket_id is not None else tx.all(_OUT_OF_NONE, because=because)
    return MailIn(
        mail_id=mail_id,
        message_id=row[1],
        mail_from=row[2],
        rcpt_to=tuple(json.loads(row[3])),
        source=row[4],
        size=row[5],
        received_at=row[6],
        state=row[7],
        attempts=row[8],
        disposition=row[9],
        reason=row[10],
        reference=json.loads(found[0])["reference"] if found else None,
        done_at=row[12],
        journal=tuple((at, kind) for at, kind in tx.all(_JOURNAL, which=ticket_id, because=because)),
        caused=tuple(mail for (mail,) in caused),
    )


def _mails_out(tx: Transaction, rows: list[Row]) -> tuple[MailOut, ...]:
    return tuple(_mail_out(tx, row) for row in {row[0]: row for row in rows}.values())


def _mail_out(tx: Transaction, row: Row) -> MailOut:
    known = [(at, outcome, reply) for at, outcome, reply in tx.all(_ATTEMPTS, which=row[0])]
    if row[8] == "delivered" and not known:  # the first attempt, when it succeeds, is written nowhere but in its row
        known.append((row[13], "delivered", row[10]))
    return MailOut(
        mail_id=row[1],
        message_id=row[2],
        template=row[3],
        rcpt_to=row[4],
        reference=row[5],
        cause=row[6],
        created_at=row[7],
        state=row[8],
        tries=row[9],
        attempts=tuple(known),
        queue_id=row[11],
        next_at=row[12],
        settled_at=row[13],
    )
