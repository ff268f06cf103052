"""Daemons on PostgreSQL: killed at any moment, two on one database, and the server stopped under them.

``MAILD_KILLS=100 pytest tests/faults/test_postgresql.py -s`` kills more often; ``python -m tests.faults`` prints the figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import postgres_bin
from tests.faults.kill import RANDOM, campaign, plan
from tests.faults.launch import POINTS
from tests.faults.pair import Pair
from tests.servers.postgresql import PostgresqlServer
from tests.support.fixtures import sink
from tests.support.sink import RecordingSink

KILLS = int(os.environ.get("MAILD_KILLS", "6"))
MAILS = KILLS * 30
SEED = int(os.environ.get("MAILD_SEED", "20261123"))

__all__ = ["sink"]
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def durable_server() -> Iterator[PostgresqlServer]:
    """A server of its own, which syncs as a real one does."""
    binaries = postgres_bin()
    assert binaries is not None
    server = PostgresqlServer(binaries, durable=True)
    yield server
    server.close()


@pytest.mark.rule("INT-3", "INT-8", "INT-10", "INT-11", "OUT-1", "OUT-2", "STO-1", "SCL-1", "SCL-2")
def test_no_kill_loses_or_doubles_a_mail(durable_server: PostgresqlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One daemon on PostgreSQL, killed again and again: each mail told 250 is on exactly one ticket, no mail out has two versions."""
    report = campaign(tmp_path, kills=KILLS, mails=MAILS, seed=SEED, database=durable_server.database())
    with capsys.disabled():
        print(f"\n{report}")
    assert (report.problems, report.kills.total(), report.accepted >= MAILS) == ([], KILLS, True)


@pytest.mark.rule("SCL-2", "INT-3", "INT-8", "OUT-2")
def test_killing_one_of_two_loses_and_doubles_nothing(
    durable_server: PostgresqlServer, tmp_path: Path, sink: RecordingSink, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two daemons share a database; whichever dies, and wherever, the other serves on and takes over what the dead one had claimed."""
    pair = Pair(tmp_path, sink, seed=SEED, database=durable_server.database())
    points = [point for point in plan(2 * KILLS, SEED) if point in (*POINTS, RANDOM)][:KILLS]
    report = pair.run(points=points, mails=MAILS)
    with capsys.disabled():
        print(f"\n{report}")
    assert (report.problems, report.kills.total()) == ([], KILLS)
