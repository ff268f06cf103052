"""What an administrator does to mails on their way out, and what their tickets learn of it; on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maild.desk import tools
from maild.errors import Refused
from maild.policy.events import AgentReplied
from maild.policy.routing import Team
from maild.store import outbox, tickets
from maild.store.database import Engine, run_once
from maild.store.handling import Act
from tests.desk.house import House
from tests.policy.letters import raw


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk that has acknowledged one request."""
    house = House(engine)
    house.mail(raw())
    return house


def handle(house: House, act: Act, mail_id: str = "") -> None:
    """Do ``act`` to the mail, the acknowledgement where none is named."""
    run_once(house.engine, tools.handle, house.desk, act, mail_id or ids(house)[0], "root")


def ids(house: House) -> list[str]:
    """Return the ids of the mails out."""
    return [row[1] for row in run_once(house.engine, lambda tx: outbox.listing(tx, everything=True))]


def states(house: House) -> list[str]:
    """Return the states of the mails out."""
    return [row[6] for row in run_once(house.engine, lambda tx: outbox.listing(tx, everything=True))]


def claim(house: House) -> list[outbox.Claim]:
    """Return what a courier may send now."""
    return run_once(house.engine, lambda tx: outbox.claim(tx, owner="one", count=9, lease=60, now=house.clock.at))[0]


@pytest.mark.rule("OPS-10", "OUT-2")
@pytest.mark.parametrize("act", list(Act))
def test_a_mail_that_is_being_sent_is_left_alone(house: House, act: Act) -> None:
    """Nobody can say what becomes of it until the attempt is over."""
    (sending,) = claim(house)
    with pytest.raises(Refused, match=f"{sending.mail_id} is sending: wait until this attempt is over"):
        handle(house, act)
    assert ["sending"] == states(house)


@pytest.mark.rule("OPS-10", "OUT-3")
def test_a_held_mail_is_claimed_by_nobody_and_neither_are_those_behind_it(house: House) -> None:
    """Another person's mail leaves; released, both leave in their order."""
    handle(house, Act.HOLD)
    house.act(AgentReplied(cause="agent:sam", agent="sam", text="We look into it."))
    house.mail(raw(sender="bob@trust.example", message_id="<4@trust.example>"), mail_from="bob@trust.example")
    (bobs,) = claim(house)
    assert ("bob@trust.example", ["held", "queued", "sending"]) == (bobs.rcpt_to, states(house))
    handle(house, Act.RELEASE)
    assert [ids(house)[0]] == [each.mail_id for each in claim(house)]


@pytest.mark.rule("OPS-10")
def test_a_dropped_acknowledgement_flags_its_ticket(house: House) -> None:
    """The helpdesk learns that its requester was told nothing; the journal names who dropped it."""
    handle(house, Act.DROP)
    (ticket,) = house.tickets()
    assert (["dropped"], ("undeliverable",)) == (states(house), ticket.flags)
    assert "agent:root" == run_once(house.engine, tickets.journal_of, ticket.id)[-1][2]
    with pytest.raises(Refused, match="is dropped: only what is queued or held or failed or uncertain can be dropped"):
        handle(house, Act.DROP)


@pytest.mark.rule("OPS-10")
def test_a_dropped_mail_to_a_team_is_nothing_to_the_ticket(engine: Engine) -> None:
    """Its requester has all that he was promised."""
    house = House(engine)
    team = Team(key="helpdesk", name="Helpdesk", address="desk-team@team.example")
    house.configure(teams=replace(house.rules.teams, teams=(team,)))
    house.mail(raw())
    rows = run_once(house.engine, lambda tx: outbox.listing(tx, everything=True))
    (mail_id,) = [row[1] for row in rows if row[3] == "team"]
    handle(house, Act.DROP, mail_id)
    assert () == house.tickets()[0].flags
