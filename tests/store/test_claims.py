"""Claims: each mail is one daemon's at a time, in its order, until it is done or the lease is over; on both engines (SCL-2)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maild.mail.envelope import Envelope
from maild.store import inbox, outbox
from maild.store.database import Engine, run_once
from maild.store.group import Transaction
from maild.store.inbox import Arrival, InboxRow
from maild.store.outbox import Claim, NewMail
from tests.support.waiting import DEADLINE

NOW = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
LEASE = 600.0
OVER = -1.0  # a lease that was over before it began


def accept(engine: Engine, mail_id: str, *, sender: str = "", answers: tuple[str, ...] = ()) -> InboxRow:
    """Return the row of a mail; each is from somebody else, unless ``sender`` says who."""
    envelope = Envelope(mail_from=None, rcpt_to=(), source="smtp", received_at=NOW)
    arrival = Arrival(
        mail_id=mail_id, envelope=envelope, size=3, sender_key=sender or mail_id, message_id=f"<{mail_id}@trust.example>", answers=answers
    )
    run_once(engine, inbox.add, arrival, lambda: iter((b"raw",)))
    return run_once(engine, inbox.pending, 0, 1000)[-1]


def attempt(engine: Engine, rows: list[InboxRow], owner: str, lease: float = LEASE) -> dict[int, int]:
    """Return the attempts that ``owner`` got, as daemons which share a store ask for them."""
    return run_once(engine, _attempt, rows, owner, lease)


def _attempt(tx: Transaction, rows: list[InboxRow], owner: str, lease: float) -> dict[int, int]:
    return inbox.attempt(tx, tuple(rows), owner=owner, lease=lease, shared=True)


def finish(engine: Engine, row: InboxRow) -> bool:
    """Return whether the mail was not done before."""
    return run_once(engine, _finish, row)


def _finish(tx: Transaction, row: InboxRow) -> bool:
    return inbox.finish(tx, row.seq, disposition="opened", reason="", ticket_id=None, sender="", at=NOW)


def queue(
    engine: Engine, mail_id: str, *, ticket: str | None = None, to: str = "alice@trust.example", priority: int = outbox.ANSWERS
) -> None:
    """Queue a mail out."""
    mail = NewMail(
        mail_id=mail_id,
        ticket_id=ticket,
        reference=None,
        template="ack",
        envelope_from="service@desk.example",
        rcpt_to=to,
        priority=priority,
        message_id=f"<{mail_id}@desk.example>",
        nonce="n",
        smtputf8=False,
        data=b"bytes of " + mail_id.encode(),
        role=None,
    )
    run_once(engine, lambda tx: outbox.add(tx, mail, at=NOW))


def claim(engine: Engine, owner: str, *, count: int = 10, lease: float = LEASE, now: datetime = NOW) -> tuple[list[Claim], list[Claim]]:
    """Return what ``owner`` may send now, and what is found uncertain."""
    return run_once(engine, lambda tx: outbox.claim(tx, owner=owner, count=count, lease=lease, now=now))


def settle(engine: Engine, claimed: Claim, owner: str, state: str = "delivered", **more: Any) -> bool:
    """Return whether the attempt was ``owner``'s to settle."""
    return run_once(engine, lambda tx: outbox.settle(tx, claimed, owner=owner, state=state, outcome=state, reply="250 Ok", at=NOW, **more))


def ids(claims: list[Claim]) -> list[str]:
    """Return the ids of what was claimed."""
    return [each.mail_id for each in claims]


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Return what the steps return that begin at the same moment, each on a connection of its own."""
    results: list[Any] = [None] * len(steps)
    together = threading.Barrier(len(steps))

    def run(number: int, step: Callable[[], Any]) -> None:
        together.wait(DEADLINE)
        results[number] = step()

    threads = [threading.Thread(target=run, args=(number, step)) for number, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    return results


@pytest.mark.rule("SCL-2", "INT-9")
def test_each_mail_is_one_daemons(engine: Engine) -> None:
    """Four that ask for the same sixty mails at the same moment share them out, and each attempt is counted once."""
    rows = [accept(engine, f"M{number}") for number in range(60)]
    got = at_once(*(lambda owner=owner: attempt(engine, rows, owner) for owner in "abcd"))
    shared = [seq for each in got for seq in each]
    assert (sorted(row.seq for row in rows), {1}) == (sorted(shared), {count for each in got for count in each.values()})


@pytest.mark.rule("SCL-2", "INT-3")
def test_a_dead_daemons_mails_are_anothers_when_its_lease_is_over(engine: Engine) -> None:
    """Not before; and what it had done meanwhile stays done, once."""
    row, done = accept(engine, "M1"), accept(engine, "M2")
    assert {row.seq: 1, done.seq: 1} == attempt(engine, [row, done], "dead")
    assert {} == attempt(engine, [row, done], "alive")
    assert finish(engine, done)
    assert {row.seq: 2} == attempt(engine, [row], "dead", lease=OVER)
    assert {row.seq: 3} == attempt(engine, [row, done], "alive")
    assert (True, False, False) == (finish(engine, row), finish(engine, row), finish(engine, done))


@pytest.mark.rule("SCL-2", "INT-12")
def test_the_order_holds_between_daemons(engine: Engine) -> None:
    """A sender's next mail, and an answer to a mail, wait while another daemon has the one before; an overdue one does not."""
    first = accept(engine, "M1", sender="alice")
    second = accept(engine, "M2", sender="alice")
    answer = accept(engine, "M3", sender="bob", answers=("<M1@trust.example>",))
    assert {first.seq: 1} == attempt(engine, [first], "one")
    assert {} == attempt(engine, [second, answer], "other")
    assert {answer.seq: 1} == attempt(engine, [replace(answer, overdue=True)], "other")
    assert finish(engine, first)
    assert {second.seq: 1} == attempt(engine, [second], "other")


