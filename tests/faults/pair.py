"""Two daemons on one PostgreSQL, of which one after the other is killed while relays send to whichever is there (SCL-2).

The survivor goes on at once with what is new, and takes over what the dead one had claimed when its leases are over. The account at the
end is that of ``tests/faults/kill.py``: every mail told 250 is on one ticket, and nothing went out in two versions.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.faults.kill import LAUNCH, LEASE, POINT_SECONDS, RANDOM, SENDERS, Campaign, Report
from tests.faults.launch import POINTS
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.sender import Address, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import wait_until


class _Wanderer(Sender):
    """A relay that does not stay with one connection for long, so that both daemons get mail."""

    def _try(self, letter: Letter) -> bool:
        done = super()._try(letter)
        self._hang_up()
        return done


class Pair(Campaign):
    """Kills, one at a time, of two daemons."""

    def __init__(self, folder: Path, sink: RecordingSink, *, seed: int, database: str) -> None:
        self._turn = itertools.count()
        super().__init__(folder, sink, seed=seed, database=database)
        other = folder / "other"
        other.mkdir()
        shutil.copy(self.daemon.folder / "keys.toml", other)
        self._senders = [
            _Wanderer(self._letters(f"{number}.{seed}"), self.where, self.ledger, name=f"sender-{number}") for number in range(SENDERS)
        ]
        self.daemons = (self.daemon, Daemon(write_config(other, {"relay": {"to": sink.url}, "database": database})))

    def where(self) -> Address | None:
        """Return where one of the daemons listens, each in its turn."""
        first = next(self._turn)
        found = (self.daemons[(first + each) % 2].where() for each in range(2))
        return next((address for address in found if address is not None), None)

    def run(self, *, points: Sequence[str], mails: int) -> Report:
        """Return the report, after one kill at each of ``points`` and at least ``mails`` mails told 250."""
        for daemon in self.daemons:
            daemon.command = (*LAUNCH, "--lease", LEASE)
            self.report.ready_seconds.append(daemon.start())
        for sender in self._senders:
            sender.start()
        self._traffic.set()
        try:
            for number, point in enumerate(points):
                self._kill_one(self.daemons[number % 2], self.daemons[1 - number % 2], point)
            self._bring_to_its_end(mails)
        finally:
            self._end_traffic()
            for daemon in self.daemons:
                daemon.kill()
        self._examine()
        return self.report

    def _kill_one(self, victim: Daemon, survivor: Daemon, point: str) -> None:
        """See ``victim`` die while ``survivor`` serves, and start it again."""
        self._armed.unlink(missing_ok=True)
        if point in POINTS:
            assert victim.stop() == 0
            count = self._random.randint(1, 8)
            victim.command = (*LAUNCH, "--lease", LEASE, "--kill", f"{point}:{count}", "--armed", str(self._armed))
            victim.start()
            self._armed.touch()
            wait_until(lambda: not victim.running, f"the kill at {point}:{count}", deadline=POINT_SECONDS)
            victim.reap()
        else:
            self._served(self._random.randint(5, 40))
            victim.kill()
        self.report.kills[point] += 1
        if not self._served(10) or not survivor.running:
            self.report.problems.append(f"after {point} the survivor did not serve: {survivor.log_text()[-2000:]}")
        victim.command = (*LAUNCH, "--lease", LEASE)
        self.report.ready_seconds.append(victim.start())

    def _served(self, more: int) -> bool:
        """Return whether so many more mails were taken in time."""
        return self.ledger.wait_for(len(self.ledger) + more, deadline=POINT_SECONDS)

    def _bring_to_its_end(self, mails: int) -> None:
        if not self.ledger.wait_for(mails, deadline=POINT_SECONDS + mails / 10):
            self.report.problems.append(f"only {len(self.ledger)} of {mails} mails were taken in time")
        self._end_traffic()
        for sender in self._senders:
            sender.join(POINT_SECONDS)
        self.daemon.wait_done(deadline=POINT_SECONDS + mails / 20)
        self.stats = self.daemon.stats()
        stopped = [daemon.stop() for daemon in self.daemons]
        if stopped != [0, 0]:
            self.report.problems.append(f"the daemons stopped with {stopped}")


__all__ = ["RANDOM", "Pair"]
