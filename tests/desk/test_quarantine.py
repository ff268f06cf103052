"""A mail that cannot be processed by a fault of ours: kept, reported, and the clock of its ticket held; on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maild.desk import quarantine
from maild.errors import Refused
from maild.policy.events import TimerKind
from maild.store import inbox, tickets, timers
from maild.store.database import Engine, run_once
from tests.desk.house import House
from tests.policy.letters import raw

SERVICE = "service@helpdesk.example"
MALLORY = "mallory@elsewhere.example"


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk with one ticket of Alice's, whose clock runs."""
    house = House(engine)
    house.mail(raw())
    (ticket,) = house.tickets()
    run_once(engine, timers.start, ticket.id, TimerKind.REMINDER, house.clock.at + timedelta(hours=24), 1)
    house.later(hours=25)
    return house


def due(house: House) -> int:
    """Return how many timers are due."""
    return len(run_once(house.engine, timers.due, house.clock.at, 10))


def aside(house: House, mail: bytes, *, to: tuple[str, ...] = (SERVICE,)) -> inbox.InboxRow:
    """Return the row of a mail that went to quarantine."""
    row = house.accept(mail, to=to)
    run_once(house.engine, quarantine.put_aside, house.desk, row, "ValueError: a fault of ours")
    return row


@pytest.mark.rule("INT-9")
def test_a_reply_in_quarantine_holds_the_clock_of_its_ticket(house: House) -> None:
    """No timer of that ticket is due, however late it is; the journal says why, and replays as before."""
    assert 1 == due(house)
    row = aside(house, raw(message_id="<3@trust.example>", In_Reply_To=house.sent()[0].message["Message-ID"]))
    (timer,) = run_once(house.engine, timers.of_ticket, house.tickets()[0].id)
    assert (0, 0, False) == (
        due(house),
        run_once(house.engine, timers.due_count, house.clock.at),
        run_once(house.engine, timers.take, timer.id),
    )
    *_, last = run_once(house.engine, tickets.journal_of, house.tickets()[0].id)
    assert ("MailQuarantined", f"mail:{row.mail_id}") == last[1:3]
    assert [(row.mail_id, "ValueError: a fault of ours")] == [tuple(each[:2]) for each in run_once(house.engine, inbox.quarantined)]


@pytest.mark.rule("INT-9")
def test_the_clock_goes_on_when_the_mail_is_retried(house: House) -> None:
    """The mail is pending again, with all its attempts, and nobody's claim on it."""
    row = aside(house, raw(message_id="<3@trust.example>", In_Reply_To=house.sent()[0].message["Message-ID"]))
    run_once(house.engine, quarantine.put_back, row.mail_id)
    (pending,) = run_once(house.engine, inbox.pending, 0, 10)
    assert (row.mail_id, 0, 1) == (pending.mail_id, pending.attempts, due(house))
    assert {row.seq: 1} == run_once(house.engine, _attempt, row)
    assert "updated" == house.process(row).disposition
    with pytest.raises(Refused, match="is not in quarantine"):
        run_once(house.engine, quarantine.put_back, row.mail_id)


def _attempt(tx: object, row: inbox.InboxRow) -> dict[int, int]:
    return inbox.attempt(tx, (row,), owner="another", lease=60, shared=True)  # type: ignore[arg-type]  # the store's own transaction


@pytest.mark.rule("INT-9", "INT-11")
def test_the_clock_goes_on_when_the_mail_is_dropped(house: House) -> None:
    """It is counted as ignored, its bytes stay, and the journal names who dropped it."""
    mail = raw(message_id="<3@trust.example>", In_Reply_To=house.sent()[0].message["Message-ID"])
    row = aside(house, mail)
    run_once(house.engine, quarantine.drop, house.desk, row.mail_id, "root")
    assert (1, {"opened": 1, "ignored": 1}) == (due(house), house.count())
    assert mail == run_once(house.engine, inbox.raw_of, row.seq)
    *_, last = run_once(house.engine, tickets.journal_of, house.tickets()[0].id)
    assert ("QuarantineEnded", {"what": "dropped", "by": "root", "set": {}}) == (last[1], last[3])
    assert len(house.journal()) == 3


@pytest.mark.rule("INT-9", "INT-10")
def test_an_edited_mail_takes_the_place_of_the_one_in_quarantine(house: House) -> None:
    """It has the envelope and the time of acceptance of the first, whose bytes stay as they came."""
    broken = raw(message_id="<3@trust.example>", In_Reply_To=house.sent()[0].message["Message-ID"], body="broken")
    row = aside(house, broken)
    house.later(hours=1)
    new_id = run_once(house.engine, quarantine.replace, house.desk, row.mail_id, broken.replace(b"broken", b"mended"), "root")
    (pending,) = run_once(house.engine, inbox.pending, 0, 10)
    assert (new_id, row.envelope, row.sender_key) == (pending.mail_id, pending.envelope, pending.sender_key)
    assert ("updated", broken, 1) == (house.process(pending).disposition, run_once(house.engine, inbox.raw_of, row.seq), due(house))
    found = run_once(house.engine, inbox.find, row.mail_id)
    assert found is not None
    assert ("done", "ignored", "replaced") == tuple(found[1:4])


@pytest.mark.rule("INT-9", "REF-4")
@pytest.mark.parametrize(
    ("case", "held"),
    [
        ("a participant's reference", True),
        ("a participant's reply to his own mail", True),
        ("a stranger's reference", False),
        ("a stranger's signed reply", True),
        ("a stranger who says he is two people", False),
        ("a bounce of our mail", True),
        ("nothing", False),
    ],
)
def test_whose_clock_a_mail_may_hold(house: House, case: str, held: bool) -> None:
    """As with any mail, a reference alone proves nothing about a stranger, and what we signed proves enough."""
    (ticket,), (ack,) = house.tickets(), house.sent()
    mails: dict[str, tuple[bytes, str]] = {
        "a participant's reference": (raw(subject=f"Re: {ticket.reference}", message_id="<3@x.example>"), SERVICE),
        "a participant's reply to his own mail": (raw(message_id="<3@x.example>", In_Reply_To="<2@trust.example>"), SERVICE),
        "a stranger's reference": (raw(subject=f"Re: {ticket.reference}", sender=MALLORY, message_id="<3@x.example>"), SERVICE),
        "a stranger's signed reply": (raw(sender=MALLORY, message_id="<3@x.example>", In_Reply_To=ack.message["Message-ID"]), SERVICE),
        "a stranger who says he is two people": (
            raw(subject=ticket.reference, sender=f"alice@trust.example, {MALLORY}", message_id="<3@x.example>"),
            SERVICE,
        ),
        "a bounce of our mail": (raw(sender="mailer-daemon@trust.example", message_id="<3@x.example>"), ack.envelope_from),
        "nothing": (raw(message_id="<3@x.example>"), SERVICE),
    }
    mail, to = mails[case]
    aside(house, mail, to=(to,))
    assert (0 if held else 1) == due(house)


@pytest.mark.rule("INT-9")
def test_the_body_is_not_looked_at(house: House) -> None:
    """What no parser survives may stand there, and a header of nothing but rubbish holds nothing."""
    mail = raw(message_id="<3@trust.example>", In_Reply_To=house.sent()[0].message["Message-ID"])
    aside(house, mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"((((" * 100_000)
    assert 0 == due(house)
    aside(house, b"\0\xff" * 1000)
    assert 2 == len(run_once(house.engine, inbox.quarantined))
