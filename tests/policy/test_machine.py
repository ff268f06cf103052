"""The state machine: total, replayable, and the procedure's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.policy import events as ev
from maild.policy.machine import TABLE, Decision, decide
from maild.policy.rules import Rules
from maild.policy.ticket import Channel, MdsValue, Question, State, Ticket, replay
from tests.policy.helpdesk import ALICE, FACTS, NOW, RULES, ticket

MISSING = (Question(key="contact_number"), Question(key="issue_description", text="too short"))
times = st.integers(0, 30 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
assessed = st.none() | st.builds(
    ev.Assessed,
    values=st.just((MdsValue(key="contact_number", value="0113 496 0000", source="form", cause="mail:M1"),)) | st.just(()),
    missing=st.sampled_from([(), MISSING]),
    category=st.just(""),
    team=st.just("messaging"),
    ask=st.booleans(),
)
requests = st.builds(
    ev.RequestReceived,
    cause=st.just("mail:M1"),
    id=st.just("a" * 32),
    number=st.just(1),
    reference=st.just("INC0000001"),
    channel=st.sampled_from(Channel),
    requester=st.sampled_from([ALICE, ""]),
    requester_name=st.just("Alice"),
    participants=st.just(()),
    region=st.just("ENG"),
    language=st.just("en"),
    subject=st.just("Printer down"),
    description=st.just("It is broken."),
    received_at=times,
    answerable=st.booleans(),
    mail=st.just(FACTS),
    unreadable=st.sampled_from(["", "encrypted"]),
    assessed=assessed,
)
kinds = st.sampled_from(ev.TimerKind)
roles = st.sampled_from(["rfi:1", "reminder:1.0", "reminder:1.1", "resolution:1", "ack", ""])
AGENT = {"cause": st.just("agent:bob"), "agent": st.just("bob")}
later: dict[type[ev.Event], st.SearchStrategy[ev.Event]] = {
    ev.UserWrote: st.builds(
        ev.UserWrote,
        cause=st.just("mail:M2"),
        mail=st.just(FACTS),
        text=st.just("hello"),
        substance=st.booleans(),
        answerable=st.booleans(),
        unreadable=st.sampled_from(["", "empty"]),
        added=st.sampled_from([(), ("carol@trust.example",)]),
        assessed=assessed,
    ),
    ev.OutsiderWrote: st.builds(ev.OutsiderWrote, cause=st.just("mail:M2"), mail=st.just(FACTS), text=st.just("x")),
    ev.NoteFiled: st.builds(
        ev.NoteFiled, cause=st.just("mail:M2"), mail=st.just(FACTS), text=st.just("x"), why=st.just("automatic"), person=st.booleans()
    ),
    ev.MailBounced: st.builds(ev.MailBounced, cause=st.just("mail:M2"), role=roles, recipient=st.just(ALICE)),
    ev.MailRefused: st.builds(ev.MailRefused, cause=st.just("relay:M3"), role=roles, recipient=st.just(ALICE), why=st.just("550")),
    ev.MailTaken: st.builds(ev.MailTaken, cause=st.just("relay:M3"), role=roles, accepted_at=times),
    ev.TimerFired: st.builds(ev.TimerFired, cause=st.just("timer"), kind=kinds, due_at=times, number=st.integers(0, 2)),
    ev.CalendarChanged: st.builds(ev.CalendarChanged, cause=st.just("calendar"), kind=kinds, due_at=times),
    ev.ReopenRequested: st.builds(ev.ReopenRequested, cause=st.just("link"), resolution=st.integers(0, 2), reason=st.just("still broken")),
    ev.ResolutionConfirmed: st.builds(ev.ResolutionConfirmed, cause=st.just("link"), resolution=st.integers(0, 2)),
    ev.AgentReplied: st.builds(ev.AgentReplied, text=st.just("hello"), **AGENT),
    ev.AgentNoted: st.builds(ev.AgentNoted, text=st.just("hello"), **AGENT),
    ev.AgentAsked: st.builds(ev.AgentAsked, questions=st.just((Question(key="", text="Which ward?"),)), **AGENT),
    ev.AgentResolved: st.builds(ev.AgentResolved, text=st.just("New toner."), **AGENT),
    ev.AgentReopened: st.builds(ev.AgentReopened, reason=st.just("not done"), **AGENT),
    ev.AgentClosed: st.builds(ev.AgentClosed, **AGENT),
    ev.AgentCancelled: st.builds(ev.AgentCancelled, reason=st.just("spam"), merged_into=st.sampled_from(["", "INC0000002"]), **AGENT),
    ev.AgentAssigned: st.builds(ev.AgentAssigned, team=st.just("messaging"), **AGENT),
    ev.AgentExtended: st.builds(ev.AgentExtended, until=times, **AGENT),
    ev.AgentAccepted: st.builds(ev.AgentAccepted, sender=st.just("carol@trust.example"), **AGENT),
}


@pytest.mark.rule("STA-1")
def test_every_event_has_a_cell_for_every_state() -> None:
    """The table is total: no event meets a state that it does not know."""
    events = {*later, ev.RequestReceived}
    assert events == set(TABLE)
    assert all(set(row) == set(State) for row in TABLE.values())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", list(later))
@given(data=st.data())
@pytest.mark.rule("STA-1")
def test_every_state_and_event_has_a_defined_outcome(event: type[ev.Event], state: State, data: st.DataObject) -> None:
    """Deciding raises on nothing, and leads only where the table says."""
    before = ticket(state)
    decision = decide(before, data.draw(later[event]), now=NOW, rules=RULES)
    assert decision.ticket.state in TABLE[event][state].to or decision.refusal
    assert decision.ticket.version == before.version + 1


@given(requests, st.lists(st.one_of(*later.values()), max_size=12), st.lists(times, min_size=13, max_size=13))
@pytest.mark.rule("STA-1")
def test_replaying_the_journal_gives_the_same_ticket(request: ev.Event, history: list[ev.Event], when: list[datetime]) -> None:
    """Whatever happens to a ticket, its journal alone builds it up again."""
    decision = decide(None, request, now=when[0], rules=RULES)
    journal = [decision.entry]
    for event, now in zip(history, sorted(when[1:]), strict=False):
        decision = decide(decision.ticket, event, now=now, rules=RULES)
        journal.append(decision.entry)
    assert decision.ticket == replay(tuple(entry.data["set"] for entry in journal))  # type: ignore[misc]  # each is a mapping


def mails(decision: Decision) -> list[str]:
    """Return the templates of the mails that a decision sends."""
    return [effect.template for effect in decision.effects if isinstance(effect, ev.SendMail)]


def opened(rules: Rules = RULES, **more: object) -> Decision:
    """Return what a new request by Alice comes to."""
    event = ev.RequestReceived(
        cause="mail:M1",
        id="a" * 32,
        number=1,
        reference="INC0000001",
        channel=Channel.EMAIL,
        requester=ALICE,
        requester_name="Alice",
        participants=(),
        region="ENG",
        language="en",
        subject="Printer down",
        description="It is broken.",
        received_at=NOW,
        answerable=True,
        mail=FACTS,
    )
    return decide(None, replace(event, **more), now=NOW, rules=rules)  # type: ignore[arg-type]  # the event's own fields


@pytest.mark.rule("ACK-1")
def test_a_new_request_is_acknowledged_to_its_sender() -> None:
    """One acknowledgement goes to the originating address, in answer to the mail."""
    decision = opened()
    (mail,) = (effect for effect in decision.effects if isinstance(effect, ev.SendMail))
    assert ("ack", ALICE, "auto-replied", FACTS.message_id) == (mail.template, mail.to, mail.auto_submitted, mail.answers)


@pytest.mark.rule("ACK-3")
def test_no_answer_goes_where_none_may_go() -> None:
    """The ticket is made all the same."""
    decision = opened(answerable=False)
    assert [] == mails(decision)
    assert State.NEW is decision.ticket.state


@pytest.mark.rule("ACK-6", "RFI-1", "MDS-4")
def test_an_incomplete_request_is_acknowledged_and_then_asked() -> None:
    """The acknowledgement knows that a question follows, and does not say that nothing need be done."""
    decision = opened(assessed=ev.Assessed(values=(), missing=MISSING, category="", team="messaging"))
    assert ["ack", "rfi"] == mails(decision)
    assert State.AWAITING_USER_INFO is decision.ticket.state
    assert [True] == [effect.rfi_follows for effect in decision.effects if isinstance(effect, ev.SendMail) and effect.template == "ack"]


@pytest.mark.rule("ACK-6")
def test_acknowledgement_and_rfi_are_one_mail_where_it_is_configured() -> None:
    """The clock starts with that one mail, which asks, and says nothing of a second one."""
    rules = replace(RULES, combine_ack_and_rfi=True)
    decision = opened(rules=rules, assessed=ev.Assessed(values=(), missing=MISSING, category="", team="messaging"))
    (mail,) = (effect for effect in decision.effects if isinstance(effect, ev.SendMail))
    assert ("ack", "rfi:1", MISSING, False) == (mail.template, mail.role, mail.questions, mail.rfi_follows)


@pytest.mark.rule("RFI-1")
def test_an_rfi_that_may_not_be_sent_sets_nothing() -> None:
    """The ticket goes to the helpdesk, flagged, instead of waiting for an answer to a question that was never asked."""
    decision = opened(answerable=False, assessed=ev.Assessed(values=(), missing=MISSING, category="", team="messaging"))
    assert (State.IN_PROGRESS, ("incomplete",), None) == (decision.ticket.state, decision.ticket.flags, decision.ticket.rfi)


@pytest.mark.rule("MDS-4")
def test_a_complete_request_is_routed() -> None:
    """It goes to the team that the rules name, and nobody is asked."""
    decision = opened(assessed=ev.Assessed(values=(), missing=(), category="", team="messaging"))
    assert (State.IN_PROGRESS, "messaging", ["ack"]) == (decision.ticket.state, decision.ticket.team, mails(decision))


@pytest.mark.rule("REF-4")
def test_an_outsider_with_signed_evidence_holds_the_clock_and_is_told_nothing() -> None:
    """His mail is filed, the ticket is flagged, and he does not become a participant."""
    event = ev.OutsiderWrote(cause="mail:M2", mail=replace(FACTS, sender="mallory@elsewhere.example"), text="me too")
    decision = decide(ticket(State.AWAITING_USER_INFO), event, now=NOW, rules=RULES)
    assert ("outsider", [], ()) == (decision.ticket.held, mails(decision), decision.ticket.participants)
    assert any(isinstance(effect, ev.NeedsALook) for effect in decision.effects)


@pytest.mark.rule("REF-4")
def test_a_reminder_that_is_due_while_the_clock_is_held_is_not_sent() -> None:
    """A held clock resolves nobody."""
    held = ticket(State.AWAITING_USER_INFO, held="outsider")
    event = ev.TimerFired(cause="timer", kind=ev.TimerKind.REMINDER, due_at=NOW, number=1)
    assert [] == mails(decide(held, event, now=NOW, rules=RULES))


@pytest.mark.rule("RES-5")
def test_a_reply_to_the_resolution_changes_no_state_and_is_answered_once() -> None:
    """The second reply to the same resolution is only filed."""
    wrote = ev.UserWrote(cause="mail:M2", mail=FACTS, text="still broken")
    first = decide(ticket(State.RESOLVED), wrote, now=NOW, rules=RULES)
    second = decide(first.ticket, wrote, now=NOW, rules=RULES)
    assert (State.RESOLVED, ["reply_not_reopened"], []) == (second.ticket.state, mails(first), mails(second))


@pytest.mark.rule("RES-5")
def test_a_bare_thank_you_is_not_answered() -> None:
    """It is filed, for who wants to look."""
    thanks = ev.UserWrote(cause="mail:M2", mail=FACTS, text="Thanks!", substance=False)
    assert [] == mails(decide(ticket(State.RESOLVED), thanks, now=NOW, rules=RULES))


@pytest.mark.rule("RES-6")
def test_mail_to_a_closed_ticket_is_told_how_to_raise_a_new_one() -> None:
    """The state stays, and the sender gets the closing mail's answer."""
    wrote = ev.UserWrote(cause="mail:M2", mail=FACTS, text="again")
    decision = decide(ticket(State.CLOSED), wrote, now=NOW, rules=RULES)
    assert (State.CLOSED, ["closed"]) == (decision.ticket.state, mails(decision))


@pytest.mark.rule("STA-3")
@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.CANCELLED])
def test_a_persons_mail_that_changes_no_state_needs_a_look(state: State) -> None:
    """Nobody's words get lost in a ticket that is over."""
    decision = decide(ticket(state), ev.UserWrote(cause="mail:M2", mail=FACTS, text="hello"), now=NOW, rules=RULES)
    assert any(isinstance(effect, ev.NeedsALook) for effect in decision.effects)


@pytest.mark.rule("STA-1")
def test_a_refused_act_changes_nothing_but_the_journal() -> None:
    """Closing a ticket that is not resolved is refused, and the journal says so."""
    before = ticket(State.IN_PROGRESS)
    decision = decide(before, ev.AgentClosed(cause="agent:bob", agent="bob"), now=NOW, rules=RULES)
    same: Ticket = replace(decision.ticket, version=before.version, updated_at=before.updated_at)
    assert (before, True, ()) == (same, bool(decision.refusal), decision.effects)
    assert "refused" in decision.entry.data
