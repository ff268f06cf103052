"""What must hold of every mail that goes out, whatever caused it (ACK-2): each check yields a sentence for what does not.

Read three times: line by line by ourselves, and by both of Python's parsers, which must see exactly the headers that were planned.
"""

from __future__ import annotations

import email
import email.policy
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage, Message
from functools import lru_cache
from html.parser import HTMLParser

from maild.policy.rules import AddressRules

HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_7BIT = re.compile(rb"[^\t\n\r -~]")
_NOT_UTF8_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_SUBJECT = re.compile(r"(?:\[INC\d{7,}\] )?(?P<fixed>\S.*)")
_ORDER = (
    *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "X-Loop", "MIME-Version", "Content-Type"),
)
_OPTIONAL = frozenset({"Reply-To", "In-Reply-To", "References", "Auto-Submitted"})
_SUPPRESS = "DR, RN, NRN, OOF, AutoReply"
_RESENT = (b"Resent-Date: ", b"Resent-From: ", b"Resent-To: ", b"Resent-Message-ID: ", b"X-Loop: ")
_PEOPLES = frozenset({"reply", "forward"})  # what a person wrote says nothing of a machine
_ID = re.compile(r"<[^<>\s]+>")
# What the shipped templates are made of; anything else came out of a mail.
_TAGS = frozenset(
    "html head meta title body table tbody thead tr th td p br b i em strong h1 h2 h3 ul ol li a div span hr code style main".split()
)
_SAMPLE = 8
_URLS = ("mailto:", "https://", "tel:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail in the outbox, and what was known when it was written."""

    template: str
    envelope_from: str
    rcpt_to: str
    message_id: str
    smtputf8: bool
    data: bytes
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the mails of one decision may be: to whom, and in answer to what."""

    addresses: AddressRules
    recipients: frozenset[str]
    answers: frozenset[str]
    raw: bytes = b""


def problems(mail: Outgoing, plan: Plan) -> Iterator[str]:
    """Yield what is wrong with a mail that goes out."""
    if mail.template == "forward":
        yield from _forwarded(mail, plan)
        return
    yield from _bytes(mail)
    yield from _headers(mail, plan)
    yield from _bodies(mail)


def fixed_subject(mail: Outgoing) -> str:
    """Return the subject of a mail without the reference: the template's own words."""
    found = _SUBJECT.fullmatch(str(_parsed(mail.data)[0]["Subject"]))
    return found["fixed"] if found else ""


def _bytes(mail: Outgoing) -> Iterator[str]:
    head, _, body = mail.data.partition(b"\r\n\r\n")
    if _NOT_7BIT.search(body):
        yield "the body is not 7-bit"
    if (_NOT_UTF8_TEXT if mail.smtputf8 else _NOT_7BIT).search(head):
        yield "the header is not 7-bit"
    if _BARE.search(mail.data):
        yield "a CR or LF stands alone"
    longest = max(map(len, mail.data.split(b"\r\n")))
    if longest > 998:
        yield f"a line of {longest} bytes"
    if b"\r\n.\r\n" in mail.data:
        yield "a line is a lone dot"


def _headers(mail: Outgoing, plan: Plan) -> Iterator[str]:
    names = _names(mail.data)
    expected = [name for name in _ORDER if name not in _OPTIONAL or name in names]
    modern, old = _parsed(mail.data)
    if names != expected:
        yield f"the headers are {names}"
    if [*modern.keys()] != names or [*old.keys()] != names:
        yield f"the parsers see other headers: {modern.keys()} and {old.keys()}"
        return
    if mail.template in _PEOPLES or mail.template == "team":
        allowed: tuple[str | None, ...] = (None, "auto-generated", "auto-replied")
    else:
        allowed = ("auto-replied", "auto-generated")
    if modern["Auto-Submitted"] not in allowed:
        yield f"Auto-Submitted is {modern['Auto-Submitted']!r}"
    yield from _people(mail, plan, modern, old)
    yield from _ids(mail, plan, old)
    if HIDDEN.search(str(modern["Subject"])) or _SUBJECT.fullmatch(str(modern["Subject"])) is None:
        yield f"the subject is {modern['Subject']!r}"
    for name, value in modern.items():
        wrong = [defect for defect in getattr(value, "defects", ()) if not (mail.smtputf8 and isinstance(defect, NonASCIILocalPartDefect))]
        if wrong and name not in ("Message-ID", "In-Reply-To", "References"):
            yield f"{name} has defects: {wrong[:3]}"
    if (modern["X-Auto-Response-Suppress"], modern["X-Loop"]) != (_SUPPRESS, plan.addresses.service):
        yield "X-Auto-Response-Suppress or X-Loop is not ours"


def _people(mail: Outgoing, plan: Plan, modern: EmailMessage, old: Message) -> Iterator[str]:
    service = plan.addresses.service
    local, _, domain = service.rpartition("@")
    senders = [address.addr_spec for address in modern["From"].addresses]
    if senders != [service]:
        yield f"From is {senders}"
    if mail.rcpt_to not in plan.recipients:
        yield f"it goes to {mail.rcpt_to!r}, who is none of {sorted(plan.recipients)[:5]}"
    if _unfolded(old["To"]) != mail.rcpt_to or _count(modern["To"]) != 1:
        yield f"To is {_unfolded(old['To'])!r}, and the envelope says {mail.rcpt_to!r}"
    reply_to = _unfolded(old["Reply-To"] or "")
    if reply_to and not re.fullmatch(re.escape(local) + r"\+r-[\w.~=-]+@" + re.escape(domain), reply_to):
        yield f"Reply-To is {reply_to!r}"
    if not re.fullmatch(re.escape(local) + r"(?:\+b-[\w.~=-]+)?@" + re.escape(domain), mail.envelope_from):
        yield f"the envelope's sender is {mail.envelope_from!r}"


def _ids(mail: Outgoing, plan: Plan, old: Message) -> Iterator[str]:
    own = _ID.findall(_unfolded(old["Message-ID"]))
    if own != [mail.message_id] or not mail.message_id.endswith(f"@{plan.addresses.service.rpartition('@')[2]}>"):
        yield f"Message-ID is {old['Message-ID']!r}"
    parents = _unfolded(old["In-Reply-To"] or "").split()
    if len(parents) > 1 or not plan.answers.issuperset(parents):
        yield f"In-Reply-To is {parents}, of {sorted(plan.answers)[:5]}"
    references = _unfolded(old["References"] or "").split()
    if len(references) > 12 or any(not _ID.fullmatch(each) for each in references):
        yield f"References is {references[:15]}"


def _bodies(mail: Outgoing) -> Iterator[str]:
    modern, inner = _parsed(mail.data)
    if zlib.crc32(mail.data) % _SAMPLE == 0:  # the modern parser takes its time over every part
        kinds = [part.get_content_type() for part in modern.walk()]
        if kinds != [part.get_content_type() for part in inner.walk()] or any(part.defects for part in modern.walk()):
            yield f"the parsers see other parts: {kinds}"
    if inner.get_content_type() == "multipart/mixed":
        inner, *files = _parts(inner)
        for file in files:
            yield from _file(file)
    kinds = [part.get_content_type() for part in _parts(inner)]
    if inner.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield f"the parts are {inner.get_content_type()} of {kinds}"
        return
    for part in _parts(inner):
        if part.defects or part.get_content_charset() != "utf-8" or part["Content-Transfer-Encoding"] not in ("7bit", "quoted-printable"):
            yield f"{part.get_content_type()} has {part.defects} {part.items()}"
        octets = part.get_payload(decode=True)
        text = octets.decode("utf-8") if isinstance(octets, bytes) else ""
        if (found := _NOT_IN_TEXT.search(text.replace("\r\n", "\n"))) is not None:
            yield f"{part.get_content_type()} holds {found.group()!r}"
        if part.get_content_type() == "text/html":
            yield from _html(text)


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _file(file: Message) -> Iterator[str]:
    name = file.get_filename() or ""
    if [*file.keys()] != ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]:
        yield f"a file has the headers {file.keys()}"
    if not name or HIDDEN.search(name) or any(character in name for character in "/\\") or name.startswith("."):
        yield f"a file is called {name!r}"
    if file.get_content_disposition() != "attachment" or file.is_multipart():
        yield f"a file is {file.items()}"


