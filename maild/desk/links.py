"""A person uses a link of the resolution mail: what the page says before, and what the press does (RES-2, RES-3).

Looking changes nothing, however often and by whom: mail scanners look at every link. Of a link that no longer acts only this may be shown:
that it does not, why, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maild.desk.apply import apply
from maild.desk.desk import Desk
from maild.policy.events import ReopenRequested, ResolutionConfirmed, TellTeam
from maild.policy.machine import Decision, decide
from maild.policy.ticket import State, Ticket
from maild.store import tickets
from maild.store.group import Transaction
from maild.tokens import Purpose, parse

MAX_REASON = 2_000
MOST_A_DAY = 3  # presses of a dead link that a team hears of
_DAY = timedelta(days=1)
_LATELY = 20  # entries of a journal


class Outcome(StrEnum):
    """What a link can do, or did."""

    READY = "ready"  # a press would act
    DONE = "done"  # this press acted
    OPEN = "open"  # the request is open: it was re-opened already, or taken up by the helpdesk
    CLOSED = "closed"  # confirmed already, or the window is over
    OLDER = "older"  # a newer resolution stands, whose mail has its own link
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # no link of ours, or one that was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """What a page says. ``reference`` and ``until`` are given only for a link that acts, or just did."""

    purpose: Purpose
    outcome: Outcome
    reference: str = ""
    until: datetime | None = None
    queued: bool = False


def look(tx: Transaction, desk: Desk, purpose: Purpose, text: str) -> LinkPage:
    """Return what a press of the link would do; nothing is changed."""
    ticket, number = _ticket(tx, desk, purpose, text)
    if ticket is None:
        return LinkPage(purpose=purpose, outcome=Outcome.UNKNOWN)
    outcome = _outcome(ticket, _decide(desk, ticket, purpose, number, ""), Outcome.READY)
    return _page(purpose, ticket, outcome) if outcome is Outcome.READY else LinkPage(purpose=purpose, outcome=outcome)


def press(tx: Transaction, desk: Desk, purpose: Purpose, text: str, reason: str) -> LinkPage:
    """Return what the press of a link did; pressed again, it says so and does nothing."""
    ticket, number = _ticket(tx, desk, purpose, text)
    if ticket is None:
        return LinkPage(purpose=purpose, outcome=Outcome.UNKNOWN)
    decision = _decide(desk, ticket, purpose, number, reason)
    outcome = _outcome(ticket, decision, Outcome.DONE)
    if outcome is not Outcome.DONE:
        return LinkPage(purpose=purpose, outcome=outcome, queued=_kept(tx, desk, decision, outcome))
    apply(tx, desk, decision, now=desk.now())
    return _page(purpose, ticket, outcome)


def _kept(tx: Transaction, desk: Desk, decision: Decision, outcome: Outcome) -> bool:
    """Return whether the team was told of a press that came too late: somebody still needs help, and may have typed why (STA-3, RES-3).

    The journal keeps it. A button pressed twice is none, and of one ticket no more than a few a day are kept.
    """
    entry, now = decision.entry, desk.now()
    if entry.kind != ReopenRequested.__name__ or (outcome is Outcome.OPEN and not entry.data.get("reason")):
        return False
    since = (each for at, each in tickets.journal_extract(tx, decision.ticket.id, _LATELY) if at > now - _DAY)
    before = [each.data.get("reason") for each in since if (each.kind, each.cause) == (entry.kind, entry.cause)]
    if len(before) >= MOST_A_DAY or entry.data.get("reason") in before:
        return False
    apply(tx, desk, replace(decision, effects=(TellTeam(what="dead_link", text=str(entry.data.get("reason", ""))),)), now=now)
    return True


def _ticket(tx: Transaction, desk: Desk, purpose: Purpose, text: str) -> tuple[Ticket | None, int]:
    """Return the ticket that the token names and the number of its resolution; None for a token that we did not make."""
    token = parse(text)
    ticket = tickets.by_number(tx, token.number) if token is not None else None
    if token is None or ticket is None or not token.nonce.isdecimal() or not desk.keyring.verify(purpose, token, binding=ticket.id):
        return None, 0
    return ticket, int(token.nonce)


def _decide(desk: Desk, ticket: Ticket, purpose: Purpose, number: int, reason: str) -> Decision:
    cause = f"link:{purpose}"
    event = (
        ReopenRequested(cause=cause, resolution=number, reason=reason[:MAX_REASON].strip())
        if purpose is Purpose.REOPEN
        else ResolutionConfirmed(cause=cause, resolution=number)
    )
    return decide(ticket, event, now=desk.now(), rules=desk.rules)


def _outcome(ticket: Ticket, decision: Decision, acts: Outcome) -> Outcome:
    if not decision.refusal:
        return acts if decision.ticket.state is not ticket.state else Outcome.CLOSED
    if decision.refusal == "expired" or ticket.state is State.CANCELLED:
        return Outcome.EXPIRED
    return Outcome.OLDER if ticket.state in (State.RESOLVED, State.CLOSED) else Outcome.OPEN


def _page(purpose: Purpose, ticket: Ticket, outcome: Outcome) -> LinkPage:
    until = ticket.resolution.window_ends_at if ticket.resolution is not None else None
    return LinkPage(purpose=purpose, outcome=outcome, reference=ticket.reference, until=until, queued=outcome is Outcome.DONE)
