"""What a fault cost: what peers were told, what was lost, what was doubled, and how long until normal again (``docs/reliability.md``).

``Books`` holds what senders were told against the store and against what the relay took. Each fault test writes one row with it; with
``MAILD_RELIABILITY=FILE`` in the environment the rows of a run are kept there, and ``python -m tests.faults.table`` writes the table.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.daemon import Daemon
from tests.support.sender import Ledger
from tests.support.sink import Delivery

LOG = "MAILD_RELIABILITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault's row: the figures of one run. ``told`` says in words what peers were told while it lasted."""

    fault: str
    told: str
    mails: int
    lost: int
    doubled: int
    normal_after: float | None = None  # seconds from the end of the fault until nothing waited any more
    note: str = ""


def write_row(row: Row) -> None:
    """Keep the row where the environment says; refuse one that shows a loss."""
    assert (row.lost, row.doubled) == (0, 0), row
    if path := os.environ.get(LOG):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


@dataclass(slots=True)
class Stopwatch:
    """Seconds since the fault was over."""

    began: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Return the seconds that have passed."""
        return time.monotonic() - self.began


class Books:
    """What was promised, against what is there."""

    def __init__(self, daemon: Daemon, taken: Ledger | Iterable[tuple[str, str]], relayed: Iterable[Delivery] = ()) -> None:
        pairs = ((id_, mail) for id_, mails in taken.taken.items() for mail in mails) if isinstance(taken, Ledger) else taken
        self._told: defaultdict[str, set[str]] = defaultdict(set)  # by Message-ID, the mail ids of its 250s
        for message_id, mail_id in pairs:
            self._told[message_id].add(mail_id)
        self._daemon = daemon
        self._relayed = tuple(relayed)

    @property
    def mails(self) -> int:
        """Return how many different mails were told 250."""
        return len(self._told)

    def lost(self) -> list[str]:
        """Return the mails that were told 250 and are not there, on no ticket, or unfinished."""
        state = dict(self._daemon.rows("SELECT mail_id, state FROM inbox"))
        ticketed = {row[0] for row in self._daemon.rows("SELECT message_id FROM message_ids WHERE direction = 'in'")}
        gone = [mail_id for mails in self._told.values() for mail_id in mails if state.get(mail_id) != "done"]
        return gone + [message_id for message_id in self._told if message_id not in ticketed]

    def doubled(self) -> list[str]:
        """Return the mails that are on two tickets, the tickets acknowledged twice, and the mails that the relay took twice."""
        tickets = Counter(row[0] for row in self._daemon.rows("SELECT message_id FROM message_ids WHERE direction = 'in'"))
        acks = Counter(row[0] for row in self._daemon.rows("SELECT ticket_id FROM outbox WHERE template = 'ack'"))
        relayed = Counter(delivery.message_id for delivery in self._relayed)
        return [name for counted in (tickets, acks, relayed) for name, count in counted.items() if count > 1]

    def row(self, fault: str, *, told: str, since: Stopwatch | None = None, normal_after: float | None = None) -> Row:
        """Return the row of this fault, whose end ``since`` has measured."""
        seconds = since.seconds() if since is not None else normal_after
        return Row(
            fault=fault,
            told=told,
            mails=self.mails,
            lost=len(self.lost()),
            doubled=len(self.doubled()),
            normal_after=None if seconds is None else round(seconds, 1),
        )


def rows_of(path: Path) -> list[Row]:
    """Return the rows that a run has kept."""
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
