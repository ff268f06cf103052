"""From due timers to the desk: work in proportion to what is due (REM-5), and never ahead of a mail that was accepted before (REM-8).

After a downtime, or with a wall clock that cannot be believed, the timers wait: a day too late harms nobody, and a mail that says
"resolved" to somebody whose answer is in a queue does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from maild import log
from maild.desk import clock as clock_desk
from maild.desk.clock import Fired
from maild.desk.desk import Desk
from maild.errors import TemporaryFailure
from maild.store import timers
from maild.store.database import Database
from maild.store.timers import Timer
from maild.workers.timekeeping import ClockWatch
from maild.workers.wake import Wake

POLL_SECONDS = 0.2
BATCH = 50
RECOUNT_BATCH = 200
ALIVE_SPAN = timedelta(minutes=1)
CATCH_UP = timedelta(minutes=75)


class Clockwork:
    """The worker that fires timers.

    Attributes:
        desk: the use cases' collaborators.
        catch_up: how long timers wait after a downtime (REM-8).
        held_until: until when they wait now.
        backfilled: whether all mailboxes have been read once since the start (REM-8).
        paused: whether an administrator has stopped them.
    """

    def __init__(
        self, *, database: Database, desk: Desk, mails_queued: Wake, catch_up: timedelta = CATCH_UP, watch: ClockWatch | None = None
    ) -> None:
        self._database = database
        self._mails_queued = mails_queued
        self._watch = watch
        self._trouble: str | None = None  # not looked yet
        self._troubled_at: datetime | None = None
        self._alive_at: datetime | None = None
        self._taken_up = False  # whether what the time before our start means is settled
        self._counted = False  # whether the running clocks are counted by today's calendar
        self.desk = desk
        self.catch_up = catch_up
        self.held_until: datetime | None = None
        self.backfilled: Callable[[], bool] = lambda: True
        self.paused = False

    async def run(self) -> None:
        """Work until cancelled."""
        step = self.take_up
        while True:
            done = await self._try(step)
            if step == self.take_up and done:
                step = self.turn
            elif not done:
                await asyncio.sleep(POLL_SECONDS)

    async def _try(self, step: Callable[[], object]) -> bool:
        """Return what the step returns; a store that is not there makes it False."""
        try:
            return bool(await step())  # type: ignore[misc]  # both steps are coroutines
        except TemporaryFailure as error:
            log.store_trouble(why=error)
            return False

    async def take_up(self) -> bool:
        """Return True when it is clear what the timers must wait for after the time in which nobody looked at them (REM-3, REM-8)."""
        clock, remembered = self.desk.clock, await self._database.read(clock_desk.standing)
        now = clock.now()
        if self._watch is not None:
            self._watch.begin(now, clock.monotonic(), remembered.alive_at)
        self._alive_at, self.held_until = remembered.alive_at, remembered.held_until
        if self._believed(now) and remembered.alive_at is not None and now - remembered.alive_at > clock_desk.DOWNTIME:
            await self._hold(now)
        self._taken_up = True
        return True

    async def turn(self) -> bool:
        """Return whether so much was due that there may be more; nothing fires while something must be waited for."""
        now = self.desk.clock.now()
        if not self._believed(now) and not await self._trusted(now):
            return False
        await self._note_alive(now)
        if not self._counted:
            await self.recount()
        if self.paused or self.waiting(now):
            return False
        return await self.fire_due() >= BATCH

    def waiting(self, now: datetime) -> bool:
        """Return whether the timers wait for mail that was delayed by a downtime."""
        return not self.backfilled() or (self.held_until is not None and now < self.held_until)

    async def fire_due(self) -> int:
        """Return how many due timers were fired; one whose effect fails does not keep the others."""
        due = await self._database.read(timers.due, self.desk.clock.now(), BATCH)
        if not due:
            return 0
        seen = await self._database.read(clock_desk.post)
        ready = [timer for timer in due if seen.oldest is None or timer.due_at < seen.oldest]
        results = [(timer, self._database.submit(clock_desk.fire, self.desk, timer, seen)) for timer in ready]
        fired = sum([await self._settle(timer, result) for timer, result in results])
        if fired:
            self._mails_queued.set()
        return fired

    def reload(self, catch_up: timedelta) -> None:
        """Take a new configuration; running clocks are counted anew at the next turn where the calendar is another."""
        self.catch_up = catch_up
        self._counted = False

    async def recount(self) -> int:
        """Return how many running clocks were moved, because the calendar is not the one that they were counted by (REM-3)."""
        digest, behind, moved = clock_desk.calendar_digest(self.desk.rules, self.desk.clock.now()), 0, 0
        self._counted = digest == (await self._database.read(clock_desk.standing)).calendar
        while not self._counted:
            behind, changed = await self._database.read(clock_desk.outdated, self.desk, behind, RECOUNT_BATCH)
            for result in [self._database.submit(clock_desk.recount, self.desk, timer) for timer in changed]:
                moved += await result
            if not behind:
                await self._database.run(clock_desk.keep_calendar, digest)
                self._counted = True
                log.clocks_recounted(moved=moved)
        return moved

    async def rest(self) -> None:
        """Remember that the timers were alive until now, if they came to life at all: the daemon is on its way down."""
        now = self.desk.clock.now()
        if self._taken_up and self._believed(now):
            await self._database.run(clock_desk.note_alive, now)

    async def _settle(self, timer: Timer, result: asyncio.Future[Fired]) -> bool:
        """Return whether the timer fired."""
        try:
            fired = await result is Fired.FIRED
        except TemporaryFailure:
            raise
        except Exception as error:  # noqa: BLE001  # one timer's fault keeps no other
            log.bug_met(where="clockwork", error=error)
            await self._database.run(timers.put_off, timer.id, self.desk.clock.now() + timedelta(hours=1))
            self.desk.alerts.raise_(f"timer:{timer.id}", f"{type(error).__name__}: the log has its place", mark=timer.id)  # no text (PRV-3)
            return False
        return fired

    async def _note_alive(self, now: datetime) -> None:
        if self._alive_at is None or abs(now - self._alive_at) >= ALIVE_SPAN:
            await self._database.run(clock_desk.note_alive, now)
            self._alive_at = now

    async def _hold(self, now: datetime) -> None:
        """Let the timers wait for mail that other servers still hold for us."""
        until = now + self.catch_up
        await self._database.run(clock_desk.hold, now, until)
        self._alive_at, self.held_until = now, until
        log.timers_held(until=until, why="after a downtime")

    def _believed(self, now: datetime) -> bool:
        """Return whether the wall clock is believed; an alert says when it is not any more, and when it is again (OPS-12)."""
        trouble = self._watch.trouble(now, self.desk.clock.monotonic()) if self._watch is not None else ""
        if trouble and not self._trouble:
            self._troubled_at = now
            self.desk.alerts.raise_("clock", f"{trouble}; put it right, or say maild clock --trust")
        elif self._trouble != "" and not trouble:
            self.desk.alerts.recover("clock")
        self._trouble = trouble
        return not trouble

    async def _trusted(self, now: datetime) -> bool:
        """Return whether an administrator has said, by this wall clock, that it is right."""
        assert self._watch is not None
        said_at = await self._database.read(clock_desk.trusted_at)
        if said_at is None or self._troubled_at is None or not self._troubled_at <= said_at <= now + ALIVE_SPAN:
            return False
        self._watch.trust(now, self.desk.clock.monotonic())
        await self._hold(now)
        return self._believed(now)
