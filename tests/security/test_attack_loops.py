"""A team's own ticket system that answers each of our mails as a person would: the caps end what no header shows (LOOP-2)."""

from __future__ import annotations

import pytest

from maild.policy.routing import Team, TeamRules
from tests.desk.house import House
from tests.policy.letters import raw

TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),))


@pytest.mark.rule("LOOP-2", "STA-3")
@pytest.mark.parametrize("sender", ["tickets@resolvers.example", "desk@resolvers.example"])
def test_a_team_that_acknowledges_each_mail_is_told_no_more_than_the_cap(house: House, sender: str) -> None:
    """The cap's number of mails go out in an hour; every acknowledgement stands in needs-a-look; an hour later it is told again."""
    house.configure(teams=TEAM)
    house.mail(raw())
    told = []
    for number in range(30):
        last = [each for each in house.sent() if each.template == "team"][-1].message
        house.later(seconds=20)
        answer = raw(
            sender=sender,
            to=str(last["Reply-To"]),
            subject=f"Re: {last['Subject']}",
            body=f"Thank you, our number is {number}.",
            message_id=f"<{number}@resolvers.example>",
            In_Reply_To=str(last["Message-ID"]),
        )
        house.mail(answer, to=(str(last["Reply-To"]).strip("<>"),), mail_from=sender)
        told.append(house.templates().count("team"))
    assert (11, 30) == (told[-1], len(house.looks()))
    house.later(hours=1)
    house.mail(raw(sender=sender, subject="Re: [INC0000001]", message_id="<x@resolvers.example>", In_Reply_To=str(last["Message-ID"])))
    assert 12 == house.templates().count("team")


def acknowledge(house: House, number: int, *, sender: str = "tickets@resolvers.example", new: bool = False) -> None:
    """Answer the last mail to the team as a person would, within the thread, or as a mail of its own to the helpdesk."""
    last = [each for each in house.sent() if each.template == "team"][-1].message
    text = {
        "subject": f"Re: {last['Subject']}",
        "body": f"Thank you. Our number is {number * 7919}.",
        "message_id": f"<{number}@r.example>",
    }
    if new:
        house.mail(raw(sender=sender, **text | {"subject": f"Case {number * 104729}"}), mail_from=sender)
    else:
        to = str(last["Reply-To"]).strip("<>")
        house.mail(raw(sender=sender, to=to, In_Reply_To=str(last["Message-ID"]), **text), to=(to,), mail_from=sender)


@pytest.mark.rule("LOOP-2")
def test_a_team_whose_own_system_is_the_requester_is_told_no_more_than_the_cap(house: House) -> None:
    """Each acknowledgement updates the ticket and stands in its journal; the team hears of ten an hour, and there is one alert."""
    house.configure(teams=TEAM)
    house.mail(raw(sender="tickets@resolvers.example", message_id="<x@r.example>"), mail_from="tickets@resolvers.example")
    for number in range(30):
        house.later(seconds=20)
        acknowledge(house, number)
    assert (1, 11, 31) == (len(house.tickets()), house.templates().count("team"), len(house.journal()))
    assert ["caps"] == [word.alert for word in house.desk.alerts.take()]
    house.later(hours=1)
    acknowledge(house, 99)
    assert 12 == house.templates().count("team")


@pytest.mark.rule("LOOP-2")
def test_a_team_whose_own_system_opens_a_ticket_for_each_mail_is_told_of_ten_an_hour(house: House) -> None:
    """The tickets are made; other people's of the same domain are told of all the while."""
    house.configure(teams=TEAM)
    house.mail(raw(message_id="<x@trust.example>"))
    for number in range(30):
        house.later(seconds=20)
        acknowledge(house, number, new=True)
    assert (31, 11) == (len(house.tickets()), house.templates().count("team"))
    house.mail(
        raw(sender="ward@resolvers.example", message_id="<y@r.example>", body="The door is stuck."), mail_from="ward@resolvers.example"
    )
    assert 12 == house.templates().count("team")


@pytest.mark.rule("LOOP-2", "REF-4")
def test_strangers_who_flood_a_ticket_do_not_hush_its_requester(house: House) -> None:
    """What others send is counted apart: the team hears of her answer."""
    house.configure(teams=TEAM)
    house.mail(raw(message_id="<x@trust.example>"))
    for number in range(30):
        acknowledge(house, number, sender="mallory@elsewhere.example")
    before = house.templates().count("team")
    house.mail(raw(subject="Re: [INC0000001]", body="It is in room 7.", message_id="<z@trust.example>"))
    assert before + 1 == house.templates().count("team")
