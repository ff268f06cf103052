"""SQLite as the store: WAL, synchronous FULL, BEGIN IMMEDIATE always, one daemon per file (STO-2)."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path

from maild.errors import ConfigError, StoreUnavailable
from maild.store.group import Transaction
from maild.store.statement import sqlite_dialect

BUSY_SECONDS = 5.0
READ_SECONDS = 30.0
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "secure_delete=ON", "temp_store=MEMORY", "cache_size=-4000")
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class StoreBroken(BaseException):
    """The database file is corrupt: the process ends, since nothing it says could be believed (STO-1)."""


class SqliteConnection:
    """One connection; used by one thread at a time."""

    retries = 0

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        mode = "ro" if readonly else "rwc"
        self.raw = sqlite3.connect(
            f"file:{path}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS, cached_statements=256
        )
        try:
            if not readonly:
                _set_up(self.raw)
        except BaseException:
            self.raw.close()
            raise
        self._cursor = self.raw.cursor()
        self._transaction = Transaction(self._cursor, sqlite_dialect(), time.time)  # noqa: TID251  # the database's clock: it is this machine's
        self.interrupted = threading.Event()

    def begin(self) -> Transaction:
        """Open a transaction that holds the write lock from its first moment: a deferred one loses updates."""
        self._cursor.execute("BEGIN IMMEDIATE")
        return self._transaction

    def begin_read(self) -> Transaction:
        """Open a read-only snapshot."""
        self._cursor.execute("BEGIN")
        return self._transaction

    def savepoint(self, action: str) -> None:
        """Run the action on the savepoint of the group."""
        self._cursor.execute(f"{action} use_case")

    def standing(self) -> bool:
        """Return whether SQLite still has our transaction open."""
        return self.raw.in_transaction

    def commit(self) -> None:
        """Commit and sync; refuse where SQLite has already rolled back."""
        if not self.raw.in_transaction:
            raise StoreUnavailable("SQLite rolled the transaction back")
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back what stands."""
        try:
            if self.raw.in_transaction:
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # whatever it was, nothing of it is committed

    def explain(self, error: BaseException) -> BaseException:
        """Return StoreUnavailable for SQLite's own trouble, StoreBroken for a corrupt file, else the error itself."""
        if not isinstance(error, sqlite3.Error) or isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.InterfaceError
        ):
            return error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_ERROR:
            return error  # the statement is wrong: a fault of ours, not of the database
        if code in _BROKEN:
            return StoreBroken(str(error))
        unavailable = StoreUnavailable(str(error))
        unavailable.__cause__ = error
        return unavailable

    def again(self, error: BaseException) -> bool:
        """Return False: a busy writer was already waited for."""
        return False

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()


def _set_up(raw: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")
    if raw.execute("PRAGMA synchronous").fetchone() != (2,):
        raise ConfigError("SQLite did not accept synchronous=FULL")


class FileLock:
    """The daemon's lock on its database file: the second daemon is refused with a clear text (STO-2)."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise ConfigError(f"{database}: another maild daemon runs on this database") from error

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
