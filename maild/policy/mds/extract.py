"""What one mail gives of the Minimum Data Set, what is missing, and how several mails merge (MDS-2 to MDS-5)."""

from __future__ import annotations

from collections.abc import Iterable

from maild.mail.message import Message
from maild.mail.replies import Reply
from maild.policy.mds.attached import attached_list, evidence_names, read_attachments
from maild.policy.mds.category import category_of
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import Condition, Evidence, Extraction, FieldRule, FieldType, MdsRules, Source, Value
from maild.policy.mds.freetext import read_free_text
from maild.policy.mds.labelled import read_answers, read_labelled
from maild.policy.mds.signed import read_signature


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
    category = category_of(message, reply, rules, recipients)
    collector = Collector(fields=rules.fields_of(category), region=rules.region, requester=requester)
    read_answers(collector, reply)
    rest = read_labelled(collector, reply, _asked_by_form(collector, reply))
    attachments_used = read_attachments(collector, message)
    read_free_text(collector, message, reply, rest, asked or _asked_by_form(collector, reply), used=attachments_used)
    read_signature(collector, reply)
    attached_list(collector, message)
    _from_header(collector, message)
    _evidence(collector, message, reply, attachments_used)
    return collector.extraction(category)


def missing(
    values: Iterable[Value], rules: MdsRules, category: str = "", attachments: tuple[str, ...] = (), *, optional: bool = False
) -> tuple[str, ...]:
    """Return the keys of the fields that still have no value, in the form's order.

    Args:
        values: what is known, of one mail or merged over several.
        rules: the fields and categories.
        category: the ticket's category, "" for the default set.
        attachments: names of the files that have come, for fields asked only where one is there, or where one must be.
        optional: whether fields that need no answer are named too.
    """
    known = {value.key: value for value in values}
    wanted = [field for field in rules.fields_of(category) if _is_asked(field.when, known, attachments)]
    absent = [field.key for field in wanted if field.key not in known and (optional or field.required)]
    rule = rules.category(category)
    if rule and rule.attachments and not any(name.lower().endswith(tuple(rule.attachments)) for name in attachments):
        absent.append("attachment")
    return tuple(absent)


def merge(earlier: Extraction, later: Extraction) -> Extraction:
    """Return both together: a later value replaces an earlier one, and an invalid answer never replaces a value (MDS-5)."""
    values = {value.key: value for value in earlier.values}
    for value in later.values:
        before = values.get(value.key)
        if before is not None and value.source is Source.HEADER:
            continue
        values[value.key] = _united(before, value)
    reasons = {reason.key: reason for reason in (*earlier.invalid, *later.invalid) if reason.key not in values}
    return Extraction(values=tuple(values.values()), invalid=tuple(reasons.values()), category=later.category or earlier.category)


def _united(before: Value | None, value: Value) -> Value:
    """Return the later value; of evidence, with the files that came before."""
    if before is None or not isinstance(before.value, Evidence) or not isinstance(value.value, Evidence):
        return value
    both = Evidence(
        text=value.value.text if value.value.text is not None else before.value.text,
        attachments=tuple(dict.fromkeys((*before.value.attachments, *value.value.attachments))),
    )
    return Value(key=value.key, value=both, source=value.source, line=value.line, part=value.part, warning=value.warning)


def _is_asked(when: Condition | None, known: dict[str, Value], attachments: tuple[str, ...]) -> bool:
    if when is None:
        return True
    if when.attachment and not any(name.lower().endswith(when.attachment) for name in attachments):
        return False
    if not when.field:
        return True
    value = known.get(when.field)
    return value is not None and (not when.equals or str(value.value).lower() in {text.lower() for text in when.equals})


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
