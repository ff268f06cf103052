"""Outgoing mails as rows with final bytes; attempts committed before they connect, settled by their outcome (OUT-1, OUT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, null, or_, select, update

from maild.policy.ticket import microseconds
from maild.store.group import Row, Transaction
from maild.store.schema import answers, attempts, outbox
from maild.store.statement import Statement, columns, word

_p = bindparam
PEOPLE, ANSWERS, REMINDERS = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A mail about to be written to the outbox. ``role`` says what its delivery means to the ticket (``rfi:2``, ``resolution:1``).

    ``cause`` names what it was written for, as the journal does (``mail:M…``).
    """

    mail_id: str
    ticket_id: str | None
    reference: str | None
    template: str
    envelope_from: str
    rcpt_to: str
    priority: int
    message_id: str
    nonce: str
    smtputf8: bool
    data: bytes
    role: str | None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A mail that this courier may send now, once, until its lease ends."""

    id: int
    mail_id: str
    ticket_id: str | None
    reference: str | None
    template: str
    envelope_from: str
    rcpt_to: str
    message_id: str
    smtputf8: bool
    data: bytes
    role: str | None
    attempts: int
    created_at: int
    unsettled: int
    dead: bool = False  # its address has bounced too often: it is not sent (BNC-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail of ours, as a report on it names it."""

    id: int
    mail_id: str
    ticket_id: str | None
    role: str
    template: str
    rcpt_to: str
    nonce: str


