"""A mail comes in, and one transaction later there is what it causes; on both engines."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest

from maild.desk import quarantine
from maild.policy.events import AgentResolved, JournalEntry
from maild.policy.routing import Team, TeamRules
from maild.policy.rules import CapRules
from maild.policy.ticket import State, replay
from maild.store import inbox, tickets
from maild.store.database import Engine, run_once
from tests.desk.house import House
from tests.policy.letters import SERVICE, raw

MALLORY = "mallory@elsewhere.example"


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk without a Minimum Data Set."""
    return House(engine)


@pytest.mark.rule("ACK-1", "ACK-2", "ACK-5", "PRV-1")
def test_a_new_mail_makes_a_ticket_and_is_acknowledged(house: House) -> None:
    """The acknowledgement threads, says what it is, and repeats nothing of what was written."""
    received = house.mail(raw(subject="Patient Smith's printer", body="It is secretly broken."))
    (ack,) = house.sent()
    (ticket,) = house.tickets()
    assert ("opened", ticket.reference) == (received.disposition, received.reference)
    assert ("alice@trust.example", "<2@trust.example>", "auto-replied") == (
        ack.to,
        ack.message["In-Reply-To"],
        ack.message["Auto-Submitted"],
    )
    assert f"[{ticket.reference}] We have received your request" == ack.message["Subject"]
    assert "Tuesday 3 March, 14:02" in ack.text
    assert not any(word in ack.message.as_string() for word in ("Smith", "secretly", "mallory"))
    assert ack.message["From"].addresses[0].addr_spec == SERVICE


@pytest.mark.rule("REF-2")
def test_a_reply_to_the_acknowledgement_updates_its_ticket_whatever_its_subject(house: House) -> None:
    """The Message-ID of our mail is signed evidence."""
    house.mail(raw())
    ack = house.sent()[0].message
    received = house.mail(raw(subject="more", body="It is room 7.", message_id="<3@trust.example>", In_Reply_To=ack["Message-ID"]))
    assert ("updated", 1) == (received.disposition, len(house.tickets()))
    assert "It is room 7." in str(house.journal()[-1])


@pytest.mark.rule("REF-2", "SVC-1")
def test_a_reply_to_the_reply_address_updates_its_ticket(house: House) -> None:
    """Also where the client writes no In-Reply-To."""
    house.mail(raw())
    reply_to = str(house.sent()[0].message["Reply-To"])
    assert "updated" == house.mail(raw(subject="more", to=reply_to, message_id="<3@trust.example>"), to=(reply_to,)).disposition


@pytest.mark.rule("REF-4")
def test_a_stranger_with_the_reference_gets_a_ticket_of_his_own(house: House) -> None:
    """Nothing of Alice's ticket is disclosed, and hers does not change."""
    house.mail(raw())
    before = house.tickets()[0]
    house.mail(raw(sender=MALLORY, subject=f"Re: {before.reference}", message_id="<9@elsewhere.example>"))
    first, second = house.tickets()
    assert (before, (before.reference,)) == (first, second.linked)
    assert before.reference not in house.sent()[-1].message.as_string()


@pytest.mark.rule("SVC-2")
def test_unprompted_mail_is_kept_and_its_sender_told_once_a_day(house: House) -> None:
    """It makes no ticket, and needs a look."""
    for number in range(3):
        house.mail(raw(to=SERVICE, message_id=f"<{number}@trust.example>", body=f"hello {number}"), to=(SERVICE,))
    assert (["unprompted"], [], 3) == (house.templates(), house.tickets(), len(house.looks()))
    house.later(hours=25)
    house.mail(raw(to=SERVICE, message_id="<4@trust.example>"), to=(SERVICE,))
    assert ["unprompted", "unprompted"] == house.templates()


@pytest.mark.rule("INT-8")
def test_the_same_mail_twice_has_one_effect(house: House) -> None:
    """The second is recorded as a duplicate of the first."""
    house.mail(raw())
    again = house.mail(raw())
    assert ("duplicate", 1, ["ack"]) == (again.disposition, len(house.tickets()), house.templates())


