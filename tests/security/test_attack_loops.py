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
