"""From the outbox to the relay: an outcome that cannot be recorded holds up the courier, and never makes a third copy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from maild.desk import deliveries
from maild.store import outbox, schema
from maild.store.database import run_once
from maild.store.statement import Statement
from maild.workers import courier
from maild.workers.courier import Courier, CourierRules
from maild.workers.outcome import Delivered, Outcome, Transient, Unknown
from maild.workers.wake import Wake
from tests.desk.house import House
from tests.support.waiting import eventually
from tests.support.workshop import QuickClock, Store

ALWAYS = 10**9
SETTLED_AT = Statement(select(schema.outbox.c.settled_at))
RULES = CourierRules(connections=4, back_off=(timedelta(minutes=1),))


class FakeRelay:
    """Takes what it is given and answers by ``script``; ``got`` has every copy, with its bytes."""

    def __init__(self, script: Callable[[str], Outcome]) -> None:
        self.script = script
        self.got: list[tuple[str, bytes]] = []

    async def send(self, envelope_from: str, to: str, raw: bytes, *, smtputf8: bool, timeout: float) -> Outcome:
        """Return what the script says for this recipient."""
        self.got.append((to, raw))
        return self.script(to)

    async def aclose(self) -> None:
        """Nothing is held open."""

    @property
    def copies(self) -> Counter[str]:
        """Return how many copies each recipient got."""
        return Counter(to for to, _ in self.got)


def take(to: str) -> Outcome:
    """Say yes."""
    return Delivered(reply="250 2.0.0 Ok")


class Office:
    """A store with an outbox, and couriers that come and go."""

    def __init__(self, folder: Path, script: Callable[[str], Outcome] = take) -> None:
        self.store = Store(folder / "maild.db")
        self.house = House(self.store.engine, clock=QuickClock())
        self.relay = FakeRelay(script)
        self._lives = 0

    def write(self, count: int) -> list[str]:
        """Return the recipients of ``count`` mails that wait in the outbox."""
        recipients = [f"user{number}@trust.example" for number in range(count)]
        for number, to in enumerate(recipients):
            mail = outbox.NewMail(
                mail_id=f"M{number}",
                ticket_id=f"{number:032}",
                reference=None,
                template="ack",
                envelope_from="service@helpdesk.example",
                rcpt_to=to,
                priority=outbox.ANSWERS,
                message_id=f"<{number}@helpdesk.example>",
                nonce=str(number),
                smtputf8=False,
                data=f"To: {to}\r\n\r\nHello\r\n".encode(),
                role=None,
            )
            run_once(self.store.engine, _add, mail, self.house.clock.now())
        return recipients

    @asynccontextmanager
    async def courier(self, rules: CourierRules = RULES) -> AsyncIterator[Courier]:
        """Run a courier for the block, as a daemon that has just started does, and cut it off at its end."""
        self._lives += 1
        owner = f"tests:{self._lives}"
        run_once(self.store.engine, outbox.release_leases, owner)
        made = Courier(database=self.store, desk=self.house.desk, relay=self.relay, rules=rules, owner=owner, wake=Wake())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(made.run(), name=owner)
            yield made
            task.cancel()

    def states(self) -> Counter[str]:
        """Return how many mails are in which state."""
        return Counter(row[6] for row in run_once(self.store.engine, _everything, readonly=True))

    def waiting(self) -> int:
        """Return how many mails wait or are under way."""
        return run_once(self.store.engine, outbox.waiting, readonly=True)


def _add(tx: Any, mail: outbox.NewMail, at: Any) -> None:
    outbox.add(tx, mail, at=at)


def _everything(tx: Any) -> list[Any]:
    return outbox.listing(tx, everything=True)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose relay says yes."""
    made = Office(tmp_path)
    made.store.start()
    yield made
    made.store.close()


# ------------------------------------------------------------------------------------------------ settling that fails


