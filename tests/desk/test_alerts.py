"""What is said of an alert: once when it is raised, again at its interval, once when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maild.desk.alerts import KINDS, NEWS_SPAN, Alerts, Turn, Word, age, kind_of, rule, text_of
from maild.store.alerts import Standing
from tests.policy.helpdesk import NOW

REPEAT = timedelta(hours=4)
BRAKE = Word(alert="brake", why="300 a minute")


def standing(alert: str = "brake", **more: object) -> Standing:
    """Return an alert that was raised just now."""
    made = Standing(alert=alert, severity="warning", why="300 a minute", raised_at=NOW, said_at=NOW, seen_at=NOW)
    return replace(made, **more)  # type: ignore[arg-type]  # its own fields


@pytest.mark.rule("OPS-9")
def test_an_alert_is_said_when_it_is_raised_and_not_again_at_once() -> None:
    """It bears the severity of its kind."""
    first = rule(BRAKE, None, now=NOW, repeat=REPEAT)
    assert (Turn.RAISED, standing()) == (first.turn, first.after)
    assert Turn.NOTHING is rule(BRAKE, first.after, now=NOW + timedelta(hours=3), repeat=REPEAT).turn


@pytest.mark.rule("OPS-9")
def test_an_alert_that_lasts_is_said_again_at_its_interval() -> None:
    """Whether it is seen again then, or nobody has said that it is over."""
    later = NOW + REPEAT
    assert Turn.REPEATED is rule(BRAKE, standing(), now=later, repeat=REPEAT).turn
    assert Turn.REPEATED is age(standing("relay"), now=later, repeat=REPEAT).turn
    assert Turn.NOTHING is age(standing("relay"), now=later - timedelta(seconds=1), repeat=REPEAT).turn


@pytest.mark.rule("OPS-9")
def test_a_new_case_of_what_is_known_is_said_before_the_interval_but_not_at_once() -> None:
    """A second mail in quarantine is news; a hundred in a minute are one."""
    known = standing("quarantine", mark=7)
    word = Word(alert="quarantine", why="2 in all", mark=8)
    assert Turn.NOTHING is rule(word, known, now=NOW + NEWS_SPAN / 2, repeat=REPEAT).turn
    said = rule(word, known, now=NOW + NEWS_SPAN, repeat=REPEAT)
    assert (Turn.REPEATED, 8) == (said.turn, said.after.mark if said.after else 0)
    assert Turn.NOTHING is rule(replace(word, mark=7), known, now=NOW + NEWS_SPAN, repeat=REPEAT).turn


@pytest.mark.rule("OPS-9")
def test_an_alert_is_over_when_that_is_said_or_nothing_of_it_was_seen_for_its_quiet_span() -> None:
    """One that does not stand is not over."""
    assert Turn.RECOVERED is rule(Word(alert="relay", why=""), standing("relay"), now=NOW, repeat=REPEAT).turn
    assert Turn.NOTHING is rule(Word(alert="relay", why=""), None, now=NOW, repeat=REPEAT).turn
    quiet = KINDS["brake"].quiet
    assert quiet is not None
    assert Turn.RECOVERED is age(standing(), now=NOW + quiet, repeat=REPEAT).turn
    seen = rule(BRAKE, standing(), now=NOW + quiet / 2, repeat=REPEAT).after
    assert seen is not None
    assert Turn.NOTHING is age(seen, now=NOW + quiet, repeat=REPEAT).turn


@pytest.mark.rule("OPS-9")
def test_the_last_word_on_each_alert_counts() -> None:
    """Ten thousand answers held back are one word."""
    alerts = Alerts()
    for number in range(10_000):
        alerts.raise_("brake", f"{number}")
    alerts.raise_("relay", "refused")
    alerts.recover("relay")
    assert [("brake", "9999"), ("relay", "")] == [(word.alert, word.why) for word in alerts.take()]
    assert [] == alerts.take()


@pytest.mark.rule("OPS-9")
def test_the_text_says_what_stands_since_when_and_how_urgent_it_is() -> None:
    """It is read on a telephone at night."""
    text = text_of(Turn.RAISED, standing("template:ack", why="line 3: 'refrence' is undefined"), now=NOW, place="desk.example")
    assert "maild at desk.example: alert template:ack raised (warning)" == text.splitlines()[0]
    assert all(word in text for word in ("a template is broken", "line 3: 'refrence' is undefined", "since 2026-03-03 14:02 UTC"))
    assert "over at 2026-03-03 14:02" in text_of(Turn.RECOVERED, standing(), now=NOW, place="desk.example")


def test_an_alert_of_no_known_kind_is_an_error() -> None:
    """Nothing is lost because a word is new."""
    assert "error" == kind_of("weather:storm").severity
