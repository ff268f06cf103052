"""Whether the wall clock can be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from maild.workers.timekeeping import ClockWatch

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.rule("OPS-12")


def watching(last_seen: datetime | None = NOON) -> ClockWatch:
    """Return a watch that began at noon, when 1000 monotonic seconds had passed."""
    watch = ClockWatch()
    watch.begin(NOON, 1000.0, last_seen)
    return watch


@pytest.mark.parametrize(
    ("minutes", "seconds", "believed"),
    [
        (60, 3600.0, True),  # an hour on both
        (64, 3600.0, True),  # four minutes apart
        (65, 3600.0, False),
        (55, 3600.0, False),
        (-60, 1.0, False),
        (0, 0.0, True),
    ],
)
def test_the_two_clocks_go_together(minutes: int, seconds: float, believed: bool) -> None:
    """Five minutes apart, in either way, are too many."""
    trouble = watching().trouble(NOON + timedelta(minutes=minutes), 1000.0 + seconds)
    assert believed == (trouble == "")


@pytest.mark.parametrize(("days", "believed"), [(0, True), (13, True), (14, False), (-14, False), (-13, True)])
def test_the_clock_is_where_it_was_last_seen(days: int, believed: bool) -> None:
    """Two weeks away from the last run are too many."""
    assert believed == (watching(NOON - timedelta(days=days)).trouble(NOON, 1000.0) == "")


def test_a_new_store_has_seen_no_clock() -> None:
    """The first start believes what it finds."""
    assert watching(None).trouble(NOON, 1000.0) == ""


def test_a_clock_that_is_put_right_is_believed_again() -> None:
    """No restart is needed."""
    watch = watching()
    wrong = watch.trouble(NOON - timedelta(hours=1), 1001.0)
    assert (wrong, watch.trouble(NOON + timedelta(seconds=2), 1002.0)) == ("the wall clock was set back by 60 minutes", "")


def test_a_machine_that_starts_with_a_wrong_clock_is_believed_when_it_is_put_right() -> None:
    """A battery that was flat says 2020; a minute later the network's time comes, and counts from then on."""
    watch = ClockWatch()
    wrong = datetime(2020, 1, 1, tzinfo=UTC)
    watch.begin(wrong, 10.0, NOON)
    assert "was last seen at 2026-03-03 12:00" in watch.trouble(wrong, 10.0)
    assert watch.trouble(NOON + timedelta(minutes=1), 70.0) == ""
    assert watch.trouble(NOON + timedelta(minutes=2), 130.0) == ""


def test_an_administrators_word_is_enough() -> None:
    """What he trusts is the new beginning."""
    watch = watching(NOON - timedelta(days=30))
    watch.trust(NOON, 1000.0)
    assert (watch.trouble(NOON, 1000.0), watch.trouble(NOON + timedelta(hours=1), 1000.0) == "") == ("", False)
