"""A parsed mail as frozen values. ``mail/parse.py`` makes them; everything else only reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of a header: decoded display name (never trusted) and addr-spec, lower-cased."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """Return what stands behind the last @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header field: name in lower case, value unfolded, RFC 2047 decoded, without control characters."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is not the body.

    ``part`` is its number in a walk over the leaves of the mail. ``inline`` is true for pictures shown inside the HTML
    (by Content-ID) and for a signature's logos. ``text`` is what a reader could take from it (text, .eml, .docx, PDF,
    .csv), or ""; ``data`` is its decoded content, where it is passed on.
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    part: int
    text: str = ""
    data: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """One recipient of a delivery report: addr-spec, RFC 3464 Action and Status, whether the failure is final, and the server's words."""

    address: str
    action: str
    status: str
    permanent: bool
    diagnostic: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A delivery report (RFC 3464 or free form), a read receipt (MDN, RFC 8098) or an abuse report (ARF).

    ``original_ids`` are Message-IDs found in the returned headers.
    """

    kind: str  # "dsn" | "mdn" | "arf"
    recipients: tuple[FailedRecipient, ...]
    original_ids: tuple[str, ...]
    original_recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail as read.

    ``sender`` is the From header's one address, or None when there is none that can be used; ``sender_defects`` is not
    empty when From is repeated, has several addresses or any defect (REF-8). ``text`` is the whole text body as a person
    reads it, ``html`` the HTML part it came from or stands beside (capped), ``defects`` says what was wrong or cut.
    ``unreadable`` is "" or why nothing of it can be read by a person here: "encrypted", "empty", "undecodable" (MDS-7).
    """

    headers: tuple[Header, ...]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    sender_defects: tuple[str, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    text: str
    html: str
    content_type: str
    content_params: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    report: Report | None
    defects: tuple[str, ...]
    unreadable: str = ""

    def header(self, name: str) -> str:
        """Return the first value of the header ``name`` (lower case), or ""."""
        return next((header.value for header in self.headers if header.name == name), "")

    def header_all(self, name: str) -> tuple[str, ...]:
        """Return every value of the header ``name`` (lower case), topmost first."""
        return tuple(header.value for header in self.headers if header.name == name)

    def has_header(self, name: str) -> bool:
        """Return whether a header ``name`` (lower case) stands in the mail, even an empty one."""
        return any(header.name == name for header in self.headers)
