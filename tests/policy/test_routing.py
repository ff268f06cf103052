"""Which team gets a complete ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maild.policy.routing import Request, Route, Routed, Team, TeamRules, route

REQUEST = Request(
    category="mail_flow",
    values=(("issue_description", "Mail to other trusts is delayed"),),
    subject="Mail delayed since noon",
    text="Mail to other trusts is delayed since noon.",
    sender="alice@ward.trust.example",
)
FIRST = Route(name="flow", team="messaging", categories=("mail_flow",))


def rules(*routes: Route) -> TeamRules:
    """Return rules with two teams and these routes."""
    teams = (
        Team(key="helpdesk", name="Helpdesk"),
        Team(key="messaging", name="Messaging", address="m@r.example", members=("bob@r.example",)),
    )
    return TeamRules(teams=teams, routes=routes)


@pytest.mark.rule("AGT-1")
@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (FIRST, True),
        (replace(FIRST, categories=("bulk_change",)), False),
        (replace(FIRST, values=(("issue_description", "DELAYED|bounced"),)), True),
        (replace(FIRST, values=(("contact_number", "."),)), False),
        (replace(FIRST, subject="^mail delayed"), True),
        (replace(FIRST, subject="printer"), False),
        (replace(FIRST, text="since noon"), True),
        (replace(FIRST, text="since dawn"), False),
        (replace(FIRST, sender_domains=("trust.example",)), True),
        (replace(FIRST, sender_domains=("ward.trust.example",)), True),
        (replace(FIRST, sender_domains=("rust.example",)), False),
    ],
)
def test_a_rule_matches_when_each_of_its_conditions_holds(rule: Route, matches: bool) -> None:
    """Categories, values, patterns without regard to case, and domains with what is below them."""
    expected = Routed(team="messaging", rule="flow") if matches else Routed(team="helpdesk")
    assert expected == route(rules(rule), REQUEST)


@pytest.mark.rule("AGT-1")
def test_the_first_rule_that_matches_wins() -> None:
    """A later one is not looked at."""
    later = Route(name="all", team="helpdesk")
    assert "flow" == route(rules(FIRST, later), REQUEST).rule
    assert "all" == route(rules(later, FIRST), REQUEST).rule


@pytest.mark.rule("AGT-1")
def test_a_team_that_is_gone_is_the_helpdesks() -> None:
    """A ticket never belongs to nobody."""
    assert ("helpdesk", "helpdesk") == (rules().team("gone").key, TeamRules().team("gone").key)


def test_a_teams_address_and_its_members_are_agents() -> None:
    """And nobody else is."""
    known = rules()
    assert [True, True, False] == [known.is_agent(each) for each in ("m@r.example", "bob@r.example", "alice@ward.trust.example")]
