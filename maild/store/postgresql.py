"""PostgreSQL as the store: several writers, group commit too, every wait bounded, claims as rows with leases (SCL-1, SCL-2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
from psycopg import errors
from sqlalchemy.engine import URL

from maild.errors import StoreUnavailable
from maild.store.group import OutcomeUnknown, Transaction
from maild.store.statement import postgresql_dialect
from maild.store.tickets import Conflict

WRITERS = 4
CONNECT_SECONDS = 10
_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
}
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, Conflict)
_OURS = (psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError)


class PostgresqlConnection:
    """One connection, opened anew after it was lost; used by one thread at a time."""

    retries = 5

    def __init__(self, conninfo: str, *, readonly: bool = False) -> None:
        self._conninfo = conninfo
        self._readonly = readonly
        self._raw: psycopg.Connection[Any] | None = None
        self._transaction: Transaction | None = None

    def begin(self) -> Transaction:
        """Open a transaction, and a connection where there is none."""
        return self._open("BEGIN READ ONLY" if self._readonly else "BEGIN")

    def begin_read(self) -> Transaction:
        """Open a read-only snapshot."""
        return self._open("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def savepoint(self, action: str) -> None:
        """Run the action on the savepoint of the group."""
        assert self._raw is not None
        self._raw.execute(f"{action} use_case".encode())

    def standing(self) -> bool:
        """Return whether the transaction can still be committed or rolled back to its savepoint."""
        status = psycopg.pq.TransactionStatus
        return self._raw is not None and self._raw.info.transaction_status in (status.INTRANS, status.INERROR)

    def commit(self) -> None:
        """Commit, durable when it returns.

        Raises:
            OutcomeUnknown: the connection was lost under the COMMIT; it may stand or not.
        """
        assert self._raw is not None
        if self._raw.info.transaction_status is not psycopg.pq.TransactionStatus.INTRANS:
            raise StoreUnavailable("the transaction was ended by the server")
        try:
            self._raw.execute("COMMIT")
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise OutcomeUnknown(str(error)) from error

    def rollback(self) -> None:
        """Roll back what stands; a connection that cannot is given up."""
        if self._raw is None:
            return
        try:
            if self._raw.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
                self._raw.execute("ROLLBACK")
        except psycopg.Error:
            self.close()

    def explain(self, error: BaseException) -> BaseException:
        """Return StoreUnavailable for the server's own trouble, else the error itself."""
        if not isinstance(error, psycopg.Error) or isinstance(error, _OURS):
            return error
        unavailable = StoreUnavailable(str(error))
        unavailable.__cause__ = error
        return unavailable

    def again(self, error: BaseException) -> bool:
        """Return whether the use case may succeed when it is run again at once."""
        return isinstance(error, _AGAIN)

    def close(self) -> None:
        """Close the connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _open(self, begin: LiteralString) -> Transaction:
        """Return the transaction; a connection that turns out to be dead is replaced, as nothing was done on it yet."""
        if self._raw is not None and not self._raw.closed:
            try:
                self._raw.execute(begin)
            except psycopg.OperationalError:
                self.close()
        if self._raw is None or self._raw.closed:
            self._connect()
            assert self._raw is not None
            self._raw.execute(begin)
        assert self._transaction is not None
        return self._transaction

    def _connect(self) -> None:
        options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in _SETTINGS.items())
        self._raw = psycopg.connect(
            self._conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options, application_name="maild", prepare_threshold=2
        )
        cursor = self._raw.cursor()
        self._transaction = Transaction(cursor, postgresql_dialect(), self._seconds)

    def _seconds(self) -> float:
        assert self._raw is not None
        row = self._raw.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
        assert row is not None
        return float(row[0])


class PostgresqlEngine:
    """A PostgreSQL database, which any number of daemons may share."""

    name = "postgresql"
    writers = WRITERS
    shared = True

    def __init__(self, url: URL) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def connect(self, *, readonly: bool = False) -> PostgresqlConnection:
        """Return a connection that opens itself when it is first used, and again after it was lost."""
        return PostgresqlConnection(self._conninfo, readonly=readonly)

    def exists(self) -> bool:
        """Return True: only connecting can tell."""
        return True

    def lock(self) -> Callable[[], None]:
        """Hold nothing: leases keep daemons apart."""
        return lambda: None
