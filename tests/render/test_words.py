"""Dates, counts and sizes as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from maild.render import words

LONDON = ZoneInfo("Europe/London")


@pytest.mark.rule("ACK-1")
@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2026, 3, 3, 14, 2, tzinfo=UTC), "Tuesday 3 March, 14:02"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "Thursday 2 July, 00:30"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Sunday 29 March, 00:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Sunday 29 March, 02:00"),
        (datetime(2026, 12, 25, 9, 5, tzinfo=timezone(timedelta(hours=5))), "Friday 25 December, 04:05"),
    ],
)
def test_instants_are_shown_in_the_helpdesks_zone(instant: datetime, shown: str) -> None:
    """Weekday, day, month and time of the helpdesk's own wall clock, summer time included."""
    assert words.when(LONDON, words.ENGLISH)(instant) == shown


def test_a_language_brings_its_own_names_and_pattern() -> None:
    """``dates.toml`` decides what a date looks like."""
    days = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
    months = [str(number) for number in range(1, 13)]
    pattern = "{weekday}, {day}.{month_number}.{year}, {hour}.{minute:02d} Uhr"
    read = words.dates(f"days = {days}\nmonths = {months}\npattern = '{pattern}'")
    assert words.when(LONDON, read)(datetime(2026, 3, 3, 14, 2, tzinfo=UTC)) == "Dienstag, 3.3.2026, 14.02 Uhr"


@pytest.mark.parametrize(
    "text",
    [
        "days = [",
        "days = ['Mon']",
        "days = 'Monday'",
        "months = ['x']",
        "days = ['a','b','c','d','e','f','g']\nmonths = ['1','2','3','4','5','6','7','8','9','10','11','12']\npattern = '{when}'",
        "days = ['a','b','c','d','e','f','g']\nmonths = ['1','2','3','4','5','6','7','8','9','10','11','12']\npattern = '{'",
        "days = ['a','b','c','d','e','f','g']\nmonths = ['1','2','3','4','5','6','7','8','9','10','11','12']\npattern = '{day.x}'",
    ],
)
def test_a_broken_dates_file_is_a_mistake(text: str) -> None:
    """No TOML, too few names, and unknown words in the pattern are found when it is read."""
    with pytest.raises(ValueError):
        words.dates(text)


@pytest.mark.parametrize(("count", "shown"), [(0, "0 points"), (1, "1 point"), (2, "2 points")])
def test_counts_take_the_word_that_fits(count: int, shown: str) -> None:
    """One point, two points."""
    assert words.plural(count, "point", "points") == shown


@pytest.mark.parametrize(("octets", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (340_000, "340 kB"), (35_000_000, "35.0 MB")])
def test_sizes_are_short(octets: int, shown: str) -> None:
    """Bytes, kB or MB."""
    assert words.size(octets) == shown


def test_text_becomes_paragraphs_with_nothing_of_it_as_html() -> None:
    """Blocks are paragraphs, lines are breaks, markup is text."""
    assert str(words.paragraphs('a <b>\r\n& c\n\n\n\n"d"\n')) == "<p>a &lt;b&gt;<br>\n&amp; c</p>\n<p>&#34;d&#34;</p>"


def test_words_of_a_person_are_set_in() -> None:
    """Each line stands apart, empty lines stay empty."""
    assert words.indented("\na\n\nb\r\nc\n") == "    a\n\n    b\n    c"


@pytest.mark.rule("ACK-2")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short. And short.", "Short. And short."),
        (
            "We received it on Tuesday 3 March, 14:02. Reply to this mail to add something, and do not change the subject.",
            "We received it on Tuesday 3 March, 14:02.\nReply to this mail to add something, and do not change the subject.",
        ),
        (
            "Without an answer by Thursday 12 March, 15:00, we will mark this as resolved.",
            "Without an answer by Thursday 12 March, 15:00,\nwe will mark this as resolved.",
        ),
        (
            "It is about your request INC0012345, which we received on Tuesday 3 March, 14:02.",
            "It is about your request INC0012345,\nwhich we received on Tuesday 3 March, 14:02.",
        ),
        ("    " + "words " * 20, "    " + "words " * 11 + "words\n    " + "words " * 7 + "words"),
        ("* " + "words " * 20, "* " + "words " * 11 + "words\n  " + "words " * 7 + "words"),
        ("    a  b   c" + " d" * 50, "    a  b   c" + " d" * 32 + "\n    " + "d " * 17 + "d"),
        ("https://desk.example/" + "x" * 90, "https://desk.example/" + "x" * 90),
        ("It is at https://desk.example/" + "x" * 90 + " now and then", "It is at\nhttps://desk.example/" + "x" * 90 + "\nnow and then"),
        ("Re-open INC0012345 o-" + "x" * 90, "Re-open INC0012345 o-" + "x" * 90),
        ("Any other information you may think will be relevant to assist us in resolving your incident:",) * 2,
    ],
)
def test_no_line_is_longer_than_a_screen(text: str, shown: str) -> None:
    """Sentences stay whole where they can, and dates; links, link subjects and labels of the form always do."""
    assert shown == words.wrapped(text)
