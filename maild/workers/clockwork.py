"""From due timers to the desk: work in proportion to what is due (REM-5), and never ahead of a mail that was accepted before (REM-8)."""

from __future__ import annotations

import asyncio
import traceback
from datetime import timedelta

from maild import log
from maild.desk import clock as clock_desk
from maild.desk.desk import Desk
from maild.errors import TemporaryFailure
from maild.store import inbox, timers
from maild.store.database import Database
from maild.store.timers import Timer
from maild.workers.wake import Wake

POLL_SECONDS = 0.5
BATCH = 50


class Clockwork:
    """The worker that fires timers."""

    def __init__(self, *, database: Database, desk: Desk, mails_queued: Wake) -> None:
        self._database = database
        self.desk = desk
        self._mails_queued = mails_queued
        self.paused = False

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            fired = 0
            try:
                fired = 0 if self.paused else await self.fire_due()
            except TemporaryFailure as error:
                log.store_trouble(why=error)
            if fired < BATCH:
                await asyncio.sleep(POLL_SECONDS)

    async def fire_due(self) -> int:
        """Return how many due timers were fired; one whose effect fails does not keep the others."""
        now = self.desk.clock.now()
        due = await self._database.read(timers.due, now, BATCH)
        if not due:
            return 0
        oldest = await self._database.read(inbox.oldest_pending)
        ready = [timer for timer in due if oldest is None or timer.due_at < oldest]
        results = [(timer, self._database.submit(clock_desk.fire, self.desk, timer)) for timer in ready]
        for timer, result in results:
            await self._settle(timer, result)
        if ready:
            self._mails_queued.set()
        return len(ready)

    async def _settle(self, timer: Timer, result: asyncio.Future[bool]) -> None:
        try:
            await result
        except TemporaryFailure:
            raise
        except Exception as error:  # noqa: BLE001  # one timer's fault keeps no other
            log.bug_met(where="clockwork", error=error)
            why = "".join(traceback.format_exception_only(error)).strip()
            await self._database.run(timers.put_off, timer.id, self.desk.clock.now() + timedelta(hours=1))
            log.alert_raised(alert=f"timer:{timer.id}", severity="error", why=why)
