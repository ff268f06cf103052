"""Reading a mail: parsed, classified, split into new and quoted, its values taken. The parser process runs ``read``; it is pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.mail.parse import parse
from maild.mail.replies import PROCEDURE_FORM, author_of, split
from maild.policy.classify import MailClass, bare_thanks, classify
from maild.policy.folding import digest as said
from maild.policy.mds.extract import extract
from maild.policy.mds.fields import Extraction
from maild.policy.reading import Reading
from maild.policy.rules import Rules

_IDENTITY = ("message-id", "from", "date", "subject", "content-type", "in-reply-to", "references")
_PIECE = 1 << 20
_HEADER_LIMIT = 1 << 17
_TAIL = 1 << 16


def read(raw: bytes, envelope: Envelope, rules: Rules) -> Reading:
    """Return what ``raw`` says. Never raises on bad mail."""
    message = parse(raw)
    reply = split(message.text, message.html, author=author_of(message.sender), form=rules.mds.labels or PROCEDURE_FORM)
    verdict = classify(message, envelope, rules)
    human = verdict.kind is MailClass.HUMAN and bool(rules.mds.fields)
    reading = Reading(
        message=_passed_on(message, rules),
        verdict=verdict,
        reply=reply,
        extraction=extract(message, reply, rules.mds, recipients=envelope.rcpt_to) if human else Extraction(),
        thanks=bare_thanks(reply.new_text),
        content=content_digest(raw, message),
    )
    return replace(reading, said=said(reading, rules))


def read_for_desk(raw: bytes, envelope: Envelope, rules: Rules) -> Reading:
    """Return what ``raw`` says, without what only reading it needs: HTML, whole text, and single lines.

    A large mail has tens of thousands of lines, and the daemon's loop takes each from the pipe.
    """
    reading = read(raw, envelope, rules)
    return replace(
        reading,
        message=replace(reading.message, text="", html=""),
        reply=replace(reading.reply, lines=(), folded=()),
    )


def _passed_on(message: Message, rules: Rules) -> Message:
    """Return the message without the content of attachments that no team is sent (AGT-2)."""
    if not message.attachments:
        return message
    limit = max((team.attachments for team in rules.teams.teams if team.address), default=0)
    keep = sum(attachment.size for attachment in message.attachments) <= limit
    return message if keep else replace(message, attachments=tuple(replace(each, data=b"") for each in message.attachments))


def content_digest(raw: bytes, message: Message) -> bytes:
    """Return a digest of Message-ID, From, Date, Subject and body: the same for a mail that came by another way (INT-8).

    What the body is, and what the mail answers, count too: else a copy sent ahead as something unreadable, or as an answer to somebody
    else's mail, would stand for the real one.

    Line ends and blank lines at the end count alike, since a pipe has LF and SMTP has CRLF; no copy of a large body is made.
    """
    digest = hashlib.blake2b(digest_size=32)
    values: dict[str, list[str]] = {name: [name] for name in _IDENTITY}
    for header in message.headers:
        if header.name in values:
            values[header.name].append(header.value)
    for told in values.values():
        digest.update("\0".join((*told, "")).encode("utf-8", "surrogatepass"))
    start, end = _body(raw)
    for at in range(start, end, _PIECE):
        digest.update(raw[at : min(at + _PIECE, end)].translate(None, b"\r"))
    return digest.digest()


def _body(raw: bytes) -> tuple[int, int]:
    """Return where the body begins, and where it ends but for blank lines."""
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark, 0, _HEADER_LIMIT)) >= 0]
    tail = raw[-_TAIL:]
    return min(ends, default=0), len(raw) - (len(tail) - len(tail.rstrip(b"\r\n")))