_ADD = Statement(
    lambda insert: insert(outbox).values(
        **columns(
            outbox,
            "mail_id",
            "ticket_id",
            "reference",
            "template",
            "envelope_from",
            "rcpt_to",
            "lane",
            "priority",
            "message_id",
            "nonce",
            "smtputf8",
            "data",
            "role",
            "cause",
            "created_at",
            "next_at",
        ),
        state=word("queued"),
        attempts=word(0),
        unsettled=word(0),
    )
)
_earlier = outbox.alias("earlier")
_BLOCKED = exists(
    select(_earlier.c.id).where(
        _earlier.c.lane == outbox.c.lane, _earlier.c.id < outbox.c.id, _earlier.c.state.in_([word("queued"), word("sending"), word("held")])
    )
)
_CANDIDATES = Statement(
    lambda insert: (
        select(
            outbox.c.id,
            outbox.c.mail_id,
            outbox.c.ticket_id,
            outbox.c.reference,
            outbox.c.template,
            outbox.c.envelope_from,
            outbox.c.rcpt_to,
            outbox.c.message_id,
            outbox.c.smtputf8,
            outbox.c.data,
            outbox.c.role,
            outbox.c.attempts,
            outbox.c.created_at,
            outbox.c.state,
            outbox.c.unsettled,
        )
        .where(
            outbox.c.state.in_([word("queued"), word("sending")]),
            outbox.c.priority == _p("rank"),
            outbox.c.next_at <= _p("now"),
            or_(outbox.c.state == word("queued"), outbox.c.lease_until <= _p("seconds")),
            ~_BLOCKED,
        )
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(_p("count"))
        .offset(word(0))
        .with_for_update(skip_locked=True)
    )
)
_ATTEMPT = Statement(
    update(outbox)
    .where(outbox.c.id == _p("which"))
    .values(
        state=word("sending"),
        attempts=outbox.c.attempts + word(1),
        unsettled=outbox.c.unsettled + _p("again", type_=outbox.c.unsettled.type),
        owner=_p("who", type_=outbox.c.owner.type),
        lease_until=_p("until", type_=outbox.c.lease_until.type),
    )
)
_UNCERTAIN = Statement(
    update(outbox)
    .where(outbox.c.id == _p("which"))
    .values(state=word("uncertain"), owner=null(), lease_until=null(), settled_at=_p("at", type_=outbox.c.settled_at.type))
)
_SETTLE = Statement(
    update(outbox)
    .where(outbox.c.id == _p("which"), outbox.c.state == word("sending"), outbox.c.owner == _p("who"))
    .values(
        state=_p("outcome", type_=outbox.c.state.type),
        next_at=_p("next", type_=outbox.c.next_at.type),
        settled_at=_p("at", type_=outbox.c.settled_at.type),
        reply=_p("words", type_=outbox.c.reply.type),
        queue_id=_p("their_id", type_=outbox.c.queue_id.type),
        unsettled=outbox.c.unsettled + _p("lost", type_=outbox.c.unsettled.type),
        owner=null(),
        lease_until=null(),
    )
)
_RELEASE = Statement(
    update(outbox)
    .where(outbox.c.state.in_([word("queued"), word("sending")]), outbox.c.state == word("sending"), outbox.c.owner != _p("who"))
    .values(lease_until=word(0))
)
_ATTEMPT_ADD = Statement(lambda insert: insert(attempts).values(**columns(attempts, "outbox_id", "at", "outcome", "reply")))
_LIST = Statement(
    select(
        outbox.c.id,
        outbox.c.mail_id,
        outbox.c.reference,
        outbox.c.template,
        outbox.c.rcpt_to,
        outbox.c.message_id,
        outbox.c.state,
        outbox.c.attempts,
        outbox.c.next_at,
        outbox.c.reply,
        outbox.c.unsettled,
    )
    .where(or_(_p("everything", type_=outbox.c.id.type) == word(1), outbox.c.state.not_in([word("delivered"), word("dropped")])))
    .order_by(outbox.c.id)
)
_WAITING = Statement(select(func.count()).select_from(outbox).where(outbox.c.state.in_([word("queued"), word("sending")])))
_NEXT = Statement(select(func.min(outbox.c.next_at)).where(outbox.c.state.in_([word("queued"), word("sending")])))
_OF_TICKET = Statement(
    select(outbox.c.mail_id, outbox.c.message_id, outbox.c.template, outbox.c.state)
    .where(outbox.c.ticket_id == _p("which"))
    .order_by(outbox.c.id)
)
_SENT = (outbox.c.id, outbox.c.mail_id, outbox.c.ticket_id, outbox.c.role, outbox.c.template, outbox.c.rcpt_to, outbox.c.nonce)
_BY_MESSAGE_ID = Statement(select(*_SENT).where(outbox.c.message_id == _p("which")))
_ANSWERS = Statement(
    select(func.count())
    .select_from(answers)
    .where(answers.c.address == _p("who"), answers.c.kind == _p("what"), answers.c.at > _p("since"))
)
_SENT_WITH = Statement(select(*_SENT).where(outbox.c.ticket_id == _p("which"), outbox.c.nonce == _p("token")))
_BOUNCED = Statement(
    select(attempts.c.id).where(attempts.c.outbox_id == _p("which"), attempts.c.outcome == word("bounced")).limit(word(1)).offset(word(0))
)


def add(tx: Transaction, mail: NewMail, *, at: datetime) -> None:
    """Queue a mail with its final bytes."""
    tx.run(
        _ADD,
        mail_id=mail.mail_id,
        ticket_id=mail.ticket_id,
        reference=mail.reference,
        template=mail.template,
        envelope_from=mail.envelope_from,
        rcpt_to=mail.rcpt_to,
        lane=f"{mail.ticket_id or mail.mail_id}:{mail.rcpt_to}",
        priority=mail.priority,
        message_id=mail.message_id,
        nonce=mail.nonce,
        smtputf8=int(mail.smtputf8),
        data=mail.data,
        role=mail.role,
        cause=mail.cause,
        created_at=microseconds(at),
        next_at=microseconds(at),
    )


def claim(tx: Transaction, *, owner: str, count: int, lease: float, now: datetime) -> tuple[list[Claim], list[Claim]]:
    """Return (mails to send now, mails found to be uncertain); the attempts are written with the claim (OUT-2).

    A mail whose attempt was never settled is sent once more, with the same bytes; a second such attempt makes it uncertain.
    """
    seconds, at = tx.seconds(), microseconds(now)
    ready: list[Claim] = []
    uncertain: list[Claim] = []
    for rank in (PEOPLE, ANSWERS, REMINDERS):
        if len(ready) >= count:
            break
        for row in tx.all(_CANDIDATES, now=at, seconds=seconds, count=count - len(ready), rank=rank):
            again = int(row[13] == "sending")
            if again and row[14] >= 1:
                tx.run(_UNCERTAIN, which=row[0], at=at)
                uncertain.append(_claim(row))
            else:
                tx.run(_ATTEMPT, which=row[0], again=again, who=owner, until=seconds + lease)
                ready.append(_claim(row))
    return ready, uncertain


