"""What a peer's program says to the benchmark: it reads ``batch KIND COUNT SEED`` and answers ``done SECONDS CPU ANSWERS`` a line.

Runs with the peer's own interpreter, so it imports nothing of maild's dependencies.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable

from tests.bench.mails import Mail, people

Work = Callable[[Iterable[Mail]], int]


def serve(work: Work) -> None:
    """Have ``work`` take batches of mails, until standard input ends; it returns how many were answered."""
    print("ready", flush=True)
    for line in sys.stdin:
        _, kind, count, seed = line.split()
        mails = list(people(int(count), known=kind == "known", seed=seed))
        wall, cpu = time.perf_counter(), time.process_time()
        answered = work(mails)
        print("done", time.perf_counter() - wall, time.process_time() - cpu, answered, flush=True)
