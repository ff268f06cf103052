"""What attachments give: filled-in forms, lists of mailboxes, and files that show the fault (MDS-2)."""

from __future__ import annotations

import re

from maild.mail.message import Attachment, Message
from maild.mail.replies import Kind, NewLine, Reply, images_in
from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import FieldType, Source
from maild.policy.mds.form import read_form, value_of
from maild.policy.mds.labelled import field_meant
from maild.policy.mds.values import is_empty

_MOST_LINES = 500
_FORM_ANSWERS = 2  # labelled answers that make an attachment a form
_LETTERS = ("message/rfc822", "application/vnd.ms-outlook")
_LIST_NAMES = re.compile(r"user|mailbox|account|affected|list|staff|people|member|address", re.IGNORECASE)
_NOT_EVIDENCE = re.compile(
    r"\.(?:vcf|p7s|p7m|asc|sig|ics|csv|tsv|xlsx?|ods)$|^(?:att\d{4,6}\.(?:txt|htm|html)|winmail\.dat|smime\.p7s)$", re.IGNORECASE
)
_LOGO = re.compile(
    r"(?:logo|signature|banner|footer|icon|facebook|twitter|linkedin|youtube)s?[\w .()-]{0,40}\.(?:png|jpe?g|gif|bmp|svg)$",
    re.IGNORECASE,
)


def read_attachments(collector: Collector, message: Message) -> frozenset[int]:
    """Take the answers of attached forms; return the part numbers of the forms and lists, which are no evidence."""
    used: set[int] = set()
    for attachment in message.attachments:
        if (attachment.text and not _is_letter(attachment) and _read_form(collector, attachment)) or _is_list(attachment):
            used.add(attachment.part)
    return frozenset(used)


def attached_list(collector: Collector, message: Message) -> None:
    """Take the addresses of an attached list (.csv) for the affected users, where the mail names none itself."""
    for rule in collector.fields:
        if rule.type is not FieldType.EMAIL_LIST or Source.ATTACHMENT not in rule.sources or collector.has(rule.key):
            continue
        for attachment in message.attachments:
            addresses = tuple(address for address, _, _ in addresses_in(attachment.text)) if _is_list(attachment) else ()
            if addresses:
                collector.put(rule, addresses, source=Source.ATTACHMENT, part=attachment.part)
                break


def evidence_names(message: Message, reply: Reply, used: frozenset[int]) -> tuple[str, ...]:
    """Return the names of the files that show the fault: no logos, cards, seals, forms or lists."""
    if not message.attachments:
        return ()
    names = []
    signed = {
        image.partition("@")[0].lower() for part in reply.of(Kind.SIGNATURE) for line in part.text.split("\n") for image in images_in(line)
    }
    for attachment in message.attachments:
        name = attachment.filename
        if (
            not name
            or attachment.part in used
            or _NOT_EVIDENCE.search(name)
            or attachment.content_type.endswith(("pkcs7-signature", "pgp-signature", "calendar"))
        ):
            continue
        if attachment.inline and not _is_shown(attachment, message, reply):
            continue
        if name.lower() in signed:
            continue
        if _LOGO.search(name) and attachment.content_type.startswith("image/"):
            continue
        names.append(name)
    return tuple(dict.fromkeys(names))


def _is_shown(attachment: Attachment, message: Message, reply: Reply) -> bool:
    """Return whether an inline picture stands in the new text, not in a signature."""
    name = attachment.filename.lower()
    if name in {image.partition("@")[0].lower() for image in reply.images}:
        return name in {image.partition("@")[0].lower() for image in reply.inline_images}
    others = [entry for entry in message.attachments if entry.inline and entry.content_type.startswith("image/")]
    return len(others) == len(reply.images) and reply.images[others.index(attachment)] in reply.inline_images


def _is_letter(attachment: Attachment) -> bool:
    return attachment.content_type in _LETTERS or attachment.filename.lower().endswith((".eml", ".msg"))


def _is_list(attachment: Attachment) -> bool:
    """Return whether the attachment is a list of people: a .csv, or a text whose lines are addresses."""
    name = attachment.filename.lower()
    if name.endswith((".csv", ".tsv")) or attachment.content_type == "text/csv":
        return "@" in attachment.text
    return name.endswith((".txt", ".xlsx", ".docx")) and bool(_LIST_NAMES.search(name)) and "@" in attachment.text


def _read_form(collector: Collector, attachment: Attachment) -> bool:
    """Take the labelled answers of an attached form; return whether it is one."""
    lines = [NewLine(number=number, text=text) for number, text in enumerate(attachment.text.split("\n")[:_MOST_LINES], 1)]
    entries = [entry for entry in read_form(lines, collector.index, collector.rule).entries if entry.keys]
    answered = [(rule, entry) for entry in entries if (rule := field_meant(collector, entry.keys, value_of(entry))) is not None]
    if (
        len({rule.key for rule, entry in answered if entry.official}) < _FORM_ANSWERS
        and len({rule.key for rule, _ in answered}) < 2 * _FORM_ANSWERS
    ):
        return False
    for rule, entry in answered:
        raw = value_of(entry)
        if not collector.has(rule.key) and not is_empty(raw, rule):
            collector.answer(rule, raw, source=Source.ATTACHMENT, line=entry.number, part=attachment.part)
    return True
