"""Whatever happens to a ticket, in any order: no clock is lost, nobody is resolved who was not reminded, every timer has an end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maild.policy import events as ev
from maild.policy.events import TimerKind
from maild.policy.machine import Decision, decide
from maild.policy.ticket import Channel, MdsValue, Question, State, Ticket, replay
from tests.policy.helpdesk import ALICE, FACTS, NOW, RULES

MISSING = (Question(key="contact_number"),)
VALUE = MdsValue(key="contact_number", value="0113 496 0000", source="form", cause="mail:M1")
BOB: dict[str, Any] = {"cause": "agent:bob", "agent": "bob"}
CAROL = replace(FACTS, sender="carol@trust.example")

spans = st.sampled_from([0, 1, 15, 60, 5 * 60, 24 * 60, 80 * 60, 8 * 24 * 60]).map(lambda minutes: timedelta(minutes=minutes))
assessed = st.none() | st.builds(
    ev.Assessed,
    values=st.sampled_from([(), (VALUE,)]),
    missing=st.sampled_from([(), MISSING]),
    category=st.just(""),
    team=st.sampled_from(["", "messaging"]),
    ask=st.booleans(),
)
wrote = st.builds(
    ev.UserWrote,
    cause=st.just("mail:M2"),
    mail=st.sampled_from([FACTS, CAROL]),
    text=st.just("hello"),
    substance=st.booleans(),
    answerable=st.booleans(),
    unreadable=st.sampled_from(["", "", "empty"]),
    assessed=assessed,
)
acts = st.sampled_from(
    [
        ev.AgentReplied(text="hello", **BOB),
        ev.AgentAsked(questions=(Question(key="", text="Which ward?"),), **BOB),
        ev.AgentResolved(text="New toner.", **BOB),
        ev.AgentReopened(reason="", **BOB),
        ev.AgentClosed(**BOB),
        ev.AgentAssigned(team="messaging", **BOB),
        ev.AgentAccepted(sender="carol@trust.example", **BOB),
        ev.OutsiderWrote(cause="mail:M3", mail=CAROL, text="me too"),
        ev.NoteFiled(cause="mail:M4", mail=CAROL, text="away", why="automatic", person=False),
    ]
)
links = st.builds(ev.ReopenRequested, cause=st.just("link:reopen"), resolution=st.integers(0, 3)) | st.builds(
    ev.ResolutionConfirmed, cause=st.just("link:confirm"), resolution=st.integers(0, 3)
)
# What happens next: an event, "fire" (the next timer), "relay" (it takes what waits), "refuse", "bounce" (the last mail), and so on.
words = st.sampled_from(["fire", "fire", "fire", "relay", "relay", "relay", "refuse", "bounce", "extend", "calendar"])
happenings = st.lists(st.tuples(spans, words | words | acts | acts | wrote | links), min_size=10, max_size=25)


@dataclass(slots=True)
class Life:
    """A ticket with its running timers and the mails that wait for the relay."""

    now: datetime = NOW
    ticket: Ticket | None = None
    timers: dict[TimerKind, ev.StartTimer] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    reminded: int = 0
    journal: list[Any] = field(default_factory=list)

    def take(self, event: ev.Event) -> Decision:
        """Decide, and carry out the effects."""
        decision = decide(self.ticket, event, now=self.now, rules=RULES)
        self.ticket = decision.ticket
        self.journal.append(decision.entry.data["set"])
        for effect in decision.effects:
            match effect:
                case ev.StopTimers(kinds=kinds):
                    for kind in kinds:
                        self.timers.pop(kind, None)
                case ev.StartTimer():
                    self.timers[effect.kind] = effect
                case ev.SendMail():
                    self._send(effect)
                case _:
                    pass
        return decision

    def _send(self, mail: ev.SendMail) -> None:
        self.waiting.append(mail.role)
        if mail.template == "rfi":
            self.reminded = 0
        elif mail.template.startswith("reminder"):
            self.reminded += 1

    def happen(self, what: ev.Event | str) -> None:
        """Let something happen."""
        match what:
            case "fire":
                self._fire()
            case "relay" if self.waiting:
                self.sent.append(self.waiting.pop(0))
                self.take(ev.MailTaken(cause="relay:M5", role=self.sent[-1], accepted_at=self.now))
            case "refuse" if self.waiting:
                self.take(ev.MailRefused(cause="relay:M5", role=self.waiting.pop(0), recipient=ALICE, why="550"))
            case "bounce" if self.sent:
                self.take(ev.MailBounced(cause="mail:M6", role=self.sent[-1], recipient=ALICE))
            case "extend":
                self.take(ev.AgentExtended(until=self.now + timedelta(days=2), **BOB))
            case "calendar":
                for timer in list(self.timers.values()):
                    self.take(ev.CalendarChanged(cause="calendar", kind=timer.kind, due_at=timer.due_at))
            case ev.Event():
                self.take(what)
            case _:
                pass

    def _fire(self) -> None:
        """The next timer fires, when it is due."""
        if self.timers:
            timer = min(self.timers.values(), key=lambda each: each.due_at)
            self.now = max(self.now, timer.due_at)
            del self.timers[timer.kind]
            before = self.reminded
            decision = self.take(ev.TimerFired(cause="timer", kind=timer.kind, due_at=timer.due_at, number=timer.number))
            if decision.ticket.resolution is not None and decision.ticket.resolution.no_response and timer.kind is TimerKind.REMINDER:
                assert before == 3, "resolved without an answer after fewer than three reminders"


def opened(answerable: bool, assessed: ev.Assessed | None) -> ev.RequestReceived:
    """Return Alice's new request."""
    return ev.RequestReceived(
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
        answerable=answerable,
        mail=FACTS,
        assessed=assessed,
    )


