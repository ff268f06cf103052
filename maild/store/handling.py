"""What an administrator does to a mail on its way out: hold, release, retry, drop (OPS-10).

Each act names the states in which it is possible; a mail that is being sent just now is in none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, update

from maild.policy.ticket import microseconds
from maild.store.group import Transaction
from maild.store.schema import outbox
from maild.store.statement import Statement, word

_p = bindparam


class Act(StrEnum):
    """What may be done to a waiting mail."""

    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    DROP = "drop"


FROM: Mapping[Act, tuple[str, ...]] = {
    Act.HOLD: ("queued",),
    Act.RELEASE: ("held",),
    Act.RETRY: ("queued", "failed", "uncertain"),
    Act.DROP: ("queued", "held", "failed", "uncertain"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail of the outbox, as the acts see it."""

    mail_id: str
    state: str
    ticket_id: str | None
    template: str
    rcpt_to: str
    role: str


_FIELDS = (outbox.c.mail_id, outbox.c.state, outbox.c.ticket_id, outbox.c.template, outbox.c.rcpt_to, outbox.c.role)
_FIND = Statement(select(*_FIELDS).where(outbox.c.mail_id == _p("which")))
_IN: dict[Act, Statement] = {
    act: Statement(select(outbox.c.mail_id).where(outbox.c.state.in_([word(state) for state in states])).order_by(outbox.c.id))
    for act, states in FROM.items()
    if act is not Act.DROP  # never without a name
}
_at = _p("at", type_=outbox.c.next_at.type)
_ACTS = {
    Act.HOLD: {"state": word("held")},
    Act.RELEASE: {"state": word("queued"), "next_at": _at},
    Act.RETRY: {"state": word("queued"), "next_at": _at, "unsettled": word(0)},
    Act.DROP: {"state": word("dropped"), "settled_at": _at},
}
_DO = {
    act: Statement(
        update(outbox).where(outbox.c.mail_id == _p("which"), outbox.c.state.in_([word(state) for state in FROM[act]])).values(_ACTS[act])
    )
    for act in Act
}


def find(tx: Transaction, mail_id: str) -> Waiting | None:
    """Return the mail out with this id, or None."""
    row = tx.one(_FIND, which=mail_id)
    if row is None:
        return None
    return Waiting(mail_id=row[0], state=row[1], ticket_id=row[2], template=row[3], rcpt_to=row[4], role=row[5] or "")


def possible(tx: Transaction, act: Act) -> list[str]:
    """Return the ids of the mails to which the act can be done, oldest first."""
    return [row[0] for row in tx.all(_IN[act])]


def do(tx: Transaction, act: Act, mail_id: str, *, now: datetime) -> bool:
    """Return whether the act was done: the mail was in a state that allows it."""
    parameters = {} if act is Act.HOLD else {"at": microseconds(now)}
    return tx.run(_DO[act], which=mail_id, **parameters) == 1
