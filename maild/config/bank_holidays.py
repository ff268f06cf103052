"""Bank holidays by region, from the ``holidays`` library, as data for ``policy/calendar.py`` (REM-2).

The library is imported when the first region is asked for: what needs no calendar starts without it. Regions are ``ENG``, ``SCT``,
``WLS`` and ``NIR``, or a country with its subdivision as ISO 3166 writes them (``GB-SCT``, ``DE-BY``, ``FR``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from maild.config.settings import CalendarSettings
from maild.errors import ConfigError
from maild.policy.calendar import WorkingCalendar

# `holidays.GB()` without a subdivision lacks Easter Monday and the August bank holiday.
_UNITED_KINGDOM = ("ENG", "SCT", "WLS", "NIR")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


class BankHolidays(Mapping[date, str]):
    """The bank holidays of one region and their names; each year is worked out when it is first asked for."""

    def __init__(self, region: str, library: Any) -> None:
        self.region = region
        self._library = library
        # Without a language the names would depend on the process's locale.
        spoken = library.list_localized_countries(include_aliases=False).get(region.partition("-")[0], [])
        self._language = next((language for language in ("en_GB", "en_US") if language in spoken), spoken[0] if spoken else None)
        self._years: dict[int, dict[date, str]] = {}

    def __getitem__(self, day: date) -> str:
        return self._year(day.year)[day]

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self._year(day.year)

    def __iter__(self) -> Iterator[date]:
        for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
            yield from sorted(self._year(year))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"BankHolidays({self.region!r})"

    def _year(self, year: int) -> dict[date, str]:
        if year not in self._years:
            country, _, subdivision = self.region.partition("-")
            made = self._library.country_holidays(country, subdiv=subdivision or None, years=year, expand=False, language=self._language)
            self._years[year] = {day: str(name) for day, name in made.items() if day.year == year}
        return self._years[year]


@lru_cache(maxsize=64)
def bank_holidays(region: str) -> BankHolidays:
    """Return the bank holidays of ``region`` with their names.

    Raises:
        ConfigError: the region is unknown, or lacks its subdivision; the text says what would do.
    """
    import holidays  # lazy: 20 ms and some MiB that most commands do not need

    wanted = region.strip().upper()
    country, _, subdivision = (f"GB-{wanted}" if wanted in _UNITED_KINGDOM else wanted).partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ConfigError(f"unknown region {region!r}: use {', '.join(_UNITED_KINGDOM)}, or a country like 'FR' or 'DE-BY'")
    if country == "GB" and not subdivision:
        raise ConfigError(f"region {region!r} needs its part of the country: {', '.join(_UNITED_KINGDOM)}")
    if subdivision and subdivision not in known[country]:
        raise ConfigError(f"unknown region {region!r}: {country} has {', '.join(known[country]) or 'no parts'}")
    return BankHolidays(f"{country}-{subdivision}" if subdivision else country, holidays)


def working_calendar(settings: CalendarSettings, region: str = "") -> WorkingCalendar:
    """Return the working days of ``region``, or of the default region, as the administrator configured them (REM-3).

    Raises:
        ConfigError: the region is unknown, or lacks its subdivision.
    """
    return WorkingCalendar(
        zone=ZoneInfo(settings.zone),
        holidays=bank_holidays(region or settings.region),
        added=settings.add_days,
        removed=frozenset(settings.remove_days),
        weekend=settings.weekend,
    )
