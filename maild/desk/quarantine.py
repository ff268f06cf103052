"""Mails that could not be processed by a fault of ours: put aside, put back, dropped (INT-9).

While it is in quarantine a mail holds the clock of the ticket that it names: no timer of that ticket acts (``store/timers.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from maild.desk.desk import Desk, new_mail_id
from maild.desk.mails import find
from maild.errors import Refused
from maild.mail.message import Message
from maild.mail.survey import TRACE_BYTES, trace
from maild.policy import assess as weighing
from maild.policy.events import JournalEntry
from maild.policy.ticket import Ticket
from maild.store import inbox, tickets
from maild.store.group import Transaction
from maild.store.inbox import InboxRow

_PIECE = 256 * 1024
_HEADER_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


def put_aside(tx: Transaction, desk: Desk, row: InboxRow, reason: str) -> Ticket | None:
    """Return the ticket whose clock the mail holds from now on, or None; the reason is kept with the mail."""
    now = desk.now()
    ticket = named(tx, desk, row)
    aside = inbox.finish(
        tx,
        row.seq,
        disposition="quarantined",
        reason=reason,
        ticket_id=ticket.id if ticket else None,
        sender=row.sender_key,
        at=now,
        state="quarantined",
    )
    if aside and ticket is not None:
        _note(tx, desk, ticket.id, "MailQuarantined", row.mail_id)
    return ticket if aside else None


def named(tx: Transaction, desk: Desk, row: InboxRow) -> Ticket | None:
    """Return the ticket that a mail names, as far as its header alone proves it, or None.

    Nothing of the body is looked at, since the mail may be one that no parser survives.
    """
    message = _header(inbox.raw_part(tx, row.seq, 0) or b"")
    if message is None:
        return None
    found = find(tx, weighing.wanted(message, row.envelope, desk.rules))
    return weighing.named(message, found, desk.rules, desk.keyring)


def put_back(tx: Transaction, mail_id: str) -> None:
    """Let a mail in quarantine be processed again.

    Raises:
        Refused: it is not in quarantine.
    """
    if not inbox.retry(tx, mail_id):
        raise Refused(f"{mail_id} is not in quarantine")


def replace(tx: Transaction, desk: Desk, mail_id: str, raw: bytes, by: str) -> str:
    """Return the id of the edited mail ``raw``, accepted in the place of ``mail_id``: same envelope, same time of acceptance.

    The first mail's bytes are kept as they came (INT-10).

    Raises:
        Refused: ``mail_id`` is not in quarantine.
    """
    old = _quarantined(tx, mail_id)
    new_id, seen = new_mail_id(), trace(raw[:TRACE_BYTES])
    arrival = inbox.Arrival(
        mail_id=new_id,
        envelope=old.envelope,
        size=len(raw),
        sender_key=seen.sender_key or new_id,
        message_id=seen.message_id,
        answers=tuple(each for each in seen.answers if each != seen.message_id),
    )
    inbox.add(tx, arrival, lambda: _pieces(raw))
    _end(tx, desk, old, f"replaced by {new_id}", by)
    return new_id


def drop(tx: Transaction, desk: Desk, mail_id: str, by: str) -> None:
    """Give a mail in quarantine up: it is counted as ignored, and its bytes stay until retention removes them.

    Raises:
        Refused: it is not in quarantine.
    """
    _end(tx, desk, _quarantined(tx, mail_id), "dropped", by)


def _quarantined(tx: Transaction, mail_id: str) -> inbox.Aside:
    old = inbox.aside(tx, mail_id)
    if old is None:
        raise Refused(f"{mail_id} is not in quarantine")
    return old


def _end(tx: Transaction, desk: Desk, old: inbox.Aside, reason: str, by: str) -> None:
    inbox.give_up(tx, old.mail_id, reason=reason.partition(" ")[0], at=desk.now())
    if old.ticket_id is not None:
        _note(tx, desk, old.ticket_id, "QuarantineEnded", old.mail_id, what=reason, by=by)


def _note(tx: Transaction, desk: Desk, ticket_id: str, kind: str, mail_id: str, **data: str) -> None:
    """Keep in the ticket's journal why its clock stands still, or goes on."""
    entry = JournalEntry(kind=kind, cause=f"mail:{mail_id}", data={**data, "set": {}})
    tickets.write_journal(tx, ticket_id, entry, at=desk.now())


def _header(head: bytes) -> Message | None:
    """Return what the header alone says, None where even that cannot be read."""
    from maild.mail.parse import parse  # lazy: the daemon itself reads no mail but these

    end = _HEADER_END.search(head[:TRACE_BYTES])
    try:
        return parse(head[: end.end() if end else TRACE_BYTES])
    except Exception:  # noqa: BLE001  # whatever put the mail here may stand in its header
        return None


def _pieces(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), _PIECE):
        yield raw[start : start + _PIECE]
