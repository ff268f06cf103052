"""Names that say they are somebody else: the team reads an address, and no name that could be taken for another one (REF-8)."""

from __future__ import annotations

from email.header import Header

import pytest

from maild.policy.routing import Team, TeamRules
from tests.desk.house import House
from tests.policy.helpdesk import ALICE
from tests.policy.letters import raw

MALLORY = "mallory@elsewhere.example"
TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),))


def told(house: House, name: str) -> str:
    """Return the text of the mail to the team about a request of Mallory's under this name."""
    house.configure(teams=TEAM)
    sender = f"{Header(name, 'utf-8').encode()} <{MALLORY}>"
    house.mail(raw(message_id="<1@e.example>").replace(f"From: {ALICE}".encode(), f"From: {sender}".encode()), mail_from=MALLORY)
    return next(each.text for each in house.sent() if each.template == "team")


@pytest.mark.rule("REF-8", "AGT-2")
@pytest.mark.parametrize(
    "name",
    [
        "alice@trust.example",
        "Alice <alice@trust.example>",
        "Alice \uff1calice\uff20trust.example\uff1e",
        "Alice\u202e",
        "\u2066Alice\u2069",
        "\u0410lice Smith",  # Cyrillic А
        "Alice Sm\u0456th",  # Ukrainian і
        "Ali\u200bce",
        "\u0391lice",  # Greek Alpha
    ],
)
def test_a_name_that_lies_is_not_shown(house: House, name: str) -> None:
    """The address stands alone."""
    text = told(house, name)
    assert MALLORY in text
    assert not [word for word in (*name.split(), "alice", "trust.example") if word in text]


@pytest.mark.rule("REF-8", "AGT-2")
@pytest.mark.parametrize(
    "name",
    ["Mallory Jones", "J\u00f6rg M\u00fcller", "\u041e\u043b\u0435\u043d\u0430", "\u5c71\u7530 \u592a\u90ce", "Dr. A. O'Neil (Ward 7)"],
)
def test_an_honest_name_is_shown_beside_its_address(house: House, name: str) -> None:
    """In whatever script it is written."""
    assert f"{name} <{MALLORY}>" in told(house, name)
