"""What agents do to a ticket's clock and state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maild.policy import events as ev
from maild.policy.machine import Decision, decide
from maild.policy.ticket import Question, State
from tests.policy.helpdesk import NOW, RULES, ticket

BOB: dict[str, Any] = {"cause": "agent:bob", "agent": "bob"}
ASKED = ev.AgentAsked(questions=(Question(key="", text="Which ward?"),), **BOB)


def timers(decision: Decision) -> list[ev.StartTimer]:
    """Return the timers that a decision starts."""
    return [effect for effect in decision.effects if isinstance(effect, ev.StartTimer)]


@pytest.mark.rule("RFI-5")
def test_a_second_rfi_unites_the_questions_and_starts_the_clock_anew() -> None:
    """What was asked before is asked again with it, by one RFI whose clock waits for the relay."""
    decision = decide(ticket(State.AWAITING_USER_INFO), ASKED, now=NOW, rules=RULES)
    assert decision.ticket.rfi is not None
    assert (("contact_number", ""), ("", "Which ward?")) == tuple((each.key, each.text) for each in decision.ticket.rfi.questions)
    assert (2, None, [ev.TimerKind.RFI_UNSENT]) == (
        decision.ticket.rfi.number,
        decision.ticket.rfi.started_at,
        [timer.kind for timer in timers(decision)],
    )


@pytest.mark.rule("RFI-5", "AGT-5")
@pytest.mark.parametrize("act", [ev.AgentReplied(text="We look into it.", **BOB), ev.AgentNoted(text="Odd.", **BOB)])
def test_replies_and_notes_leave_the_clock(act: ev.Event) -> None:
    """Neither starts nor stops a timer; a note sends nothing to the requester."""
    decision = decide(ticket(State.AWAITING_USER_INFO), act, now=NOW, rules=RULES)
    assert (State.AWAITING_USER_INFO, []) == (decision.ticket.state, timers(decision))
    assert isinstance(act, ev.AgentReplied) == any(isinstance(effect, ev.SendMail) for effect in decision.effects)


@pytest.mark.rule("RFI-5")
def test_extending_puts_the_reminder_off_and_lets_a_held_clock_go_on() -> None:
    """The next reminder comes no earlier than the agent said, and never on a weekend: five days from Tuesday are Monday."""
    standing = ticket(State.AWAITING_USER_INFO, held="outsider", flags=("outsider",))
    assert standing.rfi is not None
    running = replace(standing, rfi=replace(standing.rfi, counted_from=NOW))
    decision = decide(running, ev.AgentExtended(until=NOW + timedelta(days=5), **BOB), now=NOW, rules=RULES)
    assert [NOW + timedelta(days=6)] == [timer.due_at for timer in timers(decision)]
    assert ("", ()) == (decision.ticket.held, decision.ticket.flags)


@pytest.mark.rule("RFI-4", "RFI-5")
def test_an_extension_outlives_the_wait_for_the_relay() -> None:
    """An agent may extend before the RFI has left; the clock that the relay's yes starts keeps to it."""
    asked = decide(ticket(State.IN_PROGRESS), ASKED, now=NOW, rules=RULES).ticket
    extended = decide(asked, ev.AgentExtended(until=NOW + timedelta(days=5), **BOB), now=NOW, rules=RULES)
    taken = ev.MailTaken(cause="relay:M3", role="rfi:1", accepted_at=NOW)
    assert ([], [NOW + timedelta(days=6)]) == (
        timers(extended),
        [timer.due_at for timer in timers(decide(extended.ticket, taken, now=NOW, rules=RULES))],
    )


@pytest.mark.rule("RFI-2")
def test_an_agent_takes_back_a_ticket_whose_user_answered_by_telephone() -> None:
    """In progress, no clock, and no mail to the requester."""
    decision = decide(ticket(State.AWAITING_USER_INFO), ev.AgentReopened(reason="he called", **BOB), now=NOW, rules=RULES)
    assert (State.IN_PROGRESS, None) == (decision.ticket.state, decision.ticket.rfi)
    assert not any(isinstance(effect, ev.SendMail) for effect in decision.effects)
    assert ev.StopTimers() in decision.effects


@pytest.mark.parametrize(
    "act",
    [ev.AgentResolved(text="Done.", **BOB), ev.AgentCancelled(reason="spam", **BOB), ev.AgentReopened(reason="", **BOB)],
)
@pytest.mark.rule("REM-1")
def test_every_end_of_waiting_stops_the_reminder_clock(act: ev.Event) -> None:
    """Resolving, cancelling and taking back leave no reminder behind."""
    decision = decide(ticket(State.AWAITING_USER_INFO), act, now=NOW, rules=RULES)
    assert ev.StopTimers() in decision.effects
    assert ev.TimerKind.REMINDER not in [timer.kind for timer in timers(decision)]


@pytest.mark.rule("RES-4")
@pytest.mark.parametrize("reason", ["not done", ""])
def test_a_ticket_that_an_agent_reopens_is_told_to_the_requester_without_asking_why(reason: str) -> None:
    """He did not ask for it, so he is not asked for a reason."""
    decision = decide(ticket(State.RESOLVED), ev.AgentReopened(reason=reason, **BOB), now=NOW, rules=RULES)
    (mail,) = (effect for effect in decision.effects if isinstance(effect, ev.SendMail))
    assert ("reopened", True) == (mail.template, bool(mail.text))


def test_an_outsider_who_is_accepted_has_answered() -> None:
    """He becomes a participant, and the clock stops."""
    held = ticket(State.AWAITING_USER_INFO, held="outsider", flags=("outsider",))
    decision = decide(held, ev.AgentAccepted(sender="carol@trust.example", **BOB), now=NOW, rules=RULES)
    assert (State.IN_PROGRESS, ("carol@trust.example",), ()) == (
        decision.ticket.state,
        decision.ticket.participants,
        decision.ticket.flags,
    )


@pytest.mark.rule("RES-3")
def test_accepting_an_outsider_lets_no_other_hold_go() -> None:
    """A resolution that could not be delivered stays held: its ticket does not wait for a timer that was stopped."""
    held = ticket(State.RESOLVED, held="resolution undeliverable", flags=("undeliverable", "outsider"))
    decision = decide(held, ev.AgentAccepted(sender="carol@trust.example", **BOB), now=NOW, rules=RULES)
    assert ("resolution undeliverable", ("undeliverable",)) == (decision.ticket.held, decision.ticket.flags)
