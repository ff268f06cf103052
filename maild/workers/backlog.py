"""The order of processing: unfinished mails in memory, fair between senders, in order within each (INT-12).

One mail per sender and turn; a sender's next mail waits until the one before is finished, and a mail that answers an unfinished one waits
for that. A wait ends after ``MAX_WAIT`` seconds, and says so. Nothing here does IO.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from maild.store.inbox import InboxRow

MAX_WAIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail whose turn it is; ``waited`` names the mail it did not wait for any longer, or is ""."""

    row: InboxRow
    waited: str = ""


class Backlog:
    """Unfinished mails by sender."""

    def __init__(self) -> None:
        self._rows: dict[int, InboxRow] = {}
        self._queues: dict[str, deque[int]] = {}  # per sender, the mails not yet taken, in order
        self._turns: deque[str] = deque()  # senders with a mail that may be taken
        self._running: dict[str, tuple[int, float]] = {}  # sender: what is being processed, since when
        self._by_message_id: dict[str, set[int]] = {}
        self._waiting: dict[str, float] = {}  # senders whose head waits for an answered mail, since when
        self._later: dict[str, float] = {}  # senders whose head is put back until then

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: InboxRow) -> None:
        """Add an unfinished mail; one that is known already is left as it is."""
        if row.seq in self._rows:
            return
        self._rows[row.seq] = row
        if row.message_id:
            self._by_message_id.setdefault(row.message_id, set()).add(row.seq)
        queue = self._queues.get(row.sender_key)
        if queue is None:
            self._queues[row.sender_key] = deque((row.seq,))
            if row.sender_key not in self._running:
                self._turns.append(row.sender_key)
        elif queue and queue[-1] > row.seq:
            self._queues[row.sender_key] = deque(sorted((*queue, row.seq)))
        else:
            queue.append(row.seq)

    def take(self, count: int, now: float) -> list[Taken]:
        """Return at most ``count`` mails, one per sender, whose turn it is at monotonic time ``now``."""
        self._wake(now)
        taken: list[Taken] = []
        for _ in range(len(self._turns)):
            if len(taken) == count:
                break
            sender = self._turns.popleft()
            one = self._take_head(sender, now)
            if one is not None:
                taken.append(one)
        return taken

    def done(self, seq: int) -> None:
        """Forget a finished mail and let go what waited for it."""
        row = self._rows.pop(seq, None)
        if row is None:
            return
        self._forget_id(row)
        self._end_turn(row)
        for sender in tuple(self._waiting):
            self._turns.append(sender)

    def put_back(self, seq: int, until: float) -> None:
        """Let a mail wait until monotonic time ``until``: the store was not there, or another daemon holds what it waits for."""
        row = self._rows.get(seq)
        if row is None:
            return
        self._queues.setdefault(row.sender_key, deque()).appendleft(seq)
        self._later[row.sender_key] = until
        if self._running.get(row.sender_key, (0, 0.0))[0] == seq:
            del self._running[row.sender_key]

    def next_wake(self) -> float | None:
        """Return the monotonic time at which something that waits may be looked at again."""
        waits = [*self._later.values(), *(since + MAX_WAIT for since in self._waiting.values())]
        return min(waits, default=None)

    def _take_head(self, sender: str, now: float) -> Taken | None:
        queue = self._queues.get(sender)
        if not queue or sender in self._later:
            return None
        waited = ""
        running = self._running.get(sender)
        if running is not None:
            if now - running[1] < MAX_WAIT:
                return None
            waited = self._mail_id(running[0])
        row = self._rows[queue[0]]
        answered = self._unfinished_answered(row)
        if answered is not None:
            since = self._waiting.setdefault(sender, now)
            if now - since < MAX_WAIT:
                return None
            waited = self._mail_id(answered)
        self._waiting.pop(sender, None)
        queue.popleft()
        self._running[sender] = (row.seq, now)
        return Taken(row=replace(row, overdue=bool(waited)) if waited else row, waited=waited)

    def _unfinished_answered(self, row: InboxRow) -> int | None:
        for message_id in row.answers:
            for seq in self._by_message_id.get(message_id, ()):
                if seq != row.seq:
                    return seq
        return None

    def _wake(self, now: float) -> None:
        for sender, until in tuple(self._later.items()):
            if until <= now:
                del self._later[sender]
                self._turns.append(sender)
        for sender, since in tuple(self._waiting.items()):
            if now - since >= MAX_WAIT:
                self._turns.append(sender)
        for sender, (_, since) in tuple(self._running.items()):
            if now - since >= MAX_WAIT and self._queues.get(sender):
                self._turns.append(sender)

    def _end_turn(self, row: InboxRow) -> None:
        if self._running.get(row.sender_key, (0, 0.0))[0] == row.seq:
            del self._running[row.sender_key]
        queue = self._queues.get(row.sender_key)
        if queue:
            self._turns.append(row.sender_key)
        elif row.sender_key not in self._running:
            self._queues.pop(row.sender_key, None)

    def _forget_id(self, row: InboxRow) -> None:
        seqs = self._by_message_id.get(row.message_id)
        if seqs is not None:
            seqs.discard(row.seq)
            if not seqs:
                del self._by_message_id[row.message_id]

    def _mail_id(self, seq: int) -> str:
        row = self._rows.get(seq)
        return row.mail_id if row is not None else ""
