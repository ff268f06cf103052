"""Timers at the desk: what a changed calendar means to running clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from maild.desk import clock as clock_desk
from maild.policy.calendar import WorkingCalendar
from maild.policy.rules import RegionRules, Rules
from maild.store import timers
from maild.store.database import Engine, run_once
from maild.store.timers import Timer
from tests.desk.house import House, ManualClock
from tests.policy.helpdesk import CALENDAR, RULES
from tests.support.crowd import NOW, fill

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


def with_days(**days: str) -> Rules:
    """Return the rules with further days off, named by their date: ``_2026_03_04="why"``."""
    added = {date.fromisoformat(name.strip("_").replace("_", "-")): why for name, why in days.items()}
    calendar: WorkingCalendar = replace(CALENDAR, added=MappingProxyType(added))
    return replace(RULES, regions=RegionRules(calendars=MappingProxyType({"ENG": calendar})))


def due(engine: Engine) -> list[Timer]:
    """Return the running timers."""
    return run_once(engine, timers.running, 0, 1_000)


def recount(house: House) -> list[bool]:
    """Return which running timers were moved."""
    return [run_once(house.engine, clock_desk.recount, house.desk, timer) for timer in due(house.engine)]


@pytest.mark.rule("REM-3")
def test_only_clocks_that_the_change_touches_are_written(engine: Engine, store_url: str) -> None:
    """Of twenty running clocks the ten that wait over the new day off move by a day; the journal of the others stays as it is."""
    fill(store_url, 100, due=10)
    house = House(engine, clock=ManualClock(at=NOW + HOUR), rules=with_days(_2026_03_04="a royal occasion"))
    before = due(engine)
    last, changed = run_once(engine, clock_desk.outdated, house.desk, 0, 1_000)
    moved = recount(house)
    assert (max(timer.id for timer in before), 10) == (last, len(changed))
    assert (20, 10) == (len(moved), sum(moved))
    assert 10 == sum(timer.due_at == NOW + 2 * ONE_DAY for timer in due(engine))
    assert [False] * 20 == recount(house)


@pytest.mark.rule("REM-3")
def test_the_journal_says_what_the_calendar_did_to_a_clock(engine: Engine, store_url: str) -> None:
    """Before and after, and the calendar as the cause."""
    fill(store_url, 10, due=1)
    house = House(engine, clock=ManualClock(at=NOW + HOUR), rules=with_days(_2026_03_04="a royal occasion"))
    recount(house)
    entry = house.journal(9)[-1]
    assert ("2026-03-04T09:00:00+00:00", "2026-03-05T09:00:00+00:00") == (entry["before"], entry["after"])


@pytest.mark.rule("REM-3")
def test_a_timer_that_fired_meanwhile_is_not_counted_again(engine: Engine, store_url: str) -> None:
    """What the look found may be gone when its turn comes."""
    fill(store_url, 10, due=1)
    house = House(engine, clock=ManualClock(at=NOW + ONE_DAY), rules=with_days(_2026_03_04="a royal occasion"))
    (timer,) = run_once(engine, timers.due, NOW + ONE_DAY, 10)
    run_once(engine, clock_desk.fire, house.desk, timer, run_once(engine, clock_desk.post))
    assert not run_once(engine, clock_desk.recount, house.desk, timer)


@pytest.mark.rule("REM-3", "REM-6")
def test_the_digest_tells_calendars_apart() -> None:
    """A day added, another weekend, another zone, another send window: each is another calendar; another name of a day is not."""
    calendars = [
        with_days(),
        with_days(_2026_03_04="a royal occasion"),
        _with(replace(CALENDAR, weekend=frozenset({4, 5}))),
        _with(replace(CALENDAR, zone=type(CALENDAR.zone)("Europe/Dublin"))),
        replace(RULES, spans=replace(RULES.spans, send_window=("07:00", "19:00"))),  # type: ignore[arg-type]  # told apart as any
    ]
    digests = [clock_desk.calendar_digest(rules, NOW) for rules in calendars]
    assert len(calendars) == len(set(digests))
    assert digests[1] == clock_desk.calendar_digest(with_days(_2026_03_04="another name"), NOW)


def _with(calendar: WorkingCalendar) -> Rules:
    return replace(RULES, regions=RegionRules(calendars=MappingProxyType({"ENG": calendar})))
