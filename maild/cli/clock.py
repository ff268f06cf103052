"""``maild clock``: a ticket's coming dates, and when working hours would be over, with each day skipped and why (REM-3, CONTRACTS 2).

With ``--simulate`` it needs no ticket, no database and no daemon: each line of input is one question, each line of output its answer,
in the same order. A line that cannot be answered is answered with what is wrong with it, and the others all the same; the exit status
is then 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from maild.cli.examples import examples
from maild.config.bank_holidays import working_calendar
from maild.config.settings import CalendarSettings
from maild.errors import ConfigError
from maild.policy.calendar import LONGEST_SPAN, ClockAnswer, ClockMode, ClockQuestion, SkippedDay, simulate

_LONGEST_LINE = 10_000
_LONGEST_HOURS = LONGEST_SPAN // timedelta(hours=1)
_YEARS = range(1980, 2200)


@click.command(
    "clock", epilog=examples("maild clock INC0012345", "maild clock --trust", "maild clock --simulate --json - < questions.jsonl")
)
@click.option("--simulate", "simulated", is_flag=True, help="Answer questions about hours and days, for no ticket at all.")
@click.option("--trust", is_flag=True, help="Say that the machine's wall clock is right; timers that were held go on after the catch-up.")
@click.option("--config", "config_dir", type=click.Path(path_type=Path), help="Folder with maild.toml.  [default: config]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON lines instead of sentences.")
@click.argument("target", metavar="REFERENCE|FILE|-", default="-")
def clock(config_dir: Path | None, simulated: bool, trust: bool, as_json: bool, target: str) -> None:
    """Print a ticket's coming dates, and the days on which its clock stands still.

    With --simulate: when working hours are over. The questions are JSON lines from FILE, or from standard input:
    {"region": "ENG", "start_local": "2026-12-24T15:00", "hours": 24, "mode": "business"}
    Days that a configuration adds or removes count where --config names it.
    """
    if trust and simulated:
        raise click.UsageError("say --simulate or --trust, not both")
    if trust and target != "-":
        raise click.UsageError("--trust is about the machine's clock: it takes no ticket")
    if trust:
        _trust(config_dir or Path("config"))
    elif simulated:
        _simulate(target, _calendar_settings(config_dir), as_json=as_json)
    elif target in ("-", ""):
        raise click.UsageError("name a ticket, or say --simulate with questions on standard input")
    else:
        from maild.cli.dates import show_dates  # lazy: the store is not needed to simulate

        show_dates(config_dir or Path("config"), target, as_json=as_json)


def _simulate(target: str, settings: CalendarSettings, *, as_json: bool) -> None:
    """Answer the questions of a file; exit status 1 where one could not be answered."""
    try:
        questions = click.open_file(target, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{target} cannot be read: {error.strerror}") from error
    wrong = False
    with questions:
        for answer in answers(questions, settings):
            wrong = wrong or "error" in answer
            click.echo(json.dumps(answer, ensure_ascii=False) if as_json else sentence(answer))
    if wrong:
        raise SystemExit(1)


def _trust(config_dir: Path) -> None:
    """Tell the running daemon that the wall clock is right, although it jumped (OPS-12)."""
    from maild.cli.common import local, office, when  # lazy, as above
    from maild.desk import clock as clock_desk

    house = office(config_dir)
    now = house.clock.now()
    house.write(clock_desk.trust, now)
    it_is = f"{local(when(now), house.zone)} in {house.zone.key}"
    click.echo(f"The clock is trusted: it is {it_is}. Timers go on when delayed mail has had its time to come.")


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


def _calendar_settings(config_dir: Path | None) -> CalendarSettings:
    if config_dir is None:
        return CalendarSettings()
    from maild.config.load import load  # lazy: pydantic is not needed without a configuration

    return load(config_dir).settings.calendar


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
