"""The group commit: many use cases, one COMMIT, and nobody told a result that is not on the disk (STO-1).

Each use case runs in a savepoint, so that one that fails leaves the others alone. A database may roll back the whole transaction on its
own (SQLite on FULL, IOERR, NOMEM, BUSY), after which a savepoint would commit by itself: so the connection is asked after every use case
and before COMMIT whether the transaction still stands. If it does not, no result of the group counts and each use case runs again alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.engine import Dialect

from maild.errors import MaildError, StoreUnavailable
from maild.store.statement import Statement

Row = tuple[Any, ...]
Params = Mapping[str, Any]


class Transaction:
    """What a use case works on: statements in, rows out, inside the group's transaction."""

    __slots__ = ("_cursor", "_dialect", "_seconds")

    def __init__(self, cursor: Any, dialect: Dialect, seconds: Callable[[], float]) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._seconds = seconds

    def one(self, statement: Statement, **params: Any) -> Row | None:
        """Return the first row, or None."""
        self._cursor.execute(statement.sql(self._dialect), params)
        row: Row | None = self._cursor.fetchone()
        return row

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Return every row."""
        self._cursor.execute(statement.sql(self._dialect), params)
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def run(self, statement: Statement, **params: Any) -> int:
        """Return how many rows the statement changed."""
        self._cursor.execute(statement.sql(self._dialect), params)
        changed: int = self._cursor.rowcount
        return changed

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        """Run the statement once for each row of parameters."""
        self._cursor.executemany(statement.sql(self._dialect), list(rows))

    def seconds(self) -> float:
        """Return the database's clock, in seconds since 1970: leases use it and nothing else does (OPS-12)."""
        return self._seconds()


UseCase = Callable[..., Any]


@dataclass(slots=True)
class Job:
    """One use case with its arguments, and what became of it."""

    use_case: UseCase
    args: tuple[Any, ...]
    result: Any = None
    error: BaseException | None = None

    def run(self, tx: Transaction) -> None:
        """Run the use case and keep its result."""
        self.result, self.error = self.use_case(tx, *self.args), None

    def fail(self, error: BaseException) -> None:
        """Keep the error in the place of a result."""
        self.result, self.error = None, error


class Connection(Protocol):
    """One connection of an engine, as the group commit needs it."""

    retries: int

    def begin(self) -> Transaction:
        """Open a transaction that may write."""

    def savepoint(self, action: str) -> None:
        """Run ``SAVEPOINT``, ``RELEASE`` or ``ROLLBACK TO`` for the one savepoint in use."""

    def standing(self) -> bool:
        """Return whether the transaction still stands, so that its results can count."""

    def commit(self) -> None:
        """Commit, durable when it returns."""

    def rollback(self) -> None:
        """End the transaction, if one stands, without effect; never raises."""

    def explain(self, error: BaseException) -> BaseException:
        """Return the error the caller gets: a database's own trouble becomes StoreUnavailable."""

    def again(self, error: BaseException) -> bool:
        """Return whether the use case may succeed when run again at once (a serialization failure, a deadlock)."""


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost under the COMMIT: what was written may stand or not."""


class _Lost(Exception):
    """The database ended the transaction by itself."""


def commit_group(connection: Connection, jobs: Sequence[Job]) -> None:
    """Run every job and commit them together; each job then holds its result or its error. Never raises but for a broken store."""
    if len(jobs) > 1 and _together(connection, jobs):
        return
    for number, job in enumerate(jobs):
        if not _alone(connection, job):  # nor could the next: each would wait for the lock in turn
            for unheard in jobs[number + 1 :]:
                unheard.fail(job.error or StoreUnavailable("no transaction could be opened"))
            return


def _together(connection: Connection, jobs: Sequence[Job]) -> bool:
    """Return whether every job has its result or its error; when not, nothing of the group stands."""
    try:
        tx = connection.begin()
        for job in jobs:
            _in_savepoint(connection, tx, job)
        connection.commit()
    except OutcomeUnknown as error:
        connection.rollback()
        for job in jobs:  # it may all stand: run again, it might happen twice
            job.fail(error)
        return True
    except Exception:  # noqa: BLE001  # the group is given up; each job shows its own error when it runs alone
        connection.rollback()
        return False
    return True


def _in_savepoint(connection: Connection, tx: Transaction, job: Job) -> None:
    connection.savepoint("SAVEPOINT")
    try:
        job.run(tx)
    except Exception as error:
        if not connection.standing() or connection.again(error):
            raise _Lost from error
        connection.savepoint("ROLLBACK TO SAVEPOINT")
        job.fail(connection.explain(error))
    if not connection.standing():
        raise _Lost
    connection.savepoint("RELEASE SAVEPOINT")


def _alone(connection: Connection, job: Job) -> bool:
    """Return whether a transaction could be opened for the job at all."""
    for attempt in range(connection.retries + 1):
        begun = False
        try:
            tx = connection.begin()
            begun = True
            job.run(tx)
            if not connection.standing():
                raise StoreUnavailable("the database rolled the transaction back")
            connection.commit()
            return True
        except Exception as error:  # noqa: BLE001  # the caller gets it
            connection.rollback()
            job.fail(error if isinstance(error, MaildError) else connection.explain(error))
            if attempt == connection.retries or not connection.again(error):
                return begun
    return True
