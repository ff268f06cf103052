"""The parser process: a mail that kills it costs nothing but itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from maild.errors import TemporaryFailure
from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.mail.parse import parse
from maild.policy.rules import AddressRules, Rules
from maild.workers.parser import ParserDied, ParserFailed, ParserProcess

ENVELOPE = Envelope(
    mail_from="ann@trust.example", rcpt_to=("helpdesk@desk.example",), source="test", received_at=datetime(2026, 3, 2, tzinfo=UTC)
)
RULES = Rules(
    addresses=AddressRules(
        helpdesk=("helpdesk@desk.example",),
        service="service@desk.example",
        persons=MappingProxyType({"postmaster@desk.example": "ann@desk.example"}),
    )
)
PLAIN = b"From: ann@trust.example\r\nSubject: Printer\r\nMessage-ID: <1@trust.example>\r\n\r\nIt is broken.\r\n"
PLAIN_MESSAGE = parse(PLAIN)
HERE = Path(__file__).parent


def parser(function: str = "read", *, deadline: float = 5, memory: int = 768 * 1024 * 1024) -> ParserProcess:
    """Return a parser process that calls one of the readers beside this file."""
    return ParserProcess(RULES, reader=f"readers:{function}", deadline=timedelta(seconds=deadline), memory=memory, path=(HERE,))


async def read(process: ParserProcess, *mails: bytes) -> list[object]:
    """Return what the process answers to ``mails``, read as one batch."""
    try:
        return list(await process.read_batch([(ENVELOPE, mail) for mail in mails]))
    finally:
        await process.close()


async def chunked(*chunks: bytes) -> AsyncIterator[bytes]:
    """Yield ``chunks``."""
    for chunk in chunks:
        yield chunk


async def test_batch_is_read_in_order_with_the_real_reader() -> None:
    """A batch of mails comes back as readings, in the order in which it was given."""
    process = ParserProcess(RULES)
    results = await read(process, PLAIN, PLAIN.replace(b"Printer", b"Scanner"))
    assert [getattr(result, "message", PLAIN_MESSAGE).subject for result in results] == ["Printer", "Scanner"]


async def test_large_batch_does_not_block_on_its_own_answers() -> None:
    """A batch whose mails and answers are far larger than the pipes between the two is read to its end."""
    mails = [PLAIN + b"x" * 20_000 for _ in range(60)]
    process = parser("parse_only")
    results = await read(process, *mails)
    assert [len(result.text) for result in results if isinstance(result, Message)] == [20_014] * 60


@pytest.mark.rule("INT-9")
async def test_mail_that_kills_the_child_costs_only_itself() -> None:
    """The mail over which the child dies is answered as died; those before and after it in the batch are read."""
    results = await read(parser(), b"one", b"crash", b"two")
    assert results == [("test", 3, b"one"), ParserDied(reason="SIGKILL"), ("test", 3, b"two")]


@pytest.mark.rule("INT-9")
async def test_mail_that_takes_too_long_is_ended_by_the_kernel() -> None:
    """A mail that takes more than its processor time ends the child, and the next mail is read."""
    results = await read(parser(deadline=1.0), b"spin", b"two")  # eight times that by the wall: room on a busy machine
    assert results == [ParserDied(reason="SIGPROF"), ("test", 3, b"two")]


async def test_mail_that_wants_too_much_memory_is_refused_it() -> None:
    """A mail that needs more memory than the child may have fails, and takes nobody with it."""
    results = await read(parser(memory=400 * 1024 * 1024), b"eat 500000000", b"two")
    assert [isinstance(results[0], ParserFailed), results[1]] == [True, ("test", 3, b"two")]


@pytest.mark.rule("INT-9", "PRV-3")
async def test_fault_of_ours_is_told_without_the_mail_s_text() -> None:
    """A reader that raises is answered with where it raised and what kind of error, and nothing of the mail."""
    (result,) = await read(parser(), b"raise the patient's name")
    assert isinstance(result, ParserFailed)
    assert ("readers.py" in result.trace, "KeyError" in result.trace, "patient" in result.trace) == (True, True, False)


async def test_child_cannot_make_its_parent_build_anything_but_values() -> None:
    """An answer with a class that is none of maild's values counts as a death, not as a reading."""
    results = await read(parser(), b"smuggle", b"two")
    assert results == [ParserDied(reason="an answer that is no reading"), ("test", 3, b"two")]


