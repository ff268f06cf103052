"""Caps hold answers back and lose nothing: per sender, per ticket, and in all; what is said twice is filed once; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maild.desk import caps
from maild.desk.brake import Brake
from maild.desk.desk import Desk
from maild.policy.events import AgentCancelled
from maild.policy.machine import decide
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.rules import CapRules
from maild.policy.ticket import State
from maild.store import correspondents, tickets
from maild.store.database import Engine, run_once
from tests.desk.house import House
from tests.policy.helpdesk import ALICE, NOW
from tests.policy.letters import SERVICE, raw

MALLORY = "mallory@elsewhere.example"


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk."""
    return House(engine)


def flood(house: House, count: int, *, sender: str = ALICE, first: int = 0, **fields: str) -> list[str]:
    """Return what becomes of ``count`` mails that all say something else."""
    numbers = range(first, first + count)
    mails = (raw(sender=sender, message_id=f"<{number}.{sender}>", body=f"This is matter {number}.", **fields) for number in numbers)
    return [house.mail(each).disposition for each in mails]


# --- caps ---


@pytest.mark.rule("LOOP-2", "ACK-3")
def test_ten_answers_an_hour_and_forty_a_day(house: House) -> None:
    """The defaults; every mail is a ticket, and the journal of those without an answer says why."""
    counts = []
    for hour in range(6):
        flood(house, 12, first=12 * hour)
        counts.append(len(house.sent()))
        house.later(hours=1, seconds=1)
    assert ([10, 20, 30, 40, 40, 40], 72) == (counts, len(house.tickets()))
    assert "cap: sender" == house.journal(11)[0]["not_answered"]


@pytest.mark.rule("LOOP-2")
def test_a_listed_domain_gets_more_in_an_hour_and_a_day(house: House) -> None:
    """Both in proportion, and nobody else does."""
    house.configure(caps=CapRules(sender_per_hour=2, sender_per_day=4, domain_per_hour={"trust.example": 6}))
    assert (6, 12) == caps._limits(house.rules.caps, ALICE)
    flood(house, 8)
    flood(house, 8, sender=MALLORY)
    assert (6, 2) == tuple(sum(each.to == address for each in house.sent()) for address in (ALICE, MALLORY))


@pytest.mark.rule("LOOP-2")
def test_answers_to_one_mailbox_under_many_names_are_counted_together(house: House) -> None:
    """Whoever wants a mailbox bombed may write plus-addresses and capitals."""
    house.configure(caps=CapRules(sender_per_hour=3))
    for number in range(6):
        flood(house, 1, sender=f"Victim+{number}@elsewhere.example")
    assert 3 == len(house.sent())


@pytest.mark.rule("LOOP-2")
def test_acknowledgement_and_rfi_of_a_new_ticket_both_count(house: House) -> None:
    """A machine that is asked ten times is answered ten times, not twenty; its tickets are flagged for the helpdesk."""
    house.configure(mds=PROCEDURE, caps=CapRules(sender_per_hour=5))
    flood(house, 4)
    assert ["ack", "rfi", "ack", "rfi"] == house.templates()
    assert [False, False, True, True] == ["incomplete" in ticket.flags for ticket in house.tickets()]


@pytest.mark.rule("LOOP-2", "RFI-1")
def test_an_update_is_never_held_up_by_a_cap_nor_counted(house: House) -> None:
    """What a user adds to his tickets needs no answer and gets none, and takes nothing from those that he is due."""
    house.configure(caps=CapRules(sender_per_hour=2))
    flood(house, 1)
    reply = str(house.sent()[0].message["Message-ID"])
    for number in range(5):
        added = raw(message_id=f"<r{number}@trust.example>", body=f"also {number}", In_Reply_To=reply)
        assert "updated" == house.mail(added).disposition
    assert ["opened", "opened"] == flood(house, 2, first=50)
    assert ["ack", "ack"] == house.templates()


@pytest.mark.rule("LOOP-2")
def test_a_ticket_whose_every_mail_cannot_be_read_is_answered_no_more_than_its_cap(house: House) -> None:
    """Two machines that encrypt cannot talk for ever."""
    house.configure(caps=CapRules(sender_per_hour=100, sender_per_day=100, ticket_per_hour=3))
    flood(house, 1)
    reply = str(house.sent()[0].message["Message-ID"])
    for number in range(6):
        sealed = raw(message_id=f"<s{number}@trust.example>", In_Reply_To=reply).replace(
            b'Content-Type: text/plain; charset="utf-8"', b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data"
        )
        assert "updated" == house.mail(sealed).disposition
    assert ["ack", "unreadable", "unreadable"] == house.templates()
    assert "cap: ticket" == house.journal()[-1]["not_answered"]


