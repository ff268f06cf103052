"""The stage of a story: a whole helpdesk in this process on a real store, with a relay that records and a clock that jumps.

Real are the configuration, the store and its gate, the reader, the desk, the machine, the templates, the clockwork, the courier and
the pages; only the listeners, the parser's process and the network are left out. Time goes from one event to the next, so that a week
takes a moment.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from maild.config.keys import read_keys
from maild.config.load import Loaded, load
from maild.desk import mails
from maild.desk.desk import Desk, new_mail_id
from maild.house import courier_rules, desk_of
from maild.mail.envelope import Envelope
from maild.mail.survey import trace
from maild.policy.reader import read
from maild.policy.ticket import Ticket, instant, microseconds
from maild.store import inbox, migrate, outbox, tickets, timers
from maild.store import schema as tables
from maild.store.database import Database, engine_of
from maild.store.statement import Statement, word
from maild.workers.clockwork import Clockwork
from maild.workers.courier import Courier
from maild.workers.outcome import Delivered, Outcome, Permanent, Transient
from maild.workers.timekeeping import ClockWatch
from maild.workers.wake import Wake
from tests.support.configuration import write_config

P = ParamSpec("P")
T = TypeVar("T")
LONDON = ZoneInfo("Europe/London")
BEGINNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # a Tuesday
TURNS = 1_000
_NEXT_TIMER = Statement(select(func.min(tables.timers.c.due_at)).where(tables.timers.c.due_at > bindparam("now")))
_NEXT_MAIL = Statement(
    select(func.min(tables.outbox.c.next_at)).where(tables.outbox.c.next_at > bindparam("now"), tables.outbox.c.state == word("queued"))
)


@dataclass(slots=True)
class StoryClock:
    """Wall time and monotonic time that move together, unless a story sets the wall clock."""

    at: datetime = BEGINNING
    seconds: float = 0.0

    def now(self) -> datetime:
        """Return the wall time."""
        return self.at

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.seconds

    def move(self, to: datetime) -> None:
        """Let time pass until then."""
        self.seconds += (to - self.at).total_seconds()
        self.at = to.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail that the relay took."""

    template: str
    to: str
    at: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """Return it as a mail program reads it."""
        message = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        """Return the plain text."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""


class RecordingRelay:
    """A relay that takes, puts off or refuses, as the story says."""

    def __init__(self, clock: StoryClock) -> None:
        self._clock = clock
        self.down = False
        self.refused: set[str] = set()
        self.taken: list[tuple[str, datetime, bytes]] = []

    async def send(self, envelope_from: str, rcpt_to: str, data: bytes, *, smtputf8: bool, timeout: float) -> Outcome:
        """Return what becomes of the mail."""
        if self.down:
            return Transient(reply="connection refused")
        if rcpt_to in self.refused:
            return Permanent(reply="550 5.1.1 no such user")
        self.taken.append((rcpt_to, self._clock.now(), data))
        return Delivered(reply="250 2.0.0 Ok: queued as 1")

    async def aclose(self) -> None:
        """Close nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail on its way to us."""

    raw: bytes
    to: tuple[str, ...]
    mail_from: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """A helpdesk that a story plays on. ``waiting`` is what other servers hold for us while the daemon is down."""

    folder: Path
    options: dict[str, Any]
    clock: StoryClock
    relay: RecordingRelay
    database: Database
    loaded: Loaded
    desk: Desk
    courier: Courier
    clockwork: Clockwork
    running: bool = True
    waiting: list[Letter] = field(default_factory=list)
    standing: dict[str, None] = field(default_factory=dict)

    # --- what happens ---

    async def receive(self, letter: Letter) -> None:
        """Take a mail in, or leave it in its server's queue while the daemon is down."""
        if not self.running:
            self.waiting.append(letter)
            return
        now, mail_id = self.clock.now(), new_mail_id()
        seen = trace(letter.raw[:65536])
        envelope = Envelope(mail_from=letter.mail_from, rcpt_to=letter.to, source="smtp", received_at=now)
        arrival = inbox.Arrival(
            mail_id=mail_id,
            envelope=envelope,
            size=len(letter.raw),
            sender_key=seen.sender_key or mail_id,
            message_id=seen.message_id,
            answers=seen.answers,
        )
        await self.database.run(inbox.add, arrival, lambda: iter((letter.raw,)))
        await self.settle()

    async def settle(self) -> None:
        """Work until nothing is left to be done at this instant."""
        for _ in range(TURNS):
            if not self.running or not await self._turn():
                return
        raise AssertionError("the queue is never empty")

    async def wait(self, until: datetime) -> None:
        """Let time pass until then, from one event to the next."""
        while (at := await self._next_event()) is not None and at <= until:
            self.clock.move(at)
            await self.settle()
        self.clock.move(until)
        await self.settle()

    async def stop(self) -> None:
        """Stop the daemon."""
        await self.clockwork.rest()
        self.running = False

    async def start(self) -> None:
        """Start the daemon again, with the configuration as it stands."""
        self.loaded = load(self.folder)
        self.desk = desk_of(self.loaded, read_keys(self.loaded.settings.keys_file), self.clock)
        self.courier, self.clockwork = _workers(self.loaded, self.database, self.desk, self.relay)
        self.running = True
        await self.clockwork.take_up()
        await self.settle()

    async def reload(self) -> None:
        """Write the configuration and have the daemon take it, as SIGHUP does."""
        write_config(self.folder, self.options)
        self.loaded = load(self.folder)
        fresh = desk_of(self.loaded, read_keys(self.loaded.settings.keys_file), self.clock)
        self.desk.rules, self.desk.renderer, self.desk.links = fresh.rules, fresh.renderer, fresh.links
        self.clockwork.reload(self.loaded.settings.calendar.catch_up)
        await self.settle()

    # --- what there is to see ---

    async def sent(self) -> list[Sent]:
        """Return every mail that the relay took, in order."""
        return [await self._sent(to, at, raw) for to, at, raw in self.relay.taken]

    async def tickets(self) -> list[Ticket]:
        """Return every ticket."""
        return await self.database.read(tickets.every)

    async def journal(self, ticket: Ticket) -> list[tuple[datetime, str, str, dict[str, Any]]]:
        """Return a ticket's journal."""
        return await self.database.read(tickets.journal_of, ticket.id)

    async def timers(self, ticket: Ticket) -> list[timers.Timer]:
        """Return a ticket's running timers."""
        return await self.database.read(timers.of_ticket, ticket.id)

    async def looks(self) -> list[str]:
        """Return the reasons on the needs-a-look list."""
        return [row[4] for row in await self.database.read(tickets.needing_a_look)]

    def alerts(self) -> list[str]:
        """Return the alerts that stand: raised, and not recovered."""
        for said in self.desk.alerts.take():
            if said.why:
                self.standing[said.alert] = None
            else:
                self.standing.pop(said.alert, None)
        return list(self.standing)

    # --- the machinery ---

    async def _turn(self) -> bool:
        """Return whether there was anything to do: mails in, timers, mails out."""
        received = await self._process()
        taken = len(self.relay.taken)
        fired = await self._fire()
        sent = await self._send()
        return received or fired or sent or taken != len(self.relay.taken)

    async def _process(self) -> bool:
        rows = await self.database.read(inbox.pending, 0, 1)
        for row in rows:
            if self.desk.numbers.low:
                self.desk.numbers.add(await self.database.run(tickets.reserve_numbers, 100))
            raw = await self.database.read(inbox.raw_of, row.seq)
            await self.database.run(mails.receive, self.desk, row, read(raw, row.envelope, self.desk.rules))
        return bool(rows)

    async def _fire(self) -> bool:
        before = await self.database.read(timers.due_count, self.clock.now())
        await self.clockwork.turn()
        return await self.database.read(timers.due_count, self.clock.now()) != before

    async def _send(self) -> bool:
        claims = await self.courier._claim()
        for claim in claims:
            await self.courier._deliver(claim)
        return bool(claims)

    async def _next_event(self) -> datetime | None:
        """Return the next instant at which something is due, a held clock's end included."""
        now = microseconds(self.clock.now())
        found = [await self.database.read(lambda tx, statement: tx.one(statement, now=now), each) for each in (_NEXT_TIMER, _NEXT_MAIL)]
        events = [instant(row[0]) for row in found if row is not None and row[0] is not None] if self.running else []
        held = self.clockwork.held_until
        events += [held] if self.running and held is not None and held > self.clock.now() else []
        return min(events, default=None)

    async def _sent(self, to: str, at: datetime, raw: bytes) -> Sent:
        message_id = str(email.message_from_bytes(raw)["Message-ID"])
        found = await self.database.read(outbox.sent, message_id)
        return Sent(template=found.template if found is not None else "", to=to, at=at, raw=raw)


