"""From the inbox to the desk: in order, with attempts that count only what was the mail's own fault."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from maild.desk import mails
from maild.store import inbox, schema, tickets
from maild.store.database import run_once
from maild.store.statement import Statement
from maild.workers import processor
from tests.support.letters import letter
from tests.support.waiting import eventually
from tests.support.workshop import Workshop, workshop

ALICE, BOB = "alice@trust.example", "bob@trust.example"
BESIDE = ("good", "deadly", "good")
ATTEMPTS = Statement(select(schema.inbox.c.attempts).where(schema.inbox.c.mail_id == bindparam("which")))


# ------------------------------------------------------------------------------------------------------------- order


@pytest.mark.rule("INT-12")
async def test_two_mails_of_one_person_are_applied_in_their_order(tmp_path: Path) -> None:
    """A person's second mail, quick to parse, is applied after the first, whose parsing takes its time."""
    async with workshop(tmp_path) as shop:
        shop.parser.gates["slow"] = asyncio.Event()
        slow = shop.accept(letter(sender=ALICE, subject="slow"))
        await eventually(lambda: shop.parser.begun["slow"])
        quick = shop.accept(letter(sender=ALICE, subject="quick"))
        other = shop.accept(letter(sender=BOB, subject="other"))
        await shop.finish(other)
        begun_early = shop.parser.begun["quick"]
        shop.parser.gates["slow"].set()
        await shop.finish(slow, quick)
        numbered = {each.subject: each.number for each in run_once(shop.house.engine, tickets.every)}
    assert (begun_early, numbered["slow"] < numbered["quick"]) == (0, True)


@pytest.mark.rule("INT-12")
async def test_an_answer_that_overtakes_its_mail_waits_for_it(tmp_path: Path) -> None:
    """A reply-all of somebody Cc'd, accepted while the mail it answers is unfinished, joins that mail's ticket."""
    async with workshop(tmp_path) as shop:
        shop.parser.gates["slow"] = asyncio.Event()
        first = shop.accept(letter(sender=ALICE, subject="slow", message_id="<first@trust.example>", headers={"Cc": BOB}))
        await eventually(lambda: shop.parser.begun["slow"])
        answer = shop.accept(letter(sender=BOB, subject="me too", headers={"In-Reply-To": "<first@trust.example>"}))
        later = shop.accept(letter(sender="carol@trust.example", subject="later"))
        await shop.finish(later)
        begun_early = shop.parser.begun["me too"]
        shop.parser.gates["slow"].set()
        await shop.finish(first, answer)
        found = (shop.find(answer)[1], sorted(each.subject for each in run_once(shop.house.engine, tickets.every)))
    assert (begun_early, found) == (0, ("updated", ["later", "slow"]))


@pytest.mark.rule("INT-12")
async def test_the_journal_names_the_mail_that_was_not_waited_for_any_longer(tmp_path: Path) -> None:
    """A mail whose predecessor hangs is applied after the longest wait, and its ticket's journal says so."""
    async with workshop(tmp_path) as shop:
        shop.parser.gates["hangs"] = asyncio.Event()
        hangs = shop.accept(letter(sender=ALICE, subject="hangs"))
        await eventually(lambda: shop.parser.begun["hangs"])
        passes = shop.accept(letter(sender=ALICE, subject="passes"))
        await shop.finish(passes)
        journal = shop.house.journal()
        shop.parser.gates["hangs"].set()
        await shop.finish(hangs)
    assert [entry["did_not_wait_for"] for entry in journal if "did_not_wait_for" in entry] == [hangs.mail_id]


@pytest.mark.rule("INT-12")
async def test_a_flood_of_one_sender_does_not_delay_another(tmp_path: Path) -> None:
    """Somebody's one mail, accepted behind sixty of another sender, is done before half of those are."""
    async with workshop(tmp_path) as shop:
        shop.processor.paused = True
        flood = [shop.accept(letter(sender=ALICE, subject=f"flood {number}")) for number in range(60)]
        other = shop.accept(letter(sender=BOB, subject="other"))
        shop.processor.paused = False
        await shop.finish(other, *flood)
        numbered = {each.subject: each.number for each in run_once(shop.house.engine, tickets.every)}
    assert numbered["other"] < numbered["flood 30"]


# ------------------------------------------------------------------------------------- what counts as an attempt


async def attempts_after(shop: Workshop, subject: str = "mail") -> int:
    """Return how many attempts are counted for a mail when it is done."""
    row = shop.accept(letter(subject=subject))
    await shop.finish(row)
    counted = run_once(shop.house.engine, lambda tx: tx.one(ATTEMPTS, which=row.mail_id))
    assert counted is not None
    return int(counted[0])


