"""What an administrator does from the command line to mails on their way out, and what that means to their tickets (OPS-10)."""

from __future__ import annotations

from maild.desk.apply import apply
from maild.desk.desk import Desk
from maild.errors import Refused
from maild.policy.events import MailRefused
from maild.policy.machine import decide
from maild.store import handling, tickets
from maild.store.group import Transaction
from maild.store.handling import Act, Waiting

_BEFORE = {"queued", "held"}  # the ticket still counts on these


def handle(tx: Transaction, desk: Desk, act: Act, mail_id: str, by: str) -> None:
    """Do ``act`` to the mail; a dropped mail is to its ticket what a refused one is (RFI-4).

    Raises:
        Refused: there is no such mail, or its state does not allow it.
    """
    mail = handling.find(tx, mail_id)
    if mail is None:
        raise Refused(f"there is no mail {mail_id} on its way out")
    if not handling.do(tx, act, mail_id, now=desk.now()):
        raise Refused(f"{mail_id} is {mail.state}: {_hint(act, mail)}")
    if act is Act.DROP and mail.state in _BEFORE:
        _tell_ticket(tx, desk, mail, by)


def _hint(act: Act, mail: Waiting) -> str:
    if mail.state == "sending":
        return "wait until this attempt is over"
    return f"only what is {' or '.join(handling.FROM[act])} can be {_DONE[act]}"


_DONE = {Act.HOLD: "held", Act.RELEASE: "released", Act.RETRY: "retried", Act.DROP: "dropped"}


def _tell_ticket(tx: Transaction, desk: Desk, mail: Waiting, by: str) -> None:
    """Tell the ticket that a mail it counts on will not arrive; mails to teams are nothing to it."""
    ticket = tickets.by_id(tx, mail.ticket_id) if mail.ticket_id is not None else None
    if ticket is None or mail.template == "team":
        return
    now = desk.now()
    event = MailRefused(cause=f"agent:{by}", role=mail.role or mail.template, recipient=mail.rcpt_to, why="dropped by an administrator")
    apply(tx, desk, decide(ticket, event, now=now, rules=desk.rules), now=now)
