"""The alerts that are raised outlive the daemon; of several daemons one speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maild.store import alerts
from maild.store.alerts import Standing
from maild.store.database import Engine, run_once
from tests.policy.helpdesk import NOW

BRAKE = Standing(alert="brake", severity="warning", why="300 a minute", raised_at=NOW, said_at=NOW, seen_at=NOW)


@pytest.mark.rule("OPS-9")
def test_an_alert_is_raised_by_the_first_and_ended_by_the_first(engine: Engine) -> None:
    """Whoever comes second says nothing."""
    assert [True, False] == [run_once(engine, alerts.begin, BRAKE), run_once(engine, alerts.begin, BRAKE)]
    assert [BRAKE] == run_once(engine, alerts.standing)
    assert [True, False] == [run_once(engine, alerts.end, "brake"), run_once(engine, alerts.end, "brake")]
    assert [] == run_once(engine, alerts.standing)


@pytest.mark.rule("OPS-9")
def test_of_two_who_repeat_an_alert_one_is_heard(engine: Engine) -> None:
    """The change counts only on what was read."""
    run_once(engine, alerts.begin, BRAKE)
    later = replace(BRAKE, said_at=NOW + timedelta(hours=4))
    assert [True, False] == [run_once(engine, alerts.change, BRAKE, later), run_once(engine, alerts.change, BRAKE, later)]
    assert [later] == run_once(engine, alerts.standing)
