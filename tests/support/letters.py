"""Raw mails for tests: short to write down, complete as a relay would hand them over."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping

HELPDESK = "helpdesk@desk.example"
SERVICE = "service@desk.example"
PERSON = "pat@person.example"
COMPLETE = "Contact number: 020 7946 0123\r\nNumber of affected users: 1\r\nIssue description: the printer on ward 7 prints blank pages\r\n"

_numbers = itertools.count(1)


def new_message_id(domain: str = "trust.example") -> str:
    """Return a Message-ID that no other mail has."""
    return f"<{next(_numbers)}.{uuid.uuid4().hex}@{domain}>"


def letter(
    *,
    sender: str = "alice@trust.example",
    to: str = HELPDESK,
    subject: str = "Printer down",
    body: str = "It is broken.",
    message_id: str | None = None,
    date: str | None = "Mon, 02 Mar 2026 09:00:00 +0000",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a raw mail; ``message_id`` None draws a fresh one, and "" (as ``date`` None) leaves the header out."""
    fields = {"From": sender, "To": to, "Subject": subject}
    if message_id != "":
        fields["Message-ID"] = message_id or new_message_id()
    if date is not None:
        fields["Date"] = date
    fields |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    lines = body.replace("\r\n", "\n").replace("\n", "\r\n").rstrip("\r\n")
    return f"{head}\r\n{lines}\r\n".encode()


def header(raw: bytes, name: str) -> str:
    """Return the value of the first header ``name`` of a mail whose headers are not folded, "" where there is none."""
    head, _, _ = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        found, _, value = line.partition(b":")
        if found.strip().lower() == name.lower().encode():
            return value.strip().decode("utf-8", "replace")
    return ""
