"""A site with one resolved ticket, for the tests of pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from maild.desk import agents
from maild.desk.agents import Request
from maild.policy.events import AgentResolved, MailTaken
from maild.policy.machine import decide
from maild.policy.ticket import Ticket
from maild.render.context import Contacts
from maild.store import migrate, tickets
from maild.store.database import Database, engine_of
from maild.store.group import Transaction
from maild.tokens import Purpose
from maild.web.app import Site
from maild.web.pages import Pages
from tests.desk.house import House
from tests.support.asgi import Answer, request

CONTACTS = Contacts(name="Ward IT Helpdesk", helpdesk="helpdesk@helpdesk.example", phone="0333 496 0000")
BOB = {"agent": "bob", "cause": "agent:bob"}


def pages(*folders: Path) -> Pages:
    """Return the pages, an administrator's folders first."""
    return Pages(zone=ZoneInfo("Europe/London"), contacts=CONTACTS, template_dirs=folders)


@dataclass(slots=True, kw_only=True)
class Town:
    """A helpdesk, its site, and how many times the site said that mail waits."""

    house: House
    database: Database
    site: Site
    queued: list[bool]

    async def ask(self, method: str, path: str, **options: object) -> Answer:
        """Return the site's answer."""
        return await request(self.site.app(), method, path, **options)  # type: ignore[arg-type]  # request's own

    async def press(self, path: str, reason: str = "") -> Answer:
        """Return the page after a person's press."""
        return await self.ask("POST", path, body=urlencode({"reason": reason}).encode())

    def ticket(self, number: int = 1) -> Ticket:
        """Return a ticket as it stands."""
        return self.house.tickets()[number - 1]

    def link(self, purpose: Purpose = Purpose.REOPEN, number: int = 1, resolution: int = 1) -> str:
        """Return the path of a link."""
        ticket = self.ticket(number)
        token = self.house.desk.keyring.sign(purpose, number=ticket.number, nonce=str(resolution), binding=ticket.id)
        return f"/{'r' if purpose is Purpose.REOPEN else 'c'}/{token}"

    async def open(self) -> int:
        """Return the number of a new ticket."""
        made = Request(agent="bob", requester="alice@trust.example", subject="Secret subject", text="Secret words")
        await self.database.run(agents.open_ticket, self.house.desk, made, None)
        return len(self.house.tickets())

    async def resolve(self, number: int = 1) -> None:
        """Resolve a ticket; the relay takes the resolution mail at once."""
        await self.database.run(agents.act, self.house.desk, self.ticket(number).number, AgentResolved(text="Secret toner.", **BOB))
        await self.database.run(_taken, self.house, self.ticket(number), self.house.clock.at)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Open a helpdesk with a resolved ticket for the block."""
    url = f"sqlite:///{folder / 'maild.db'}"
    engine = engine_of(url)
    migrate.prepare(engine, url)
    database, house, queued = Database(engine), House(engine), list[bool]()
    database.start()
    site = Site(database=database, desk=house.desk, pages=pages(), mails_queued=lambda: queued.append(True))
    made = Town(house=house, database=database, site=site, queued=queued)
    try:
        await made.open()
        await made.resolve()
        yield made
    finally:
        database.close()


def _taken(tx: Transaction, house: House, ticket: Ticket, at: datetime) -> None:
    from maild.desk.apply import apply

    assert ticket.resolution is not None
    event = MailTaken(cause="relay:M1", role=f"resolution:{ticket.resolution.number}", accepted_at=at)
    apply(tx, house.desk, decide(ticket, event, now=at, rules=house.desk.rules), now=at)
    assert tickets.by_id(tx, ticket.id) is not None