@pytest.mark.rule("INT-9")
@pytest.mark.parametrize("use_case", [processor._attempt, mails.receive, tickets.reserve_numbers], ids=["claim", "receive", "numbers"])
async def test_trouble_of_the_store_costs_no_attempt(tmp_path: Path, use_case: object) -> None:
    """A store that fails five times, at whichever step, counts as no attempt: the mail that then succeeds has one."""
    async with workshop(tmp_path) as shop:
        shop.house.desk.numbers._free.clear()
        shop.store.failing[use_case] = 5  # type: ignore[index]  # a use case of any kind
        assert (await attempts_after(shop), shop.store.refused) == (1, 5)


@pytest.mark.rule("INT-9")
async def test_an_attempt_that_could_not_be_taken_off_is_taken_off_later(tmp_path: Path) -> None:
    """When the store is away for the taking off as well, the mail is tried again soon, and still with one attempt."""
    async with workshop(tmp_path) as shop:
        shop.store.failing[mails.receive] = 3
        shop.store.failing[inbox.give_back] = 3
        assert await attempts_after(shop) == 1


@pytest.mark.rule("INT-9")
async def test_a_stop_costs_no_attempt(tmp_path: Path) -> None:
    """A mail that is being parsed when the daemon is told to stop has no attempt counted against it afterwards."""
    async with workshop(tmp_path) as shop:
        shop.parser.gates["slow"] = asyncio.Event()
        row = shop.accept(letter(subject="slow"))
        await eventually(lambda: shop.parser.begun["slow"])
        during = shop.find(row)
    assert (during, shop.find(row)) == (("pending", None, 1), ("pending", None, 0))


# ---------------------------------------------------------------------------------------------------- quarantine


@pytest.mark.rule("INT-9")
@pytest.mark.parametrize(("deaths", "state"), [(1, "done"), (2, "done"), (3, "quarantined")])
async def test_the_third_death_of_the_parser_is_the_last(tmp_path: Path, deaths: int, state: str) -> None:
    """A mail under which the parser dies is tried three times in all; those beside it are served."""
    async with workshop(tmp_path) as shop:
        shop.parser.deadly["deadly"] = deaths
        shop.processor.paused = True
        rows = [shop.accept(letter(sender=f"user{number}@trust.example", subject=subject)) for number, subject in enumerate(BESIDE)]
        shop.processor.paused = False
        await shop.finish(*rows)
        assert ([shop.find(row)[0] for row in rows], shop.parser.deaths["deadly"]) == (["done", state, "done"], deaths)


@pytest.mark.rule("INT-9")
async def test_a_mail_after_two_unclean_ends_is_parsed_alone_and_after_three_not_at_all(tmp_path: Path) -> None:
    """Attempts of daemons that died count: two of them and a mail is parsed alone, three and it goes to quarantine."""
    async with workshop(tmp_path) as shop:
        shop.processor.paused = True
        rows = [shop.accept(letter(sender=f"user{number}@trust.example", subject=f"mail {number}")) for number in range(4)]
        for number, row in enumerate(rows):
            for _ in range(number):
                run_once(shop.house.engine, inbox.count_attempt, row.seq)
        shop.processor.paused = False
        await shop.finish(*rows)
        assert [shop.find(row)[0] for row in rows] == ["done", "done", "done", "quarantined"]
        assert shop.parser.begun["mail 3"] == 0


@pytest.mark.rule("INT-9")
async def test_a_retried_mail_is_processed_at_once(tmp_path: Path) -> None:
    """A mail that leaves quarantine is pending with no attempt, belongs to nobody, and is processed at the next look."""
    async with workshop(tmp_path) as shop:
        shop.parser.deadly["deadly"] = 3
        row = shop.accept(letter(subject="deadly"))
        await shop.finish(row)
        before = shop.find(row)
        assert run_once(shop.house.engine, inbox.retry, row.mail_id) is True
        await shop.finish(row)
        assert (before, shop.find(row)) == (("quarantined", "quarantined", 0), ("done", "opened", 0))


@pytest.mark.rule("INT-9")
async def test_trouble_of_the_store_beside_a_deadly_mail_leaves_each_mail_once(tmp_path: Path) -> None:
    """When the store fails for one mail of a batch and then for another, each is put back once and done once."""
    async with workshop(tmp_path) as shop:
        shop.parser.deadly["deadly"] = 1
        shop.processor.paused = True
        rows = [shop.accept(letter(sender=f"user{number}@trust.example", subject=subject)) for number, subject in enumerate(BESIDE)]
        shop.store.failing[mails.receive] = 2
        shop.store.failing[processor._count_again] = 1
        shop.processor.paused = False
        await shop.finish(*rows)
        assert [shop.find(row)[:2] for row in rows] == [("done", "opened")] * 3
        assert len(run_once(shop.house.engine, tickets.every)) == 3
