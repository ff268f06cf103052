"""Accepted mails: kept as they came, claimed in order, and finished in the transaction that they cause (INT-3, INT-12)."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, null, or_, select, update

from maild.mail.envelope import Envelope
from maild.policy.ticket import instant, microseconds
from maild.store.group import Row, Transaction
from maild.store.schema import inbox, ledger, raw
from maild.store.statement import Statement, columns, word

DAY = 86_400_000_000
_p = bindparam


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail about to be accepted: its id, envelope, and what a quick scan of its header saw."""

    mail_id: str
    envelope: Envelope
    size: int
    sender_key: str
    message_id: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An accepted mail that is not finished."""

    seq: int
    mail_id: str
    envelope: Envelope
    size: int
    sender_key: str
    message_id: str
    answers: tuple[str, ...]
    attempts: int
    overdue: bool = False  # it has waited for another as long as it may (INT-12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A mail in quarantine; ``ticket_id`` is the ticket whose clock it holds."""

    mail_id: str
    envelope: Envelope
    ticket_id: str | None


_ADD = Statement(
    lambda insert: (
        insert(inbox)
        .values(
            **columns(
                inbox, "mail_id", "mail_from", "rcpt_to", "source", "received_at", "day", "size", "sender_key", "message_id", "answers"
            ),
            state=word("pending"),
            attempts=word(0),
        )
        .returning(inbox.c.seq)
    )
)
_ADD_RAW = Statement(lambda insert: insert(raw).values(**columns(raw, "seq", "part", "data")))
_COUNT = Statement(
    lambda insert: (
        insert(ledger)
        .values(**columns(ledger, "day", "source"), accepted=word(1))
        .on_conflict_do_update(index_elements=[ledger.c.day, ledger.c.source], set_={"accepted": ledger.c.accepted + word(1)})
    )
)
_PENDING = Statement(
    select(
        inbox.c.seq,
        inbox.c.mail_id,
        inbox.c.mail_from,
        inbox.c.rcpt_to,
        inbox.c.source,
        inbox.c.received_at,
        inbox.c.size,
        inbox.c.sender_key,
        inbox.c.message_id,
        inbox.c.answers,
        inbox.c.attempts,
    )
    .where(inbox.c.state == word("pending"), inbox.c.seq > _p("after"))
    .order_by(inbox.c.seq)
    .limit(_p("count"))
    .offset(word(0))
)
_PENDING_SEQS = Statement(
    select(inbox.c.seq).where(inbox.c.state == word("pending")).order_by(inbox.c.seq).limit(_p("count")).offset(word(0))
)
_ATTEMPT = Statement(
    update(inbox)
    .where(
        inbox.c.seq == _p("which"),
        inbox.c.state == word("pending"),
        or_(inbox.c.owner.is_(None), inbox.c.owner == _p("who"), inbox.c.lease_until <= _p("seconds")),
    )
    .values(
        attempts=inbox.c.attempts + word(1),
        owner=_p("who", type_=inbox.c.owner.type),
        lease_until=_p("until", type_=inbox.c.lease_until.type),
    )
    .returning(inbox.c.attempts)
)
_earlier = inbox.alias("earlier")
_BLOCKED = Statement(
    select(_earlier.c.seq)
    .where(_earlier.c.state == word("pending"), _earlier.c.sender_key == _p("sender"), _earlier.c.seq < _p("which"))
    .limit(word(1))
    .offset(word(0))
)
_ANSWERED = Statement(
    select(inbox.c.seq)
    .where(inbox.c.message_id == _p("answered"), inbox.c.state == word("pending"), inbox.c.seq != _p("which"))
    .limit(word(1))
    .offset(word(0))
)
_FREE = Statement(
    update(inbox).where(inbox.c.state == word("pending"), inbox.c.owner != _p("who")).values(owner=null(), lease_until=null())
)
_RAW = Statement(select(raw.c.data).where(raw.c.seq == _p("which")).order_by(raw.c.part))
_RAW_PART = Statement(select(raw.c.data).where(raw.c.seq == _p("which"), raw.c.part == _p("number")))
_STATE = Statement(select(inbox.c.state).where(inbox.c.seq == _p("which")))
_HOLD = Statement(select(inbox.c.state).where(inbox.c.seq == _p("which")).with_for_update())
_FINISH = Statement(
    update(inbox)
    .where(inbox.c.seq == _p("which"), inbox.c.state == word("pending"))
    .values(
        state=_p("new_state", type_=inbox.c.state.type),
        disposition=_p("what", type_=inbox.c.disposition.type),
        reason=_p("why", type_=inbox.c.reason.type),
        ticket_id=_p("ticket", type_=inbox.c.ticket_id.type),
        sender=_p("who", type_=inbox.c.sender.type),
        done_at=_p("at", type_=inbox.c.done_at.type),
    )
)
_AGAIN = Statement(
    update(inbox)
    .where(inbox.c.seq == _p("which"), inbox.c.state == word("pending"))
    .values(attempts=inbox.c.attempts + word(1))
    .returning(inbox.c.attempts)
)
_GIVE_BACK = Statement(
    update(inbox)
    .where(inbox.c.seq == _p("which"), inbox.c.state == word("pending"), inbox.c.owner == _p("who"))
    .values(attempts=inbox.c.attempts - word(1), owner=null(), lease_until=null())
)
_QUARANTINE = Statement(
    select(inbox.c.mail_id, inbox.c.reason, inbox.c.received_at, inbox.c.attempts, inbox.c.seq, inbox.c.size)
    .where(inbox.c.state == word("quarantined"))
    .order_by(inbox.c.seq)
)
_RETRY = Statement(
    update(inbox)
    .where(inbox.c.mail_id == _p("which"), inbox.c.state == word("quarantined"))
    .values(
        state=word("pending"),
        attempts=word(0),
        disposition=null(),
        reason=null(),
        done_at=null(),
        ticket_id=null(),
        owner=null(),
        lease_until=null(),
    )
)
_ASIDE = Statement(
    select(inbox.c.mail_id, inbox.c.mail_from, inbox.c.rcpt_to, inbox.c.source, inbox.c.received_at, inbox.c.ticket_id).where(
        inbox.c.mail_id == _p("which"), inbox.c.state == word("quarantined")
    )
)
_GIVE_UP = Statement(
    update(inbox)
    .where(inbox.c.mail_id == _p("which"), inbox.c.state == word("quarantined"))
    .values(
        state=word("done"),
        disposition=word("ignored"),
        reason=_p("why", type_=inbox.c.reason.type),
        done_at=_p("at", type_=inbox.c.done_at.type),
    )
)
_FIND = Statement(
    select(inbox.c.seq, inbox.c.state, inbox.c.disposition, inbox.c.reason, inbox.c.received_at, inbox.c.ticket_id).where(
        inbox.c.mail_id == _p("which")
    )
)
_BY_DAY = Statement(
    select(inbox.c.day, func.coalesce(inbox.c.disposition, word("pending")), func.coalesce(inbox.c.reason, word("none")), func.count())
    .where(inbox.c.day >= _p("since"))
    .group_by(inbox.c.day, inbox.c.disposition, inbox.c.reason)
)
_LEDGER = Statement(select(ledger.c.day, func.sum(ledger.c.accepted)).where(ledger.c.day >= _p("since")).group_by(ledger.c.day))
_PENDING_COUNT = Statement(select(func.count()).select_from(inbox).where(inbox.c.state == word("pending")))
_OLDEST = Statement(select(func.min(inbox.c.received_at)).where(inbox.c.state == word("pending")))
_LAST = Statement(select(func.max(inbox.c.seq)))
_YOUNGER = Statement(
    select(inbox.c.seq)
    .where(inbox.c.state == word("pending"), inbox.c.seq > _p("behind"), inbox.c.received_at <= _p("at"))
    .limit(word(1))
    .offset(word(0))
)
_PURGE_RAW = Statement(delete(raw).where(raw.c.seq == _p("which")))


