"""What wants an administrator (OPS-9): said by whoever meets it, in any thread; ``workers/alarm.py`` passes it on.

An alert is raised once, said again at its interval while it lasts, and its end is said once. What each means stands in ``KINDS``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from maild.store.alerts import Standing

NEWS_SPAN = timedelta(minutes=15)  # a new case of what is known is not said more often
SEEN_SPAN = timedelta(minutes=1)  # how exactly it is kept when something was last seen
MAX_WHY = 500


class Severity(StrEnum):
    """How urgent an alert is."""

    WARNING = "warning"  # something is held back; people can wait for an hour
    ERROR = "error"  # somebody must act today
    CRITICAL = "critical"  # maild cannot work


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of alert. ``quiet`` is how long nothing of it must be seen until it is over; None where its end is said."""

    severity: Severity
    title: str
    quiet: timedelta | None = None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "brake": Kind(severity=Severity.WARNING, title="the global brake holds automatic answers", quiet=timedelta(minutes=5)),
        "caps": Kind(severity=Severity.WARNING, title="a sender gets no more automatic answers", quiet=timedelta(hours=1)),
        "clock": Kind(severity=Severity.ERROR, title="the wall clock cannot be believed; the timers are held"),
        "quarantine": Kind(severity=Severity.ERROR, title="mails are in quarantine"),
        "refused": Kind(severity=Severity.WARNING, title="mails of ours are refused for good", quiet=timedelta(hours=1)),
        "relay": Kind(severity=Severity.ERROR, title="the relay takes no mail"),
        "store": Kind(severity=Severity.CRITICAL, title="the store does not work"),
        "team": Kind(severity=Severity.WARNING, title="mail to a team does not arrive", quiet=timedelta(hours=1)),
        "template": Kind(severity=Severity.WARNING, title="a template is broken; the built-in text goes out"),
        "timer": Kind(severity=Severity.ERROR, title="a timer could not act and is put off", quiet=timedelta(hours=2)),
        "uncertain": Kind(severity=Severity.WARNING, title="nobody knows whether a mail was delivered"),
    }
)
_OTHER = Kind(severity=Severity.ERROR, title="something is wrong")


class Turn(StrEnum):
    """What is to be said of an alert."""

    RAISED = "raised"
    REPEATED = "repeated"
    RECOVERED = "recovered"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody has said: that an alert stands, and why, or with ``why`` empty that it is over."""

    alert: str
    why: str
    mark: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of an alert: what is said, and how it stands then (None: it is over)."""

    turn: Turn
    after: Standing | None


class Alerts:
    """A box for words: the last one on each alert counts. Safe in every thread, and never waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: dict[str, Word] = {}

    def raise_(self, alert: str, why: str, *, mark: int = 0) -> None:
        """Say that the alert stands: its kind, or ``kind:what``."""
        with self._lock:
            self._words[alert] = Word(alert=alert, why=why[:MAX_WHY], mark=mark)

    def recover(self, alert: str) -> None:
        """Say that the alert is over; nothing happens where it does not stand."""
        with self._lock:
            self._words[alert] = Word(alert=alert, why="")

    def take(self) -> list[Word]:
        """Return the words since the last call."""
        with self._lock:
            words, self._words = list(self._words.values()), {}
        return words


def kind_of(alert: str) -> Kind:
    """Return the kind of an alert."""
    return KINDS.get(alert.partition(":")[0], _OTHER)


def rule(word: Word, standing: Standing | None, *, now: datetime, repeat: timedelta) -> Ruling:
    """Return what a word makes of an alert that stands as ``standing``, or of one that does not."""
    if not word.why:
        return Ruling(turn=Turn.RECOVERED if standing else Turn.NOTHING, after=None)
    if standing is None:
        severity = kind_of(word.alert).severity
        fresh = Standing(alert=word.alert, severity=severity, why=word.why, raised_at=now, said_at=now, seen_at=now, mark=word.mark)
        return Ruling(turn=Turn.RAISED, after=fresh)
    news = word.mark > standing.mark and now - standing.said_at >= NEWS_SPAN
    if news or now - standing.said_at >= repeat:
        after = replace(standing, why=word.why, said_at=now, seen_at=now, mark=max(word.mark, standing.mark))
        return Ruling(turn=Turn.REPEATED, after=after)
    return Ruling(turn=Turn.NOTHING, after=replace(standing, seen_at=now) if now - standing.seen_at >= SEEN_SPAN else standing)


def age(standing: Standing, *, now: datetime, repeat: timedelta) -> Ruling:
    """Return what the passing of time makes of an alert of which nothing was said."""
    quiet = kind_of(standing.alert).quiet
    if quiet is not None and now - standing.seen_at >= quiet:
        return Ruling(turn=Turn.RECOVERED, after=None)
    if now - standing.said_at >= repeat:
        return Ruling(turn=Turn.REPEATED, after=replace(standing, said_at=now))
    return Ruling(turn=Turn.NOTHING, after=standing)


def text_of(turn: Turn, standing: Standing, *, now: datetime, place: str) -> str:
    """Return what the administrator's command gets on its standard input."""
    lines = [
        f"maild at {place}: alert {standing.alert} {turn} ({standing.severity})",
        "",
        kind_of(standing.alert).title,
        standing.why,
        "",
        f"since {standing.raised_at:%Y-%m-%d %H:%M} UTC" + (f", over at {now:%Y-%m-%d %H:%M} UTC" if turn is Turn.RECOVERED else ""),
    ]
    return "\n".join(lines) + "\n"