def _workers(loaded: Loaded, database: Database, desk: Desk, relay: RecordingRelay) -> tuple[Courier, Clockwork]:
    queued = Wake()
    courier = Courier(database=database, desk=desk, relay=relay, rules=courier_rules(loaded.settings), owner="story:1", wake=queued)
    clockwork = Clockwork(database=database, desk=desk, mails_queued=queued, catch_up=loaded.settings.calendar.catch_up, watch=ClockWatch())
    return courier, clockwork


TEAMS = """
helpdesk = "helpdesk"

[[team]]
key = "helpdesk"
name = "Helpdesk"
address = "agents@resolvers.example"

[[team]]
key = "messaging"
name = "Messaging"
address = "messaging@resolvers.example"
"""


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Open a helpdesk for the block, ready at the story's beginning."""
    options: dict[str, Any] = {
        "links": {"mailto": True, "https": True},
        "web": {"listen": "127.0.0.1:0", "base_url": "https://desk.example"},
        "calendar": {},
    }
    write_config(folder, options)
    (folder / "teams.toml").write_text(TEAMS, encoding="utf-8")
    loaded, clock = load(folder), StoryClock()
    engine = engine_of(loaded.settings.database)
    migrate.prepare(engine, loaded.settings.database)
    database, relay = Database(engine), RecordingRelay(clock)
    desk = desk_of(loaded, read_keys(loaded.settings.keys_file), clock)
    courier, clockwork = _workers(loaded, database, desk, relay)
    database.start()
    made = Stage(
        folder=folder,
        options=options,
        clock=clock,
        relay=relay,
        database=database,
        loaded=loaded,
        desk=desk,
        courier=courier,
        clockwork=clockwork,
    )
    try:
        await clockwork.take_up()
        yield made
    finally:
        database.close()


def local(at: datetime) -> datetime:
    """Return an instant as wall time in London, to the minute."""
    return at.astimezone(LONDON).replace(tzinfo=None, second=0, microsecond=0)


SPAN = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
