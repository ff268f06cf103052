"""The time, as an argument: nothing else in maild reads a clock.

``now`` is wall time for what people see and what is due; ``monotonic`` is for waits within the process.
Leases use the database's time (OPS-12); socket timeouts are asyncio's own.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for spans within this process."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's wall time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


class FileClock:
    """A clock that stands at the instant written in a file, for tests of a whole daemon (CONTRACTS 3).

    The file holds one ISO instant and is replaced by rename. It is read again when 100 ms have passed since the last
    look; what cannot be read keeps the last value.
    """

    RE_READ_SECONDS = 0.1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._now = datetime.now(UTC)
        self._stamp: tuple[int, int] | None = None
        self._looked = float("-inf")
        self._look()

    def now(self) -> datetime:
        """Return the instant that stands in the file."""
        if time.monotonic() - self._looked >= self.RE_READ_SECONDS:
            self._look()
        return self._now

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds: waits on peers do not follow the file."""
        return time.monotonic()

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            status = os.stat(self._path)
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            instant = datetime.fromisoformat(self._path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return
        self._now = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        self._stamp = stamp
