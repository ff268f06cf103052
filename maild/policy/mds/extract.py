"""What one mail gives of the Minimum Data Set (MDS-2, MDS-3)."""

from __future__ import annotations

from dataclasses import replace

from maild.mail.message import Message
from maild.mail.replies import Reply
from maild.policy.mds.attached import attached_list, evidence_names, read_attachments
from maild.policy.mds.category import category_of
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import Evidence, Extraction, FieldRule, FieldType, MdsRules, Source
from maild.policy.mds.freetext import read_free_text
from maild.policy.mds.labelled import read_answers, read_labelled
from maild.policy.mds.signed import read_signature
from maild.policy.mds.subject import with_subject
from maild.policy.mds.wrapped import mended


def extract(
    message: Message, reply: Reply, rules: MdsRules, *, asked: tuple[str, ...] = (), requester: str = "", recipients: tuple[str, ...] = ()
) -> Extraction:
    """Return the values that the mail gives, each with its source, and what was written but is no value.

    Args:
        message: the mail; its From header, subject and attachments are read.
        reply: its text, split.
        rules: the fields and categories.
        asked: keys of the fields that the ticket's standing RFI asks for, where that is known.
        requester: the address that "me" and "same as above" stand for; the mail's sender where empty.
        recipients: envelope recipients, for categories that are told by the address written to.
    """
    requester = requester or (message.sender.address if message.sender else "")
    reply = with_subject(message, replace(reply, lines=mended(reply.lines)))
    category = category_of(message, reply, rules, recipients)
    names = frozenset(message.sender.name.lower().replace(",", " ").split()) if message.sender else frozenset()
    collector = Collector(fields=rules.fields_of(category), region=rules.region, requester=requester, names=names)
    read_answers(collector, reply)
    rest = read_labelled(collector, reply, _asked_by_form(collector, reply))
    attachments_used = read_attachments(collector, message)
    read_free_text(collector, message, reply, rest, asked or _asked_by_form(collector, reply), used=attachments_used)
    read_signature(collector, reply)
    attached_list(collector, message)
    _from_header(collector, message)
    _evidence(collector, message, reply, attachments_used)
    return collector.extraction(category)


def _asked_by_form(collector: Collector, reply: Reply) -> tuple[str, ...]:
    """Return the keys that the quoted form asks, in its order."""
    keys = [collector.index.keys_of(label, near=False) for label in reply.asked]
    return tuple(dict.fromkeys(key for found in keys if found for key in found))


def _from_header(collector: Collector, message: Message) -> None:
    """Take the From header's address for each email field that may come from it and has no value."""
    for field in collector.fields:
        if field.type is FieldType.EMAIL and Source.HEADER in field.sources and message.sender and not collector.has(field.key):
            collector.put(field, message.sender.address, source=Source.HEADER)


def _evidence(collector: Collector, message: Message, reply: Reply, used: frozenset[int]) -> None:
    """Add the files that show the fault to the evidence."""
    field = _first(collector.fields, FieldType.EVIDENCE)
    if field is None or Source.ATTACHMENT not in field.sources:
        return
    names = evidence_names(message, reply, used)
    if not names:
        return
    known = collector.value(field.key)
    if known is None:
        collector.put(field, Evidence(attachments=names), source=Source.ATTACHMENT)
    elif isinstance(known.value, Evidence):
        collector.put(
            field,
            Evidence(text=known.value.text, attachments=names),
            source=known.source,
            line=known.line,
            part=known.part,
            warning=known.warning,
        )


def _first(fields: tuple[FieldRule, ...], wanted: FieldType) -> FieldRule | None:
    return next((field for field in fields if field.type is wanted), None)