def day_of(at: datetime) -> int:
    """Return the UTC day of ``at``, in days since 1970."""
    return microseconds(at) // DAY


def add(tx: Transaction, arrival: Arrival, chunks: Callable[[], Iterator[bytes]]) -> int:
    """Return the sequence number of the mail, kept as it came and counted in the ledger (INT-3, INT-11).

    ``chunks`` is called anew each time the use case runs.
    """
    envelope = arrival.envelope
    day = day_of(envelope.received_at)
    row = tx.one(
        _ADD,
        mail_id=arrival.mail_id,
        mail_from=envelope.mail_from,
        rcpt_to=json.dumps(envelope.rcpt_to),
        source=envelope.source,
        received_at=microseconds(envelope.received_at),
        day=day,
        size=arrival.size,
        sender_key=arrival.sender_key,
        message_id=arrival.message_id,
        answers=json.dumps(arrival.answers),
    )
    assert row is not None
    seq: int = row[0]
    for part, data in enumerate(chunks()):
        tx.run(_ADD_RAW, seq=seq, part=part, data=data)
    tx.run(_COUNT, day=day, source=envelope.source)
    return seq


def pending(tx: Transaction, after: int, count: int) -> list[InboxRow]:
    """Return unfinished mails behind sequence number ``after``, in their order."""
    return [_row(row) for row in tx.all(_PENDING, after=after, count=count)]


