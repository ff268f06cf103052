"""``python -m tests.faults``: long campaigns of kills, and every fault test, with their figures; ``make faults``.

The kills come on SQLite, on PostgreSQL, and among two daemons on one PostgreSQL; then the table of ``docs/reliability.md`` is written anew.
MAILD_KILLS says how often to kill (100), MAILD_SEED at which moments.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.conftest import postgres_bin
from tests.faults import table
from tests.faults.kill import RANDOM, Report, campaign, plan
from tests.faults.launch import POINTS
from tests.faults.pair import Pair
from tests.servers.postgresql import PostgresqlServer
from tests.support.sink import recording_sink


def on_sqlite(folder: Path, kills: int, seed: int) -> Report:
    """Return the report of one daemon on SQLite."""
    return campaign(folder, kills=kills, mails=max(1_000, kills * 30), seed=seed)


def on_postgresql(folder: Path, kills: int, seed: int) -> Report:
    """Return the report of one daemon on PostgreSQL."""
    server = _server()
    try:
        return campaign(folder, kills=kills, mails=kills * 30, seed=seed, database=server.database())
    finally:
        server.close()


def of_two(folder: Path, kills: int, seed: int) -> Report:
    """Return the report of two daemons on one PostgreSQL."""
    server = _server()
    try:
        with recording_sink() as sink:
            points = [point for point in plan(2 * kills, seed) if point in (*POINTS, RANDOM)][:kills]
            return Pair(folder, sink, seed=seed, database=server.database()).run(points=points, mails=kills * 30)
    finally:
        server.close()


def _server() -> PostgresqlServer:
    binaries = postgres_bin()
    assert binaries is not None
    return PostgresqlServer(binaries, durable=True)


def main() -> int:
    """Return 0 where every promise was kept."""
    kills = int(os.environ.get("MAILD_KILLS", "100"))
    seed = int(os.environ.get("MAILD_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    campaigns: dict[str, Callable[[Path, int, int], Report]] = {"SQLite": on_sqlite}
    if postgres_bin() is not None:
        campaigns |= {"PostgreSQL": on_postgresql, "two daemons on PostgreSQL": of_two}
    failed = False
    for name, run in campaigns.items():
        print(f"{name}: killing the daemon {kills} times, seed {seed}. This takes about {kills * 5 // 60 + 1} minutes.", flush=True)
        with tempfile.TemporaryDirectory(prefix="maild-faults-") as folder:
            report = run(Path(folder), kills, seed)
        print(report, flush=True)
        failed = failed or bool(report.problems)
    return table.main() or int(failed)


if __name__ == "__main__":
    sys.exit(main())
