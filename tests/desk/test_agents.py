"""What agents do: every act a decision, with the agent's name in the journal."""

from __future__ import annotations

import pytest

from maild.desk import agents
from maild.desk.agents import Request
from maild.errors import Refused
from maild.policy.events import AgentActed, AgentAsked, AgentClosed, AgentNoted, AgentReplied, AgentResolved
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.ticket import Channel, Question, State
from maild.store.database import Engine, run_once
from tests.desk.house import House

BOB = {"agent": "bob", "cause": "agent:bob"}
COMPLETE = """The printer on ward 7 prints blank pages since Monday.

Contact number: 020 7946 0123
Number of affected users: 1
Affected users' email addresses: alice@trust.example
Issue description: the printer on ward 7 prints blank pages since Monday
"""


def request(**more: object) -> Request:
    """Return what Bob takes down on the telephone."""
    told = {"agent": "bob", "requester": "alice@trust.example", "subject": "Printer down", "text": COMPLETE, **more}
    return Request(**told)  # type: ignore[arg-type]  # the request's own fields


def opened(house: House, made: Request) -> agents.Acted:
    """Return the new ticket."""
    return run_once(house.engine, agents.open_ticket, house.desk, made, agents.assess(house.desk, made))


def act(house: House, event: AgentActed, number: int = 1) -> agents.Acted:
    """Return what became of an act on the ticket."""
    return run_once(house.engine, agents.act, house.desk, number, event)


@pytest.mark.rule("AGT-6", "MDS-6")
def test_a_telephone_call_becomes_a_ticket_by_the_same_minimum_data_set(engine: Engine) -> None:
    """What the agent takes down is read as a mail would be; complete, it is in progress, and its requester is told."""
    house = House(engine)
    house.configure(mds=PROCEDURE)
    made = opened(house, request())
    (ticket,) = house.tickets()
    assert (State.IN_PROGRESS, Channel.PHONE, "alice@trust.example") == (ticket.state, ticket.channel, ticket.requester)
    assert ("In Progress", ["ack"]) == (made.state, house.templates())
    assert {"contact_number", "issue_description"} <= {value.key for value in ticket.mds}


@pytest.mark.rule("MDS-6")
def test_an_incomplete_call_asks_nobody_by_itself(engine: Engine) -> None:
    """Opened all the same, on the agent's word, it is flagged; the journal names who did it."""
    house = House(engine)
    house.configure(mds=PROCEDURE)
    opened(house, request(text="It is broken."))
    (ticket,) = house.tickets()
    assert (State.IN_PROGRESS, ("incomplete",), ["ack"]) == (ticket.state, ticket.flags, house.templates())


@pytest.mark.rule("MDS-6", "RFI-1")
def test_a_caller_without_an_address_can_only_be_called(engine: Engine) -> None:
    """No mail goes out, and an RFI is refused with that word; the refusal stands in the journal."""
    house = House(engine)
    opened(house, request(requester=""))
    refused = act(house, AgentAsked(questions=(Question(key="", text="Which ward?"),), **BOB))
    assert ("the requester has no address: call", []) == (refused.refusal, house.templates())
    assert "the requester has no address: call" == house.journal()[-1]["refused"]


@pytest.mark.rule("AGT-6", "STA-1")
def test_a_refused_act_says_why_and_changes_nothing(engine: Engine) -> None:
    """Closing what is not resolved is refused."""
    house = House(engine)
    opened(house, request())
    refused = act(house, AgentClosed(**BOB))
    assert (refused.state, refused.refusal) == ("New", "not possible while the ticket is New")


@pytest.mark.rule("AGT-5")
def test_a_note_reaches_no_requester(engine: Engine) -> None:
    """It stands in the journal alone."""
    house = House(engine)
    opened(house, request())
    act(house, AgentNoted(text="He sounds angry.", **BOB))
    assert ("He sounds angry.", ["ack"]) == (house.journal()[-1]["text"], house.templates())


@pytest.mark.rule("AGT-6", "ACK-2")
def test_a_reply_is_the_agents_own_words_and_no_automatic_mail(engine: Engine) -> None:
    """It bears no Auto-Submitted header, threads, and stays in the team's state."""
    house = House(engine)
    opened(house, request())
    act(house, AgentReplied(text="We look into it <now>.", **BOB))
    reply = house.sent()[-1]
    assert ("reply", None, "alice@trust.example") == (reply.template, reply.message["Auto-Submitted"], reply.to)
    assert "We look into it <now>." in reply.text
    assert "[INC0000001] A message about your request" == reply.message["Subject"]


@pytest.mark.rule("RES-1")
def test_the_resolution_mail_says_what_was_done_and_until_when(engine: Engine) -> None:
    """With the link, the day and the time, and that a reply does not re-open."""
    house = House(engine)
    opened(house, request())
    act(house, AgentResolved(text="We put new toner in.", **BOB))
    text = house.sent()[-1].text
    expected = ("We put new toner in.", "Press Re-open by Friday 6 March, 14:02", "a reply will not re-open it", "o-1.1.k1.")
    assert [] == [each for each in expected if each not in text]


def test_an_act_on_no_ticket_is_refused(engine: Engine) -> None:
    """The sentence names the reference."""
    house = House(engine)
    with pytest.raises(Refused, match="there is no ticket INC0000099"):
        act(house, AgentClosed(**BOB), number=99)


def test_an_agents_words_make_no_header(engine: Engine) -> None:
    """A subject with a line break in it is one line."""
    house = House(engine)
    house.configure(mds=PROCEDURE)
    assessed = agents.assess(house.desk, request(subject="x\r\nFrom: mallory@evil.example", requester=""))
    assert assessed is not None
    assert "requestor_email" in {question.key for question in assessed.missing}
