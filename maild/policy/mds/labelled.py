"""Labelled answers put to their fields: from the quoted form, from the new text, and from numbered lists without labels (MDS-2)."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.mail.replies import NewLine, Reply
from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import FieldRule, FieldType, Source
from maild.policy.mds.form import Entry, read_form, value_of
from maild.policy.mds.numbers import counted_in
from maild.policy.mds.sentences import split_sentences
from maild.policy.mds.values import TYPED_CHARS, fits, is_empty, parse

_WORDS = re.compile(r"[^\W\d_]{2,}")
_ITEM = re.compile(r"\s{0,8}(?:[Qq])?\(?(\d{1,2})[.):]\s{0,4}(.*)", re.DOTALL)


def read_answers(collector: Collector, reply: Reply) -> None:
    """Take the answers typed inside the quoted form."""
    for answer in reply.answers:
        keys = collector.index.keys_of(answer.label, near=False)
        rule = field_meant(collector, keys or (), answer.value)
        if rule is not None:
            collector.answer(rule, answer.value, source=Source.FORM, line=answer.number)
    _infer(collector)


def read_labelled(collector: Collector, reply: Reply, asked: tuple[str, ...]) -> tuple[NewLine, ...]:
    """Take the labelled answers of the new text; return the lines that are free text."""
    read = read_form(reply.lines, collector.index, collector.rule)
    rest = list(read.rest)
    for entry in read.entries:
        rest += _take(collector, entry)
    if not read.entries:
        rest = _numbered(collector, rest, asked)
    _infer(collector)
    return tuple(sorted(rest, key=lambda line: line.number))


def _take(collector: Collector, entry: Entry) -> list[NewLine]:
    """Put one labelled answer to its field; return what of it is free text after all."""
    raw = value_of(entry)
    rule = field_meant(collector, entry.keys, raw)
    if rule is None:
        return []
    if collector.has(rule.key) and is_empty(raw, rule):
        return []
    parsed = collector.answer(rule, raw, source=Source.FORM, line=entry.number)
    if rule.type is FieldType.EMAIL_LIST and parsed.value is None and _count(collector) is None:
        return [NewLine(number=entry.number, text=raw)] if counted_in(raw) else []
    if rule.type is FieldType.COUNT and parsed.value is not None and len(told := split_sentences(raw)) > 1:
        return [NewLine(number=entry.number, text=" ".join(told[1:]))]
    if rule.type is FieldType.PHONE and len(_WORDS.findall(parsed.rest)) > 1 and not parsed.rest.strip().startswith("("):
        return [NewLine(number=entry.number, text=parsed.rest.strip(" ,;-–"))]
    return []


def field_meant(collector: Collector, keys: tuple[str, ...], raw: str) -> FieldRule | None:
    """Return the field that the label means: the one whose kind of answer was given, where it may mean several."""
    rules = [rule for key in keys if (rule := collector.rule(key)) is not None]
    if len(rules) <= 1:
        return rules[0] if rules else None
    if _is_another_s(collector, rules, raw):
        rules = [rule for rule in rules if rule.type is not FieldType.EMAIL]
    return next((rule for rule in rules if fits(raw, rule, collector.region)), rules[0])


def _is_another_s(collector: Collector, rules: list[FieldRule], raw: str) -> bool:
    """Return whether "Email" behind "Users: 3" names somebody else than the writer, and so who is affected."""
    if {FieldType.EMAIL, FieldType.EMAIL_LIST} - {rule.type for rule in rules} or _count(collector) is None:
        return False
    found = [address for address, _, _ in addresses_in(raw[:TYPED_CHARS])]
    return bool(found) and collector.requester not in found


def _infer(collector: Collector) -> None:
    """Take the requester's own address for "just me", and the addresses written beside a count."""
    _count_in(collector)
    for rule in collector.of_type(FieldType.EMAIL_LIST, Source.FORM):
        if rule.key != "affected_users_emails":
            continue
        if collector.beside and _agrees(collector):
            collector.put(rule, collector.beside, source=Source.FORM, line=collector.line)
        elif collector.own and collector.named():
            collector.put(rule, (collector.named(),), source=Source.FORM, line=collector.line)


def _count_in(collector: Collector) -> None:
    """Add the requester to "all of us", where one more is affected than is named."""
    listed = collector.value("affected_users_emails") if collector.us else None
    if listed is None or not isinstance(listed.value, tuple) or collector.named() in ("", *listed.value):
        return
    if _count(collector) == len(listed.value) + 1:
        collector.found[listed.key] = replace(listed, value=(collector.named(), *listed.value))


def _agrees(collector: Collector) -> bool:
    """Return whether as many addresses stand beside a count as it says."""
    return _count(collector) == len(collector.beside)


def _count(collector: Collector) -> object:
    """Return how many users are affected, as told so far."""
    return next((value.value for rule in collector.fields if rule.type is FieldType.COUNT and (value := collector.value(rule.key))), None)


def _numbered(collector: Collector, lines: list[NewLine], asked: tuple[str, ...]) -> list[NewLine]:
    """Take a numbered list without labels as the answers to the form's questions in their order, where every item fits its question."""
    items = _items(lines)
    order = [rule for key in asked if (rule := collector.rule(key)) is not None]
    if not order and len(items) == len(collector.fields):
        order = list(collector.fields)
    if not items or len(items) != len(order):
        return lines
    if not all(_fits_question(collector, rule, text) for rule, (_, text, _) in zip(order, items, strict=True)):
        return lines
    for rule, (number, text, _) in zip(order, items, strict=True):
        collector.answer(rule, text, source=Source.FORM, line=number)
    taken = {number for _, _, numbers in items for number in numbers}
    return [line for line in lines if line.number not in taken]


def _fits_question(collector: Collector, rule: FieldRule, text: str) -> bool:
    if is_empty(text, rule):
        return True
    return parse(text, rule, region=collector.region, requester=collector.requester).value is not None


def _items(lines: list[NewLine]) -> list[tuple[int, str, list[int]]]:
    """Return (line number, text, all line numbers) of the items 1, 2, 3 … of a numbered list."""
    items: list[tuple[list[str], list[int]]] = []
    for line in lines:
        match = _ITEM.match(line.text)
        if match and int(match.group(1)) == len(items) + 1:
            items.append(([match.group(2)], [line.number]))
        elif items and line.text.strip() and line.number == items[-1][1][-1] + 1:
            items[-1][0].append(line.text.strip())
            items[-1][1].append(line.number)
    return [(numbers[0], "\n".join(texts), numbers) for texts, numbers in items]
