"""What a delivery report does, once it is sure which mail of ours it is about (BNC-1, RFI-4).

Only signed evidence comes here; what is counted against an address came to the VERP address of that one mail. Each mail of ours bounces
once, however many reports come; one that is only late has not bounced. Mail to a team that bounces is an alert and never a mail to that
team: it would bounce too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maild.desk.desk import Desk
from maild.mail.message import Report
from maild.policy.ticket import Ticket
from maild.store import correspondents, outbox
from maild.store.group import Transaction
from maild.tokens import Token

MOST = 3  # an address that bounced so often is not written to until a person writes from it
SPARED = frozenset({"team", "forward"})  # an administrator's own addresses: only he can put them right


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced:
    """The mail of ours that did not arrive: what it was to its ticket, for whom, whether the ticket is told, and why."""

    role: str
    recipient: str
    template: str
    tell: bool
    why: str = ""


def bounced(
    tx: Transaction, desk: Desk, ticket: Ticket | None, token: Token, report: Report | None, now: datetime, *, charge: bool
) -> Bounced | None:
    """Return the mail that bounced, counted against its address where ``charge`` is set; None where it is not known or bounced before."""
    sent = _sent(tx, ticket, token, report)
    if sent is None or not outbox.bounce(tx, sent.id, at=now, reply=_words(report)):
        return None
    if sent.template in SPARED:
        desk.alerts.raise_("team", f"{sent.mail_id} ({sent.template}) has bounced: see its address in the configuration", mark=sent.id)
    elif charge:
        correspondents.bounced(tx, sent.rcpt_to, at=now)
    role = sent.role or sent.template
    tell = ticket is not None and sent.template not in SPARED
    return Bounced(role=role, recipient=sent.rcpt_to, template=sent.template, tell=tell, why=_reason(report))


def is_dead(tx: Transaction, template: str, address: str) -> bool:
    """Return whether mail to the address has bounced so often that nothing more goes there."""
    return template not in SPARED and correspondents.bounces_of(tx, address) >= MOST


def _sent(tx: Transaction, ticket: Ticket | None, token: Token, report: Report | None) -> outbox.Sent | None:
    if ticket is not None:
        return outbox.sent_with(tx, ticket.id, token.nonce)
    for message_id in report.original_ids if report is not None else ():
        found = outbox.sent(tx, message_id)
        if found is not None and found.nonce == token.nonce:  # the report quotes what it likes: the address says which mail it is
            return found
    return None


def _reason(report: Report | None) -> str:
    """Return what the report says of the failure: the server's own words, or its status alone, "" where it gives neither."""
    failed = [recipient for recipient in report.recipients if recipient.permanent] if report is not None else []
    return (failed[0].diagnostic or failed[0].status) if failed else ""


def _words(report: Report | None) -> str:
    statuses = [recipient.status for recipient in report.recipients if recipient.permanent] if report is not None else []
    return f"delivery report {statuses[0]}".rstrip() if statuses else "delivery report"
