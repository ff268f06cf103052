"""SIGKILL at any moment: what was told 250 is one ticket, and what went out went out once, or twice with the same bytes.

``MAILD_KILLS=100 pytest tests/faults/test_kill.py -s`` kills more often; ``python -m tests.faults`` prints the figures.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.account import write_row
from tests.faults.kill import RANDOM, RELAY_POINT, Campaign, campaign, plan
from tests.faults.launch import POINTS
from tests.support.fixtures import sink
from tests.support.sink import RecordingSink

KILLS = int(os.environ.get("MAILD_KILLS", "30"))
MAILS = max(1_000, KILLS * 30)
SEED = int(os.environ.get("MAILD_SEED", "20261123"))

__all__ = ["sink"]


@pytest.mark.slow
@pytest.mark.rule("INT-3", "INT-8", "INT-10", "INT-11", "OUT-1", "OUT-2", "STO-1", "STO-2")
def test_no_kill_loses_or_doubles_a_mail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However often the daemon is killed, each mail told 250 is on exactly one ticket, and no mail out has two versions."""
    report = campaign(tmp_path, kills=KILLS, mails=MAILS, seed=SEED)
    with capsys.disabled():
        print(f"\n{report}")
    assert (report.problems, report.kills.total(), report.accepted >= MAILS) == ([], KILLS, True)
    write_row(report.row("the daemon is killed (SQLite)"))


@pytest.mark.slow
@pytest.mark.rule("INT-3")
def test_the_account_notices_a_250_before_the_commit(tmp_path: Path, sink: RecordingSink) -> None:
    """With a fault planted that says 250 before the commit, the same account of the same kills reports lost mails."""
    report = Campaign(tmp_path, sink, seed=SEED, fault="early-250").run(points=[RANDOM] * 3, mails=0)
    assert any(problem.startswith("lost: ") for problem in report.problems)


def test_a_plan_of_thirty_kills_visits_every_named_point() -> None:
    """Thirty kills, as ``make test`` runs them, visit each named point once and random moments as often."""
    points = plan(30, SEED)
    assert {point: points.count(point) for point in (*POINTS, RELAY_POINT)} == dict.fromkeys((*POINTS, RELAY_POINT), 1)
    assert points.count(RANDOM) == 15