@pytest.mark.rule("INT-9", "INT-4")
def test_trouble_of_the_store_costs_no_attempt(engine: Engine) -> None:
    """What its holder gives back is free for anybody, with the attempt taken off; nobody gives back what another has."""
    row = accept(engine, "M1")
    attempt(engine, [row], "one")
    run_once(engine, inbox.give_back, (row.seq,), "other")
    assert {} == attempt(engine, [row], "other")
    run_once(engine, inbox.give_back, (row.seq,), "one")
    assert {row.seq: 1} == attempt(engine, [row], "other")


@pytest.mark.rule("INT-3", "STO-2")
def test_what_a_dead_daemon_left_is_free_at_the_next_start(engine: Engine) -> None:
    """Where no other daemon can be alive, nobody waits for a lease."""
    row = accept(engine, "M1")
    attempt(engine, [row], "dead")
    queue(engine, "M2")
    claim(engine, "dead")
    assert (1, 1) == (run_once(engine, inbox.free, "next"), run_once(engine, outbox.release_leases, "next"))
    assert ({row.seq: 2}, ["M2"]) == (attempt(engine, [row], "next"), ids(claim(engine, "next")[0]))


@pytest.mark.rule("SCL-2", "OUT-2", "OUT-3")
def test_each_mail_out_is_one_couriers(engine: Engine) -> None:
    """Four that claim at the same moment, again and again, share out sixty mails; nobody gets one that another has."""
    for number in range(60):
        queue(engine, f"M{number}", to=f"user{number}@trust.example")

    def take(owner: str) -> list[str]:
        taken: list[str] = []
        for _ in range(60):
            taken += ids(claim(engine, owner, count=3)[0])
        return taken

    got = at_once(*(lambda owner=owner: take(owner) for owner in "abcd"))
    shared = [mail_id for each in got for mail_id in each]
    assert (60, {f"M{number}" for number in range(60)}) == (len(shared), set(shared))


@pytest.mark.rule("OUT-3", "SCL-2")
def test_mails_of_one_ticket_to_one_person_leave_in_order(engine: Engine) -> None:
    """Also with several couriers: the next waits until the one before is settled, for good; other people's do not."""
    for number, to in enumerate(("alice", "alice", "bob")):
        queue(engine, f"M{number}", ticket="t1", to=f"{to}@trust.example")
    queue(engine, "M3", ticket="t2")
    (first, bobs, other), _ = claim(engine, "one")
    assert (["M0", "M2", "M3"], ([], [])) == (ids([first, bobs, other]), claim(engine, "other"))
    assert settle(engine, first, "one", "queued", next_at=NOW + timedelta(minutes=1))
    assert [] == ids(claim(engine, "other")[0])
    ((again,), _) = claim(engine, "other", now=NOW + timedelta(minutes=1))
    assert "M0" == again.mail_id
    assert settle(engine, again, "other", "failed")
    assert ["M1"] == ids(claim(engine, "one", now=NOW + timedelta(minutes=1))[0])


@pytest.mark.rule("OUT-3")
def test_people_before_answers_before_reminders(engine: Engine) -> None:
    """However they were queued."""
    for number, priority in enumerate((outbox.REMINDERS, outbox.ANSWERS, outbox.PEOPLE)):
        queue(engine, f"M{number}", to=f"user{number}@trust.example", priority=priority)
    assert ["M2", "M1", "M0"] == ids(claim(engine, "one")[0])


@pytest.mark.rule("OUT-2", "SCL-2")
def test_an_attempt_whose_outcome_was_lost_is_repeated_once(engine: Engine) -> None:
    """With the same bytes; the second loss makes it uncertain, and nobody sends it again."""
    queue(engine, "M1")
    ((first,), _) = claim(engine, "dead", lease=OVER)
    ((second,), uncertain) = claim(engine, "alive", lease=OVER)
    assert ((first.data, first.message_id), []) == ((second.data, second.message_id), uncertain)
    ready, uncertain = claim(engine, "alive")
    assert ([], ["M1"]) == (ready, ids(uncertain))
    assert ([], []) == claim(engine, "alive")
    assert [("uncertain", 2)] == [(row[6], row[7]) for row in run_once(engine, lambda tx: outbox.listing(tx, everything=True))]


@pytest.mark.rule("OUT-2", "SCL-2")
def test_a_courier_that_lost_its_lease_settles_nothing(engine: Engine) -> None:
    """The outcome belongs to the one who has the mail now."""
    queue(engine, "M1")
    ((late,), _) = claim(engine, "slow", lease=OVER)
    ((now,), _) = claim(engine, "fast")
    assert (False, True) == (settle(engine, late, "slow", "failed"), settle(engine, now, "fast"))
    assert [("delivered", "250 Ok")] == [(row[6], row[9]) for row in run_once(engine, lambda tx: outbox.listing(tx, everything=True))]
