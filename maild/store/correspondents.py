"""What is kept of addresses: who is blocked (OPS-10), whose mail bounces (BNC-1), and how many automatic answers each has had (LOOP-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from maild.policy.ticket import instant, microseconds
from maild.store.group import Transaction
from maild.store.schema import answers, blocks, bounces
from maild.store.statement import Statement, columns, word

_p = bindparam


Nth = Callable[[Transaction, str, int], "datetime | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A blocked address or domain: since when, and who said so."""

    pattern: str
    at: datetime
    by: str


_BLOCK = Statement(
    lambda insert: insert(blocks).values(**columns(blocks, "pattern", "at", "by_whom")).on_conflict_do_nothing().returning(blocks.c.pattern)
)
_UNBLOCK = Statement(delete(blocks).where(blocks.c.pattern == _p("which")))
_BLOCKS = Statement(select(blocks.c.pattern, blocks.c.at, blocks.c.by_whom).order_by(blocks.c.pattern))
_BOUNCED = Statement(
    lambda insert: (
        insert(bounces)
        .values(**columns(bounces, "address", "at"), bounced=word(1))
        .on_conflict_do_update(index_elements=[bounces.c.address], set_={"bounced": bounces.c.bounced + word(1), "at": _p("at")})
        .returning(bounces.c.bounced)
    )
)
_BOUNCES = Statement(select(bounces.c.bounced).where(bounces.c.address == _p("who")))
_WROTE = Statement(delete(bounces).where(bounces.c.address == _p("who")))
_ANSWERED = Statement(lambda insert: insert(answers).values(**columns(answers, "address", "kind", "ticket_id", "at")))
_NEWEST = {
    "address": Statement(
        select(answers.c.at).where(answers.c.address == _p("who")).order_by(answers.c.at.desc()).limit(word(1)).offset(_p("skip"))
    ),
    "ticket": Statement(
        select(answers.c.at).where(answers.c.ticket_id == _p("who")).order_by(answers.c.at.desc()).limit(word(1)).offset(_p("skip"))
    ),
}
_EVERYBODY = Statement(
    select(answers.c.at, answers.c.address).where(answers.c.at > _p("since")).order_by(answers.c.at).limit(_p("most")).offset(word(0))
)


def block(tx: Transaction, pattern: str, *, by: str, at: datetime) -> bool:
    """Return whether the address or domain was not blocked yet; it is now."""
    return tx.one(_BLOCK, pattern=pattern, at=microseconds(at), by_whom=by) is not None


def unblock(tx: Transaction, pattern: str) -> bool:
    """Return whether the address or domain was blocked; it is not any more."""
    return tx.run(_UNBLOCK, which=pattern) == 1


def blocked(tx: Transaction) -> list[Block]:
    """Return every blocked address and domain."""
    return [Block(pattern=pattern, at=instant(at), by=by) for pattern, at, by in tx.all(_BLOCKS)]


def bounced(tx: Transaction, address: str, *, at: datetime) -> int:
    """Return how many mails to ``address`` have bounced since a person wrote from it, one more counted."""
    row = tx.one(_BOUNCED, address=address, at=microseconds(at))
    assert row is not None
    return int(row[0])


def bounces_of(tx: Transaction, address: str) -> int:
    """Return how many mails to ``address`` have bounced since a person wrote from it."""
    row = tx.one(_BOUNCES, who=address)
    return int(row[0]) if row else 0


def wrote(tx: Transaction, address: str) -> None:
    """Forget the bounces of ``address``: a person has written from it."""
    tx.run(_WROTE, who=address)


def answered(tx: Transaction, address: str, *, kind: str, ticket_id: str | None, at: datetime) -> None:
    """Count an automatic answer."""
    tx.run(_ANSWERED, address=address, kind=kind, ticket_id=ticket_id, at=microseconds(at))


def nth_answer_at(tx: Transaction, address: str, number: int) -> datetime | None:
    """Return when the ``number``-th newest automatic answer went to ``address`` (1 is the newest), None where there were fewer."""
    return _at(tx, "address", address, number)


def nth_on_ticket_at(tx: Transaction, ticket_id: str, number: int) -> datetime | None:
    """Return when the ``number``-th newest automatic answer went out on the ticket, None where there were fewer."""
    return _at(tx, "ticket", ticket_id, number)


def answers_since(tx: Transaction, since: datetime, most: int) -> list[tuple[datetime, str]]:
    """Return when and to whom automatic answers went since then, oldest first, at most ``most``."""
    return [(instant(at), address) for at, address in tx.all(_EVERYBODY, since=microseconds(since), most=most)]


def _at(tx: Transaction, what: str, who: str, number: int) -> datetime | None:
    row = tx.one(_NEWEST[what], who=who, skip=number - 1)
    return instant(row[0]) if row else None
