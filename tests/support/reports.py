"""Delivery reports as mail servers write them on a mail of ours: RFC 3464, with headers only, and in free form."""

from __future__ import annotations

import email.utils
import itertools
from datetime import UTC, datetime

_numbers = itertools.count(1)


def dsn(original: bytes, recipient: str, *, to: str, action: str = "failed", status: str = "5.1.1", returned: bool = True) -> bytes:
    """Return a report in the form of RFC 3464; ``returned`` is whether the original's headers come with it."""
    head = original.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    third = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n" if returned else ""
    return (
        _head(to, "Undelivered Mail Returned to Sender" if action == "failed" else "Delivery Status Notification (Delay)")
        + "Auto-Submitted: auto-replied\r\n"
        + 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        + f"--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you about your message to <{recipient}>.\r\n"
        + "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.trust.example\r\n\r\n"
        + f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n{third}--b--\r\n"
    ).encode()


def free_form(original: bytes, recipient: str, *, to: str) -> bytes:
    """Return a report as qmail writes it: words, and the original's headers quoted below."""
    head = original.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return (
        _head(to, "failure notice")
        + "\r\nHi. This is the qmail-send program at mx.trust.example.\r\n"
        + "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        + "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        + f"<{recipient}>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
        + f"{head}\r\n\r\nthe mail\r\n"
    ).encode()


def warning(original: bytes, recipient: str, *, to: str) -> bytes:
    """Return a warning as Exim writes it while it goes on trying: words only."""
    head = original.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return (
        _head(to, "Warning: message 1u72w1-003BvW-1y delayed 24 hours")
        + "Auto-Submitted: auto-replied\r\n\r\n"
        + "This message was created automatically by mail delivery software.\r\n"
        + "A message that you sent has not yet been delivered to one or more of its\r\n"
        + f"recipients after more than 24 hours on the queue on mx.trust.example:\r\n\r\n  {recipient}\r\n"
        + "    host mx2.trust.example [192.0.2.7]: 451 4.3.0 Temporary system problem\r\n\r\n"
        + "No action is required on your part. Delivery attempts will continue for\r\nsome time.\r\n\r\n"
        + f"------ The headers of your message ------\r\n\r\n{head}\r\n"
    ).encode()


def _head(to: str, subject: str) -> str:
    number = next(_numbers)
    date = email.utils.format_datetime(datetime(2026, 3, 3, 14, 3, tzinfo=UTC))
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.trust.example>\r\nTo: <{to}>\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}.report@mx.trust.example>\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
    )
