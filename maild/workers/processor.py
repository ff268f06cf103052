"""From the inbox to the desk: claims mails in order, has them read by the parser process, lets the desk decide (INT-3, INT-9, INT-12).

Several lanes take batches from one backlog, so that one batch is parsed while another commits. A mail that fails by a fault of ours goes to
quarantine and the next one is served; a store that is not there costs no mail an attempt.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator

from maild import log
from maild.desk import mails, quarantine
from maild.desk.desk import BLOCK, Desk
from maild.desk.mails import Received
from maild.errors import Overloaded, TemporaryFailure
from maild.policy.reading import Reading
from maild.store import inbox, tickets
from maild.store.database import Database
from maild.store.group import Transaction
from maild.store.inbox import InboxRow
from maild.workers.backlog import Backlog, Taken
from maild.workers.parser import ParserDied, ParserFailed, ParserProcess
from maild.workers.wake import Wake

LANES = 3
BATCH = 24
SLICE = 4
SMALL = 1_000_000
KEPT = 1_000_000  # bytes of small mails kept in memory between their 250 and their turn
POLL_SECONDS = 0.5
LEASE_SECONDS = 600.0
RETRY_SECONDS = 1.0
REFILL = 2_000
MAX_ATTEMPTS = 3
SUSPECT_ATTEMPTS = 2


class Processor:
    """The worker that turns accepted mails into what they cause."""

    def __init__(self, *, database: Database, desk: Desk, parser: ParserProcess, owner: str, mails_queued: Wake) -> None:
        self._database = database
        self.desk = desk
        self._parser = parser
        self._owner = owner
        self._mails_queued = mails_queued
        self._backlog = Backlog()
        self._wake = Wake()
        self._counted: set[int] = set()  # mails with an attempt of ours in the store, which is taken off where it does not count
        self._raw: dict[int, bytes] = {}
        self._raw_size = 0
        self.paused = False

    def __len__(self) -> int:
        return len(self._backlog)

    def notice(self, row: InboxRow, raw: bytes | None) -> None:
        """Take note of a mail that was just accepted; ``raw`` spares reading it again."""
        if raw is not None and self._raw_size + len(raw) <= KEPT:
            self._raw[row.seq] = raw
            self._raw_size += len(raw)
        self._backlog.add(row)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll(), name="inbox-poll")
            for number in range(LANES):
                group.create_task(self._lane(), name=f"processor-{number}")

    async def _poll(self) -> None:
        """See what the command line wrote, what is left from before, and what other daemons gave up."""
        while True:
            try:
                await self._refill()
            except TemporaryFailure as error:
                log.store_trouble(why=error)
            await asyncio.sleep(POLL_SECONDS)

    async def _refill(self) -> None:
        rows = await self._database.read(inbox.unknown, self._backlog, REFILL)
        for row in rows:
            self._backlog.add(row)
        if rows:
            self._wake.set()

    async def _lane(self) -> None:
        while True:
            taken = [] if self.paused else self._take()
            if taken:
                await self._work(taken)
            else:
                await self._wake.wait(POLL_SECONDS)

    def _take(self) -> list[Taken]:
        """Return the mails whose turn it is; where that leaves room, more of the same senders, so that a flood of one is soon over.

        On a shared store another daemon may hold what they must wait for.
        """
        now = self.desk.clock.monotonic()
        taken = self._backlog.take(BATCH, now)
        for one in () if self._database.engine.shared else tuple(taken):
            if one.row.size <= SMALL and len(taken) < BATCH:
                taken += self._backlog.follow(one, BATCH - len(taken), now, size=SMALL)
        return taken

    async def _work(self, taken: list[Taken]) -> None:
        """Work on mails together; each that an unclean end has touched is claimed by itself, so that only a deadly one is met again."""
        await self._work_on([one for one in taken if not one.row.attempts])
        for touched in sorted((one for one in taken if one.row.attempts), key=lambda one: one.row.attempts):
            await self._work_on([touched])

    async def _work_on(self, taken: list[Taken]) -> None:
        rows = [one.row for one in taken]
        try:
            ours = await self._claim(taken) if taken else []
            if ours:
                await self._process(ours)
        except TemporaryFailure as error:
            log.store_trouble(why=error)
            await self._give_up(rows)
        except asyncio.CancelledError:  # the daemon stops
            await self._take_attempts_off(rows)
            raise

    async def _claim(self, taken: list[Taken]) -> list[tuple[Taken, int]]:
        """Return the mails that are ours, with the number of this attempt, committed before they are touched (INT-9)."""
        rows = tuple(one.row for one in taken)
        seqs = {row.seq for row in rows}
        owed = tuple(self._counted & seqs)  # the store was not there when they should have been taken off
        self._counted |= seqs
        counted = await self._database.run(_attempt, rows, self._owner, self._database.engine.shared, owed)
        self._counted -= seqs - counted.keys()
        later = self.desk.clock.monotonic() + RETRY_SECONDS
        for one in taken:
            if one.row.seq not in counted:
                await self._not_ours(one.row.seq, later)
        return [(one, counted[one.row.seq]) for one in taken if one.row.seq in counted]

    async def _not_ours(self, seq: int, later: float) -> None:
        if await self._database.read(inbox.unfinished, seq):
            self._backlog.put_back(seq, later)
        else:
            self._forget(seq)

    async def _process(self, ours: list[tuple[Taken, int]]) -> None:
        await self._reserve_numbers()
        attempt_of = {one.row.seq: attempts for one, attempts in ours}
        together: list[Taken] = []
        alone: list[Taken] = []
        behind: list[InboxRow] = []  # a mail of the same sender that must be met alone
        for one, attempts in ours:
            if one.row.sender_key in {each.row.sender_key for each in alone}:
                behind.append(one.row)
            elif attempts > MAX_ATTEMPTS:
                await self._quarantine(one.row, f"ended without a result {attempts - 1} times")
            else:
                (together if attempts < SUSPECT_ATTEMPTS and one.row.size <= SMALL else alone).append(one)
        for one, died in await self._process_batch(together):
            await self._parser_died(one, attempt_of[one.row.seq], died)
        for one in sorted(alone, key=lambda each: attempt_of[each.row.seq]):
            await self._process_alone(one, attempt_of[one.row.seq])
        await self._give_up(behind)

    async def _process_batch(self, batch: list[Taken]) -> list[tuple[Taken, ParserDied]]:
        """Return those over which the parser died; mails of the same senders behind them wait for their end."""
        if not batch:
            return []
        raws = await self._bytes([one.row for one in batch])
        readings = await self._parser.read_batch([(one.row.envelope, raw) for one, raw in zip(batch, raws, strict=True)])
        read: list[tuple[Taken, Reading]] = []
        failed: list[tuple[Taken, ParserFailed]] = []
        died: dict[str, tuple[Taken, ParserDied]] = {}
        behind: list[InboxRow] = []
        for one, reading in zip(batch, readings, strict=True):
            match reading:
                case _ if one.row.sender_key in died:
                    behind.append(one.row)
                case ParserDied():
                    died[one.row.sender_key] = (one, reading)
                case ParserFailed():
                    failed.append((one, reading))
                case _:
                    read.append((one, reading))
        await self._apply(read)
        for one, failure in failed:
            await self._fault(one.row, failure.trace, "the parser failed")
        await self._give_up(behind)
        return list(died.values())

    async def _process_alone(self, one: Taken, attempt: int) -> None:
        if one.row.size <= SMALL:
            (raw,) = await self._bytes([one.row])
            (reading,) = await self._parser.read_batch([(one.row.envelope, raw)])
        else:
            reading = await self._parser.read_large(one.row.envelope, self._chunks(one.row))
        match reading:
            case ParserDied():
                await self._parser_died(one, attempt, reading)
            case ParserFailed():
                await self._fault(one.row, reading.trace, "the parser failed")
            case _:
                await self._apply([(one, reading)])

    async def _parser_died(self, one: Taken, attempt: int, died: ParserDied) -> None:
        """Try again; three deaths are enough (INT-9)."""
        if attempt >= MAX_ATTEMPTS:
            await self._quarantine(one.row, f"the parser did not survive it: {died.reason}")
            return
        next_attempt = await self._database.run(_count_again, one.row.seq)
        await self._process_alone(one, next_attempt or MAX_ATTEMPTS)

    async def _apply(self, pairs: list[tuple[Taken, Reading]]) -> None:
        """Have the desk decide on mails, few at a time: who waits for his 250 waits for the commit that they are in.

        Those of one sender that stand together are decided in one transaction, in their order.
        """
        for start in range(0, len(pairs), SLICE):
            chains: dict[str, list[tuple[Taken, Reading]]] = {}
            for one, reading in pairs[start : start + SLICE]:
                chains.setdefault(one.row.sender_key, []).append((one, reading))
            results = [(chain, self._decided(chain)) for chain in chains.values()]
            stuck = {chain[0][0].row.sender_key for chain, result in results if not await self._followed(chain, result)}
            if stuck:
                pairs = await self._without(stuck, pairs, start + SLICE)

    async def _followed(
        self, chain: list[tuple[Taken, Reading]], result: asyncio.Future[Received] | asyncio.Future[list[Received]]
    ) -> bool:
        """Return whether what stands behind the chain may be decided: all of it is done, or in quarantine."""
        if await self._settled(chain, result):
            return True
        return len(chain) > 1 and await self._one_by_one(chain)

    async def _without(self, stuck: set[str], pairs: list[tuple[Taken, Reading]], start: int) -> list[tuple[Taken, Reading]]:
        """Return the mails but for those from ``start`` on of senders whose earlier mail was put back: they are put back too."""
        await self._give_up([one.row for one, _ in pairs[start:] if one.row.sender_key in stuck])
        return [*pairs[:start], *(pair for pair in pairs[start:] if pair[0].row.sender_key not in stuck)]

    def _decided(self, chain: list[tuple[Taken, Reading]]) -> asyncio.Future[Received] | asyncio.Future[list[Received]]:
        if len(chain) == 1:
            one, reading = chain[0]
            return self._database.submit(mails.receive, self.desk, one.row, reading, one.waited)
        return self._database.submit(_receive, self.desk, [(one.row, reading, one.waited) for one, reading in chain])

    async def _one_by_one(self, chain: list[tuple[Taken, Reading]]) -> bool:
        """Return whether all of a chain is done with, decided one after the other; those behind one that is put back are put back too."""
        for number, pair in enumerate(chain):
            if not await self._settled([pair], self._decided([pair])):
                await self._give_up([one.row for one, _ in chain[number + 1 :]])
                return False
        return True

    async def _settled(self, chain: list[tuple[Taken, Reading]], result: asyncio.Future[Received] | asyncio.Future[list[Received]]) -> bool:
        """Return whether the chain is done with. A single mail that is not has been put back; of several, none has been touched."""
        rows = [one.row for one, _ in chain]
        try:
            received = await result
        except TemporaryFailure as error:
            if isinstance(error, Overloaded):
                await self._reserve_numbers()
            else:
                log.store_trouble(why=error)
            if len(chain) == 1:
                await self._give_up(rows)
            return False
        except Exception as error:  # noqa: BLE001  # a fault of ours: this mail is kept, the next one is served (INT-9)
            if len(chain) > 1:
                return False
            log.bug_met(where="processor", error=error)
            await self._fault(rows[0], "".join(traceback.format_exception(error)), type(error).__name__)
            return True
        for row, each in zip(rows, received if isinstance(received, list) else [received], strict=True):
            self._received(row, each)
        return True

    def _received(self, row: InboxRow, received: Received) -> None:
        self._forget(row.seq)
        with log.about(mail=row.mail_id, reference=received.reference):
            log.mail_processed(disposition=received.disposition, reason=received.reason)
        if received.queued:
            self._mails_queued.set()

    async def _give_up(self, rows: list[InboxRow]) -> None:
        """Put mails back; what failed was not theirs, and costs them no attempt (INT-9)."""
        await self._take_attempts_off(rows)
        later = self.desk.clock.monotonic() + RETRY_SECONDS
        for row in rows:
            self._backlog.put_back(row.seq, later)

    async def _take_attempts_off(self, rows: list[InboxRow]) -> None:
        """Take our attempts off; those that the store does not let us, the next claim takes off."""
        seqs = tuple(row.seq for row in rows if row.seq in self._counted)
        if not seqs:
            return
        try:
            await self._database.run(inbox.give_back, seqs, self._owner)
        except TemporaryFailure as error:
            log.store_trouble(why=error)
        else:
            self._counted.difference_update(seqs)

    async def _fault(self, row: InboxRow, trace: str, kind: str) -> None:
        """Keep a mail that we could not process, with where it went wrong (INT-9)."""
        await self._quarantine(row, trace.strip()[-2000:], kind)

    async def _quarantine(self, row: InboxRow, reason: str, kind: str = "") -> None:
        """Put a mail aside; of an exception only its ``kind`` is logged, as its text may be the mail's (PRV-3)."""
        await self._database.run(quarantine.put_aside, self.desk, row, reason)
        self._forget(row.seq)
        with log.about(mail=row.mail_id):
            log.mail_quarantined(reason=kind or reason, attempts=row.attempts + 1)

    async def _reserve_numbers(self) -> None:
        if self.desk.numbers.low:
            self.desk.numbers.add(await self._database.run(tickets.reserve_numbers, BLOCK))

    async def _bytes(self, rows: list[InboxRow]) -> list[bytes]:
        """Return the mails' bytes: those kept in memory, and the others by one look into the store."""
        kept = [self._raw.pop(row.seq, None) for row in rows]
        self._raw_size -= sum(len(raw) for raw in kept if raw is not None)
        missing = tuple(row.seq for row, raw in zip(rows, kept, strict=True) if raw is None)
        stored = iter(await self._database.read(inbox.raws_of, missing) if missing else ())
        return [next(stored) if raw is None else raw for raw in kept]

    async def _chunks(self, row: InboxRow) -> AsyncIterator[bytes]:
        number = 0
        while (chunk := await self._database.read(inbox.raw_part, row.seq, number)) is not None:
            yield chunk
            number += 1

    def _forget(self, seq: int) -> None:
        raw = self._raw.pop(seq, None)
        if raw is not None:
            self._raw_size -= len(raw)
        self._counted.discard(seq)
        self._backlog.done(seq)
        self._wake.set()


def _attempt(tx: Transaction, rows: tuple[InboxRow, ...], owner: str, shared: bool, owed: tuple[int, ...]) -> dict[int, int]:
    inbox.give_back(tx, owed, owner)
    return inbox.attempt(tx, rows, owner=owner, lease=LEASE_SECONDS, shared=shared)


def _receive(tx: Transaction, desk: Desk, chain: list[tuple[InboxRow, Reading, str]]) -> list[Received]:
    """Return what became of mails of one sender, all or none of it done."""
    return [mails.receive(tx, desk, row, reading, waited) for row, reading, waited in chain]


def _count_again(tx: Transaction, seq: int) -> int | None:
    return inbox.count_attempt(tx, seq)
