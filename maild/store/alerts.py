"""The alerts that are raised, kept so that a restart says none of them again (OPS-9). Of several daemons the first one speaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from maild.policy.ticket import instant, microseconds
from maild.store.group import Transaction
from maild.store.schema import inbox, outbox, settings
from maild.store.statement import Statement, word

_PREFIX = "alert:"
_p = bindparam


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alert that is raised: since when, when it was last said, and when what it is about was last seen.

    ``mark`` grows with each new case of what it is about: the number of the last mail that was quarantined, for one.
    """

    alert: str
    severity: str
    why: str
    raised_at: datetime
    said_at: datetime
    seen_at: datetime
    mark: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Mails that wait for an administrator: how many, the newest one's number in its table, and its id."""

    count: int
    last: int
    mail_id: str


_ADD = Statement(
    lambda insert: insert(settings).values(name=_p("name"), value=_p("value")).on_conflict_do_nothing().returning(settings.c.name)
)
_CHANGE = Statement(
    update(settings)
    .where(settings.c.name == _p("which"), settings.c.value == _p("old"))
    .values(value=_p("new", type_=settings.c.value.type))
)
_END = Statement(delete(settings).where(settings.c.name == _p("which")))
_ALL = Statement(
    select(settings.c.name, settings.c.value).where(settings.c.name >= _p("first"), settings.c.name < _p("end")).order_by(settings.c.name)
)
_QUARANTINED = Statement(select(func.count(), func.max(inbox.c.seq)).where(inbox.c.state == word("quarantined")))
_QUARANTINED_ID = Statement(select(inbox.c.mail_id).where(inbox.c.seq == _p("which")))
_UNCERTAIN = Statement(select(func.count(), func.max(outbox.c.id)).where(outbox.c.state == word("uncertain")))
_UNCERTAIN_ID = Statement(select(outbox.c.mail_id).where(outbox.c.id == _p("which")))


def standing(tx: Transaction) -> list[Standing]:
    """Return the alerts that are raised."""
    return [_read(name, value) for name, value in tx.all(_ALL, first=_PREFIX, end=_PREFIX[:-1] + ";")]


def begin(tx: Transaction, alert: Standing) -> bool:
    """Return whether the alert was not raised yet; it is now."""
    return tx.one(_ADD, name=_name(alert.alert), value=_written(alert)) is not None


def change(tx: Transaction, before: Standing, after: Standing) -> bool:
    """Return whether the alert stood as ``before``; it stands as ``after`` now."""
    return tx.run(_CHANGE, which=_name(before.alert), old=_written(before), new=_written(after)) == 1


def end(tx: Transaction, alert: str) -> bool:
    """Return whether the alert was raised; it is not any more."""
    return tx.run(_END, which=_name(alert)) == 1


def quarantined(tx: Transaction) -> Aside:
    """Return what is in quarantine (INT-9)."""
    return _aside(tx, _QUARANTINED, _QUARANTINED_ID)


def uncertain(tx: Transaction) -> Aside:
    """Return the mails of which nobody knows whether they were delivered (OUT-2)."""
    return _aside(tx, _UNCERTAIN, _UNCERTAIN_ID)


def _aside(tx: Transaction, counting: Statement, naming: Statement) -> Aside:
    found = tx.one(counting)
    count, last = (int(found[0]), int(found[1] or 0)) if found else (0, 0)
    named = tx.one(naming, which=last) if count else None
    return Aside(count=count, last=last, mail_id=str(named[0]) if named else "")


def _name(alert: str) -> str:
    return (_PREFIX + alert)[:64]  # as wide as the column


def _written(alert: Standing) -> str:
    times = [microseconds(at) for at in (alert.raised_at, alert.said_at, alert.seen_at)]
    return json.dumps([alert.severity, alert.why, *times, alert.mark], ensure_ascii=False)


def _read(name: str, value: str) -> Standing:
    severity, why, raised, said, seen, mark = json.loads(value)
    return Standing(
        alert=name.removeprefix(_PREFIX),
        severity=severity,
        why=why,
        raised_at=instant(raised),
        said_at=instant(said),
        seen_at=instant(seen),
        mark=mark,
    )