@pytest.mark.rule("INT-8")
def test_another_mail_with_a_used_message_id_is_no_duplicate(house: House) -> None:
    """Some programs use one Message-ID for ever."""
    house.mail(raw(body="one"))
    assert "duplicate" != house.mail(raw(body="two")).disposition


@pytest.mark.rule("INT-8")
def test_a_mail_without_message_id_and_date_is_the_same_for_an_hour_only(house: House) -> None:
    """What a machine sends every day alike is a new mail each day."""
    nameless = raw(message_id="", Date="")
    house.mail(nameless)
    house.later(minutes=59)
    assert "duplicate" == house.mail(nameless).disposition
    house.later(minutes=62)
    assert "opened" == house.mail(nameless).disposition


@pytest.mark.rule("INT-8", "SVC-3")
def test_the_helpdesk_copy_of_a_mail_to_the_service_address_makes_the_ticket_after_all(house: House) -> None:
    """Whatever came first, there is one ticket, and a third copy changes nothing."""
    letter = raw(to=SERVICE)
    assert "answered" == house.mail(letter, to=(SERVICE,)).disposition
    assert "opened" == house.mail(letter).disposition
    assert "duplicate" == house.mail(letter).disposition
    assert 1 == len(house.tickets())


@pytest.mark.rule("LOOP-2", "ACK-3")
def test_beyond_the_cap_tickets_are_made_and_not_answered(house: House) -> None:
    """The journal says why there was no answer."""
    house.configure(caps=CapRules(sender_per_hour=3))
    for number in range(5):
        house.mail(raw(message_id=f"<{number}@trust.example>", body=f"{number}"))
    assert (5, 3) == (len(house.tickets()), len(house.sent()))
    assert "cap: sender" == house.journal(4)[0]["not_answered"]
    house.later(minutes=61)
    house.mail(raw(message_id="<9@trust.example>", body="9"))
    assert 4 == len(house.sent())


@pytest.mark.rule("LOOP-2")
def test_the_global_brake_holds_automatic_answers(house: House) -> None:
    """Many senders together are answered no faster than the brake allows."""
    house.configure(caps=CapRules(global_per_minute=2))
    for number in range(4):
        house.mail(raw(sender=f"u{number}@trust.example", message_id=f"<{number}@trust.example>"))
    assert (4, 2) == (len(house.tickets()), len(house.sent()))


@pytest.mark.rule("ACK-3", "LOOP-1")
def test_a_null_sender_is_never_answered(house: House) -> None:
    """Whatever the mail says."""
    house.mail(raw(), mail_from="")
    assert [] == house.sent()


@pytest.mark.rule("INT-2")
def test_mail_to_postmaster_is_passed_on_as_it_came(house: House) -> None:
    """The person gets the original, with Resent headers above it."""
    house.mail(raw(to="postmaster@helpdesk.example"), to=("Postmaster@Helpdesk.example",))
    (sent,) = house.sent()
    assert ("person@person.example", "<2@trust.example>", []) == (sent.to, sent.message["Message-ID"], house.tickets())
    assert "Resent-From" in sent.message


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize(
    "first", [b" folded", b"\tfolded", b"\0 folded", b"\rfolded", b"From mallory@elsewhere.example Mon Mar  2 09:00:00 2026"]
)
def test_a_mail_whose_first_line_is_no_field_adds_nothing_to_our_own_headers(house: House, first: bytes) -> None:
    """Passed on, what it begins with stands in a field of its own, and what follows is still its header."""
    house.mail(first + b"\r\n" + raw(to="postmaster@helpdesk.example"), to=("postmaster@helpdesk.example",))
    (sent,) = house.sent()
    assert (SERVICE, first.decode().strip(" \t\r\0"), "<2@trust.example>") == tuple(
        sent.message[name] for name in ("X-Loop", "X-Folded", "Message-ID")
    )


