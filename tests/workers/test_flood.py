"""Many mails of one sender that wait at once: read and decided together, in their order, and none held up by another's fault for long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maild.render.context import OutgoingMail
from maild.render.renderer import Renderer
from maild.store import tickets
from maild.store.database import run_once
from maild.store.inbox import InboxRow
from maild.workers import processor
from tests.support.letters import letter
from tests.support.workshop import Workshop, workshop

COUNT = 10


def flood(shop: Workshop) -> list[InboxRow]:
    """Return the rows of ten mails of one sender that wait already when the processor looks."""
    shop.processor.paused = True
    rows = []
    for number in range(COUNT):
        raw = letter(subject=f"matter {number}", body=f"This is matter {number}.", message_id=f"<{number}@trust.example>")
        rows.append(shop.accept(raw))
    shop.processor.paused = False
    return rows


def order(shop: Workshop) -> list[str]:
    """Return the subjects of the tickets by their numbers."""
    return [each.subject for each in sorted(run_once(shop.house.engine, tickets.every), key=lambda each: each.number)]


def matters(*without: int) -> list[str]:
    """Return the subjects of the flood, in order."""
    return [f"matter {number}" for number in range(COUNT) if number not in without]


@pytest.mark.rule("INT-12")
async def test_a_flood_is_decided_in_its_order_and_in_few_transactions(tmp_path: Path) -> None:
    """Ten mails take three, where one by one they took ten."""
    async with workshop(tmp_path) as shop:
        decided: list[int] = []
        put = shop.store._put

        def counted(where: Any, use_case: Any, args: tuple[Any, ...]) -> Any:
            if use_case is processor._receive:
                decided.append(len(args[1]))
            return put(where, use_case, args)

        shop.store._put = counted  # type: ignore[method-assign]  # it is passed on
        await shop.finish(*flood(shop))
        assert (matters(), True) == (order(shop), sum(decided) >= COUNT - 2)


@pytest.mark.rule("INT-9", "INT-12")
async def test_a_mail_that_kills_the_parser_in_the_middle_is_overtaken_by_none_of_its_sender(tmp_path: Path) -> None:
    """It is read at the second try; what stands behind it waits for that."""
    async with workshop(tmp_path) as shop:
        shop.parser.deadly["matter 4"] = 2
        await shop.finish(*flood(shop))
        assert matters() == order(shop)


@pytest.mark.rule("INT-9", "INT-12")
async def test_a_mail_that_always_kills_goes_to_quarantine_and_the_others_to_their_tickets(tmp_path: Path) -> None:
    """Nobody's flood is stopped by one of its mails."""
    async with workshop(tmp_path) as shop:
        shop.parser.deadly["matter 4"] = 99
        rows = flood(shop)
        await shop.finish(*rows)
        assert (matters(4), "quarantined") == (order(shop), shop.find(rows[4])[0])


@pytest.mark.rule("INT-9", "STO-1")
async def test_trouble_of_the_store_in_the_middle_changes_no_order_and_costs_no_attempt(tmp_path: Path) -> None:
    """What was put back is decided later, behind what was before it."""
    async with workshop(tmp_path) as shop:
        shop.store.failing[processor._receive] = 2
        await shop.finish(*flood(shop))
        assert (matters(), 2) == (order(shop), shop.store.refused)


class Faulty(Renderer):
    """A renderer with a bug: it fails over the answer to one mail."""

    def render(self, mail: OutgoingMail) -> Any:
        """Return the mail, but for that one."""
        if mail.in_reply_to == "<4@trust.example>":
            raise ZeroDivisionError("a bug")
        return super().render(mail)


@pytest.mark.rule("INT-9")
async def test_a_bug_over_one_of_them_puts_that_one_aside_and_no_other(tmp_path: Path) -> None:
    """The transaction that they shared is given up, and each is decided by itself."""
    async with workshop(tmp_path) as shop:
        sound = shop.house.desk.renderer
        shop.house.desk.renderer = Faulty.__new__(Faulty)
        shop.house.desk.renderer.__dict__.update(sound.__dict__)
        rows = flood(shop)
        await shop.finish(*rows)
        states = [shop.find(row)[0] for row in rows]
    assert ["done"] * 4 + ["quarantined"] + ["done"] * 5 == states
