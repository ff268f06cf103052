"""Daemons on PostgreSQL: killed at any moment, two on one database, and the server stopped under them.

``MAILD_KILLS=100 pytest tests/faults/test_postgresql.py -s`` kills more often; ``python -m tests.faults`` prints the figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import postgres_bin
from tests.faults.account import Books, Stopwatch, write_row
from tests.faults.kill import LAUNCH, LEASE, RANDOM, campaign, plan
from tests.faults.launch import POINTS
from tests.faults.pair import Pair
from tests.servers.postgresql import PostgresqlServer
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

KILLS = int(os.environ.get("MAILD_KILLS", "6"))
MAILS = KILLS * 30
SEED = int(os.environ.get("MAILD_SEED", "20261123"))

__all__ = ["make_daemon", "sink"]
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
    write_row(report.row("the daemon is killed (PostgreSQL)"))


@pytest.mark.rule("SCL-2", "INT-3", "INT-8", "OUT-2")
def test_killing_one_of_two_loses_and_doubles_nothing(
    durable_server: PostgresqlServer, tmp_path: Path, sink: RecordingSink, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two daemons share a database; whichever dies, and wherever, the other serves on and takes over what the dead one had claimed."""
    pair = Pair(tmp_path, sink, seed=SEED, database=durable_server.database())
    points = [point for point in plan(2 * KILLS, SEED) if point in (*POINTS, RANDOM)][: KILLS // 2 + 1]
    report = pair.run(points=points, mails=MAILS)
    with capsys.disabled():
        print(f"\n{report}")
    assert (report.problems, report.kills.total()) == ([], len(points))
    write_row(report.row("one of two daemons is killed (PostgreSQL)"))


@pytest.mark.rule("SCL-1", "INT-3", "INT-4", "INT-9", "OUT-2")
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_is_stopped_is_waited_for(
    durable_server: PostgresqlServer, make_daemon: MakeDaemon, sink: RecordingSink, mode: str
) -> None:
    """Five minutes, accelerated: senders are told 451 while the server is away, whether it said goodbye or not; then all is taken, once."""
    ledger, letters = Ledger(), [_letter(number) for number in range(120)]
    daemon = make_daemon({"database": durable_server.database()}, command=(*LAUNCH, "--lease", LEASE))
    with daemon:
        senders = [Sender(letters[number::4], daemon.where, ledger, name=f"sender-{number}") for number in range(4)]
        for sender in senders:
            sender.start()
        assert ledger.wait_for(20)
        durable_server.stop(mode)
        try:
            wait_until(lambda: len(daemon.log("mail_refused")) > 60, "senders told 451")
            assert len(ledger) < len(letters)
            assert daemon.running
        finally:
            durable_server.start()
        watch = Stopwatch()
        for sender in senders:
            sender.join(2 * DEADLINE)
        daemon.wait_done(deadline=2 * DEADLINE)
        books = Books(daemon, ledger, sink.deliveries)
        assert (len(letters), 0) == (books.mails, daemon.stats()["quarantined"])
        assert {"451 4.3.0 Temporary failure, please try again later"} == {line["reply"] for line in daemon.log("mail_refused")}
        write_row(books.row(f"PostgreSQL is stopped ({mode})", told="451 4.3.0", since=watch))


def _letter(number: int) -> Letter:
    message_id, sender = new_message_id(), f"user{number}@trust.example"
    return Letter(message_id=message_id, raw=letter(message_id=message_id, sender=sender), mail_from=sender)
