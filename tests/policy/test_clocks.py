"""The reminder clock and the re-open window: when they start, what holds them, and what they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

import pytest

from maild.policy import events as ev
from maild.policy.machine import Decision, decide
from maild.policy.mds.fields import CategoryRule, MdsRules
from maild.policy.rules import RegionRules, Rules
from maild.policy.ticket import Question, Resolution, State, Ticket
from tests.policy.helpdesk import ALICE, CALENDAR, FACTS, NOW, RULES, ticket

DAY = timedelta(days=1)
REMINDER, CLOSE = ev.TimerKind.REMINDER, ev.TimerKind.CLOSE


def awaiting(**more: object) -> Ticket:
    """Return a ticket whose RFI the relay took at NOW; ``more`` are fields of the RFI."""
    made = ticket(State.AWAITING_USER_INFO)
    assert made.rfi is not None
    return replace(made, rfi=replace(made.rfi, **{"started_at": NOW, "counted_from": NOW, **more}))  # type: ignore[arg-type]  # the RFI's own fields


def fire(before: Ticket, due_at: datetime, now: datetime | None = None, rules: Rules = RULES, kind: ev.TimerKind = REMINDER) -> Decision:
    """Return what a timer does that is due at ``due_at`` and fires at ``now``."""
    return decide(before, ev.TimerFired(cause="timer", kind=kind, due_at=due_at, number=1), now=now or due_at, rules=rules)


def taken(before: Ticket, role: str, at: datetime) -> Decision:
    """Return what it means that the relay took the mail with that role."""
    return decide(before, ev.MailTaken(cause="relay:M3", role=role, accepted_at=at), now=at, rules=RULES)


def started(decision: Decision) -> list[tuple[ev.TimerKind, datetime]]:
    """Return the timers that a decision starts."""
    return [(effect.kind, effect.due_at) for effect in decision.effects if isinstance(effect, ev.StartTimer)]


def mails(decision: Decision) -> list[str]:
    """Return the templates of the mails that a decision sends."""
    return [effect.template for effect in decision.effects if isinstance(effect, ev.SendMail)]


def with_window(opens: time, closes: time) -> Rules:
    """Return the rules with a send window."""
    return replace(RULES, spans=replace(RULES.spans, send_window=(opens, closes)))


def with_day_off(day: date) -> Rules:
    """Return the rules with one more bank holiday."""
    calendar = replace(CALENDAR, added=MappingProxyType({day: "a royal occasion"}))
    return replace(RULES, regions=RegionRules(calendars=MappingProxyType({"ENG": calendar})))


@pytest.mark.rule("RFI-4")
def test_the_clock_starts_when_the_relay_takes_the_rfi() -> None:
    """The first reminder is due 24 working hours after the relay's yes, not after the RFI was written."""
    decision = taken(awaiting(started_at=None), "rfi:1", NOW + timedelta(hours=3))
    assert [(REMINDER, NOW + timedelta(hours=27))] == started(decision)


@pytest.mark.rule("RFI-4", "RFI-5")
def test_an_rfi_that_does_not_stand_any_more_starts_nothing() -> None:
    """The relay's yes to an RFI that was replaced comes too late."""
    assert [] == started(taken(awaiting(number=2, started_at=None), "rfi:1", NOW))


@pytest.mark.rule("REM-1")
def test_three_reminders_and_then_resolved() -> None:
    """Each reminder comes 24 working hours after the one before; 24 after the third the ticket is resolved without an answer."""
    standing, due_at, seen = awaiting(), NOW + DAY, []
    for _ in range(4):
        decision = fire(standing, due_at)
        seen.append((*mails(decision), decision.ticket.state))
        standing = replace(decision.ticket, rfi=replace(decision.ticket.rfi, taken=True)) if decision.ticket.rfi else decision.ticket
        due_at = next((due for kind, due in started(decision) if kind is REMINDER), due_at)
    waiting = State.AWAITING_USER_INFO
    expected = [("reminder1", waiting), ("reminder2", waiting), ("reminder3", waiting), ("resolved_no_response", State.RESOLVED)]
    assert expected == seen
    # Wednesday, Thursday, Friday; the weekend does not count, so Monday.
    assert datetime(2026, 3, 9, 14, 2, tzinfo=UTC) == due_at


@pytest.mark.rule("REM-1")
def test_the_last_reminder_says_when_the_ticket_will_be_resolved() -> None:
    """Its deadline is when the timer that it starts is due."""
    decision = fire(awaiting(reminders=2), NOW + DAY)
    (deadline,) = (effect.deadline for effect in decision.effects if isinstance(effect, ev.SendMail))
    assert [(REMINDER, deadline)] == started(decision)


