"""Resolution, re-open and close."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maild.policy import events as ev
from maild.policy.machine import Decision, decide
from maild.policy.ticket import Question, Resolution, State
from tests.policy.helpdesk import ALICE, FACTS, NOW, RULES, ticket

WINDOW = timedelta(hours=72)
RESOLVED = ev.AgentResolved(cause="agent:bob", agent="bob", text="New toner.")
REOPEN = ev.ReopenRequested(cause="link:reopen", resolution=1, reason="still broken")
CONFIRM = ev.ResolutionConfirmed(cause="link:confirm", resolution=1)


def mails(decision: Decision) -> list[ev.SendMail]:
    """Return the mails that a decision sends."""
    return [effect for effect in decision.effects if isinstance(effect, ev.SendMail)]


@pytest.mark.rule("RES-1")
def test_the_resolution_mail_says_until_when_the_link_acts() -> None:
    """It names the 72 hours from now; the window itself opens with the relay's yes, and so is never shorter."""
    (mail,) = mails(decide(ticket(State.IN_PROGRESS), RESOLVED, now=NOW, rules=RULES))
    assert ("resolved", NOW + WINDOW, "resolution:1") == (mail.template, mail.deadline, mail.role)


@pytest.mark.rule("RES-3", "RES-4")
def test_a_requester_without_an_address_has_his_window_from_the_start() -> None:
    """A ticket taken by telephone closes by itself although no resolution mail can be taken by the relay."""
    decision = decide(ticket(State.IN_PROGRESS, requester=""), RESOLVED, now=NOW, rules=RULES)
    assert [NOW + WINDOW] == [effect.due_at for effect in decision.effects if isinstance(effect, ev.StartTimer)]


@pytest.mark.rule("RES-4")
@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED])
def test_the_link_reopens_with_the_team_it_was_with(state: State) -> None:
    """Also after a confirm that was pressed by mistake: in progress, the same team, the reason kept, team and requester told."""
    decision = decide(ticket(state, team="messaging"), REOPEN, now=NOW + timedelta(hours=1), rules=RULES)
    told = [(effect.what, effect.text) for effect in decision.effects if isinstance(effect, ev.TellTeam)]
    assert (State.IN_PROGRESS, "messaging") == (decision.ticket.state, decision.ticket.team)
    assert ([("reopened", "still broken")], ["reopened"]) == (told, [mail.template for mail in mails(decision)])
    assert "still broken" == decision.entry.data["reason"]


@pytest.mark.rule("RES-3")
@pytest.mark.parametrize(("minutes", "state"), [(-1, State.IN_PROGRESS), (0, State.IN_PROGRESS), (1, State.RESOLVED)])
def test_the_link_acts_for_72_hours(minutes: int, state: State) -> None:
    """A minute after the window it is refused, and the ticket stays as it is."""
    at = NOW + WINDOW + timedelta(minutes=minutes)
    assert state is decide(ticket(State.RESOLVED), REOPEN, now=at, rules=RULES).ticket.state


@pytest.mark.rule("RES-3", "INT-12")
def test_a_link_by_mail_counts_from_its_acceptance() -> None:
    """A mail accepted within the window re-opens, however late it is processed."""
    by_mail = replace(REOPEN, mail=replace(FACTS, received_at=NOW + WINDOW - timedelta(minutes=1)))
    assert State.IN_PROGRESS is decide(ticket(State.RESOLVED), by_mail, now=NOW + 2 * WINDOW, rules=RULES).ticket.state


@pytest.mark.rule("RES-3")
def test_an_old_link_is_dead_after_a_second_resolution() -> None:
    """A link names its resolution; the newest alone acts."""
    standing = ticket(State.RESOLVED, resolution=Resolution(number=2, text="Done.", accepted_at=NOW, window_ends_at=NOW + WINDOW))
    decision = decide(standing, REOPEN, now=NOW, rules=RULES)
    assert (State.RESOLVED, "used") == (decision.ticket.state, decision.refusal)


@pytest.mark.rule("RES-3")
def test_a_window_is_held_while_the_resolution_mail_is_undeliverable() -> None:
    """A bounce holds it: the ticket does not close, and the link acts as long as the helpdesk has not decided."""
    bounced = ev.MailBounced(cause="mail:M2", role="resolution:1", recipient=ALICE)
    held = decide(ticket(State.RESOLVED), bounced, now=NOW, rules=RULES).ticket
    close = ev.TimerFired(cause="timer", kind=ev.TimerKind.CLOSE, due_at=NOW + WINDOW, number=1)
    assert State.RESOLVED is decide(held, close, now=NOW + WINDOW, rules=RULES).ticket.state
    assert State.IN_PROGRESS is decide(held, REOPEN, now=NOW + 2 * WINDOW, rules=RULES).ticket.state


@pytest.mark.rule("RES-4")
def test_confirming_closes_and_confirming_twice_changes_nothing() -> None:
    """The second press is no mistake."""
    first = decide(ticket(State.RESOLVED), CONFIRM, now=NOW, rules=RULES)
    second = decide(first.ticket, CONFIRM, now=NOW, rules=RULES)
    assert (State.CLOSED, State.CLOSED, "", []) == (first.ticket.state, second.ticket.state, second.refusal, mails(second))


@pytest.mark.rule("RES-4")
@pytest.mark.parametrize(("missing", "flags"), [((), ()), ((Question(key="contact_number"),), ("incomplete",))])
def test_what_was_filed_while_resolved_counts_on_reopening(missing: tuple[Question, ...], flags: tuple[str, ...]) -> None:
    """A late answer that completed the Minimum Data Set takes the flag away; what is still open shows."""
    standing = ticket(State.RESOLVED, missing=missing, flags=("incomplete",))
    assert standing.resolution is not None
    silent = replace(standing, resolution=replace(standing.resolution, no_response=True))
    assert flags == decide(silent, REOPEN, now=NOW, rules=RULES).ticket.flags


@pytest.mark.rule("RES-5", "REF-7")
def test_the_link_goes_to_the_requester_only() -> None:
    """A participant's mail to a resolved ticket is filed and the team told; he gets no link, and uses up nobody's answer."""
    wrote = ev.UserWrote(cause="mail:M2", mail=replace(FACTS, sender="carol@trust.example"), text="still broken")
    first = decide(ticket(State.RESOLVED, participants=("carol@trust.example",)), wrote, now=NOW, rules=RULES)
    second = decide(first.ticket, replace(wrote, mail=FACTS), now=NOW, rules=RULES)
    assert ([], ["reply_not_reopened"]) == (mails(first), [mail.template for mail in mails(second)])


@pytest.mark.rule("RES-4")
def test_the_window_over_closes_with_a_short_mail() -> None:
    """Unless the configuration says that no closing mail goes out."""
    close = ev.TimerFired(cause="timer", kind=ev.TimerKind.CLOSE, due_at=NOW + WINDOW, number=1)
    silent = replace(RULES, spans=replace(RULES.spans, closing_mail=False))
    told = [mail.template for mail in mails(decide(ticket(State.RESOLVED), close, now=NOW + WINDOW, rules=RULES))]
    untold = mails(decide(ticket(State.RESOLVED), close, now=NOW + WINDOW, rules=silent))
    assert (["closed"], []) == (told, untold)
