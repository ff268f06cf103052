"""Mails of a story, as mail programs and servers write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from tests.stories.stage import LONDON, Sent
from tests.support.letters import new_message_id


def letter(*, sender: str, to: tuple[str, ...], subject: str, body: str, headers: Mapping[str, str], at: datetime) -> bytes:
    """Return a new mail."""
    fields = {
        "From": f"{sender.partition('@')[0].title()} <{sender}>",
        "To": ", ".join(to),
        "Subject": subject,
        "Date": format_datetime(at.astimezone(LONDON)),
        "Message-ID": new_message_id(),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **headers,
    }
    return _whole(fields, body)


def reply_to(
    mail: Sent, *, sender: str, body: str, subject: str, headers: Mapping[str, str], at: datetime
) -> tuple[bytes, tuple[str, ...]]:
    """Return an answer to a mail of ours, quoting it below, and whom it goes to."""
    ours = mail.message
    to = str(ours["Reply-To"] or ours["From"]).rpartition("<")[2].rstrip(">")
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    attribution = f"On {ours['Date']}, {ours['From']} wrote:"
    threaded = {"In-Reply-To": str(ours["Message-ID"]), "References": f"{ours['References'] or ''} {ours['Message-ID']}".strip(), **headers}
    raw = letter(
        sender=sender,
        to=(to,),
        subject=subject or f"Re: {ours['Subject']}",
        body=f"{body}\n\n{attribution}\n{quoted}\n",
        headers=threaded,
        at=at,
    )
    return raw, (to,)


def report_on(mail: Sent, *, at: datetime) -> bytes:
    """Return a delivery report (RFC 3464): the recipient's server could not deliver our mail."""
    head = mail.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    fields = {
        "From": "Mail Delivery System <MAILER-DAEMON@trust.example>",
        "To": "service@desk.example",
        "Subject": "Undelivered Mail Returned to Sender",
        "Date": format_datetime(at.astimezone(LONDON)),
        "Message-ID": new_message_id(),
        "Auto-Submitted": "auto-replied",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/report; report-type=delivery-status; boundary="edge"',
    }
    parts = (
        "Content-Type: text/plain\n\nI'm sorry to have to inform you that your message could not be delivered.\n",
        (
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.trust.example\n\n"
            f"Final-Recipient: rfc822; {mail.to}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"
        ),
        f"Content-Type: text/rfc822-headers\n\n{head}\n",
    )
    return _whole(fields, "".join(f"--edge\n{part}\n" for part in parts) + "--edge--\n")


def _whole(fields: Mapping[str, str], body: str) -> bytes:
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value) + "\n" + body
    return "\r\n".join(text.replace("\r\n", "\n").split("\n")).encode()
