"""Whether the wall clock can be believed: it must go with the monotonic one, and be where it was when it was last seen (OPS-12).

Nothing here reads a clock; a machine that was set wrong holds the timers instead of resolving everybody's ticket at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

DRIFT = timedelta(minutes=5)
GAP = timedelta(days=14)


class ClockWatch:
    """Compares the wall clock with the monotonic one, and with the last instant that was seen."""

    def __init__(self) -> None:
        self._base: tuple[datetime, float] | None = None
        self._last_seen: datetime | None = None

    def begin(self, now: datetime, monotonic: float, last_seen: datetime | None) -> None:
        """Begin to watch; ``last_seen`` is what an earlier run remembers."""
        self._last_seen = last_seen if last_seen is not None and abs(now - last_seen) >= GAP else None
        self._base = (now, monotonic)

    def trouble(self, now: datetime, monotonic: float) -> str:
        """Return why the wall clock is not believed, or "" where it is."""
        assert self._base is not None, "begin first"
        if self._last_seen is not None:
            if abs(now - self._last_seen) >= GAP:
                return f"the wall clock says {now:%Y-%m-%d %H:%M} UTC, and was last seen at {self._last_seen:%Y-%m-%d %H:%M}"
            self._last_seen, self._base = None, (now, monotonic)
        wall, began = self._base
        ahead = now - wall - timedelta(seconds=monotonic - began)
        if abs(ahead) >= DRIFT:
            way = "forward" if ahead > timedelta(0) else "back"
            return f"the wall clock was set {way} by {abs(ahead) // timedelta(minutes=1)} minutes"
        return ""

    def trust(self, now: datetime, monotonic: float) -> None:
        """Believe the wall clock as it is from now on."""
        self.begin(now, monotonic, None)
