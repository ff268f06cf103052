"""Bank holidays by region (REM-2), against the rules of the law written down once more."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from maild.config.bank_holidays import bank_holidays, working_calendar
from maild.config.settings import CalendarSettings
from maild.errors import ConfigError

ENG, SCT, NIR = "ENG", "SCT", "NIR"
ONE_OFF = {  # proclaimed for one year: (added, left out)
    2012: ({"06-04", "06-05"}, {"05-28"}),
    2020: ({"05-08"}, {"05-04"}),
    2022: ({"06-02", "06-03", "09-19"}, {"05-30"}),
    2023: ({"05-08"}, set()),
}


def easter(year: int) -> date:
    """Return Easter Sunday of ``year`` (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def monday(year: int, month: int, which: int) -> date:
    """Return the first (1) or last (-1) Monday of a month."""
    day = date(year, month, 1) if which == 1 else date(year + month // 12, month % 12 + 1, 1) - timedelta(days=7)
    return day + timedelta(days=(7 - day.weekday()) % 7)


def weekdays_off(year: int, region: str) -> set[date]:
    """Return the weekdays of ``year`` that are bank holidays in ``region``."""
    fixed = {ENG: ["01-01", "12-25", "12-26"], SCT: ["01-01", "01-02", "11-30", "12-25", "12-26"]}
    fixed[NIR] = [*fixed[ENG], "03-17", "07-12"]
    off = {easter(year) - timedelta(days=2), monday(year, 5, 1), monday(year, 5, -1)}
    off |= {monday(year, 8, 1)} if region == SCT else {easter(year) + timedelta(days=1), monday(year, 8, -1)}
    added, left_out = ONE_OFF.get(year, (set(), set()))
    off = {day for day in off if f"{day:%m-%d}" not in left_out} | {date.fromisoformat(f"{year}-{day}") for day in added}
    if (year, region) == (2026, SCT):
        off.add(date(2026, 6, 15))
    for text in fixed[region]:
        day = date.fromisoformat(f"{year}-{text}")
        substitute = day
        while substitute.weekday() > 4 or (substitute in off or (substitute != day and f"{substitute:%m-%d}" in fixed[region])):
            substitute += timedelta(days=1)
        off.add(substitute)
    return off


@pytest.mark.rule("REM-2")
@pytest.mark.parametrize("region", [ENG, SCT, NIR, "WLS"])
def test_weekdays_off_are_those_of_the_law(region: str) -> None:
    """From 2012 to 2035 each weekday off is one that the law and the proclamations made, and none is missing."""
    for year in range(2012, 2036):
        found = {day for day in bank_holidays(region) if day.year == year and day.weekday() < 5}
        assert (year, sorted(found)) == (year, sorted(weekdays_off(year, ENG if region == "WLS" else region)))


@pytest.mark.rule("REM-2")
def test_regions_are_named_shortly_or_by_country() -> None:
    """A part of the United Kingdom goes by its three letters or with its country, in any case; other countries by their code."""
    assert date(2026, 7, 13) in bank_holidays("NIR")
    assert date(2026, 7, 13) in bank_holidays("gb-nir")
    assert bank_holidays("FR")[date(2026, 7, 14)] == "National Day"
    assert date(2026, 1, 6) in bank_holidays("DE-BY")
    assert "not a day" not in bank_holidays("FR")
    assert repr(bank_holidays("SCT")) == "BankHolidays('GB-SCT')"


def test_all_days_of_a_century_are_counted() -> None:
    """The mapping has as many days as it yields."""
    assert len(bank_holidays("ENG")) == len(list(bank_holidays("ENG")))


@pytest.mark.rule("REM-2")
@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("GB", "needs its part of the country: ENG, SCT, WLS, NIR"),
        ("", "unknown region"),
        ("XX", "unknown region 'XX': use ENG, SCT, WLS, NIR, or a country"),
        ("DE-ZZ", "unknown region 'DE-ZZ': DE has BB, BE"),
        ("AD-99", "unknown region 'AD-99': AD has"),
    ],
)
def test_region_that_does_not_do_is_named_with_what_would(region: str, said: str) -> None:
    """An unknown region, and the whole United Kingdom, raise ConfigError with what would do."""
    with pytest.raises(ConfigError, match=said):
        bank_holidays(region)


@pytest.mark.rule("REM-3", "REM-4")
def test_calendar_is_what_the_administrator_configured() -> None:
    """Added and removed days, the weekend and the region of the configuration make the working days."""
    settings = CalendarSettings(add_days={date(2026, 3, 3): "training"}, remove_days=(date(2026, 12, 25),), weekend=frozenset({6}))
    calendar = working_calendar(settings)
    working = [date(2026, 3, 7), date(2026, 12, 25), date(2026, 3, 17)]
    skipped = [date(2026, 3, 3), date(2026, 3, 8), date(2026, 12, 26)]
    assert [calendar.is_working(day) for day in (*working, *skipped)] == [True] * 3 + [False] * 3
    assert not working_calendar(settings, "NIR").is_working(date(2026, 3, 17))
