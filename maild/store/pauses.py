"""Which parts of the work are paused: kept in the store, so that a restart changes nothing and every daemon sees it (OPS-10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from maild.policy.ticket import instant, microseconds
from maild.store.group import Transaction
from maild.store.schema import settings
from maild.store.statement import Statement, word

INTAKE, PROCESSOR, TIMERS, COURIER = PARTS = ("intake", "processor", "timers", "courier")
_PREFIX = "paused_"

_PAUSE = Statement(
    lambda insert: (
        insert(settings).values(name=bindparam("name"), value=bindparam("at")).on_conflict_do_nothing().returning(settings.c.name)
    )
)
_RESUME = Statement(delete(settings).where(settings.c.name == bindparam("which")))
_PAUSED = Statement(select(settings.c.name, settings.c.value).where(settings.c.name.in_([word(_PREFIX + part) for part in PARTS])))


def pause(tx: Transaction, part: str, at: datetime) -> bool:
    """Return whether ``part`` was at work; it is paused from ``at``."""
    return tx.one(_PAUSE, name=_PREFIX + part, at=str(microseconds(at))) is not None


def resume(tx: Transaction, part: str) -> bool:
    """Return whether ``part`` was paused; it is at work again."""
    return tx.run(_RESUME, which=_PREFIX + part) == 1


def paused(tx: Transaction) -> dict[str, datetime]:
    """Return the parts that are paused, in the order of the flow, with since when."""
    found = {name.removeprefix(_PREFIX): instant(int(at)) for name, at in tx.all(_PAUSED)}
    return {part: found[part] for part in PARTS if part in found}