async def test_stray_print_does_not_disturb_the_answers() -> None:
    """What a library prints in the child goes to standard error, not into the answers."""
    assert await read(parser(), b"print", b"two") == ["printed", ("test", 3, b"two")]


async def test_rules_arrive_frozen_and_can_be_sent_again() -> None:
    """The child reads with the rules it was started with, and after a reload with the new ones; mappings stay read-only."""
    process = parser()
    try:
        first: list[object] = list(await process.read_batch([(ENVELOPE, b"rules")]))
        newer = Rules(addresses=AddressRules(helpdesk=("new@desk.example",), service="service@desk.example"))
        await process.reload(newer)
        second: list[object] = list(await process.read_batch([(ENVELOPE, b"rules")]))
        crashed: list[object] = list(await process.read_batch([(ENVELOPE, b"crash"), (ENVELOPE, b"rules")]))
    finally:
        await process.close()
    assert (first, second, crashed[1]) == ([RULES], [newer], newer)


async def test_child_imports_no_more_than_reading_needs() -> None:
    """The child has of maild only mail, policy and its own two modules, and no event loop, database or template engine."""
    (modules,) = await read(ParserProcess(RULES, reader="readers:read", path=(HERE,)), b"modules")
    assert isinstance(modules, list)
    ours = {name for name in modules if name.startswith("maild.")}
    pure = {name for name in ours if name.startswith(("maild.mail", "maild.policy", "maild.errors"))}
    assert (ours - pure, {name for name in modules if not name.startswith("maild")}) == (
        {"maild.workers", "maild.workers.frames"},
        set(),
    )


async def test_large_mail_comes_in_chunks() -> None:
    """A mail that is handed over in chunks is read as one."""
    process = parser()
    try:
        result: object = await process.read_large(ENVELOPE, chunked(b"one ", b"two ", b"x" * 1_000_000))
    finally:
        await process.close()
    assert result == ("test", 1_000_008, (b"one two " + b"x" * 40)[:40])


async def test_child_that_dies_under_a_large_mail_is_told() -> None:
    """A large mail over which the child dies is answered as died, and the next one is read."""
    process = parser()
    try:
        died: object = await process.read_large(ENVELOPE, chunked(b"crash ", b"x" * 3_000_000))
        after: object = await process.read_large(ENVELOPE, chunked(b"two"))
    finally:
        await process.close()
    assert (died, after) == (ParserDied(reason="SIGKILL"), ("test", 3, b"two"))


@pytest.mark.rule("INT-5")
async def test_thirty_megabytes_of_empty_lines_stay_flat() -> None:
    """30 MB of empty lines cost the child less than 60 MiB more than a small mail did."""
    process = parser("parse_only")
    lines = b"\r\n" * 500_000
    try:
        (before,) = await process.read_batch([(ENVELOPE, b"peak ")])
        mail: object = await process.read_large(ENVELOPE, chunked(PLAIN, *[lines] * 30))
        (after,) = await process.read_batch([(ENVELOPE, b"peak ")])
    finally:
        await process.close()
    assert isinstance(mail, Message)
    assert (mail.text, isinstance(before, int), isinstance(after, int)) == ("It is broken.", True, True)
    grown = int(str(after)) - int(str(before))
    assert grown < 60 * 1024 * 1024, f"{grown / 1024 / 1024:.1f} MiB"


async def test_work_broken_off_leaves_no_answer_for_the_next() -> None:
    """When a caller is cancelled while the child reads, the next caller gets its own answer."""
    process = parser()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await process.read_batch([(ENVELOPE, b"spin")])
        after: list[object] = list(await process.read_batch([(ENVELOPE, b"two")]))
    finally:
        await process.close()
    assert after == [("test", 3, b"two")]


async def test_child_outlives_the_signal_that_stops_the_daemon() -> None:
    """SIGTERM and SIGINT, which a service manager sends to the whole group, do not end the child before the daemon has drained."""
    process = parser()
    await process.start()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    os.kill(process.pid, signal.SIGINT)
    first = process.pid
    results: list[object] = list(await process.read_batch([(ENVELOPE, b"one")]))
    same = process.pid == first
    await process.close()
    assert (results, same) == ([("test", 3, b"one")], True)


async def test_reader_that_cannot_be_loaded_is_a_temporary_failure() -> None:
    """A child that does not start fails the call as temporary, so that no mail is blamed for it."""
    process = ParserProcess(RULES, reader="nowhere:read")
    with pytest.raises(TemporaryFailure):
        await process.start()
