"""The order of processing: fair between senders, in order within each, and every wait has an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from maild.mail.envelope import Envelope
from maild.store.inbox import InboxRow
from maild.workers.backlog import MAX_WAIT, Backlog, Taken

ENVELOPE = Envelope(mail_from="", rcpt_to=("helpdesk@desk.example",), source="test", received_at=datetime(2026, 3, 2, tzinfo=UTC))
ALICE, BOB, CAROL = "alice@trust.example", "bob@trust.example", "carol@trust.example"


def row(seq: int, sender: str = ALICE, *, answers: Iterable[int] = ()) -> InboxRow:
    """Return the ``seq``-th mail, which answers the mails numbered ``answers``."""
    return InboxRow(
        seq=seq,
        mail_id=f"M{seq}",
        envelope=ENVELOPE,
        size=100,
        sender_key=sender,
        message_id=f"<{seq}@trust.example>",
        answers=tuple(f"<{answered}@trust.example>" for answered in answers),
        attempts=0,
    )


def backlog(*rows: InboxRow) -> Backlog:
    """Return a backlog with ``rows``."""
    made = Backlog()
    for each in rows:
        made.add(each)
    return made


def seqs(taken: Iterable[Taken]) -> list[int]:
    """Return the sequence numbers of what was taken."""
    return [one.row.seq for one in taken]


# ------------------------------------------------------------------------------------------------------ one sender's order


@pytest.mark.rule("INT-12")
def test_a_sender_s_next_mail_waits_until_the_one_before_is_done() -> None:
    """Of two mails of one sender the second is not taken while the first is under way, whatever it takes."""
    queue = backlog(row(1), row(2))
    assert (seqs(queue.take(9, 0)), seqs(queue.take(9, MAX_WAIT - 1))) == ([1], [])
    queue.done(1)
    assert seqs(queue.take(9, MAX_WAIT - 1)) == [2]


@pytest.mark.rule("INT-12")
def test_mails_noticed_in_the_wrong_order_are_taken_in_the_right_one() -> None:
    """The sequence of the commit counts, not the order in which the processor heard of the mails."""
    queue = backlog(row(3), row(1), row(2))
    order = []
    while taken := queue.take(9, 0):
        order += seqs(taken)
        queue.done(taken[0].row.seq)
    assert order == [1, 2, 3]


@pytest.mark.rule("INT-12")
def test_a_wait_for_the_mail_before_ends_and_says_so() -> None:
    """After the longest wait the next mail is taken all the same, and names the one that it did not wait for."""
    queue = backlog(row(1), row(2))
    queue.take(9, 0)
    assert queue.take(9, MAX_WAIT) == [Taken(row=_overdue(row(2)), waited="M1")]


def test_a_mail_that_is_known_is_added_once() -> None:
    """The poll sees again what the listener told: nothing is taken twice for it."""
    queue = backlog(row(1), row(1))
    queue.take(9, 0)
    queue.add(row(1))
    assert (queue.take(9, 1), len(queue)) == ([], 1)


# -------------------------------------------------------------------------------------------------- between senders


@pytest.mark.rule("INT-12")
def test_a_flood_takes_turns_with_everybody_else() -> None:
    """Of a thousand mails of one sender, one is taken with the first mail of each other sender."""
    queue = backlog(*(row(number) for number in range(1, 1001)), row(1001, BOB), row(1002, CAROL))
    assert seqs(queue.take(24, 0)) == [1, 1001, 1002]
    queue.done(1)
    queue.add(row(1003, "dave@trust.example"))
    assert seqs(queue.take(24, 0)) == [2, 1003]


def test_a_full_batch_leaves_the_others_their_turn() -> None:
    """Who did not fit into a batch comes first in the next."""
    queue = backlog(row(1, ALICE), row(2, BOB), row(3, CAROL))
    assert (seqs(queue.take(2, 0)), seqs(queue.take(2, 0))) == ([1, 2], [3])


# ------------------------------------------------------------------------------------------------- answers


@pytest.mark.rule("INT-12")
def test_an_answer_waits_for_the_mail_that_it_answers() -> None:
    """A mail that answers an unfinished mail of somebody else, accepted before or after it, is taken when that one is done."""
    queue = backlog(row(1, BOB, answers=[2]), row(2, ALICE))
    assert (seqs(queue.take(9, 0)), seqs(queue.take(9, 1))) == ([2], [])
    queue.done(2)
    assert seqs(queue.take(9, 1)) == [1]


@pytest.mark.rule("INT-12")
def test_an_answer_that_overtook_its_own_sender_s_mail_is_taken_behind_it() -> None:
    """Somebody's answer to his own mail, accepted before that mail, does not hold both up: the mail comes first."""
    queue = backlog(row(1, answers=[3]), row(2), row(3), row(4))
    order = []
    while taken := queue.take(9, 0):
        order += seqs(taken)
        queue.done(order[-1])
    assert order == [2, 3, 1, 4]


@pytest.mark.rule("INT-12")
def test_a_long_wait_s_mail_is_named_to_each_that_passes_it() -> None:
    """While one mail of a sender hangs, each later one that passes it says so."""
    queue = backlog(row(1), row(2), row(3))
    queue.take(9, 0)
    passed = queue.take(9, MAX_WAIT)
    queue.done(2)
    assert [one.waited for one in (*passed, *queue.take(9, MAX_WAIT + 1))] == ["M1", "M1"]