def _html(text: str) -> Iterator[str]:
    reader = _Tags()
    reader.feed(text)
    yield from reader.strange


class _Tags(HTMLParser):
    """Collects what no template of ours wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        if tag not in _TAGS:
            self.strange.append(f"HTML has <{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and not (value or "").startswith(_URLS)):
                self.strange.append(f"HTML has {name}={value!r}")


def _forwarded(mail: Outgoing, plan: Plan) -> Iterator[str]:
    """A mail passed on is as it came, below five lines of ours (INT-2)."""
    lines = mail.data.split(b"\r\n", len(_RESENT))
    ours = lines[:-1]
    if len(ours) != len(_RESENT) or not all(line.startswith(name) for line, name in zip(ours, _RESENT, strict=True)):
        yield f"the lines above a forwarded mail are {ours}"
    if mail.rcpt_to not in plan.addresses.persons.values():
        yield f"a mail is passed on to {mail.rcpt_to!r}"
    if lines[-1].removeprefix(b"X-Folded: ").split() != plan.raw.replace(b"\0", b"").split():
        yield "a mail passed on is not the one that came"
    if lines[-1][:1] in (b" ", b"\t"):
        yield "the first line of a mail passed on continues our own"


def _names(data: bytes) -> list[str]:
    """Return the names of the header fields as a mail server sees them."""
    head = data.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode("ascii", "replace") for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]


@lru_cache(maxsize=2)
def _parsed(data: bytes) -> tuple[EmailMessage, Message]:
    text = data.decode("utf-8", "surrogateescape")
    modern = email.message_from_string(text, policy=email.policy.default)
    assert isinstance(modern, EmailMessage)
    return modern, email.message_from_string(text, policy=email.policy.compat32)


def _count(header: object) -> int:
    return len(getattr(header, "addresses", ()))


def _unfolded(value: object) -> str:
    return " ".join(str(value).split())