def unknown(tx: Transaction, known: Container[int], count: int) -> list[InboxRow]:
    """Return those of the first ``count`` unfinished mails that are not ``known``, in their order.

    A poll mostly finds none: so it asks for numbers first, and for mails only where there is news.
    """
    first = next((row[0] for row in tx.all(_PENDING_SEQS, count=count) if row[0] not in known), None)
    if first is None:
        return []
    return [row for row in pending(tx, first - 1, count) if row.seq not in known]


def attempt(tx: Transaction, rows: tuple[InboxRow, ...], *, owner: str, lease: float, shared: bool) -> dict[int, int]:
    """Return the number of attempts of each mail that is ours to process now, this one counted: written before it is processed (INT-9).

    Where daemons share the store, a mail that another one holds, or that must wait for one it holds, is not ours (INT-12, SCL-2).
    """
    counted: dict[int, int] = {}
    seconds = tx.seconds()
    for row in rows:
        if shared and not row.overdue and _must_wait(tx, row):
            continue
        granted = tx.one(_ATTEMPT, which=row.seq, who=owner, seconds=seconds, until=seconds + lease)
        if granted is not None:
            counted[row.seq] = int(granted[0])
    return counted


def _must_wait(tx: Transaction, row: InboxRow) -> bool:
    if tx.one(_BLOCKED, sender=row.sender_key, which=row.seq) is not None:
        return True
    return any(tx.one(_ANSWERED, answered=answered, which=row.seq) is not None for answered in row.answers)


def free(tx: Transaction, owner: str) -> int:
    """Free every mail that another daemon claimed: at start, where no other can be alive (STO-2). Return how many."""
    return tx.run(_FREE, who=owner)


def count_attempt(tx: Transaction, seq: int) -> int | None:
    """Return the number of attempts with one more counted, None where the mail is finished."""
    row = tx.one(_AGAIN, which=seq)
    return int(row[0]) if row else None


def give_back(tx: Transaction, seqs: tuple[int, ...], owner: str) -> None:
    """Let go what is claimed by ``owner``, an attempt taken off: what failed was the store or the daemon's stop, not the mail (INT-9)."""
    for seq in seqs:
        tx.run(_GIVE_BACK, which=seq, who=owner)


def raw_of(tx: Transaction, seq: int) -> bytes:
    """Return the raw bytes of a mail, b"" when retention has removed them."""
    return b"".join(row[0] for row in tx.all(_RAW, which=seq))


def raws_of(tx: Transaction, seqs: tuple[int, ...]) -> list[bytes]:
    """Return the raw bytes of several mails, in their order."""
    return [raw_of(tx, seq) for seq in seqs]


def raw_part(tx: Transaction, seq: int, number: int) -> bytes | None:
    """Return one chunk of a mail's raw bytes, or None behind the last."""
    row = tx.one(_RAW_PART, which=seq, number=number)
    return None if row is None else bytes(row[0])


