"""What a team reads: who wrote, what happened, flags and journal in words, and no name that only programs know (AGT-2)."""

from __future__ import annotations

import pytest

from maild.desk import wording
from maild.policy import events as ev
from maild.policy.machine import TABLE
from maild.policy.ticket import Channel, State
from tests.policy.helpdesk import ALICE, ticket

CAROL = "carol@trust.example"


def entry(kind: type[ev.Event], cause: str = "mail:M1", **data: object) -> ev.JournalEntry:
    """Return a journal's entry."""
    return ev.JournalEntry(kind=kind.__name__, cause=cause, data={"set": {}, **data})


@pytest.mark.rule("AGT-2")
@pytest.mark.parametrize("kind", TABLE)
def test_every_event_has_a_line_of_its_own(kind: type[ev.Event]) -> None:
    """Neither the event's name nor its cause's short form stands in it."""
    line = wording.line(entry(kind, "agent:bob" if issubclass(kind, ev.AgentActed) else "mail:M1"))
    assert line
    assert kind.__name__ not in line
    assert not any(short in line for short in ("mail:", "agent:", "timer:", "_", "None"))


@pytest.mark.rule("AGT-2")
@pytest.mark.parametrize(
    ("made", "line"),
    [
        (
            entry(ev.RequestReceived, requester=ALICE, set={"channel": "phone", "state": "New"}),
            f"request of {ALICE} received by phone; New",
        ),
        (entry(ev.NoteFiled, sender=ALICE, why="out_of_office"), f"mail of {ALICE} filed (out of office)"),
        (
            entry(ev.UserWrote, sender=ALICE, needs_a_look="mail to a closed ticket"),
            f"mail of {ALICE} - for a look: mail to a closed ticket",
        ),
        (
            entry(ev.MailRefused, role="reminder:1.2", recipient=ALICE, why="550 5.2.2 quota"),
            f"our reminder 2 to {ALICE} was not delivered: the mailbox is full (550 5.2.2 quota)",
        ),
        (entry(ev.MailTaken, role="rfi:1"), "our question has left"),
        (entry(ev.TimerFired, "timer:reminder", reminder=2), "reminder 2 sent"),
        (entry(ev.TimerFired, "timer:reminder", reason="no response", set={"state": "Resolved"}), "resolved: no response; Resolved"),
        (entry(ev.TimerFired, "timer:reminder", held="outsider"), "reminder not sent: outsider"),
        (entry(ev.TimerFired, "timer:settle", questions=["x"]), "asked again for what is missing"),
        (entry(ev.TimerFired, "timer:close", stale=True), "a date that no longer mattered passed"),
        (entry(ev.ReopenRequested, "link:reopen", refused="expired"), "re-open link tried on its page: the time to re-open was over"),
        (entry(ev.ReopenRequested, set={"state": "In Progress"}), "re-opened with the link, by mail; In Progress"),
        (entry(ev.AgentAssigned, "agent:bob", team="messaging", assignee=""), "bob assigned it to messaging"),
        (entry(ev.AgentClosed, "agent:bob", refused="not possible"), "bob closed it - refused: not possible"),
    ],
)
def test_a_line_says_what_happened(made: ev.JournalEntry, line: str) -> None:
    """Who, what, why where there is a reason, and the state it led to."""
    assert line == wording.line(made)


def test_an_entry_of_a_later_version_is_shown_by_its_name() -> None:
    """Read as words."""
    assert "quarantine ended" == wording.line(ev.JournalEntry(kind="QuarantineEnded", cause="mail:M1", data={}))


@pytest.mark.rule("AGT-2")
def test_flags_are_words() -> None:
    """Of one that nobody has words for, the underscores go."""
    assert ("information is missing", "seen by bob") == wording.flags(("incomplete", "seen_by_bob"))


@pytest.mark.rule("AGT-2", "REF-7")
@pytest.mark.parametrize(
    ("address", "said"), [(ALICE, "The requester"), (CAROL, "A participant"), ("eve@evil.example", "Somebody who is not on the ticket")]
)
def test_a_sender_is_named_with_what_he_is_to_the_ticket(address: str, said: str) -> None:
    """His display name never stands alone: it is what he calls himself."""
    standing = ticket(State.IN_PROGRESS, participants=(CAROL,))
    told = wording.happened(standing, entry(ev.UserWrote), "updated", address, "Your\nboss")
    assert f"{said}, Your boss <{address}>, wrote." == told


@pytest.mark.rule("AGT-2", "BNC-1", "RFI-4")
@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ("550 5.1.1 no such user", ": there is no such mailbox (550 5.1.1 no such user)."),
        ("Sorry, no mailbox here. (#5.1.1)", ": there is no such mailbox (Sorry, no mailbox here. (#5.1.1))."),
        ("dropped by an administrator", ": dropped by an administrator."),
        ("x" * 900, f": {'x' * 200}."),
        ("", "."),
    ],
)
def test_a_mail_that_did_not_arrive_is_named_with_address_and_reason(why: str, shown: str) -> None:
    """In one sentence, with what the status code means where that is known."""
    told = wording.undelivered({"role": "resolution:1", "recipient": ALICE, "why": why})
    assert f"Our resolution mail to {ALICE} was not delivered{shown}" == told


@pytest.mark.rule("AGT-2", "RES-4")
@pytest.mark.parametrize(
    ("made", "sender", "said"),
    [
        (
            entry(ev.ReopenRequested, "link:reopen", reason="x"),
            "",
            f"The requester, {ALICE}, re-opened it on the page behind the link and gave",
        ),
        (entry(ev.ReopenRequested, "link:reopen", reason=""), "", "and gave no reason."),
        (
            entry(ev.ReopenRequested, reason="x"),
            ALICE,
            f"The requester, {ALICE}, re-opened it with the link by mail and gave the reason below.",
        ),
        (entry(ev.AgentReopened, "agent:bob", reason=""), "", "bob re-opened it and gave no reason."),
    ],
)
def test_a_reopening_is_told_with_whom_and_how(made: ev.JournalEntry, sender: str, said: str) -> None:
    """And with its reason, or that there is none."""
    assert said in wording.happened(ticket(State.IN_PROGRESS), made, "reopened", sender, "")


@pytest.mark.rule("AGT-2")
@pytest.mark.parametrize(
    ("made", "what", "more", "said"),
    [
        (entry(ev.AgentAssigned, "agent:bob"), "assigned", {}, "bob gave it to your team."),
        (entry(ev.AgentAssigned, "agent:bob"), "assigned", {"assignee": "sue"}, "bob gave it to your team and to sue."),
        (entry(ev.RequestReceived, "agent:bob"), "opened", {"channel": Channel.PHONE}, "bob took the request by phone."),
        (entry(ev.TimerFired, "timer:settle"), "incomplete", {}, "Some information is still missing"),
        (entry(ev.TimerFired, "timer:rfi"), "rfi_unsent", {}, "Nobody has been asked"),
        (entry(ev.TimerFired, "timer:reminder"), "no_response", {}, "never resolved by silence"),
        (entry(ev.UserWrote), "unreadable", {"flags": ("unreadable_encrypted",)}, "it is encrypted"),
        (entry(ev.TimerFired, "timer:x"), "unheard_of", {}, ""),
    ],
)
def test_what_happened_is_told_without_a_mail_too(made: ev.JournalEntry, what: str, more: dict[str, object], said: str) -> None:
    """Agents and timers have their sentences."""
    told = wording.happened(ticket(State.IN_PROGRESS, **more), made, what, "", "")
    assert said in told
    assert bool(said) == bool(told)
