"""How many automatic answers may go out: to one address, on one ticket, and in all (LOOP-2).

A cap holds answers back and nothing else: tickets are made, updates are added, and the journal names the cap. The counts are in the
store, so that a restart forgets none; each question costs one step into an index. When headers lie, this is what ends a loop.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maild import metrics
from maild.desk.desk import Desk
from maild.policy.draft import REPLIED
from maild.policy.events import JournalEntry, SendMail
from maild.policy.rules import CapRules, Rules
from maild.store import correspondents
from maild.store.group import Transaction

SENDER, TICKET, BRAKE = "sender", "ticket", "brake"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_ALERTS = {SENDER: "caps", TICKET: "caps", BRAKE: "brake"}


def key(address: str) -> str:
    """Return what the answers to ``address`` are counted under: ``ann+1@…``, ``a.nn@…`` and ``ann@….`` may be one mailbox.

    Dots tell few people apart, and at some services nobody: a mailbox has as many forms as its name has letters.
    """
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}@{domain.rstrip('.')}"


def needed(rules: Rules) -> int:
    """Return how many mails a new ticket may be answered with: the acknowledgement, and the RFI behind it."""
    return 2 if rules.mds.fields and not rules.combine_ack_and_rfi else 1


def holds(tx: Transaction, desk: Desk, address: str, *, ticket_id: str = "", need: int = 1, now: datetime) -> str:
    """Return the cap that holds ``need`` answers to ``address`` back, "" where none does."""
    caps = desk.rules.caps
    per_hour, per_day = _limits(caps, address)
    who = key(address)
    if _full(correspondents.nth_answer_at, tx, who, per_hour, need, now - HOUR):
        return SENDER
    if _full(correspondents.nth_answer_at, tx, who, per_day, need, now - DAY):
        return SENDER
    if ticket_id and _full(correspondents.nth_on_ticket_at, tx, ticket_id, caps.ticket_per_hour, 1, now - HOUR):
        return TICKET
    return "" if desk.brake.allows(now, who.rpartition("@")[2], caps.global_per_minute) else BRAKE


def holds_team(tx: Transaction, desk: Desk, team: str, sender: str, now: datetime) -> bool:
    """Return whether the team has been told of as many new tickets of ``sender`` as the cap allows; if not, one more is counted.

    Only an address at the team's own domain is capped: it may be the team's ticket system, which answers each mail with a new one.
    """
    if not sender or sender.rpartition("@")[2] != team.rpartition("@")[2]:
        return False
    who = f"{key(sender)} to {team}"
    per_hour, per_day = _limits(desk.rules.caps, sender)
    if any(_full(correspondents.nth_answer_at, tx, who, most, 1, now - span) for most, span in ((per_hour, HOUR), (per_day, DAY))):
        tell(desk, SENDER, sender)
        return True
    correspondents.answered(tx, who, kind="team", ticket_id=None, at=now)
    return False


def tell(desk: Desk, cap: str, address: str) -> None:
    """Say that an answer is held back: a metric, and an alert that is raised once however many follow."""
    metrics.count("answers_held", cap)
    if cap == BRAKE:
        why = f"{desk.rules.caps.global_per_minute} went out within a minute; tickets are made without an answer until there are fewer"
    else:
        why = f"{address} has had as many as the cap of its {cap} allows; is it a machine? maild block {address}"
    desk.alerts.raise_(_ALERTS[cap], why)


def counted(entry: JournalEntry, effect: SendMail) -> SendMail:
    """Return the mail with what it is counted as.

    What answers a mail counts. RFI, reminders and resolutions of a ticket that stands are bounded by their own schedule and do not.
    """
    if effect.kind or effect.auto_submitted != REPLIED:
        return effect
    answers = entry.kind == "RequestReceived" or (entry.kind == "UserWrote" and effect.template != "rfi")
    return replace(effect, kind=effect.template) if answers else effect


def count(tx: Transaction, desk: Desk, effect: SendMail, ticket_id: str | None, now: datetime) -> None:
    """Count an automatic answer."""
    who = key(effect.to)
    correspondents.answered(tx, who, kind=effect.kind, ticket_id=ticket_id, at=now)
    desk.brake.count(now, who.rpartition("@")[2])


def _limits(caps: CapRules, address: str) -> tuple[int, int]:
    """Return how many answers may go to ``address`` in an hour and in a day: for a listed domain both in proportion."""
    listed = caps.domain_per_hour.get(address.rpartition("@")[2])
    if listed is None:
        return caps.sender_per_hour, caps.sender_per_day
    return listed, max(caps.sender_per_day, listed * caps.sender_per_day // max(1, caps.sender_per_hour))


def _full(nth: correspondents.Nth, tx: Transaction, who: str, limit: int, need: int, since: datetime) -> bool:
    """Return whether ``need`` more would be over the limit; the first answer goes out whatever it needs, unless the limit is 0."""
    if limit <= 0:
        return True
    at = nth(tx, who, max(1, limit - need + 1))
    return at is not None and at > since
