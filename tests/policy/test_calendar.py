"""Working time (REM-1 to REM-4, RES-3), against the examples and a model that counts quarter hours."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.config.bank_holidays import bank_holidays
from maild.errors import ConfigError
from maild.policy.calendar import ClockMode, ClockQuestion, SkippedDay, WorkingCalendar, simulate

LONDON = ZoneInfo("Europe/London")
EXAMPLES = json.loads((Path(__file__).parents[1] / "corpus" / "business_time.json").read_text(encoding="utf-8"))
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
# Summer time that begins at midnight, by half an hour, for a month of the lunar year; and zones without any.
ZONES = ["Europe/London", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]


def at(text: str, *, fold: int = 0) -> datetime:
    """Return the London wall time ``text``."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold)


def wall(instant: datetime) -> str:
    """Return ``instant`` as London wall time."""
    return instant.astimezone(LONDON).strftime("%a %Y-%m-%d %H:%M")


def england(**changes: object) -> WorkingCalendar:
    """Return England's calendar with ``changes``."""
    return WorkingCalendar(zone=LONDON, holidays=bank_holidays("ENG"), **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.rule("REM-2", "RES-3")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['region']}-{example['start_local']}-{example['mode']}")
def test_examples(example: dict[str, str]) -> None:
    """Each example's hours are over when a person with a wall calendar says so."""
    calendar = WorkingCalendar(zone=LONDON, holidays=bank_holidays(example["region"]))
    question = ClockQuestion(
        start_local=datetime.fromisoformat(example["start_local"]),
        span=timedelta(hours=int(example["hours"])),
        mode=ClockMode(example["mode"]),
    )
    assert simulate(question, calendar).due_local.replace(tzinfo=None).isoformat(timespec="minutes") == example["due_local"]


@pytest.mark.rule("REM-2")
@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-06T15:00", 24, "Mon 2026-03-09 15:00"),
        ("2026-03-06T15:00", 9, "Mon 2026-03-09 00:00"),
        ("2026-03-07T11:00", 24, "Tue 2026-03-10 00:00"),
        ("2026-03-07T11:00", 1, "Mon 2026-03-09 01:00"),
        ("2026-03-07T11:00", 0, "Mon 2026-03-09 00:00"),
        ("2026-03-05T11:00", 0, "Thu 2026-03-05 11:00"),
        ("2026-03-27T15:00", 24, "Mon 2026-03-30 15:00"),
        ("2026-10-23T15:00", 24, "Mon 2026-10-26 15:00"),
        ("2028-02-28T12:00", 24, "Tue 2028-02-29 12:00"),
        ("2026-12-24T15:00", 24 * 4, "Mon 2027-01-04 15:00"),
        ("2026-05-22T15:00", 24, "Tue 2026-05-26 15:00"),
    ],
)
def test_clock_stands_still_on_weekends_and_bank_holidays(start: str, hours: int, due: str) -> None:
    """Working hours pass on working days only, and are over inside one."""
    assert wall(england().add(at(start), timedelta(hours=hours))) == due


@pytest.mark.rule("REM-2")
def test_a_working_day_of_summer_times_change_has_the_hours_that_elapse() -> None:
    """Where Sundays are worked, the days on which summer time begins and ends have 23 and 25 hours."""
    always = WorkingCalendar(zone=LONDON, weekend=frozenset())
    assert wall(always.add(at("2026-03-29T00:00"), timedelta(hours=23))) == "Mon 2026-03-30 00:00"
    assert wall(always.add(at("2026-10-25T00:00"), timedelta(hours=24))) == "Sun 2026-10-25 23:00"


@pytest.mark.rule("REM-2")
def test_ambiguous_wall_times_are_two_instants() -> None:
    """On a worked Sunday the two 01:30 of the change are an hour apart, and so are the times when their hours are over."""
    always = WorkingCalendar(zone=LONDON, weekend=frozenset())
    first, second = (always.add(at("2026-10-25T01:30", fold=fold), timedelta(hours=1)) for fold in (0, 1))
    assert (first, second) == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC))


