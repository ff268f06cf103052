"""Kill the whole daemon, again and again, while relays send to it; then account for every mail that was told 250.

Four senders retry as relays do and keep a ledger of every 250. The daemon dies by SIGKILL, its parser process with it: at moments drawn at
random, and at named points (``tests/faults/launch.py``) from before the commit of an acceptance to after the settling of a delivery; at one
point more the relay kills it, between the final dot and its 250. Every second daemon dies before what its predecessor left is taken up.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.faults.account import Row
from tests.faults.launch import POINTS
from tests.support.daemon import RUN, Daemon, write_config
from tests.support.letters import header, letter, new_message_id
from tests.support.sender import Address, Ledger, Letter, Sender
from tests.support.sink import Delivery, RecordingSink, recording_sink, take_all
from tests.support.waiting import wait_until

LAUNCH = ("-m", "tests.faults.launch")
SENDERS = 4
RELAY_POINT = "relay.before-250"
RANDOM = "random"
POINT_SECONDS = 60.0
LEASE = "3"  # seconds, on a shared store
KINDS = ("opened", "updated", "answered", "filed", "ignored", "duplicate", "quarantined", "pending")  # INT-11


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of a campaign; ``problems`` is empty where every promise was kept."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    tickets: int = 0
    told_twice: int = 0
    sent: int = 0
    sent_twice: int = 0
    uncertain: int = 0
    ready_seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def row(self, fault: str) -> Row:
        """Return the row of a campaign in which every promise was kept."""
        assert not self.problems, self.problems
        return Row(
            fault=f"{fault}, {self.kills.total()} times",
            told="the connection breaks; 250 at the next attempt",
            mails=self.accepted,
            lost=0,
            doubled=0,
            normal_after=round(median(self.ready_seconds), 1),
            note=f"{self.sent_twice} of {self.sent} mails out came twice, the same to the last byte (OUT-2)",
        )

    def __str__(self) -> str:
        """Return the figures as lines for people."""
        points = ", ".join(f"{point} {count}" for point, count in sorted(self.kills.items()))
        verdict = "\n".join(self.problems[:20]) or "nothing lost, nothing double"
        return (
            f"{self.kills.total()} kills ({points})\n"
            f"{self.accepted} mails told 250, {self.tickets} tickets; {self.told_twice} mails came again after a lost 250\n"
            f"{self.sent} mails handed to the relay, {self.sent_twice} of them twice, {self.uncertain} uncertain\n"
            f"ready again after {median(self.ready_seconds):.2f} s (median), {max(self.ready_seconds):.2f} s (longest)\n"
            f"seed {self.seed}\n{verdict}"
        )


class Campaign:
    """Kills, and the traffic during them."""

    def __init__(self, folder: Path, sink: RecordingSink, *, seed: int, fault: str = "", database: str = "") -> None:
        self.sink = sink
        self.daemon = Daemon(write_config(folder / "maild", {"relay": {"to": sink.url}, **({"database": database} if database else {})}))
        self.ledger = Ledger()
        self.report = Report(seed=seed)
        self._random = random.Random(seed)
        self._armed = folder / "armed"
        self._traffic = threading.Event()  # whether new letters are written; those under way are sent to their end
        self._shared = bool(database)
        self._options = (*(("--fault", fault) if fault else ()), *(("--lease", LEASE) if database else ()))
        self._senders = [
            Sender(self._letters(f"{number}.{seed}"), self.where, self.ledger, name=f"sender-{number}") for number in range(SENDERS)
        ]

    def where(self) -> Address | None:
        """Return where the daemon listens, None while it does not."""
        return self.daemon.where()

    def run(self, *, points: Sequence[str], mails: int) -> Report:
        """Return the report, after one kill at each of ``points`` and at least ``mails`` mails told 250."""
        for sender in self._senders:
            sender.start()
        try:
            for number, point in enumerate(points):
                self._live_and_die(point, hurried=number % 2 == 1)
            self._live_on(mails)
        finally:
            self._end_traffic()
            self.daemon.kill()
        self._examine()
        return self.report

    def _live_and_die(self, point: str, *, hurried: bool) -> None:
        """Start a daemon and see it die at ``point``; it takes up what was left first, unless ``hurried``."""
        self._armed.unlink(missing_ok=True)
        if hurried:
            self._traffic.set()
        count = self._random.randint(1, 12)
        kill = ("--kill", f"{point}:{count}", "--armed", str(self._armed)) if point in POINTS else ()
        self.daemon.command = (*LAUNCH, *self._options, *kill)
        self.report.ready_seconds.append(self.daemon.start())
        if not hurried:
            self._take_up()
        self._traffic.set()
        self._armed.touch()
        if point == RELAY_POINT:
            self.sink.script = _Assassin(self.daemon.pid, count)
        if point == RANDOM:
            self.ledger.wait_for(len(self.ledger) + self._random.randint(3, 35), unless=lambda: not self.daemon.running)
            self.daemon.kill()
        else:
            wait_until(lambda: not self.daemon.running, f"the kill at {point}:{count}", deadline=POINT_SECONDS)
            self._note_death(point)
        self._traffic.clear()
        self.sink.script = take_all
        self.report.kills[point] += 1

    def _note_death(self, point: str) -> None:
        status = self.daemon.reap()
        if status != -signal.SIGKILL:
            self.report.problems.append(f"the daemon ended with {status} instead of at {point}: {self.daemon.log_text()[-2000:]}")

    def _take_up(self) -> None:
        """Return when what an earlier daemon left is processed and sent."""
        self.daemon.wait_done(deadline=POINT_SECONDS)

    def _live_on(self, mails: int) -> None:
        """Run maild itself until everything is done, and let it stop as it should."""
        self.daemon.command = (*LAUNCH, *self._options) if self._options else RUN
        self.report.ready_seconds.append(self.daemon.start())
        self._traffic.set()
        if not self.ledger.wait_for(mails, deadline=POINT_SECONDS + mails / 10):
            self.report.problems.append(f"only {len(self.ledger)} of {mails} mails were taken in time")
        self._end_traffic()
        for sender in self._senders:
            sender.join(POINT_SECONDS)
        self.daemon.wait_done(deadline=POINT_SECONDS + mails / 20)
        self.stats = self.daemon.stats()
        if (status := self.daemon.stop()) != 0:
            self.report.problems.append(f"the last daemon stopped with {status}")

    def _end_traffic(self) -> None:
        for sender in self._senders:
            sender.finish()
        self._traffic.set()

    def _letters(self, name: str) -> Iterator[Letter]:
        """Yield mails without end: each from a new sender, every fourth the answer of the same person to his last mail."""
        number, last = 0, ""
        while self._traffic.wait():
            number += 1
            answer = number % 4 == 0
            sender = f"user{number - answer}.{name}@trust.example"
            message_id = new_message_id()
            headers = {"In-Reply-To": last} if answer else {}
            raw = letter(sender=sender, message_id=message_id, body=f"Mail {number} of {name}.", headers=headers)
            last = message_id
            yield Letter(message_id=message_id, raw=raw, mail_from=sender)

    # --- the account ---

    def _examine(self) -> None:
        """Hold the ledger and the relay's mails against the store."""
        self.report.accepted = len(self.ledger)
        self.report.told_twice = self.stats["duplicate"]
        for check in (self._mails_in, self._raw_mails, self._mails_out, self._books):
            self.report.problems.extend(check())

    def _mails_in(self) -> Iterator[str]:
        """Yield what is wrong with the tickets of mails that were told 250."""
        known: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for message_id, mail_id, disposition in self.daemon.rows("SELECT message_id, mail_id, disposition FROM inbox"):
            known[message_id].append((mail_id, disposition))
        tickets: defaultdict[str, set[str]] = defaultdict(set)
        for message_id, ticket in self.daemon.rows("SELECT message_id, ticket_id FROM message_ids WHERE direction = 'in'"):
            tickets[message_id].add(ticket)
        self.report.tickets = self.daemon.rows("SELECT count(*) FROM tickets")[0][0]
        for message_id, told in self.ledger.taken.items():
            rows = known[message_id]
            if lost := set(told) - {mail_id for mail_id, _ in rows}:
                yield f"lost: {message_id} was told {lost}"
            if len(tickets[message_id]) != 1:
                yield f"{message_id} is on {len(tickets[message_id])} tickets"
            dispositions = sorted(disposition for _, disposition in rows)
            parent = header(self.ledger.letters[message_id].raw, "In-Reply-To")
            if dispositions != sorted([*["duplicate"] * (len(rows) - 1), "updated" if parent else "opened"]):
                yield f"{message_id} became {dispositions}"
            if parent and tickets[message_id] != tickets[parent]:
                yield f"{message_id} is not on the ticket of {parent}, which it answers"
        for message_id, reply in self.ledger.refused.items():
            yield f"{message_id} was refused: {reply}"
        opened = sum(not header(each.raw, "In-Reply-To") for each in self.ledger.letters.values())
        if self.report.tickets != opened:
            yield f"{self.report.tickets} tickets of {opened} mails"

    def _raw_mails(self) -> Iterator[str]:
        """Yield the mails whose kept bytes do not end with the bytes that were sent (INT-10)."""
        raw: defaultdict[str, bytes] = defaultdict(bytes)
        for mail_id, data in self.daemon.rows("SELECT mail_id, data FROM raw JOIN inbox USING (seq) ORDER BY seq, part"):
            raw[mail_id] += data
        for message_id, told in self.ledger.taken.items():
            for mail_id in told:
                if not raw[mail_id].endswith(self.ledger.letters[message_id].raw):
                    yield f"the bytes of {mail_id} are not those of {message_id}"

    def _mails_out(self) -> Iterator[str]:
        """Yield what is wrong with the mails that the relay got."""
        copies: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in self.sink.deliveries:
            copies[delivery.message_id].append(delivery)
        self.report.sent = len(copies)
        self.report.sent_twice = sum(len(each) > 1 for each in copies.values())
        for message_id, got in copies.items():
            if len(got) > 2 or len({each.raw for each in got}) != 1:
                yield f"{message_id} came {len(got)} times, in {len({each.raw for each in got})} versions"
        rows = self.daemon.rows("SELECT message_id, template, rcpt_to, ticket_id, state, attempts, unsettled FROM outbox")
        if self.report.sent_twice > self.report.kills.total() * SENDERS:
            yield f"{self.report.sent_twice} mails came twice in {self.report.kills.total()} kills with 4 connections"
        yield from self._outbox(rows, copies)
        acknowledged = Counter(row[3] for row in rows if row[1] == "ack")
        for (ticket,) in self.daemon.rows("SELECT id FROM tickets"):
            if acknowledged[ticket] != 1:
                yield f"ticket {ticket} has {acknowledged[ticket]} acknowledgements"

    def _outbox(self, rows: list[tuple[str, ...]], copies: dict[str, list[Delivery]]) -> Iterator[str]:
        for message_id, _, to, _, state, attempts, unsettled in rows:
            here = copies.get(message_id, [])
            if any(each.to != to for each in here):
                yield f"{message_id} to {to} came to {here[0].to}"
            if state == "delivered" and not here:
                yield f"{message_id} counts as delivered and never came"
            elif state == "uncertain":
                self.report.uncertain += 1
                if (int(attempts), int(unsettled)) != (2, 1):
                    yield f"{message_id} is uncertain after {attempts} attempts, {unsettled} of them unsettled"
            elif state != "delivered":
                yield f"{message_id} is {state}"

    def _books(self) -> Iterator[str]:
        """Yield what does not add up (INT-11), and what SQLite says of its file."""
        if not self._shared and (verdict := self.daemon.rows("PRAGMA integrity_check")) != [("ok",)]:
            yield f"integrity_check: {verdict}"
        counted = sum(self.stats[kind] for kind in KINDS)
        if self.stats["accepted"] != counted or self.stats["unaccounted"]:
            yield f"accepted {self.stats['accepted']}, accounted for {counted}: {self.stats}"
        for kind in ("quarantined", "pending", "inbox_pending", "outbox_pending", "answered", "filed", "ignored"):
            if self.stats[kind]:
                yield f"{self.stats[kind]} mails are {kind}"


class _Assassin:
    """A relay that takes mails until the one at which it kills the daemon, before it says 250."""

    def __init__(self, pid: int, count: int) -> None:
        self._pid, self._left = pid, count
        self._lock = threading.Lock()

    def __call__(self, delivery: Delivery) -> str:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.killpg(self._pid, signal.SIGKILL)
        return take_all(delivery)


def plan(kills: int, seed: int) -> list[str]:
    """Return at which points to kill: half of them at random moments, the other half round all named points, shuffled."""
    draw = random.Random(seed)
    named = [*POINTS, RELAY_POINT]
    chosen = [named[number % len(named)] for number in range(kills // 2)] + [RANDOM] * (kills - kills // 2)
    draw.shuffle(chosen)
    return chosen


def campaign(folder: Path, *, kills: int, mails: int, seed: int, database: str = "") -> Report:
    """Return the report of a whole campaign in ``folder``, on SQLite or on the PostgreSQL database of that URL."""
    with recording_sink() as sink:
        return Campaign(folder, sink, seed=seed, database=database).run(points=plan(kills, seed), mails=mails)