@pytest.mark.rule("LOOP-2", "OPS-9")
def test_a_cap_that_is_reached_is_one_alert(house: House) -> None:
    """However many mails follow, and it names who may be blocked."""
    house.configure(caps=CapRules(sender_per_hour=1))
    flood(house, 30)
    (word,) = house.desk.alerts.take()
    assert ("caps", True) == (word.alert, ALICE in word.why)
    flood(house, 1, sender=MALLORY)
    assert [] == house.desk.alerts.take()


@pytest.mark.rule("LOOP-2")
def test_the_counts_survive_a_restart(house: House) -> None:
    """They are in the store; a second daemon on it counts with the first."""
    house.configure(caps=CapRules(sender_per_hour=3))
    flood(house, 3)
    again = House(house.engine, rules=house.rules)
    flood(again, 3, first=3)
    assert (6, 3) == (len(again.tickets()), len(again.sent()))


@pytest.mark.rule("LOOP-2")
def test_a_cap_of_nothing_answers_nobody(house: House) -> None:
    """And a cap below what one ticket needs still lets one ticket be answered."""
    house.configure(caps=CapRules(sender_per_hour=0))
    flood(house, 2)
    assert [] == house.sent()
    house.configure(caps=CapRules(sender_per_hour=1), mds=PROCEDURE)
    flood(house, 2, first=2)
    assert ["ack", "rfi"] == house.templates()


# --- the brake ---


@pytest.mark.rule("LOOP-2", "OPS-9")
def test_the_brake_holds_answers_and_is_one_alert_until_the_minute_is_over(house: House) -> None:
    """Tickets are made, their journal says why nobody was answered, and the next minute everybody is again."""
    house.configure(caps=CapRules(global_per_minute=5))
    for number in range(9):
        flood(house, 1, sender=f"u@d{number}.example")
    assert (9, 5) == (len(house.tickets()), len(house.sent()))
    assert "cap: brake" == house.journal(8)[0]["not_answered"]
    assert ["brake"] == [word.alert for word in house.desk.alerts.take()]
    house.later(minutes=1)
    flood(house, 1, sender="u@late.example")
    assert (6, []) == (len(house.sent()), house.desk.alerts.take())


@pytest.mark.rule("LOOP-2")
@pytest.mark.parametrize(("domains", "left"), [(1, 27), (50, 1), (270, 1)])
def test_the_last_tenth_of_the_brake_is_for_domains_that_had_little(domains: int, left: int) -> None:
    """A flood from one place, or from many, does not silence us towards a normal user elsewhere."""
    brake = Brake()
    for number in range(5_000):
        domain = f"flood{number % domains}.example"
        if brake.allows(NOW, domain, 300):
            brake.count(NOW, domain)
    for _ in range(left):
        assert brake.allows(NOW, "trust.example", 300)
        brake.count(NOW, "trust.example")
    assert not brake.allows(NOW, "trust.example", 300)
    assert brake.allows(NOW + timedelta(minutes=1), "flood0.example", 300)


@pytest.mark.rule("LOOP-2")
def test_a_brake_knows_after_a_restart_what_went_out_before(house: House) -> None:
    """It takes the last minute from the store, other daemons' answers too."""
    for number in range(4):
        flood(house, 1, sender=f"u@d{number}.example")
    brake = Brake()
    brake.see(run_once(house.engine, correspondents.answers_since, NOW - timedelta(minutes=1), 300))
    assert [False, True] == [brake.allows(NOW, "other.example", limit) for limit in (4, 5)]


# --- folding ---


@pytest.mark.rule("LOOP-2", "INT-11")
def test_what_a_sender_says_again_within_a_day_is_filed_with_the_first_ticket(house: House) -> None:
    """One ticket, one answer, a line in its journal for each, and the team is told of the first repetition only."""
    for number in range(4):
        last = house.mail(raw(message_id=f"<{number}@trust.example>", subject="Re: Printer down" if number % 2 else "Printer down"))
        house.later(hours=1)
    (ticket,) = house.tickets()
    assert ("filed", "folded", ticket.reference) == (last.disposition, last.reason, last.reference)
    assert (["ack"], {"opened": 1, "filed": 3}, ["folded"]) == (house.templates(), house.count(), house.looks())
    assert ["folded"] * 3 == [entry["why"] for entry in house.journal()[1:]]
    assert str(house.journal()[1]["says_what_said"]).startswith("M")