@pytest.mark.rule("REM-3", "REM-4")
def test_days_are_added_and_removed_and_the_weekend_is_configured() -> None:
    """A local closure stands still, a removed bank holiday or Saturday is worked, and a weekend may be Friday and Saturday."""
    closed = england(added={date(2026, 3, 3): "staff training"})
    assert wall(closed.add(at("2026-03-02T10:00"), DAY)) == "Wed 2026-03-04 10:00"
    worked = england(removed=frozenset({date(2026, 12, 25), date(2026, 12, 26)}))
    assert wall(worked.add(at("2026-12-24T15:00"), 2 * DAY)) == "Sat 2026-12-26 15:00"
    eastern = WorkingCalendar(zone=ZoneInfo("Asia/Dubai"), weekend=frozenset({4, 5}))
    assert eastern.add(datetime(2026, 3, 5, 10, tzinfo=UTC), DAY) == datetime(2026, 3, 8, 10, tzinfo=UTC)


@pytest.mark.rule("REM-3")
def test_skipped_days_say_why() -> None:
    """Every day on which the clock stood still is listed with the reason a person would give."""
    calendar = england(added={date(2026, 12, 29): "local closure"})
    start = at("2026-12-24T15:00")
    assert calendar.skipped(start, calendar.add(start, DAY)) == (
        SkippedDay(day=date(2026, 12, 25), why="Christmas Day"),
        SkippedDay(day=date(2026, 12, 26), why="Boxing Day"),
        SkippedDay(day=date(2026, 12, 27), why="Sunday"),
        SkippedDay(day=date(2026, 12, 28), why="Boxing Day (observed)"),
        SkippedDay(day=date(2026, 12, 29), why="local closure"),
    )
    bare = WorkingCalendar(zone=LONDON, holidays=frozenset({date(2026, 3, 3)}))
    assert bare.skipped(at("2026-03-02T10:00"), at("2026-03-04T10:00")) == (SkippedDay(day=date(2026, 3, 3), why="bank holiday"),)


@pytest.mark.rule("RES-3")
def test_elapsed_time_counts_every_hour() -> None:
    """Elapsed hours run on weekends and bank holidays, and across summer time's change."""
    question = ClockQuestion(start_local=datetime.fromisoformat("2026-10-23T15:00"), span=3 * DAY, mode=ClockMode.ELAPSED)
    answer = simulate(question, england())
    assert (wall(answer.due_at), answer.skipped) == ("Mon 2026-10-26 14:00", ())


def test_naive_instants_and_impossible_spans_are_refused() -> None:
    """A naive instant, a negative span and one of more than ten years raise ValueError."""
    calendar = england()
    with pytest.raises(ValueError, match="aware"):
        calendar.add(at("2026-03-02T10:00").replace(tzinfo=None), DAY)
    with pytest.raises(ValueError, match="ten years"):
        calendar.add(at("2026-03-02T10:00"), -QUARTER)
    with pytest.raises(ValueError, match="ten years"):
        calendar.elapsed(at("2026-03-02T10:00"), 4000 * DAY)


def test_a_calendar_without_working_days_is_called_a_mistake() -> None:
    """A weekend of seven days raises ConfigError instead of searching for ever."""
    with pytest.raises(ConfigError, match="no working day"):
        WorkingCalendar(zone=LONDON, weekend=frozenset(range(7))).add(at("2026-03-02T10:00"), DAY)


# ---------------------------------------------------------------------------------------------------------- properties

quarter_hours = st.integers(0, 24 * 365 * 24 * 4).map(lambda count: datetime(2012, 1, 1, tzinfo=UTC) + count * QUARTER)
spans = st.integers(0, 6 * 96).map(lambda count: count * QUARTER)
regions = st.sampled_from(["ENG", "SCT", "WLS", "NIR", "US-CA", "FR"])


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    """Draw a calendar of any zone and region, with any two days off in the week."""
    weekend = draw(st.frozensets(st.integers(0, 6), max_size=3))
    return WorkingCalendar(zone=ZoneInfo(draw(st.sampled_from(ZONES))), holidays=bank_holidays(draw(regions)), weekend=weekend)


def counted(calendar: WorkingCalendar, start: datetime, span: timedelta) -> datetime:
    """Return what ``add`` should, by looking at every quarter of an hour."""
    instant, left = start, span
    while not calendar.is_working(calendar.local_day(instant)) or left:
        left -= QUARTER if calendar.is_working(calendar.local_day(instant)) else timedelta(0)
        instant += QUARTER
    return instant


