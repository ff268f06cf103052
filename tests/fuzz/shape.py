"""Raw mails put together by hand, bytes and all: no library mends what is wrong with them."""

from __future__ import annotations

FROM = b"Alice Ferris <alice@trust.example>"
TO = b"helpdesk@nhsdesk.example"
DATE = b"Mon, 02 Mar 2026 09:00:00 +0000"


def letter(content_type: bytes, body: bytes, fields: bytes = b"", *, sender: bytes = FROM, to: bytes = TO) -> bytes:
    """Return a mail; ``fields`` are whole header lines, which stand before Subject and Message-ID."""
    ids = b"" if b"Message-ID:" in fields else b"Message-ID: <shape@trust.example>\r\n"
    subject = b"" if b"Subject:" in fields else b"Subject: Printer down\r\n"
    return (
        b"From: " + sender + b"\r\nTo: " + to + b"\r\nDate: " + DATE + b"\r\n" + fields + subject + ids
        + b"MIME-Version: 1.0\r\nContent-Type: " + content_type + b"\r\n\r\n" + body
    )  # fmt: skip


def part(content_type: bytes, body: bytes, fields: bytes = b"") -> bytes:
    """Return a part for ``multipart``: its header, an empty line and its body."""
    return b"Content-Type: " + content_type + b"\r\n" + fields + b"\r\n" + body


def multipart(kind: bytes, *parts: bytes, head: bytes | None = None) -> bytes:
    """Return a multipart mail of ``parts`` with the boundary ``edge``; with ``head`` b"" only a part, to be put into another."""
    body = b"".join(b"--edge\r\n" + each + b"\r\n" for each in parts) + b"--edge--\r\n"
    content_type = b"multipart/" + kind + b'; boundary="edge"'
    return letter(content_type, body) if head is None else part(content_type, body)
