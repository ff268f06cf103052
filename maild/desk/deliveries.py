"""What became of an outgoing mail, and what that means to its ticket (OUT-2, RFI-4, RES-3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from maild.desk.apply import apply
from maild.desk.bounces import is_dead
from maild.desk.desk import Desk
from maild.policy.events import Event, MailRefused, MailTaken
from maild.policy.machine import decide
from maild.store import outbox, tickets
from maild.store.group import Transaction
from maild.store.outbox import Claim

_MATTERS_WHEN_TAKEN = ("rfi:", "reminder:", "resolution:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The outcome of one attempt: the row's new state, the relay's words, when it is tried again, and whether it stays unsettled."""

    state: str
    outcome: str
    reply: str
    at: datetime
    next_at: datetime | None = None
    unsettled: bool = False
    queue_id: str = ""  # the relay's own id of the mail


def claim(tx: Transaction, *, owner: str, count: int, lease: float, now: datetime) -> tuple[list[Claim], list[Claim]]:
    """Return (mails to send now, mails found to be uncertain); those whose address bounces are marked as not to be sent (BNC-1)."""
    ready, uncertain = outbox.claim(tx, owner=owner, count=count, lease=lease, now=now)
    return [replace(each, dead=True) if is_dead(tx, each.template, each.rcpt_to) else each for each in ready], uncertain


def settle(tx: Transaction, desk: Desk, claim: Claim, settlement: Settlement, owner: str) -> bool:
    """Return whether the attempt was ours to settle; what it means to the ticket is in the same transaction."""
    settled = record(tx, claim, settlement, owner)
    event = _event(claim, settlement) if settled and claim.ticket_id else None
    if event is not None and claim.ticket_id is not None:
        ticket = tickets.by_id(tx, claim.ticket_id)
        if ticket is not None:
            now = desk.now()
            apply(tx, desk, decide(ticket, event, now=now, rules=desk.rules), now=now)
    return settled


def record(tx: Transaction, claim: Claim, settlement: Settlement, owner: str) -> bool:
    """Return whether the attempt was ours to settle; its ticket is left as it is."""
    return outbox.settle(
        tx,
        claim,
        owner=owner,
        state=settlement.state,
        outcome=settlement.outcome,
        reply=settlement.reply,
        at=settlement.at,
        next_at=settlement.next_at,
        unsettled=settlement.unsettled,
        queue_id=settlement.queue_id,
    )


def _event(claim: Claim, settlement: Settlement) -> Event | None:
    role, cause = claim.role or "", f"relay:{claim.mail_id}"
    if settlement.state == "delivered":
        if role.startswith(_MATTERS_WHEN_TAKEN):
            return MailTaken(cause=cause, role=role, accepted_at=settlement.at)
        return None
    if settlement.state == "failed" and claim.template != "team":
        return MailRefused(cause=cause, role=role or claim.template, recipient=claim.rcpt_to, why=settlement.reply)
    return None
