"""What is known of a ticket's Minimum Data Set over several mails, and what is missing (MDS-4, MDS-5).

Nothing here reads mail, so that who only asks what is missing need not load the reader.
"""

from __future__ import annotations

from collections.abc import Iterable

from maild.policy.mds.fields import Condition, Evidence, Extraction, MdsRules, Source, Value


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