def check(life: Life) -> None:
    """Check what must hold at every moment of a ticket's life."""
    ticket, running = life.ticket, set(life.timers)
    assert ticket is not None
    match ticket.state:
        case State.AWAITING_USER_INFO:
            assert ticket.rfi is not None
            assert len(running & {TimerKind.REMINDER, TimerKind.RFI_UNSENT}) == 1, "a ticket that waits has one clock"
            assert running <= {TimerKind.REMINDER, TimerKind.RFI_UNSENT}
            assert ticket.rfi.reminders <= 3
        case State.RESOLVED:
            assert ticket.resolution is not None
            assert running == ({TimerKind.CLOSE} if not ticket.held else set()), "a resolved ticket closes, or is held"
        case State.IN_PROGRESS | State.NEW:
            assert running <= {TimerKind.SETTLE}
            assert (ticket.rfi, ticket.resolution) == (None, None)
        case State.CLOSED | State.CANCELLED:
            assert running == set()


OUTSIDER = ev.OutsiderWrote(cause="mail:M3", mail=CAROL, text="me too")
INCOMPLETE = ev.Assessed(values=(), missing=MISSING, category="", team="messaging")
AT_ONCE = timedelta(0)


@settings(max_examples=400)
@example(True, INCOMPLETE, [(AT_ONCE, "relay"), (AT_ONCE, "relay"), (AT_ONCE, OUTSIDER), (AT_ONCE, "fire"), (AT_ONCE, "fire")])
@example(True, INCOMPLETE, [(AT_ONCE, "relay"), (AT_ONCE, "relay"), (AT_ONCE, "fire"), (AT_ONCE, "fire"), (AT_ONCE, "relay")])
@given(st.booleans(), assessed, happenings)
@pytest.mark.rule("STA-1", "REM-1", "RFI-4", "RES-3", "RES-4")
def test_no_history_loses_a_clock(answerable: bool, first: ev.Assessed | None, history: list[tuple[timedelta, ev.Event | str]]) -> None:
    """Waiting has one clock, resolved has an end or a flag, finished has none; silence resolves after three reminders only."""
    life = Life()
    life.take(opened(answerable, first))
    check(life)
    for span, what in history:
        life.now += span
        life.happen(what)
        check(life)
    assert life.ticket == replay(tuple(life.journal))


@settings(max_examples=200)
@given(st.booleans(), assessed, happenings)
@pytest.mark.rule("REM-1", "RES-4")
def test_every_ticket_that_is_left_alone_comes_to_rest(
    answerable: bool, first: ev.Assessed | None, history: list[tuple[timedelta, ev.Event | str]]
) -> None:
    """With a relay that works and nobody writing, at most ten timers end what anything has begun."""
    life = Life()
    life.take(opened(answerable, first))
    for span, what in history:
        life.now += span
        life.happen(what)
    for _ in range(12):
        while life.waiting:
            life.happen("relay")
        life.happen("fire")
    ticket = life.ticket
    assert ticket is not None
    assert {} == life.timers or ticket.held, life.timers
    assert ticket.state is not State.AWAITING_USER_INFO or ticket.held
