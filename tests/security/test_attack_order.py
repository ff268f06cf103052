"""Mails written to hold up somebody else's: a From is anybody's to write, and so is an In-Reply-To (INT-12)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from maild.mail.envelope import Envelope
from maild.store.inbox import InboxRow
from maild.workers.backlog import MAX_WAIT, Backlog

ENVELOPE = Envelope(mail_from="", rcpt_to=("helpdesk@desk.example",), source="test", received_at=datetime(2026, 3, 2, tzinfo=UTC))
ALICE, EVE = "alice@trust.example", "eve@evil.example"


def row(seq: int, sender: str, message_id: str, answers: str = "") -> InboxRow:
    """Return the ``seq``-th mail."""
    return InboxRow(
        seq=seq,
        mail_id=f"M{seq}",
        envelope=ENVELOPE,
        size=100,
        sender_key=sender,
        message_id=message_id,
        answers=(answers,) if answers else (),
        attempts=0,
    )


@pytest.mark.rule("INT-12")
@pytest.mark.parametrize("every", [1, 2])
def test_a_hundred_forged_answers_hold_a_sender_s_own_mail_for_one_wait(every: int) -> None:
    """Eve's mail and a hundred in Alice's name answer each other, some of them or all; Alice's own comes to its turn within one wait."""
    queue = Backlog()
    queue.add(row(1, EVE, "<knot@evil.example>", answers="<2@evil.example>"))
    for seq in range(2, 102):
        queue.add(row(seq, ALICE, f"<{seq}@evil.example>", answers="" if seq % every else "<knot@evil.example>"))
    queue.add(row(102, ALICE, "<own@trust.example>"))
    queue.take(24, 0)  # the wait begins
    now, taken = MAX_WAIT, set()
    for _ in range(200):
        for one in queue.take(24, now):
            taken.add(one.row.seq)
            if one.row.sender_key == ALICE:  # Eve's own hangs in the parser
                queue.done(one.row.seq)
    assert 102 in taken


@pytest.mark.rule("INT-12")
def test_a_mail_that_comes_after_a_wait_has_one_of_its_own() -> None:
    """An answer accepted when the last wait is over still comes behind the mail that it answers."""
    queue = Backlog()
    queue.add(row(1, EVE, "<1@evil.example>"))
    queue.add(row(2, EVE, "<2@evil.example>"))
    queue.add(row(3, ALICE, "<3@trust.example>", answers="<2@evil.example>"))
    queue.take(9, 0)
    assert [3] == [one.row.seq for one in queue.take(9, MAX_WAIT) if one.row.sender_key == ALICE]
    queue.done(3)
    queue.add(row(4, ALICE, "<4@trust.example>", answers="<2@evil.example>"))
    assert [] == [one.row.seq for one in queue.take(9, MAX_WAIT + 1) if one.row.sender_key == ALICE]