@pytest.mark.rule("REM-7")
def test_after_downtime_a_full_span_follows_one_reminder() -> None:
    """A reminder that is a week late is sent once, and the next comes 24 working hours after it."""
    now = NOW + DAY + timedelta(days=7)
    decision = fire(awaiting(), NOW + DAY, now)
    assert (["reminder1"], [(REMINDER, now + DAY)]) == (mails(decision), started(decision))


@pytest.mark.rule("REM-1")
def test_a_late_poll_does_not_push_the_days_on() -> None:
    """A timer that fires some seconds late counts the next span from when it was due."""
    decision = fire(awaiting(), NOW + DAY, NOW + DAY + timedelta(seconds=20))
    assert [(REMINDER, NOW + 2 * DAY)] == started(decision)


@pytest.mark.rule("RFI-4")
def test_nobody_gets_two_reminders_at_once_because_the_relay_was_down() -> None:
    """While the relay has not taken a reminder the next waits, and its span is counted from the relay's yes."""
    first = fire(awaiting(), NOW + DAY).ticket
    second = fire(first, NOW + 2 * DAY)
    assert [] == mails(second)
    late = NOW + 2 * DAY + timedelta(hours=5)
    assert [(REMINDER, datetime(2026, 3, 6, 19, 2, tzinfo=UTC))] == started(taken(second.ticket, "reminder:1.1", late))


@pytest.mark.rule("REF-4", "RFI-4")
def test_a_held_clock_stands_still_and_is_not_forgotten() -> None:
    """A reminder that is due while the clock is held is not sent; its timer goes on, so that the ticket is not lost when it is let go."""
    decision = fire(replace(awaiting(), held="outsider"), NOW + DAY)
    assert ([], [(REMINDER, NOW + 2 * DAY)]) == (mails(decision), started(decision))


@pytest.mark.rule("RES-5", "REF-4")
def test_an_outsider_does_not_hold_the_window_of_a_resolved_ticket() -> None:
    """His mail is filed; the ticket closes when its window is over."""
    wrote = ev.OutsiderWrote(cause="mail:M2", mail=replace(FACTS, sender="mallory@elsewhere.example"), text="me too")
    after = decide(ticket(State.RESOLVED), wrote, now=NOW, rules=RULES).ticket
    assert State.CLOSED is fire(after, NOW + 3 * DAY, kind=CLOSE).ticket.state


@pytest.mark.rule("REM-6")
def test_a_send_window_keeps_a_night_reminder_for_the_morning() -> None:
    """A reminder due at 14:02 waits for the window from 18:00 to 20:00; one inside the window does not."""
    inside = fire(awaiting(), NOW + DAY, rules=with_window(time(7), time(19)))
    outside = fire(awaiting(), NOW + DAY, rules=with_window(time(18), time(20)))
    assert [(REMINDER, NOW + 2 * DAY)] == started(inside)
    assert [(REMINDER, datetime(2026, 3, 5, 18, 0, tzinfo=UTC))] == started(outside)


@pytest.mark.rule("REM-3")
def test_a_bank_holiday_announced_while_a_clock_runs_moves_it() -> None:
    """The timer of a ticket that waits over the new day off is due a day later."""
    changed = ev.CalendarChanged(cause="calendar", kind=REMINDER, due_at=NOW + DAY)
    decision = decide(awaiting(), changed, now=NOW, rules=with_day_off(date(2026, 3, 4)))
    assert [(REMINDER, NOW + 2 * DAY)] == started(decision)


@pytest.mark.rule("REM-3")
def test_a_recomputed_clock_never_goes_back_past_now() -> None:
    """A day off that is taken away makes a timer due at once, not in the past."""
    changed = ev.CalendarChanged(cause="calendar", kind=REMINDER, due_at=NOW + 2 * DAY)
    now = NOW + DAY + timedelta(hours=3)
    assert [(REMINDER, now)] == started(decide(awaiting(), changed, now=now, rules=RULES))


@pytest.mark.rule("REM-3")
def test_a_clock_that_the_change_does_not_touch_is_left_alone() -> None:
    """Nothing is started anew, so nothing is written."""
    changed = ev.CalendarChanged(cause="calendar", kind=REMINDER, due_at=NOW + DAY)
    assert [] == started(decide(awaiting(), changed, now=NOW, rules=with_day_off(date(2026, 4, 1))))


