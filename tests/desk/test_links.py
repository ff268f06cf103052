"""Links at the desk: looking is reading, pressing is one transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maild.desk import agents, links
from maild.desk.agents import Request
from maild.desk.links import LinkPage, Outcome
from maild.policy.events import AgentCancelled, AgentResolved
from maild.policy.routing import Team, TeamRules
from maild.policy.ticket import State
from maild.store.database import Engine, run_once
from maild.tokens import Purpose
from tests.desk.house import House

TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),))
BOB = {"agent": "bob", "cause": "agent:bob"}


@pytest.fixture
def house(engine: Engine) -> House:
    """A helpdesk with one resolved ticket, whose mail the relay has not taken yet."""
    made = House(engine)
    request = Request(agent="bob", requester="alice@trust.example", subject="Printer down", text="It is broken.")
    run_once(engine, agents.open_ticket, made.desk, request, None)
    run_once(engine, agents.act, made.desk, 1, AgentResolved(text="New toner.", **BOB))
    return made


def token(house: House, purpose: Purpose = Purpose.REOPEN, resolution: int = 1) -> str:
    """Return the token of a link."""
    (ticket,) = house.tickets()
    return house.desk.keyring.sign(purpose, number=ticket.number, nonce=str(resolution), binding=ticket.id)


def look(house: House, purpose: Purpose = Purpose.REOPEN) -> LinkPage:
    """Return what the link's page says; on a connection that cannot write."""
    return run_once(house.engine, links.look, house.desk, purpose, token(house, purpose), readonly=True)


def press(house: House, purpose: Purpose = Purpose.REOPEN) -> LinkPage:
    """Return what the press did."""
    return run_once(house.engine, links.press, house.desk, purpose, token(house, purpose), "still broken")


@pytest.mark.rule("RES-2")
def test_looking_needs_no_writing(house: House) -> None:
    """The page is made on a connection that could not change anything."""
    page = look(house)
    assert (Outcome.READY, "INC0000001", None) == (page.outcome, page.reference, page.until)


@pytest.mark.rule("RES-3")
def test_a_link_acts_before_the_relay_has_said_that_it_took_the_mail(house: House) -> None:
    """A quick reader may be faster than our bookkeeping."""
    assert (Outcome.DONE, State.IN_PROGRESS) == (press(house).outcome, house.tickets()[0].state)


@pytest.mark.rule("RES-3")
def test_a_second_press_writes_nothing(house: House) -> None:
    """Not even into the journal: whoever holds a dead link cannot fill the store."""
    press(house)
    entries = len(house.journal())
    assert ([Outcome.OPEN] * 3, entries) == ([press(house).outcome for _ in range(3)], len(house.journal()))


@pytest.mark.rule("RES-3")
def test_a_cancelled_ticket_is_not_said_to_be_open(house: House) -> None:
    """Its link is over, and the page says how to write anew."""
    press(house)
    run_once(house.engine, agents.act, house.desk, 1, AgentCancelled(reason="spam", **BOB))
    assert Outcome.EXPIRED is look(house).outcome


@pytest.mark.rule("RES-2", "REF-2")
def test_a_token_with_a_nonce_that_is_no_number_is_none(house: House) -> None:
    """Signed by us for another use, it opens nothing."""
    (ticket,) = house.tickets()
    odd = house.desk.keyring.sign(Purpose.REOPEN, number=ticket.number, nonce="x1", binding=ticket.id)
    assert Outcome.UNKNOWN is run_once(house.engine, links.press, house.desk, Purpose.REOPEN, odd, "").outcome


@pytest.mark.rule("RES-4")
def test_a_press_by_a_person_sends_the_acknowledgement_and_says_so(house: House) -> None:
    """The courier is told that a mail waits; a button pressed twice sends nothing."""
    page = press(house)
    assert (True, "reopened") == (page.queued, house.templates()[-1])
    assert not press(house).queued


@pytest.mark.rule("RES-3", "STA-3", "AGT-2")
def test_the_team_hears_of_late_presses_a_few_times_a_day(house: House) -> None:
    """Who presses an old page's button still needs help, and what he typed is not lost; a thousand presses are not a thousand mails."""
    house.configure(teams=TEAM)
    house.clock.at += timedelta(days=10)
    for number in range(20):
        run_once(house.engine, links.press, house.desk, Purpose.REOPEN, token(house), f"still broken {number}")
    assert links.MOST_A_DAY == house.templates().count("team")
    assert "still broken 2" in house.sent()[-1].text
    house.clock.at += timedelta(days=2)
    run_once(house.engine, links.press, house.desk, Purpose.CONFIRM, token(house, Purpose.CONFIRM), "")
    assert links.MOST_A_DAY == house.templates().count("team")
    press(house)
    assert links.MOST_A_DAY + 1 == house.templates().count("team")