@pytest.mark.rule("OUT-2")
async def test_five_days_without_settling_send_no_mail_more_than_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a store that records no outcome for five days and a restart every six hours, two copies go out; then a mail is uncertain."""
    monkeypatch.setattr(courier, "SETTLE_RETRY_SECONDS", 0.01)
    office.write(6)
    office.store.failing[deliveries.settle] = ALWAYS
    for _ in range(5 * 4):
        before = office.store.refused
        async with office.courier():
            await eventually(lambda before=before: office.store.refused > before + 5 or not office.waiting())  # type: ignore[misc]  # bound now
        office.house.later(hours=6)
    async with office.courier():
        await eventually(lambda: not office.waiting())
    assert (set(office.relay.copies.values()), office.states()) == ({2}, Counter(uncertain=6))
    assert len(set(office.relay.got)) == 6, "both copies have the same bytes"


@pytest.mark.rule("OUT-2")
async def test_a_courier_that_cannot_settle_sends_nothing_more(office: Office) -> None:
    """While the outcome of one mail cannot be recorded no further mail leaves, though others' outcomes can; then all leave, once."""
    recipients = office.write(12)
    first = recipients[0]
    office.store.refuses = lambda use_case, arguments: use_case is deliveries.settle and arguments[1].rcpt_to == first
    async with office.courier():
        await eventually(lambda: office.store.refused >= 3)
        sent_meanwhile = len(office.relay.got)
        office.store.refuses = lambda use_case, arguments: False
        await eventually(lambda: not office.waiting())
    assert (sent_meanwhile <= 2 * RULES.connections, office.relay.copies) == (True, Counter(dict.fromkeys(recipients, 1)))


@pytest.mark.rule("OUT-2", "RFI-4")
async def test_the_outcome_is_recorded_as_of_when_it_came(office: Office) -> None:
    """A settling that works hours later records the time at which the relay took the mail: clocks and windows run from there."""
    office.write(1)
    office.store.failing[deliveries.settle] = 3
    taken_at = office.house.clock.now()
    async with office.courier():
        await eventually(lambda: office.store.refused)
        office.house.later(hours=5)
        await eventually(lambda: not office.waiting())
    assert run_once(office.store.engine, _settled_at, readonly=True) == int(taken_at.timestamp() * 1_000_000)


@pytest.mark.rule("OUT-2")
async def test_a_fault_of_ours_in_what_a_delivery_means_does_not_send_it_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the ticket's part of a settling raises, the delivery is recorded all the same, and the courier goes on."""
    monkeypatch.setattr(deliveries, "_event", _broken)
    office.write(5)
    async with office.courier():
        await eventually(lambda: not office.waiting())
    assert (set(office.relay.copies.values()), office.states()) == ({1}, Counter(delivered=5))


# ----------------------------------------------------------------------------------------------- outcomes nobody knows


@pytest.mark.rule("OUT-2")
async def test_an_outcome_that_nobody_knows_is_tried_once_more(tmp_path: Path) -> None:
    """A relay that takes the bytes and answers nothing gets a mail twice, the same, and then it is uncertain."""
    office = Office(tmp_path, lambda to: Unknown(reply="no answer"))
    office.write(2)
    office.store.start()
    async with office.courier():
        for copies in (2, 4):
            await eventually(lambda copies=copies: len(office.relay.got) == copies and not office.states()["sending"])  # type: ignore[misc]  # bound now
            office.house.later(hours=1)
        await eventually(lambda: not office.waiting())
    office.store.close()
    assert (set(office.relay.copies.values()), office.states()) == ({2}, Counter(uncertain=2))


@pytest.mark.rule("OUT-1", "OUT-2")
async def test_a_fault_of_ours_while_sending_counts_as_an_outcome_nobody_knows(tmp_path: Path) -> None:
    """A relay's code that raises may have sent the mail: two copies at most, and the others are sent."""

    def script(to: str) -> Outcome:
        if to == "user0@trust.example":
            raise ValueError("planted")
        return take(to)

    office = Office(tmp_path, script)
    office.write(3)
    office.store.start()
    async with office.courier():
        await eventually(lambda: office.states()["delivered"] == 2)
        office.house.later(hours=1)
        await eventually(lambda: not office.waiting())
    office.store.close()
    assert (office.relay.copies["user0@trust.example"], office.states()) == (2, Counter(delivered=2, uncertain=1))


@pytest.mark.rule("OUT-1")
async def test_a_transient_failure_is_tried_for_five_days_and_then_given_up(tmp_path: Path) -> None:
    """A relay that never takes a mail is asked again by the back-off, and after five days the mail has failed."""
    office = Office(tmp_path, lambda to: Transient(reply="451 4.3.0 later"))
    office.write(1)
    office.store.start()
    async with office.courier(CourierRules(connections=4, back_off=(timedelta(hours=10),))):
        for _ in range(13):
            tries = len(office.relay.got)
            await eventually(lambda tries=tries: len(office.relay.got) > tries or not office.waiting())  # type: ignore[misc]  # bound now
            await eventually(lambda: office.states()["sending"] == 0)
            office.house.later(hours=12)
        await eventually(lambda: not office.waiting())
    office.store.close()
    assert (office.states(), len(office.relay.got)) == (Counter(failed=1), 11)


def _broken(claim: object, settlement: object) -> None:
    raise KeyError("planted")


def _settled_at(tx: Any) -> int:
    row = tx.one(SETTLED_AT)
    return int(row[0])
