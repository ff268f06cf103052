"""Single values of the whole installation, by name: when the timers were last alive, what they wait for, whose calendar they keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from maild.policy.ticket import instant, microseconds
from maild.store.group import Transaction
from maild.store.schema import settings
from maild.store.statement import Statement

ALIVE = "timers_alive_at"  # when a daemon last looked at the timers, by the wall clock (REM-8, OPS-12)
HELD = "timers_held_until"  # the end of the catch-up after a downtime (REM-8)
TRUSTED = "clock_trusted_at"  # when an administrator said that the wall clock is right (OPS-12)
CALENDAR = "calendar_digest"  # of the working days that the running clocks were counted by (REM-3)

_p = bindparam
_GET = Statement(select(settings.c.value).where(settings.c.name == _p("which")))
_PUT = Statement(
    lambda insert: (
        insert(settings)
        .values(name=_p("name"), value=_p("value"))
        .on_conflict_do_update(index_elements=[settings.c.name], set_={"value": _p("value")})
    )
)


def get(tx: Transaction, name: str) -> str:
    """Return the value, "" where there is none."""
    row = tx.one(_GET, which=name)
    return "" if row is None else str(row[0])


def put(tx: Transaction, name: str, value: str) -> None:
    """Keep a value in the place of the one before."""
    tx.run(_PUT, name=name, value=value)


def get_instant(tx: Transaction, name: str) -> datetime | None:
    """Return the instant, None where there is none."""
    value = get(tx, name)
    return instant(int(value)) if value else None


def put_instant(tx: Transaction, name: str, at: datetime) -> None:
    """Keep an instant in the place of the one before."""
    put(tx, name, str(microseconds(at)))
