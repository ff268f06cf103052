"""The values of one mail while it is read: the first valid answer to a field stands, sources in the order they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from maild.policy.mds.fields import Data, Extraction, FieldRule, FieldType, Reason, Source, Value
from maild.policy.mds.labels import LabelIndex, index_of
from maild.policy.mds.values import Parsed, clean, parse

_POINTS = re.compile(r"(?:please )?(?:see |as )?(?:below|above|my (?:e?mail|message))\W*")  # "see below": the answer is free text


@dataclass(slots=True, kw_only=True)
class Collector:
    """What has been read so far for each of ``fields``."""

    fields: tuple[FieldRule, ...]
    region: str
    requester: str
    names: frozenset[str] = frozenset()  # the words of the sender's name, in lower case
    found: dict[str, Value] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)  # labelled, even with a placeholder or something invalid
    own: bool = False
    us: bool = False  # the affected users' addresses were said to be "all of us"
    beside: tuple[str, ...] = ()  # addresses written beside a count
    line: int = 0

    @property
    def index(self) -> LabelIndex:
        """Return the labels of the fields."""
        return index_of(self.fields)

    def rule(self, key: str) -> FieldRule | None:
        """Return the field ``key``, or None."""
        return next((entry for entry in self.fields if entry.key == key), None)

    def of_type(self, wanted: FieldType, source: Source) -> list[FieldRule]:
        """Return the fields of a type that have no answer yet and may come from ``source``."""
        return [
            entry
            for entry in self.fields
            if entry.type is wanted and source in entry.sources and entry.key not in self.found and entry.key not in self.answered
        ]

    def has(self, key: str) -> bool:
        """Return whether field ``key`` has a value."""
        return key in self.found

    def value(self, key: str) -> Value | None:
        """Return the value of field ``key``, or None."""
        return self.found.get(key)

    def put(self, rule: FieldRule, data: Data, *, source: Source, line: int = 0, part: int = 0, warning: str = "") -> None:
        """Set the field's value."""
        self.found[rule.key] = Value(key=rule.key, value=data, source=source, line=line, part=part, warning=warning)
        self.reasons.pop(rule.key, None)

    def named(self) -> str:
        """Return the address that "same as above" stands for: the requester's as the form names it, else the sender's."""
        told = self.found.get("requestor_email")
        return told.value if told is not None and isinstance(told.value, str) else self.requester

    def answer(self, rule: FieldRule, raw: str, *, source: Source, line: int, part: int = 0) -> Parsed:
        """Read ``raw`` as the answer to ``rule`` and keep what it gives; a later answer replaces an earlier one of the same mail."""
        if source not in rule.sources:
            return Parsed()
        parsed = parse(raw, rule, region=self.region, requester=self.named())
        if parsed.value is not None:
            if rule.key not in self.found or source is Source.FORM:
                self.put(rule, parsed.value, source=source, line=line, part=part, warning=parsed.warning)
            self.answered.add(rule.key)
        elif parsed.reason and rule.key not in self.found:
            self.reasons[rule.key] = parsed.reason
            self.answered.add(rule.key)
        elif raw.strip(" \t_.:-") and not _POINTS.fullmatch(clean(raw).lower()):
            self.answered.add(rule.key)
        self.us = self.us or parsed.us
        if rule.type is FieldType.COUNT:
            self.own = self.own or parsed.own
            self.beside, self.line = (parsed.addresses, line) if parsed.addresses else (self.beside, self.line or line)
        return parsed

    def extraction(self, category: str) -> Extraction:
        """Return what was read, in the order of the fields."""
        order = [entry.key for entry in self.fields]
        values = tuple(self.found[key] for key in order if key in self.found)
        invalid = tuple(Reason(key=key, text=self.reasons[key]) for key in order if key in self.reasons and key not in self.found)
        return Extraction(values=values, invalid=invalid, category=category)
