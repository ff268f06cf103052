"""Start the real daemon under a stopwatch: ``python -m tests.fuzz.launch --holds FILE --config DIR``.

Every callback that the event loop runs is timed in processor time of the loop's thread, from outside: production code has no hook for it.
Each that took longer than all before it is one line of FILE: milliseconds and the callback's name.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from asyncio import events
from pathlib import Path
from typing import Any

from maild import daemon


class Stopwatch:
    """Times callbacks, and notes each new record in ``path``; only once the daemon is ready, since until then it serves nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._longest = 0.0
        self.ready = False

    def note(self, seconds: float, handle: events.Handle) -> None:
        """Note a record."""
        if self.ready and seconds > self._longest:
            self._longest = seconds
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{1000 * seconds:.1f} {handle!r:.300}\n")

    def plant(self, kind: Any = events.Handle) -> None:
        """Time every callback from now on."""
        run, thread_time = kind._run, time.thread_time

        def timed(handle: events.Handle) -> None:
            began = thread_time()
            run(handle)
            self.note(thread_time() - began, handle)

        kind._run = timed


def main() -> None:
    """Plant the stopwatch, and run the daemon."""
    if os.environ.get("MAILD_TESTING") != "1":
        sys.exit("this is for tests only: MAILD_TESTING=1 is not set")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--holds", type=Path, required=True)
    asked = parser.parse_args()
    stopwatch = Stopwatch(asked.holds)
    stopwatch.plant()

    def ready(line: str) -> None:
        print(line, flush=True)
        asyncio.get_running_loop().call_soon(setattr, stopwatch, "ready", True)  # what says so is still the start

    asyncio.run(daemon.serve(asked.config, ready=ready))


if __name__ == "__main__":
    main()