def settle(
    tx: Transaction,
    claim_: Claim,
    *,
    owner: str,
    state: str,
    outcome: str,
    reply: str,
    at: datetime,
    next_at: datetime | None = None,
    unsettled: bool = False,
    queue_id: str = "",
) -> bool:
    """Record what became of an attempt; return False where the lease was lost and another courier has it."""
    changed = tx.run(
        _SETTLE,
        which=claim_.id,
        who=owner,
        outcome=state,
        next=microseconds(next_at or at),
        at=None if state == "queued" else microseconds(at),
        words=reply[:500],
        their_id=queue_id or None,
        lost=int(unsettled),
    )
    if changed and (outcome != "delivered" or claim_.attempts):
        tx.run(_ATTEMPT_ADD, outbox_id=claim_.id, at=microseconds(at), outcome=outcome, reply=reply[:500])
    return changed == 1


def release_leases(tx: Transaction, owner: str) -> int:
    """End every other owner's lease: at start, where no other daemon can be alive (STO-2). Return how many."""
    return tx.run(_RELEASE, who=owner)


def listing(tx: Transaction, *, everything: bool) -> list[Row]:
    """Return the rows of the queue, oldest first; delivered ones too with ``everything``."""
    return tx.all(_LIST, everything=int(everything))


def waiting(tx: Transaction) -> int:
    """Return how many mails are queued or being sent."""
    row = tx.one(_WAITING)
    return int(row[0]) if row else 0


def of_ticket(tx: Transaction, ticket_id: str) -> list[Row]:
    """Return (mail id, Message-ID, template, state) of the mails that a ticket sent."""
    return tx.all(_OF_TICKET, which=ticket_id)


def sent(tx: Transaction, message_id: str) -> Sent | None:
    """Return the mail of ours with this Message-ID."""
    return _sent(tx.one(_BY_MESSAGE_ID, which=message_id))


def answers_since(tx: Transaction, *, address: str, since: datetime, kind: str) -> int:
    """Return how many automatic answers of one kind went to ``address`` since then."""
    row = tx.one(_ANSWERS, who=address, what=kind, since=microseconds(since))
    return int(row[0]) if row else 0


def sent_with(tx: Transaction, ticket_id: str, nonce: str) -> Sent | None:
    """Return the ticket's mail with this nonce (BNC-1)."""
    return _sent(tx.one(_SENT_WITH, which=ticket_id, token=nonce))


def bounce(tx: Transaction, outbox_id: int, *, at: datetime, reply: str) -> bool:
    """Return whether the mail had not bounced before; it has now, for ``maild trace`` too."""
    if tx.one(_BOUNCED, which=outbox_id) is not None:
        return False
    tx.run(_ATTEMPT_ADD, outbox_id=outbox_id, at=microseconds(at), outcome="bounced", reply=reply)
    return True


def _sent(row: Row | None) -> Sent | None:
    if row is None:
        return None
    return Sent(id=row[0], mail_id=row[1], ticket_id=row[2], role=row[3] or "", template=row[4], rcpt_to=row[5], nonce=row[6])


def _claim(row: Row) -> Claim:
    return Claim(
        id=row[0],
        mail_id=row[1],
        ticket_id=row[2],
        reference=row[3],
        template=row[4],
        envelope_from=row[5],
        rcpt_to=row[6],
        message_id=row[7],
        smtputf8=bool(row[8]),
        data=bytes(row[9]),
        role=row[10],
        attempts=row[11],
        created_at=row[12],
        unsettled=row[14] + (row[13] == "sending"),
    )
