"""A wake-up call between tasks of the loop; waited for with a limit, so that a lost call costs a moment and no mail."""

from __future__ import annotations

import asyncio


class Wake:
    """An event that forgets: each call wakes who waits now, or the next who does."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake who waits."""
        self._event.set()

    async def wait(self, limit: float) -> None:
        """Return at the next call, or after ``limit`` seconds."""
        try:
            async with asyncio.timeout(limit):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()
