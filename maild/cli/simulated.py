"""Questions about working hours and their answers, as JSON lines have them (CONTRACTS 2).

A line that cannot be answered is answered with what is wrong with it, and the others all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from maild.config.bank_holidays import working_calendar
from maild.config.settings import CalendarSettings
from maild.errors import ConfigError
from maild.policy.calendar import LONGEST_SPAN, ClockAnswer, ClockMode, ClockQuestion, SkippedDay, simulate

_LONGEST_LINE = 10_000
_LONGEST_HOURS = LONGEST_SPAN // timedelta(hours=1)
_YEARS = range(1980, 2200)


def answers(lines: Iterable[str], settings: CalendarSettings) -> Iterator[dict[str, Any]]:
    """Return for each line that is not blank its question with ``due_local`` and ``skipped``, or with ``error``."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(line, number, settings)


def sentence(answer: Mapping[str, Any]) -> str:
    """Return an answer as a person would say it."""
    if "error" in answer:
        return str(answer["error"])
    days = ", ".join(f"{skip['day']} {skip['why']}" for skip in answer["skipped"]) or "no day"
    asked = f"{answer['start_local']} and {answer['hours']} hours ({answer.get('mode', ClockMode.BUSINESS)})"
    return f"{asked}: {answer['due_local']}; skipped: {days}"


def local_minutes(at: datetime) -> str:
    """Return an instant in its own zone as wall time, to the minute."""
    return at.replace(tzinfo=None).isoformat(timespec="minutes")


def day_records(skipped: Iterable[SkippedDay]) -> list[dict[str, str]]:
    """Return skipped days as JSON has them."""
    return [{"day": skip.day.isoformat(), "why": skip.why} for skip in skipped]


def _answer(line: str, number: int, settings: CalendarSettings) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    try:
        asked = _read_object(line)
        region = _text(asked, "region", settings.region)
        answer = simulate(_question(asked), working_calendar(settings, region))
    except (ValueError, OverflowError, RecursionError, ConfigError) as error:
        return {**asked, "error": f"line {number}: {error}"}
    return {**asked, **_answered(answer)}


def _read_object(line: str) -> dict[str, Any]:
    if len(line) > _LONGEST_LINE:
        raise ValueError(f"longer than {_LONGEST_LINE} characters")
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from error
    if not isinstance(asked, dict):
        raise ValueError("is no JSON object")
    return asked


def _question(asked: Mapping[str, Any]) -> ClockQuestion:
    mode = _text(asked, "mode", ClockMode.BUSINESS)
    if mode not in tuple(ClockMode):
        raise ValueError(f"mode must be {' or '.join(ClockMode)}, not {mode!r}")
    return ClockQuestion(start_local=_start(asked), span=timedelta(hours=_hours(asked)), mode=ClockMode(mode))


def _start(asked: Mapping[str, Any]) -> datetime:
    text = _text(asked, "start_local", "")
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"start_local must be wall time like 2026-12-24T15:00, not {text!r}") from error
    if start.tzinfo is not None or start.year not in _YEARS:
        raise ValueError(f"start_local must be wall time without an offset, from {_YEARS.start} to {_YEARS.stop - 1}, not {text!r}")
    return start


def _hours(asked: Mapping[str, Any]) -> float:
    hours = asked.get("hours")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= _LONGEST_HOURS:
        raise ValueError(f"hours must be a number from 0 to {_LONGEST_HOURS}")
    return hours


def _text(asked: Mapping[str, Any], key: str, default: str) -> str:
    value = asked.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text")
    return value


def _answered(answer: ClockAnswer) -> dict[str, Any]:
    return {"due_local": local_minutes(answer.due_local), "skipped": day_records(answer.skipped)}