@pytest.mark.rule("INT-11")
def test_every_accepted_mail_is_accounted_for(house: House) -> None:
    """The dispositions add up to what was accepted."""
    house.mail(raw())
    house.mail(raw())
    house.mail(raw(to=SERVICE, message_id="<5@trust.example>"), to=(SERVICE,))
    house.mail(raw(message_id="<6@trust.example>", Auto_Submitted="auto-generated", List_Id="<x.example>", Precedence="bulk"))
    house.accept(raw(message_id="<7@trust.example>"))
    assert 5 == sum(house.count().values())
    assert {"opened": 1, "duplicate": 1, "answered": 1, "ignored": 1, "pending": 1} == house.count()


@pytest.mark.rule("INT-3")
def test_a_mail_that_is_done_is_not_done_again(house: House) -> None:
    """A second processing of the same row, as after a crash, changes nothing."""
    row = house.accept(raw())
    house.process(row)
    house.process(row)
    assert (1, ["ack"]) == (len(house.tickets()), house.templates())


@pytest.mark.rule("INT-9")
def test_a_mail_in_quarantine_is_kept_and_can_be_tried_again(house: House) -> None:
    """Its raw bytes are there, and after retry it is processed as any other."""
    row = house.accept(raw())
    run_once(house.engine, quarantine.put_aside, house.desk, row, "ValueError")
    assert {"quarantined": 1} == house.count()
    assert raw() == run_once(house.engine, inbox.raw_of, row.seq)
    assert run_once(house.engine, quarantine.put_back, row.mail_id) is None
    house.process(run_once(house.engine, inbox.pending, 0, 9)[0])
    assert {"opened": 1} == house.count()


@pytest.mark.rule("STA-2")
def test_of_two_decisions_on_one_version_the_second_is_refused(house: House) -> None:
    """The loser decides again on what he finds."""
    house.mail(raw())
    stored = house.tickets()[0]
    entry = JournalEntry(kind="x", cause="agent:a")
    changed = replace(stored, version=stored.version + 1, state=State.IN_PROGRESS)
    run_once(house.engine, lambda tx: tickets.save(tx, changed, entry, at=house.clock.now()))
    with pytest.raises(tickets.Conflict):
        run_once(house.engine, lambda tx: tickets.save(tx, changed, entry, at=house.clock.now()))


@pytest.mark.rule("STA-1")
def test_the_stored_journal_replays_to_the_stored_ticket(house: House) -> None:
    """What the command line shows can be built up from the journal alone."""
    house.mail(raw())
    house.mail(raw(message_id="<3@trust.example>", subject="Re: [INC0000001] x", body="more"))
    assert house.tickets()[0] == replay(tuple(entry["set"] for entry in house.journal()))  # type: ignore[misc]  # each is a mapping


@pytest.mark.rule("RES-5", "RFI-2", "AGT-2")
def test_a_thank_you_with_a_file_is_more_than_a_thank_you(house: House) -> None:
    """The photograph is what was to be said: the requester is told how to go on, and the team gets it."""
    house.configure(teams=TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),)))
    house.mail(raw())
    house.act(AgentResolved(cause="agent:sam", agent="sam", text="New toner."))
    letter = email.message_from_bytes(
        raw(subject="Re", body="Thanks!", message_id="<8@trust.example>", In_Reply_To=str(house.sent()[-1].message["Message-ID"])),
        policy=email.policy.default,
    )
    letter.add_attachment(b"\xff\xd8\xff\xe0 picture", maintype="image", subtype="jpeg", filename="blank page.jpg")
    house.mail(letter.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert ["team", "reply_not_reopened"] == house.templates()[-2:]
    assert "blank page.jpg" in house.sent()[-2].text


@pytest.mark.rule("MDS-7", "STA-3", "RES-5")
def test_a_mail_to_a_resolved_ticket_that_cannot_be_read_is_flagged(house: House) -> None:
    """The team is told, and sees why there are no words."""
    house.configure(teams=TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),)))
    house.mail(raw())
    house.act(AgentResolved(cause="agent:sam", agent="sam", text="New toner."))
    house.mail(raw(subject="", body="", message_id="<8@trust.example>", In_Reply_To=str(house.sent()[-1].message["Message-ID"])))
    team = [each for each in house.sent() if each.template == "team"][-1]
    assert (("unreadable_empty",), State.RESOLVED) == (house.tickets()[0].flags, house.tickets()[0].state)
    assert "an empty mail came" in team.text