@pytest.mark.rule("REM-2")
@settings(max_examples=150)
@given(calendars(), quarter_hours, spans)
def test_working_time_is_what_counting_quarter_hours_gives(calendar: WorkingCalendar, start: datetime, span: timedelta) -> None:
    """In any zone and region the due instant is the one that counting every quarter of an hour finds."""
    assert calendar.add(start, span) == counted(calendar, start, span)


def midnights(zone: str) -> list[datetime]:
    """Return the quarter hours around the changes of summer time of ``zone`` from 2012 to 2035."""
    hours = (datetime(2012, 1, 1, tzinfo=UTC) + count * timedelta(hours=6) for count in range(24 * 366 * 4))
    local = ZoneInfo(zone)
    return [hour for hour in hours if hour.astimezone(local).utcoffset() != (hour + timedelta(hours=6)).astimezone(local).utcoffset()]


@pytest.mark.rule("REM-2")
@pytest.mark.parametrize("zone", ["Europe/London", "America/Havana"])
def test_every_change_of_summer_time(zone: str) -> None:
    """Around every change of summer time, with all days worked or only weekdays, the clock agrees with counting."""
    for weekend in (frozenset({5, 6}), frozenset[int]()):
        calendar = WorkingCalendar(zone=ZoneInfo(zone), weekend=weekend)
        for change in midnights(zone):
            start = change - timedelta(hours=20)
            assert calendar.add(start, DAY) == counted(calendar, start, DAY)


@given(calendars(), quarter_hours, spans, spans)
def test_working_time_is_additive(calendar: WorkingCalendar, start: datetime, first: timedelta, second: timedelta) -> None:
    """Two spans one after the other are over when their sum is."""
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendars(), quarter_hours, quarter_hours, spans, spans)
def test_working_time_is_monotonic(calendar: WorkingCalendar, one: datetime, other: datetime, first: timedelta, second: timedelta) -> None:
    """A later start and a longer span are never over earlier."""
    (early, late), (short, long) = sorted((one, other)), sorted((first, second))
    assert calendar.add(early, short) <= calendar.add(late, short)
    assert calendar.add(early, short) <= calendar.add(early, long)


@given(calendars(), quarter_hours, spans)
def test_due_is_inside_a_working_day_and_the_span_has_just_run(calendar: WorkingCalendar, start: datetime, span: timedelta) -> None:
    """The due instant lies inside a working day, and the working time up to it is the span."""
    due = calendar.add(start, span)
    assert calendar.is_working(calendar.local_day(due))
    assert calendar.between(start, due) == span
    assert calendar.between(due + QUARTER, start) == timedelta(0)


@pytest.mark.rule("REM-6")
@pytest.mark.parametrize(
    ("instant", "opening"),
    [
        ("2026-03-03T12:00", "2026-03-03T12:00"),  # inside
        ("2026-03-03T03:00", "2026-03-03T07:00"),  # at night: in the morning
        ("2026-03-03T19:00", "2026-03-04T07:00"),  # the window's end is outside
        ("2026-03-06T23:00", "2026-03-09T07:00"),  # Friday night: not on Saturday
        ("2026-03-28T12:00", "2026-03-30T06:00"),  # over the change of summer time, 7:00 local
    ],
)
def test_a_send_window_opens_in_the_morning_of_a_working_day(instant: str, opening: str) -> None:
    """The earliest instant on a working day between two local times."""
    calendar = WorkingCalendar(zone=ZoneInfo("Europe/London"))
    start = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert datetime.fromisoformat(opening).replace(tzinfo=UTC) == calendar.opening(start, time(7), time(19))


@pytest.mark.rule("REM-6")
def test_a_send_window_in_a_calendar_without_working_days_is_a_mistake() -> None:
    """It is told as one, instead of searching for ever."""
    idle = WorkingCalendar(zone=LONDON, weekend=frozenset(range(7)))
    with pytest.raises(ConfigError, match="no working day in the 400 days after 2026-03-03"):
        idle.opening(at("2026-03-03T12:00"), time(7), time(19))
