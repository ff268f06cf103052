"""What the store knows and the desk must know too, seen twice a second: senders that the command line blocked, and answers given.

The answers of the last minute count against the global brake: those from before a restart, and on a shared store those of other daemons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from maild import log
from maild.desk.brake import SPAN
from maild.desk.desk import Desk
from maild.errors import TemporaryFailure
from maild.store import correspondents
from maild.store.database import Database

POLL_SECONDS = 0.5


class Lookout:
    """The worker that looks. ``configured`` are the senders that the configuration blocks."""

    def __init__(self, *, database: Database, desk: Desk, configured: Collection[str]) -> None:
        self._database = database
        self._desk = desk
        self._stored: frozenset[str] = frozenset()
        self.configured = configured

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.look(brake=self._database.engine.shared)
            except TemporaryFailure as error:
                log.store_trouble(why=error)

    async def look(self, *, brake: bool) -> None:
        """Take what the store says; ``brake``: the answers too."""
        self._stored = frozenset(each.pattern for each in await self._database.read(correspondents.blocked))
        self.apply()
        if brake:
            now, most = self._desk.clock.now(), self._desk.rules.caps.global_per_minute
            given = await self._database.read(correspondents.answers_since, now - SPAN, most)
            self._desk.brake.see((at, address.rpartition("@")[2]) for at, address in given)

    def apply(self) -> None:
        """Give the desk what is blocked now, by either."""
        senders, blocked = self._desk.rules.senders, self._stored.union(self.configured)
        if senders.blocked != blocked:
            self._desk.rules = replace(self._desk.rules, senders=replace(senders, blocked=blocked))