@pytest.mark.rule("LOOP-2")
def test_a_reply_to_a_folded_mail_finds_the_ticket(house: House) -> None:
    """Its Message-ID belongs to the ticket as any other's."""
    house.mail(raw(message_id="<1@trust.example>"))
    house.mail(raw(message_id="<2@trust.example>"))
    assert "updated" == house.mail(raw(message_id="<3@trust.example>", body="It is room 9.", In_Reply_To="<2@trust.example>")).disposition


@pytest.mark.rule("LOOP-2")
def test_a_participants_update_is_never_folded(house: House) -> None:
    """Two replies with the same words are two replies: 'it is broken again' means something each time."""
    house.mail(raw())
    reply = str(house.sent()[0].message["Message-ID"])
    for number in range(2):
        assert "updated" == house.mail(raw(message_id=f"<u{number}@trust.example>", body="Broken again.", In_Reply_To=reply)).disposition


@pytest.mark.rule("LOOP-2")
def test_after_a_day_it_is_a_new_request(house: House) -> None:
    """The day begins with the first mail, not with the last."""
    for number in range(3):
        house.mail(raw(message_id=f"<{number}@trust.example>"))
        house.later(hours=12)
    assert (2, {"opened": 2, "filed": 1}) == (len(house.tickets()), house.count())


@pytest.mark.rule("LOOP-2")
def test_what_is_said_again_after_the_end_of_the_ticket_is_a_new_request(house: House) -> None:
    """The printer is broken again, in the same words."""
    house.mail(raw(message_id="<1@trust.example>"))
    (ticket,) = house.tickets()
    cancel = AgentCancelled(cause="agent:sam", agent="sam", reason="done")
    decision = decide(ticket, cancel, now=house.clock.now(), rules=house.rules)
    run_once(house.engine, lambda tx: tickets.save(tx, decision.ticket, decision.entry, at=house.clock.now()))
    assert "opened" == house.mail(raw(message_id="<2@trust.example>")).disposition
    assert "filed" == house.mail(raw(message_id="<3@trust.example>")).disposition
    assert [State.CANCELLED, State.NEW] == [each.state for each in house.tickets()]


@pytest.mark.rule("LOOP-2")
def test_the_same_words_of_two_people_are_two_requests(house: House) -> None:
    """A whole ward reports one fault."""
    for number in range(3):
        assert "opened" == house.mail(raw(sender=f"u{number}@trust.example", message_id=f"<{number}@trust.example>")).disposition


# --- blocks ---


@pytest.mark.rule("OPS-10", "INT-11")
@pytest.mark.parametrize("pattern", [MALLORY, "elsewhere.example", "@elsewhere.example", "example"])
def test_blocked_mail_is_filed_and_nothing_else(house: House, pattern: str) -> None:
    """No ticket, no answer, no needs-a-look; and it is accounted for."""
    house.configure(senders=replace(house.rules.senders, blocked=frozenset({pattern})))
    received = house.mail(raw(sender=MALLORY, message_id="<1@elsewhere.example>"), mail_from="bounce@elsewhere.example")
    assert ("filed", "blocked", [], [], [], {"filed": 1}) == (
        received.disposition,
        received.reason,
        house.tickets(),
        house.sent(),
        house.looks(),
        house.count(),
    )


@pytest.mark.rule("OPS-10")
def test_a_block_reaches_the_envelope_and_names_that_merely_end_alike_do_not_suffer(house: House) -> None:
    """``elsewhere.example`` is not ``notelsewhere.example``."""
    house.configure(senders=replace(house.rules.senders, blocked=frozenset({"elsewhere.example"})))
    assert "filed" == house.mail(raw(message_id="<1@x.example>"), mail_from="m@sub.elsewhere.example").disposition
    assert (
        "opened"
        == house.mail(raw(sender="m@notelsewhere.example", message_id="<2@x.example>"), mail_from="m@notelsewhere.example").disposition
    )


def test_what_an_agent_writes_is_counted_as_nothing(house: House) -> None:
    """Unprompted notices are."""
    house.mail(raw(to=SERVICE), to=(SERVICE,))
    desk: Desk = house.desk
    counted = run_once(house.engine, correspondents.answers_since, NOW - timedelta(minutes=1), 10)
    assert ([(NOW, ALICE)], NOW) == (counted, desk.now())
