"""Re-used Message-IDs: who has seen somebody's mail cannot draw the answers to it onto a ticket of his own (REF-3, INT-8)."""

from __future__ import annotations

import pytest

from tests.desk.house import House
from tests.policy.helpdesk import ALICE
from tests.policy.letters import HELPDESK, SERVICE, raw

MALLORY, BOB = "mallory@elsewhere.example", "bob@trust.example"
SEEN = "<seen@trust.example>"


def alice_writes(house: House) -> None:
    """Alice asks the helpdesk; Bob and Mallory are in copy."""
    house.mail(raw(message_id=SEEN, Cc=f"{BOB}, {MALLORY}"))


def mallory_writes(house: House, number: int = 1) -> None:
    """Mallory opens a ticket of his own under her Message-ID, and adds both of them to it."""
    mail = raw(sender=MALLORY, subject=f"Own {number}", body=f"Matter {number} of mine.", message_id=SEEN, Cc=f"{BOB}, {ALICE}")
    house.mail(mail, mail_from=MALLORY)


def reply(house: House, sender: str, *, to: str, helpdesk: str = SERVICE) -> str:
    """Return the requester of the ticket that an answer to Alice's mail ends on, "" where it ends on none."""
    mail = raw(sender=sender, to=to, Cc=helpdesk, subject="Re: Printer down", body="Room 7.", message_id="<r@t.example>", In_Reply_To=SEEN)
    before = {ticket.id: ticket.version for ticket in house.tickets()}
    house.mail(mail, to=(helpdesk,), mail_from=sender)
    return next((ticket.requester for ticket in house.tickets() if before.get(ticket.id, 0) != ticket.version), "")


@pytest.mark.rule("REF-3")
@pytest.mark.parametrize("first", ["alice", "mallory"])
@pytest.mark.parametrize(("sender", "to"), [(BOB, f"{ALICE}, {MALLORY}"), (ALICE, BOB), (ALICE, f"{MALLORY}, {BOB}")])
def test_an_answer_goes_to_the_ticket_of_the_person_who_was_answered(house: House, first: str, sender: str, to: str) -> None:
    """Whoever of the two wrote to us first; each of them has the other and Bob in copy."""
    for writes in (alice_writes, mallory_writes) if first == "alice" else (mallory_writes, alice_writes):
        writes(house)
    assert ALICE == reply(house, sender, to=to)


@pytest.mark.rule("REF-3")
def test_a_hundred_tickets_under_her_message_id_change_nothing(house: House) -> None:
    """They stand before hers and behind it; what is looked at stays little."""
    for number in range(60):
        mallory_writes(house, number)
    alice_writes(house)
    for number in range(60, 100):
        mallory_writes(house, number)
    assert (ALICE, ALICE) == (reply(house, BOB, to=ALICE), reply(house, ALICE, to=BOB))


@pytest.mark.rule("REF-3", "REF-4")
def test_with_the_forger_s_ticket_alone_an_answer_of_no_participant_is_a_ticket_of_its_own(house: House) -> None:
    """Alice wrote to Bob, and not to us: Bob's answer, with the helpdesk in copy, is Bob's."""
    house.mail(raw(sender=MALLORY, subject="Own", body="A matter of mine.", message_id=SEEN), mail_from=MALLORY)
    assert BOB == reply(house, BOB, to=ALICE, helpdesk=HELPDESK)


@pytest.mark.rule("REF-3")
def test_mallory_s_own_answer_goes_to_his_own_ticket(house: House) -> None:
    """And an answer of nobody on either ticket is weighed against the older one."""
    alice_writes(house)
    mallory_writes(house)
    assert MALLORY == reply(house, MALLORY, to=BOB)
    assert ALICE == reply(house, "carol@trust.example", to="dave@trust.example")
