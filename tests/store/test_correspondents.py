"""What is kept of addresses: blocks, bounces, and the automatic answers that caps count; on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from maild.store import correspondents
from maild.store.database import Engine, run_once
from tests.policy.helpdesk import NOW

MALLORY = "mallory@elsewhere.example"


@pytest.fixture
def run(engine: Engine) -> Callable[..., Any]:
    """Return a way to run a use case."""
    return lambda use_case, *args, **named: run_once(engine, lambda tx: use_case(tx, *args, **named))


@pytest.mark.rule("OPS-10")
def test_a_block_is_made_once_and_taken_away_once(run: Callable[..., Any]) -> None:
    """Whoever blocks what is blocked learns that it was."""
    made = [run(correspondents.block, MALLORY, by="pat", at=NOW), run(correspondents.block, MALLORY, by="sam", at=NOW)]
    assert ([True, False], [(MALLORY, "pat")]) == (made, [(each.pattern, each.by) for each in run(correspondents.blocked)])
    assert [True, False] == [run(correspondents.unblock, MALLORY), run(correspondents.unblock, MALLORY)]
    assert [] == run(correspondents.blocked)


@pytest.mark.rule("BNC-1")
def test_bounces_are_counted_until_a_person_writes(run: Callable[..., Any]) -> None:
    """Each address on its own."""
    assert [1, 2] == [run(correspondents.bounced, MALLORY, at=NOW), run(correspondents.bounced, MALLORY, at=NOW)]
    assert (2, 0) == (run(correspondents.bounces_of, MALLORY), run(correspondents.bounces_of, "bob@trust.example"))
    run(correspondents.wrote, MALLORY)
    assert 0 == run(correspondents.bounces_of, MALLORY)


@pytest.mark.rule("LOOP-2")
def test_the_nth_newest_answer_says_whether_a_cap_is_reached(run: Callable[..., Any]) -> None:
    """By address and by ticket, without counting what is older."""
    for minute in range(3):
        run(correspondents.answered, MALLORY, kind="ack", ticket_id="t1", at=NOW + timedelta(minutes=minute))
    run(correspondents.answered, MALLORY, kind="notice", ticket_id=None, at=NOW + timedelta(minutes=9))
    by_address = [run(correspondents.nth_answer_at, MALLORY, number) for number in (1, 4, 5)]
    assert [NOW + timedelta(minutes=9), NOW, None] == by_address
    assert [NOW, None] == [run(correspondents.nth_on_ticket_at, "t1", number) for number in (3, 4)]
    assert 3 == len(run(correspondents.answers_since, NOW, 9))
