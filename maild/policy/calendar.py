"""Working time: the clock that stands still on weekends and bank holidays (REM-2, REM-3).

A working day counts from local midnight to local midnight in the configured zone: 24 hours, or what the change of summer time
makes of them; inside a day time is elapsed time. Bank holidays enter as data. Nothing here does IO or reads a clock, and the
work is proportional to days, not to minutes.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from maild.errors import ConfigError

_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_LONGEST_STANDSTILL = 400  # days in a row without a working day that are taken for a mistake
LONGEST_SPAN = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedDay:
    """A day on which the clock stands still, and why: a weekday's name, a bank holiday's, or a closure's."""

    day: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """The working days of one region.

    ``holidays`` may be a Mapping of days to names, which then say why a day is skipped. ``added`` are further days off with their
    names (a one-off bank holiday, a local closure); ``removed`` days are worked, whatever else is said of them. ``weekend`` counts
    from Monday = 0.
    """

    zone: ZoneInfo
    holidays: Container[date] = frozenset()
    added: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    removed: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({5, 6})

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the earliest instant inside a working day at which ``span`` of working time has run, in UTC.

        Friday 15:00 and 24 hours give Monday 15:00; 24 hours used up at Saturday 00:00 give Monday 00:00.

        Args:
            start: aware instant, any zone; on a day that is not worked the clock starts at the next working midnight.
            span: working time, not negative.

        Raises:
            ValueError: ``start`` is naive, or ``span`` is negative or over ten years.
            ConfigError: more than a year follows without a working day.

        Source: NHSmail incident procedure, reminder emails (REM-2).
        """
        _check(start, span)
        stretches = self._worked(start)
        opens, closes = next(stretches)
        while span >= closes - opens:
            span -= closes - opens
            opens, closes = next(stretches)
        return opens + span

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end``, aware instants; nothing where ``end`` is the earlier one."""
        _check(start, _NOTHING)
        _check(end, _NOTHING)
        stretches = itertools.takewhile(lambda stretch: stretch[0] < end, self._worked(start))
        return sum((min(closes, end) - opens for opens, closes in stretches), _NOTHING)

    def elapsed(self, start: datetime, span: timedelta) -> datetime:
        """Return the instant ``span`` of elapsed time after ``start``, whatever the days are called, in UTC (RES-3)."""
        _check(start, span)
        return start.astimezone(UTC) + span

    def opening(self, instant: datetime, opens: time, closes: time) -> datetime:
        """Return the earliest instant from ``instant`` on that lies on a working day between two local times, in UTC (REM-6).

        ``closes`` before ``opens`` means over midnight; the same time twice means all day.
        """
        _check(instant, _NOTHING)
        day, local = self.local_day(instant), instant.astimezone(self.zone).time()
        inside = opens <= local < closes if opens < closes else local >= opens or local < closes
        if inside and self.is_working(day):
            return instant.astimezone(UTC)
        days = (day + timedelta(days=count) for count in range(_LONGEST_STANDSTILL))
        openings = (datetime.combine(each, opens, tzinfo=self.zone).astimezone(UTC) for each in days if self.is_working(each))
        opening = next((each for each in openings if each >= instant), None)
        if opening is None:
            raise ConfigError(f"no working day in the {_LONGEST_STANDSTILL} days after {day.isoformat()}: look at weekend and added days")
        return opening

    def skipped(self, start: datetime, end: datetime) -> tuple[SkippedDay, ...]:
        """Return the local days from ``start``'s to ``end``'s, both included, on which the clock stands still, with why (REM-3)."""
        day, last = self.local_day(start), self.local_day(end)
        days = (day + timedelta(days=count) for count in range((last - day).days + 1))
        return tuple(SkippedDay(day=day, why=why) for day in days if (why := self.why_skipped(day)))

    def is_working(self, day: date) -> bool:
        """Return whether the clock runs on ``day``."""
        return day in self.removed or (day.weekday() not in self.weekend and day not in self.added and day not in self.holidays)

    def why_skipped(self, day: date) -> str:
        """Return why the clock stands still on ``day``, or "" where it runs."""
        if self.is_working(day):
            return ""
        named = self.holidays.get(day, "") if isinstance(self.holidays, Mapping) else ""
        return self.added.get(day) or named or ("bank holiday" if day in self.holidays else f"{day:%A}")

    def local_day(self, instant: datetime) -> date:
        """Return the day that ``instant`` falls on in the calendar's zone."""
        return instant.astimezone(self.zone).date()

    def _worked(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches of working time from ``start`` on, a day each, as UTC instants."""
        day, opens = self.local_day(start), start.astimezone(UTC)
        idle = 0
        while idle <= _LONGEST_STANDSTILL:
            closes = self._midnight(day + _ONE_DAY)
            idle += 1
            if self.is_working(day) and opens < closes:
                idle = 0
                yield opens, closes
            day, opens = day + _ONE_DAY, closes
        raise ConfigError(f"no working day in the {_LONGEST_STANDSTILL} days before {day.isoformat()}: look at weekend and added days")

    def _midnight(self, day: date) -> datetime:
        # Local arithmetic across a change of summer time is wall time; so each midnight is taken by itself, and then in UTC.
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


class ClockMode(StrEnum):
    """How hours are counted: as working time, or as they elapse."""

    BUSINESS = "business"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockQuestion:
    """When would ``span`` be over that starts at ``start_local``, wall time of the calendar's zone? (CONTRACTS 2)."""

    start_local: datetime
    span: timedelta
    mode: ClockMode = ClockMode.BUSINESS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnswer:
    """The due instant, its wall time in the calendar's zone, and the days on which the clock stood still."""

    due_at: datetime
    due_local: datetime
    skipped: tuple[SkippedDay, ...]


def simulate(question: ClockQuestion, calendar: WorkingCalendar) -> ClockAnswer:
    """Return when the span of ``question`` is over (REM-3).

    A wall time that occurs twice is taken as the earlier one, one that never occurs by the offset before the gap (PEP 495).

    Raises:
        ValueError: the span is negative or over ten years.
    """
    start = question.start_local.replace(tzinfo=calendar.zone)
    working = question.mode is ClockMode.BUSINESS
    due = calendar.add(start, question.span) if working else calendar.elapsed(start, question.span)
    skipped = calendar.skipped(start, due) if working else ()
    return ClockAnswer(due_at=due, due_local=due.astimezone(calendar.zone), skipped=skipped)


def _check(start: datetime, span: timedelta) -> None:
    if start.tzinfo is None:
        raise ValueError("an instant must be aware")
    if not _NOTHING <= span <= LONGEST_SPAN:
        raise ValueError("a span must be between nothing and ten years")