@pytest.mark.rule("INT-12")
def test_two_mails_that_answer_each_other_wait_no_longer_than_the_longest_wait() -> None:
    """A circle of answers comes to its end by the clock."""
    queue = backlog(row(1, BOB, answers=[2]), row(2, ALICE, answers=[1]))
    assert (queue.take(9, 0), queue.take(9, MAX_WAIT - 1)) == ([], [])
    assert [one.waited for one in queue.take(9, MAX_WAIT)] == ["M2", "M1"]


# ------------------------------------------------------------------------------------------------- put back


def test_a_mail_put_back_keeps_its_place() -> None:
    """A mail that was put back is taken again at its time, and before its sender's later mails."""
    queue = backlog(row(1), row(2))
    queue.take(9, 0)
    queue.put_back(1, until=5)
    assert (seqs(queue.take(9, 4)), seqs(queue.take(9, 5))) == ([], [1])


@pytest.mark.rule("INT-9")
def test_a_mail_put_back_twice_is_taken_once() -> None:
    """Two reasons to put the same mail back (its own, and its batch's) make no second mail of it."""
    queue = backlog(row(1), row(2))
    queue.take(9, 0)
    queue.put_back(1, until=5)
    queue.put_back(1, until=5)
    assert seqs(queue.take(9, 5)) == [1]
    queue.done(1)
    assert seqs(queue.take(9, 5)) == [2]


def test_a_mail_that_is_not_there_can_neither_be_done_nor_put_back() -> None:
    """Work on a mail that was finished elsewhere leaves the backlog as it is."""
    queue = backlog(row(1))
    queue.done(7)
    queue.put_back(7, until=5)
    assert seqs(queue.take(9, 0)) == [1]


def test_a_mail_finished_elsewhere_is_not_taken() -> None:
    """A mail that another daemon has finished before its turn came is forgotten, and its sender's next one is taken."""
    queue = backlog(row(1), row(2))
    queue.done(1)
    assert seqs(queue.take(9, 0)) == [2]


def _overdue(one: InboxRow) -> InboxRow:
    return replace(one, overdue=True)


# ------------------------------------------------------------------------------------------------- everything at once


class AnyOrder(RuleBasedStateMachine):
    """Adds, takes, finishes and puts back in any order, with the clock going on: the promises of INT-12 as invariants."""

    under_way = Bundle("under_way")

    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog()
        self.now = 0.0
        self.unfinished: dict[int, InboxRow] = {}
        self.running: dict[int, float] = {}
        self.later: dict[int, float] = {}

    @rule(
        seq=st.integers(1, 40),
        sender=st.sampled_from((ALICE, BOB, CAROL)),
        answers=st.lists(st.integers(1, 40), max_size=2),
    )
    def add(self, seq: int, sender: str, answers: list[int]) -> None:
        """A mail is accepted, or seen again by the poll."""
        self.backlog.add(row(seq, sender, answers=[each for each in answers if each != seq]))
        self.unfinished.setdefault(seq, row(seq, sender, answers=[each for each in answers if each != seq]))

    @rule(target=under_way, count=st.integers(1, 4))
    def take(self, count: int) -> list[int]:
        """A lane takes a batch."""
        taken = self.backlog.take(count, self.now)
        senders = [one.row.sender_key for one in taken]
        assert len(taken) <= count
        assert len(set(senders)) == len(senders), "one mail per sender and turn"
        for one in taken:
            self._promised(one)
            self.running[one.row.seq] = self.now
            self.later.pop(one.row.seq, None)
        return seqs(taken)

    def _promised(self, one: Taken) -> None:
        seq, known = one.row.seq, self.unfinished[one.row.seq]
        assert seq not in self.running, "taken once"
        assert self.later.get(seq, 0) <= self.now, "not before its time"
        if not one.waited:
            own = {other: each for other, each in self.unfinished.items() if each.sender_key == known.sender_key}
            later = {each.message_id for other, each in own.items() if other >= seq}
            passed = [each for other, each in own.items() if other < seq]
            assert all(later.intersection(each.answers) for each in passed), "in order, but for what overtook the mail it answers"
            ids = {each.message_id for other, each in self.unfinished.items() if other != seq}
            assert not ids.intersection(known.answers), "behind what it answers"

    @precondition(lambda self: self.running)
    @rule(batch=consumes(under_way), survives=st.lists(st.booleans(), min_size=4, max_size=4))
    def finish(self, batch: list[int], survives: list[bool]) -> None:
        """A batch comes to its end: each of its mails is done or put back, some of them twice."""
        for seq, done in zip(batch, survives, strict=False):
            del self.running[seq]
            if done:
                del self.unfinished[seq]
                self.backlog.done(seq)
            else:
                self.later[seq] = self.now + 1
                self.backlog.put_back(seq, self.now + 1)
                self.backlog.put_back(seq, self.now + 1)

    @rule(seconds=st.sampled_from((0.5, 1.0, MAX_WAIT)))
    def wait(self, seconds: float) -> None:
        """Time goes on."""
        self.now += seconds

    @invariant()
    def counts(self) -> None:
        """The backlog knows exactly the unfinished mails."""
        assert len(self.backlog) == len(self.unfinished)

    def teardown(self) -> None:
        """At the end everything that is left comes to its turn, each mail once."""
        for seq in tuple(self.running):
            self.backlog.done(seq)
            del self.unfinished[seq], self.running[seq]
        rounds = 0
        while self.unfinished and rounds < 200:
            self.now += MAX_WAIT
            for one in self.backlog.take(4, self.now):
                self.backlog.done(one.row.seq)
                del self.unfinished[one.row.seq]
            rounds += 1
        assert (self.unfinished, len(self.backlog)) == ({}, 0)


TestAnyOrder = pytest.mark.rule("INT-12")(AnyOrder.TestCase)
