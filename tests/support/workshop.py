"""The workers on a real store in this process, with a parser that waits or dies when told to and a store that fails when told to.

What a whole daemon shows only by luck (which mail was parsed first, which commit failed) is arranged here.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maild.errors import StoreUnavailable
from maild.mail.envelope import Envelope
from maild.policy.reader import read
from maild.store import inbox, migrate
from maild.store.database import Database, engine_of, run_once
from maild.store.inbox import InboxRow
from maild.workers.parser import ParserDied, ParserProcess, Result
from maild.workers.processor import Processor
from maild.workers.wake import Wake
from tests.desk.house import House, ManualClock
from tests.policy.helpdesk import RULES
from tests.support.letters import header
from tests.support.waiting import eventually

HELPDESK = "helpdesk@helpdesk.example"
QUICK = 20.0  # waits of a second last 50 ms


class QuickClock(ManualClock):
    """Wall time stands until it is moved; waits within the process pass twenty times as fast."""

    def monotonic(self) -> float:
        """Return seconds that hurry."""
        return time.monotonic() * QUICK


class Store(Database):
    """A real gate that refuses use cases: ``failing[use_case]`` says how many more times; ``refuses`` may look at the arguments too."""

    def __init__(self, path: Path) -> None:
        url = f"sqlite:///{path}"
        engine = engine_of(url)
        migrate.prepare(engine, url)
        super().__init__(engine)
        self.failing: Counter[Callable[..., Any]] = Counter()
        self.refuses: Callable[[Callable[..., Any], tuple[Any, ...]], bool] = lambda use_case, arguments: False
        self.refused = 0

    def _put(self, where: Any, use_case: Callable[..., Any], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        if self.failing[use_case] > 0:
            self.failing[use_case] -= 1
        elif not self.refuses(use_case, args):
            return super()._put(where, use_case, args)
        self.refused += 1
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(StoreUnavailable("the disk is full, says the test"))
        return refused


class ArrangedParser(ParserProcess):
    """Reads in this process: a mail whose subject is in ``gates`` waits for its event, one whose subject is in ``deadly`` kills."""

    def __init__(self) -> None:
        super().__init__(RULES)
        self.gates: dict[str, asyncio.Event] = {}
        self.deadly: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()

    async def read_batch(self, mails: Iterable[tuple[Envelope, bytes]]) -> list[Result]:
        """Return what the mails say."""
        return [await self._read(envelope, raw) for envelope, raw in mails]

    async def read_large(self, envelope: Envelope, chunks: AsyncIterator[bytes]) -> Result:
        """Return what the mail says."""
        return await self._read(envelope, b"".join([chunk async for chunk in chunks]))

    async def _read(self, envelope: Envelope, raw: bytes) -> Result:
        subject = header(raw, "Subject")
        self.begun[subject] += 1
        if subject in self.gates:
            await self.gates[subject].wait()
        if self.deaths[subject] < self.deadly[subject]:
            self.deaths[subject] += 1
            return ParserDied(reason="SIGKILL")
        return read(raw, envelope, RULES)


@dataclass(slots=True, kw_only=True)
class Workshop:
    """A processor at work, and the desk and store that it works on."""

    house: House
    store: Store
    parser: ArrangedParser = field(default_factory=ArrangedParser)
    processor: Processor

    def accept(self, raw: bytes, *, to: tuple[str, ...] = (HELPDESK,)) -> InboxRow:
        """Return the row of a mail that was just accepted; the processor knows of it."""
        row = self.house.accept(raw, to=to)
        self.processor.notice(row, raw)
        return row

    def find(self, row: InboxRow) -> tuple[str, str | None, int]:
        """Return state, disposition and attempts of a mail."""
        found = run_once(self.house.engine, inbox.find, row.mail_id, readonly=True)
        assert found is not None
        attempts = next((each.attempts for each in run_once(self.house.engine, inbox.pending, row.seq - 1, 1) if each.seq == row.seq), 0)
        return str(found[1]), found[2], attempts

    def done(self, *rows: InboxRow) -> bool:
        """Return whether none of these mails is pending."""
        return all(self.find(row)[0] != "pending" for row in rows)

    async def finish(self, *rows: InboxRow) -> None:
        """Return when none of these mails is pending."""
        await eventually(lambda: self.done(*rows), "the processor to finish")


@asynccontextmanager
async def workshop(folder: Path) -> AsyncIterator[Workshop]:
    """Run a processor for the block; at its end it is cancelled, as at the daemon's stop."""
    store = Store(folder / "maild.db")
    house = House(store.engine, clock=QuickClock())
    parser = ArrangedParser()
    processor = Processor(database=store, desk=house.desk, parser=parser, owner="tests:1", mails_queued=Wake())
    store.start()
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(processor.run(), name="processor")
            yield Workshop(house=house, store=store, parser=parser, processor=processor)
            task.cancel()
    finally:
        store.close()
