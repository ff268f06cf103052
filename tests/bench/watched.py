"""The daemon with a stop-watch: how much processor time the longest callback of its loop took since the last look.

``python -m tests.bench.watched CONFIG`` is ``maild run --config CONFIG``; on SIGUSR1 it prints ``longest SECONDS WHERE`` and begins anew.
"""

from __future__ import annotations

import asyncio
import asyncio.events
import contextlib
import signal
import sys
import time
from pathlib import Path

from maild.daemon import serve


class Longest:
    """The longest callback so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.where = "-"

    def watch(self) -> None:
        """Take the time of every callback from now on."""
        run = asyncio.events.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            took = time.thread_time() - began
            if took > self.seconds:
                self.seconds, self.where = took, repr(handle)

        asyncio.events.Handle._run = timed  # type: ignore[method-assign,assignment]  # the one place that every callback passes

    def tell(self) -> None:
        """Print and forget."""
        print("longest", self.seconds, self.where.replace(" ", "_"), flush=True)
        self.seconds, self.where = 0.0, "-"


async def main(config: Path) -> None:
    """Run the daemon."""
    longest = Longest()

    def ready(line: str) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, longest.tell)
        longest.watch()
        print(line, flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        await serve(config, ready=ready)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
