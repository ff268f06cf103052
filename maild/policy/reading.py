"""What can be said of a mail before its ticket is known: parsed, classified, split. The parser process runs ``read``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.mail.parse import parse
from maild.mail.replies import PROCEDURE_FORM, Reply, author_of, split
from maild.policy.classify import MailClass, Verdict, bare_thanks, classify
from maild.policy.mds.extract import extract
from maild.policy.mds.fields import Extraction
from maild.policy.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mail as read. ``content`` is a digest of what makes it this mail and no other (INT-8): trace headers left out."""

    message: Message
    verdict: Verdict
    reply: Reply
    extraction: Extraction
    thanks: bool
    content: bytes


def read(raw: bytes, envelope: Envelope, rules: Rules) -> Reading:
    """Return what ``raw`` says. Never raises on bad mail."""
    message = parse(raw)
    reply = split(message.text, message.html, author=author_of(message.sender), form=rules.mds.labels or PROCEDURE_FORM)
    verdict = classify(message, envelope, rules)
    human = verdict.kind is MailClass.HUMAN and bool(rules.mds.fields)
    return Reading(
        message=_passed_on(message, rules),
        verdict=verdict,
        reply=reply,
        extraction=extract(message, reply, rules.mds, recipients=envelope.rcpt_to) if human else Extraction(),
        thanks=bare_thanks(reply.new_text),
        content=content_digest(raw, message),
    )


def _passed_on(message: Message, rules: Rules) -> Message:
    """Return the message without the content of attachments that no team is sent (AGT-2)."""
    if not message.attachments:
        return message
    limit = max((team.attachments for team in rules.teams.teams if team.address), default=0)
    keep = sum(attachment.size for attachment in message.attachments) <= limit
    return message if keep else replace(message, attachments=tuple(replace(each, data=b"") for each in message.attachments))


def content_digest(raw: bytes, message: Message) -> bytes:
    """Return a digest of Message-ID, From, Date, Subject and body: the same for a mail that came by another way (INT-8)."""
    digest = hashlib.blake2b(digest_size=32)
    for name in ("message-id", "from", "date", "subject"):
        digest.update("\0".join((name, *message.header_all(name), "")).encode("utf-8", "surrogatepass"))
    _, _, body = raw.partition(b"\r\n\r\n")
    digest.update(body.strip(b"\r\n"))
    return digest.digest()