def unfinished(tx: Transaction, seq: int) -> bool:
    """Return whether the mail still waits to be processed."""
    return tx.one(_STATE, which=seq) == ("pending",)


def hold(tx: Transaction, seq: int) -> bool:
    """Return whether the mail still waits, and let nobody else finish it before this transaction ends.

    A daemon whose lease ran out may still be at work on the mail: the second one waits here, and finds it done.
    """
    return tx.one(_HOLD, which=seq) == ("pending",)


def finish(
    tx: Transaction, seq: int, *, disposition: str, reason: str, ticket_id: str | None, sender: str, at: datetime, state: str = "done"
) -> bool:
    """Mark the mail done; return False where it was done already."""
    changed = tx.run(
        _FINISH, which=seq, new_state=state, what=disposition, why=reason or None, ticket=ticket_id, who=sender, at=microseconds(at)
    )
    return changed == 1


def quarantined(tx: Transaction) -> list[Row]:
    """Return (mail id, reason, received_at, attempts, seq, size) of every mail in quarantine."""
    return tx.all(_QUARANTINE)


def retry(tx: Transaction, mail_id: str) -> bool:
    """Return whether the mail was in quarantine and is pending again."""
    return tx.run(_RETRY, which=mail_id) == 1


def aside(tx: Transaction, mail_id: str) -> Aside | None:
    """Return what is known of a mail in quarantine, None where it is not there."""
    row = tx.one(_ASIDE, which=mail_id)
    if row is None:
        return None
    envelope = Envelope(mail_from=row[1], rcpt_to=tuple(json.loads(row[2])), source=row[3], received_at=instant(row[4]))
    return Aside(mail_id=row[0], envelope=envelope, ticket_id=row[5])


def give_up(tx: Transaction, mail_id: str, *, reason: str, at: datetime) -> bool:
    """Return whether the mail was in quarantine; it is done, ignored for ``reason``."""
    return tx.run(_GIVE_UP, which=mail_id, why=reason, at=microseconds(at)) == 1


def find(tx: Transaction, mail_id: str) -> Row | None:
    """Return (seq, state, disposition, reason, received_at, ticket id) of a mail."""
    return tx.one(_FIND, which=mail_id)


def counts(tx: Transaction, since_day: int) -> list[Row]:
    """Return (day, disposition, reason, number) of the mails accepted since ``since_day`` (INT-11)."""
    return tx.all(_BY_DAY, since=since_day)


def accepted(tx: Transaction, since_day: int) -> list[Row]:
    """Return (day, number of 250s) from the listeners' own ledger (INT-11)."""
    return tx.all(_LEDGER, since=since_day)


def pending_count(tx: Transaction) -> int:
    """Return how many mails wait."""
    row = tx.one(_PENDING_COUNT)
    return int(row[0]) if row else 0


def oldest_pending(tx: Transaction) -> datetime | None:
    """Return when the mail that has waited longest was accepted, None where none waits (REM-8)."""
    row = tx.one(_OLDEST)
    return None if row is None or row[0] is None else instant(row[0])


def last(tx: Transaction) -> int:
    """Return the sequence number of the last accepted mail, 0 where there is none."""
    row = tx.one(_LAST)
    return 0 if row is None or row[0] is None else int(row[0])


def waits(tx: Transaction, *, behind: int, at: datetime) -> bool:
    """Return whether a mail behind sequence number ``behind`` waits that was accepted no later than ``at`` (REM-8)."""
    return tx.one(_YOUNGER, behind=behind, at=microseconds(at)) is not None


def _row(row: Row) -> InboxRow:
    envelope = Envelope(mail_from=row[2], rcpt_to=tuple(json.loads(row[3])), source=row[4], received_at=instant(row[5]))
    return InboxRow(
        seq=row[0],
        mail_id=row[1],
        envelope=envelope,
        size=row[6],
        sender_key=row[7],
        message_id=row[8],
        answers=tuple(json.loads(row[9])),
        attempts=row[10],
    )