@pytest.mark.rule("REM-3", "RES-3")
def test_a_promised_window_is_never_cut_short() -> None:
    """A window in working time that the mail named grows with a new bank holiday, and does not shrink with one that is taken away."""
    rules = replace(with_day_off(date(2026, 3, 4)), spans=replace(RULES.spans, reopen_window_working=True))
    end = datetime(2026, 3, 6, 14, 2, tzinfo=UTC)
    changed = ev.CalendarChanged(cause="calendar", kind=CLOSE, due_at=end)
    standing = ticket(State.RESOLVED)
    assert [(CLOSE, datetime(2026, 3, 9, 14, 2, tzinfo=UTC))] == started(decide(standing, changed, now=NOW, rules=rules))
    longer = replace(changed, due_at=end + 9 * DAY)
    assert [] == started(decide(standing, longer, now=NOW, rules=rules))


@pytest.mark.rule("RES-3")
def test_the_window_opens_when_the_relay_takes_the_resolution_mail() -> None:
    """72 elapsed hours from the relay's yes, whatever the days are called."""
    standing = ticket(State.RESOLVED, resolution=Resolution(number=1, text="New toner."))
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    decision = taken(standing, "resolution:1", friday)
    assert [(CLOSE, friday + 3 * DAY)] == started(decision)


@pytest.mark.rule("RES-3")
def test_a_ticket_that_was_closed_first_has_its_window_all_the_same() -> None:
    """A confirm or an agent may be faster than the relay; the link then acts for 72 hours, and not for ever."""
    standing = ticket(State.CLOSED, resolution=Resolution(number=1, text="New toner."))
    decision = taken(standing, "resolution:1", NOW)
    assert decision.ticket.resolution is not None
    assert (NOW + 3 * DAY, []) == (decision.ticket.resolution.window_ends_at, started(decision))


@pytest.mark.rule("RFI-4", "BNC-1")
@pytest.mark.parametrize(
    ("role", "state"), [("rfi:1", State.IN_PROGRESS), ("reminder:1.1", State.IN_PROGRESS), ("ack", State.AWAITING_USER_INFO)]
)
def test_who_never_got_the_question_is_not_resolved(role: str, state: State) -> None:
    """A bounce of the RFI or a reminder gives the ticket to the helpdesk, flagged; of another mail it only flags the ticket."""
    bounced = ev.MailBounced(cause="mail:M2", role=role, recipient=ALICE)
    decision = decide(awaiting(reminders=1), bounced, now=NOW, rules=RULES)
    assert (state, ("undeliverable",)) == (decision.ticket.state, decision.ticket.flags)


@pytest.mark.rule("RFI-4", "BNC-1")
def test_the_bounce_of_an_earlier_rfis_reminder_only_flags() -> None:
    """The RFI that stands may have arrived."""
    bounced = ev.MailBounced(cause="mail:M2", role="reminder:1.1", recipient=ALICE)
    assert State.AWAITING_USER_INFO is decide(awaiting(number=2), bounced, now=NOW, rules=RULES).ticket.state


@pytest.mark.rule("RFI-4")
def test_an_rfi_that_the_relay_does_not_take_goes_to_the_helpdesk() -> None:
    """After four hours the ticket is in progress, flagged, and no clock runs."""
    decision = fire(awaiting(started_at=None), NOW + timedelta(hours=4), kind=ev.TimerKind.RFI_UNSENT)
    assert (State.IN_PROGRESS, ("rfi_unsent",), None) == (decision.ticket.state, decision.ticket.flags, decision.ticket.rfi)


@pytest.mark.rule("AGT-1", "MDS-1")
def test_silence_resolves_no_complaint() -> None:
    """A category that says so goes to the helpdesk after the last reminder, flagged."""
    complaints = CategoryRule(key="complaint", label="Complaint", auto_resolve=False)
    rules = replace(RULES, mds=MdsRules(fields=(), categories=(complaints,)))
    standing = replace(awaiting(reminders=3), category="complaint")
    decision = fire(standing, NOW + DAY, rules=rules)
    assert (State.IN_PROGRESS, ("no_response",), []) == (decision.ticket.state, decision.ticket.flags, mails(decision))


@pytest.mark.rule("MDS-5")
def test_after_the_last_round_the_helpdesk_takes_over() -> None:
    """What is still missing when the answers have settled is not asked for a third time."""
    standing = ticket(State.IN_PROGRESS, missing=(Question(key="contact_number"),), rounds=2, asked=1)
    decision = fire(standing, NOW, kind=ev.TimerKind.SETTLE)
    assert (State.IN_PROGRESS, ("incomplete",), []) == (decision.ticket.state, decision.ticket.flags, mails(decision))


@pytest.mark.rule("RFI-4")
def test_a_relay_that_never_says_what_became_of_a_reminder_is_not_waited_for_for_ever() -> None:
    """After five days, when the courier has given up, the clock goes on."""
    decision = fire(awaiting(reminders=1, taken=False), NOW + 6 * DAY)
    assert ["reminder2"] == mails(decision)
