"""Mails for the tests of decisions: written as a person's client writes them, and read as the daemon reads them."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from maild.mail.envelope import Envelope
from maild.policy.reader import read
from maild.policy.reading import Reading
from maild.policy.rules import Rules
from tests.policy.helpdesk import ALICE, NOW, RULES

HELPDESK = "helpdesk@helpdesk.example"
SERVICE = "service@helpdesk.example"


def raw(
    *,
    sender: str = ALICE,
    to: str = HELPDESK,
    subject: str = "Printer down",
    body: str = "The printer on ward 7 is broken.",
    message_id: str = "<2@trust.example>",
    **headers: str,
) -> bytes:
    """Return a mail; further headers by name, with _ for -."""
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    if message_id:
        letter["Message-ID"] = message_id
    if "Date" not in headers:
        letter["Date"] = format_datetime(NOW)
    for name, value in headers.items():
        if value:
            letter[name.replace("_", "-")] = value
    letter.set_content(body)
    return letter.as_bytes().replace(b"\n", b"\r\n")


def envelope(*, to: tuple[str, ...] = (HELPDESK,), mail_from: str | None = ALICE) -> Envelope:
    """Return the envelope of a mail that came just now."""
    return Envelope(mail_from=mail_from, rcpt_to=to, source="smtp", received_at=NOW)


def letter(
    *, rcpt_to: tuple[str, ...] = (), mail_from: str | None = ALICE, rules: Rules = RULES, **fields: str
) -> tuple[Reading, Envelope]:
    """Return a mail as read, with its envelope; without ``rcpt_to`` it went where To says."""
    sent = envelope(to=rcpt_to or (fields.get("to", HELPDESK),), mail_from=mail_from)
    return read(raw(**fields), sent, rules), sent
