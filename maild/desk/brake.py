"""The global brake: how many automatic answers may go out in a minute, to everybody together (LOOP-2).

The last tenth of them is kept for domains that have had few, so that a flood, whatever places it claims to come from, does not silence us
towards everybody else.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

SPAN = timedelta(minutes=1)
_TENTH = 10


class Brake:
    """Counts the answers of the last minute. Use cases of several threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: deque[tuple[datetime, str]] = deque()
        self._domains: Counter[str] = Counter()

    def allows(self, now: datetime, domain: str, per_minute: int) -> bool:
        """Return whether one more answer may go to ``domain`` now."""
        with self._lock:
            self._forget(now)
            given = len(self._at)
            if given < per_minute - per_minute // _TENTH:
                return True
            return given < per_minute and self._domains[domain] < max(1, max(self._domains.values()) // _TENTH)

    def count(self, now: datetime, domain: str) -> None:
        """Count an answer."""
        with self._lock:
            self._at.append((now, domain))
            self._domains[domain] += 1

    def see(self, answers: Iterable[tuple[datetime, str]]) -> None:
        """Take the answers that the store knows of, oldest first, in the place of our own count: other daemons' are among them."""
        with self._lock:
            self._at = deque(answers)
            self._domains = Counter(domain for _, domain in self._at)

    def _forget(self, now: datetime) -> None:
        while self._at and not timedelta(0) <= now - self._at[0][0] < SPAN:
            domain = self._at.popleft()[1]
            self._domains[domain] -= 1
            if not self._domains[domain]:
                del self._domains[domain]
