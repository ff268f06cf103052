"""Many tickets at once: rows written straight into the store, as a helpdesk of some years has them.

One ticket in five waits for its user with a reminder clock; the others are closed. Each has a journal entry. Nothing goes through the
desk, so that a million stand in a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, text

from maild.policy.events import TimerKind
from maild.policy.ticket import Question, Rfi, State, Ticket, encode, microseconds
from maild.store import schema
from maild.store.migrate import driver_url

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # a Tuesday
ON_A_CLOCK = 5  # every fifth
CHUNK = 20_000


def ticket(number: int, state: State, *, counted_from: datetime | None = NOW) -> Ticket:
    """Return the ticket with this number, as it stands in ``state``."""
    made = Ticket(
        id=f"{number:032x}",
        number=number,
        reference=f"INC{number:07d}",
        version=1,
        requester=f"user{number}@trust.example",
        region="ENG",
        subject="Printer down",
        description="It is broken.",
        state=state,
        received_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    if state is not State.AWAITING_USER_INFO:
        return made
    rfi = Rfi(number=1, questions=(Question(key="contact_number"),), started_at=NOW, counted_from=counted_from)
    return replace(made, rfi=rfi, asked=1, rounds=1, missing=rfi.questions)


def fill(url: str, count: int, *, due: int, due_at: datetime = NOW + timedelta(days=1)) -> None:
    """Write ``count`` tickets; the clocks of ``due`` of them, spread over all, are due at ``due_at``, the others a year later."""
    engine = create_engine(driver_url(url))
    step = max(ON_A_CLOCK, count // due // ON_A_CLOCK * ON_A_CLOCK)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA cache_size = -400000"))  # the indexes' pages, which are written in no order
            for chunk in _chunks(range(1, count + 1)):
                _write(connection, chunk, due, step, due_at)
            connection.execute(insert(schema.settings), [{"name": "next_number", "value": str(count + 1)}])
            if connection.dialect.name == "sqlite":
                connection.execute(text("ANALYZE"))
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
    finally:
        engine.dispose()


def _write(connection: Connection, numbers: range, due: int, step: int, due_at: datetime) -> None:
    rows, entries, clocks = [], [], []
    for number in numbers:
        waits, is_due = number % ON_A_CLOCK == 0, number % step == 0 and number // step <= due
        made = ticket(number, State.AWAITING_USER_INFO if waits else State.CLOSED, counted_from=NOW if is_due else None)
        rows.append(_row(made))
        entries.append({"ticket_id": made.id, "at": microseconds(NOW), "kind": "RequestReceived", "cause": "mail:M1", "data": "{}"})
        if waits:
            at = due_at if is_due else due_at + timedelta(days=365)
            clocks.append({"ticket_id": made.id, "kind": TimerKind.REMINDER.value, "due_at": microseconds(at), "data": '{"number": 1}'})
    for table, values in ((schema.tickets, rows), (schema.journal, entries), (schema.timers, clocks)):
        if values:
            _put(connection, table, values)


def _put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows by the driver's own fastest way: PostgreSQL's COPY takes a fifth of the time of INSERT."""
    names = tuple(rows[0])
    columns, values = ", ".join(names), (tuple(row.values()) for row in rows)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(names))})", values)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for each in values:
            copy.write_row(each)


def _row(made: Ticket) -> dict[str, Any]:
    return {
        "number": made.number,
        "id": made.id,
        "version": made.version,
        "state": made.state.value,
        "requester": made.requester,
        "team": made.team,
        "created_at": microseconds(made.created_at),
        "updated_at": microseconds(made.updated_at),
        "data": _encoded(made),
    }


_TEXTS: dict[tuple[State, bool], str] = {}


def _encoded(made: Ticket) -> str:
    """Return the ticket's JSON, its own words put into one that was made before: a million are made."""
    key = (made.state, made.rfi is not None and made.rfi.counted_from is not None)
    if key not in _TEXTS:
        _TEXTS[key] = json.dumps(encode(replace(made, id="ID", number=0, reference="REFERENCE", requester="REQUESTER")))
    text = _TEXTS[key].replace('"ID"', f'"{made.id}"').replace('"number": 0', f'"number": {made.number}', 1)
    return text.replace('"REFERENCE"', f'"{made.reference}"').replace('"REQUESTER"', f'"{made.requester}"')


def _chunks(numbers: range) -> Iterator[range]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
