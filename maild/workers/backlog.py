"""The order of processing: unfinished mails in memory, fair between senders, in order within each (INT-12).

One mail per sender and turn, domains alternating; a sender's next mail waits until the one before is finished, and a mail that answers an
unfinished one waits for that. A wait ends after ``MAX_WAIT`` seconds, and says so. Nothing here does IO.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from maild.store.inbox import InboxRow
from maild.workers.turns import Turns

MAX_WAIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail whose turn it is; ``waited`` names the mail it did not wait for any longer, or is ""."""

    row: InboxRow
    waited: str = ""


class _Waits(Exception):
    """It is not the mail's turn yet."""


class Backlog:
    """Unfinished mails by sender. A sender is looked at when it has a turn, and gets one by whatever may have ended its wait."""

    def __init__(self) -> None:
        self._rows: dict[int, InboxRow] = {}
        self._by_message_id: dict[str, list[int]] = {}
        self._queues: dict[str, list[int]] = {}  # per sender, the mails not under way, in order; mostly one, so a list and no larger thing
        self._running: dict[str, dict[int, float]] = {}  # per sender, the mails under way, since when
        self._turns = Turns()  # senders to look at
        self._waits: dict[str, tuple[int, float]] = {}  # sender: since when a mail of it waits for one that it answers, and its last then
        self._held: dict[int, set[str]] = {}  # mail: senders who wait for it because they answer it
        self._later: dict[str, float] = {}  # senders who are put back until then
        self._alarms: list[tuple[float, int, str]] = []  # a heap: when to look at whose mail though nothing has happened

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, seq: object) -> bool:
        return seq in self._rows

    def add(self, row: InboxRow) -> None:
        """Add an unfinished mail; one that is known already is left as it is."""
        if row.seq in self._rows:
            return
        self._rows[row.seq] = row
        if row.message_id:
            self._by_message_id.setdefault(row.message_id, []).append(row.seq)
        self._line_up(row)

    def take(self, count: int, now: float) -> list[Taken]:
        """Return at most ``count`` mails, one per sender, whose turn it is at monotonic time ``now``."""
        while self._alarms and self._alarms[0][0] <= now:
            self._turns.add(heappop(self._alarms)[2])
        taken: list[Taken] = []
        for _ in range(len(self._turns)):
            if len(taken) == count:
                break
            one = self._take_next(self._turns.pop(), now)
            if one is not None:
                taken.append(one)
        return taken

    def follow(self, head: Taken, count: int, now: float, *, size: int) -> list[Taken]:
        """Return at most ``count`` mails that stand behind ``head``, just taken, in its sender's queue and wait for nothing else.

        None is larger than ``size``. They may be worked on together with it, if they are applied behind it and in this order.
        """
        behind: list[Taken] = []
        queue = self._queues.get(head.row.sender_key, [])
        while queue and len(behind) < count and not (head.waited or head.row.attempts):
            row = self._rows[queue[0]]
            if row.attempts or row.size > size or row.seq < head.row.seq or self._answered(row) is not None:
                break
            behind.append(self._start(row, now))
        return behind

    def done(self, seq: int) -> None:
        """Forget a finished mail and let go what waited for it."""
        row = self._rows.pop(seq, None)
        if row is None:
            return
        self._forget_id(row)
        if self._running.get(row.sender_key, {}).pop(seq, None) is None:
            self._queues[row.sender_key].remove(seq)
        for sender in (row.sender_key, *self._held.pop(seq, ())):
            self._turns.add(sender)
        self._tidy(row.sender_key)

    def put_back(self, seq: int, until: float) -> None:
        """Let a mail under way wait until monotonic time ``until``: the store was not there, or another daemon holds what it waits for."""
        row = self._rows.get(seq)
        if row is None or self._running.get(row.sender_key, {}).pop(seq, None) is None:
            return
        self._line_up(row)
        self._later[row.sender_key] = until
        heappush(self._alarms, (until, seq, row.sender_key))

    def _line_up(self, row: InboxRow) -> None:
        queue = self._queues.setdefault(row.sender_key, [])
        insort(queue, row.seq)
        self._turns.add(row.sender_key)

    def _take_next(self, sender: str, now: float) -> Taken | None:
        queue = self._queues.get(sender)
        if not queue or self._later.get(sender, now) > now:
            return None
        row = self._next(queue)
        try:
            waited = self._passed(row, now)
        except _Waits:
            return None
        self._later.pop(sender, None)
        return self._start(row, now, waited)

    def _start(self, row: InboxRow, now: float, waited: str = "") -> Taken:
        sender = row.sender_key
        queue = self._queues[sender]
        queue.remove(row.seq)
        self._running.setdefault(sender, {})[row.seq] = now
        if queue:  # for a mail that is lined up later, the alarm is set when it is found to wait
            heappush(self._alarms, (now + MAX_WAIT, row.seq, sender))
        return Taken(row=replace(row, overdue=True) if waited else row, waited=waited)

    def _next(self, queue: list[int]) -> InboxRow:
        """Return the sender's first mail; but the second where the first answers that or one behind it: it overtook them on its way."""
        first = self._rows[queue[0]]
        answered = self._answered(first)
        if answered is not None and answered.sender_key == first.sender_key and len(queue) > 1:
            second = self._rows[queue[1]]
            if second.seq <= answered.seq and self._answered(second) is None:
                return second
        return first

    def _passed(self, row: InboxRow, now: float) -> str:
        """Return the mail that ``row`` has waited for long enough, or "" where it need not wait.

        Raises:
            _Waits: it has to wait for another.
        """
        waited = ""
        for seq, since in self._running.get(row.sender_key, {}).items():
            if now - since < MAX_WAIT:
                heappush(self._alarms, (since + MAX_WAIT, seq, row.sender_key))
                raise _Waits
            waited = waited or self._rows[seq].mail_id
        answered = self._answered(row)
        if answered is not None:
            self._wait_for(answered, row, now)
            waited = answered.mail_id
        return waited

    def _wait_for(self, answered: InboxRow, row: InboxRow, now: float) -> None:
        """Wait for the mail that ``row`` answers, not longer than all that stand in the queue now wait together.

        A From can be anybody's: were each to wait by itself, a hundred forged answers would hold the sender's own mail for a hundred waits.
        """
        last, since = self._waits.get(row.sender_key, (-1, now))
        if row.seq > last:
            since = now
            self._waits[row.sender_key] = (self._queues[row.sender_key][-1], now)
            heappush(self._alarms, (now + MAX_WAIT, row.seq, row.sender_key))
        if now - since < MAX_WAIT:
            self._held.setdefault(answered.seq, set()).add(row.sender_key)
            raise _Waits

    def _answered(self, row: InboxRow) -> InboxRow | None:
        """Return an unfinished mail that ``row`` answers, or None."""
        for message_id in row.answers:
            for seq in self._by_message_id.get(message_id, ()):
                if seq != row.seq:
                    return self._rows[seq]
        return None

    def _forget_id(self, row: InboxRow) -> None:
        seqs = self._by_message_id.get(row.message_id)
        if seqs is not None:
            seqs.remove(row.seq)
            if not seqs:
                del self._by_message_id[row.message_id]

    def _tidy(self, sender: str) -> None:
        """Forget a sender of whom nothing is left."""
        if not self._running.get(sender):
            self._running.pop(sender, None)
            if not self._queues.get(sender):
                self._queues.pop(sender, None)
                self._waits.pop(sender, None)
                self._later.pop(sender, None)
