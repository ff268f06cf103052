"""The Minimum Data Set as values: fields, categories and rules (MDS-1), and what was read from a mail (MDS-3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class FieldType(StrEnum):
    """How a field's answer is read and validated."""

    TEXT = "text"
    EMAIL = "email"
    EMAIL_LIST = "email_list"
    PHONE = "phone"
    COUNT = "count"
    DATE = "date"
    CHOICE = "choice"
    PATTERN = "pattern"
    EVIDENCE = "evidence"


class Source(StrEnum):
    """Where a value may come from."""

    FORM = "form"
    HEADER = "header"
    SIGNATURE = "signature"
    TEXT = "text"
    ATTACHMENT = "attachment"


class Mode(StrEnum):
    """What causes an RFI: any required field that is missing, or only essential ones (MDS-4)."""

    STRICT = "strict"
    LENIENT = "lenient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a field is asked at all: another field has a value (one of ``equals``, where given), or an attachment is there."""

    field: str = ""
    equals: tuple[str, ...] = ()
    attachment: str = ""  # a file name's ending, such as ".csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One field: its key, the label people see, and how its answer is found and validated.

    ``synonyms`` are other labels for it. ``empty`` are words that count as no answer, beside the usual placeholders. ``pattern`` is the
    administrator's regular expression, which the whole answer must match. ``minimum`` and ``maximum`` bound a count, ``min_words`` a text.
    """

    key: str
    label: str
    type: FieldType
    synonyms: tuple[str, ...] = ()
    required: bool = True
    essential: bool = False
    min_words: int = 1
    minimum: int = 1
    maximum: int = 1_000_000
    pattern: str = ""
    choices: tuple[str, ...] = ()
    region: str = ""
    when: Condition | None = None
    sources: tuple[Source, ...] = (Source.FORM, Source.TEXT, Source.ATTACHMENT)
    empty: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule:
    """A kind of request with more to ask, told by words of subject and text or by the address written to.

    ``attachments`` are endings of which one must be attached. Where users cannot read the mailbox they write from,
    ``rfi_by_mail`` and ``auto_resolve`` are false and ``call_back`` is true (MDS-1).
    """

    key: str
    label: str
    keywords: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    attachments: tuple[str, ...] = ()
    rfi_by_mail: bool = True
    auto_resolve: bool = True
    call_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MdsRules:
    """The whole Minimum Data Set: the default fields, the categories, and how rounds are asked (MDS-4, MDS-5)."""

    fields: tuple[FieldRule, ...]
    categories: tuple[CategoryRule, ...] = ()
    mode: Mode = Mode.STRICT
    region: str = "GB"
    max_rounds: int = 2
    settle: timedelta = timedelta(minutes=15)
    show_values: bool = False

    def category(self, key: str) -> CategoryRule | None:
        """Return the category ``key``, or None for the default set."""
        return next((category for category in self.categories if category.key == key), None)

    def fields_of(self, category: str = "") -> tuple[FieldRule, ...]:
        """Return the fields asked in ``category``: the default set, then its own; its own replace fields of the same key."""
        rule = self.category(category)
        if rule is None:
            return self.fields
        own = {entry.key: entry for entry in rule.fields}
        kept = tuple(own.pop(entry.key, entry) for entry in self.fields)
        return kept + tuple(entry for entry in rule.fields if entry.key in own)

    def field(self, key: str, category: str = "") -> FieldRule | None:
        """Return the field ``key`` as ``category`` asks it, or None."""
        return next((entry for entry in self.fields_of(category) if entry.key == key), None)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return every label that a form of ours may carry."""
        extra = [entry.label for category in self.categories for entry in category.fields]
        return tuple(dict.fromkeys([entry.label for entry in self.fields] + extra))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Error messages as text (None where none was written), and the names of the files that show the fault."""

    text: str | None = None
    attachments: tuple[str, ...] = ()


Data = str | int | tuple[str, ...] | Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: the field, what was read, and where: a line of the mail's text (from 1), or an attachment's part number."""

    key: str
    value: Data
    source: Source
    line: int = 0
    part: int = 0
    warning: str = ""

    def plain(self) -> object:
        """Return the value as JSON has it (CONTRACTS 1)."""
        match self.value:
            case Evidence(text=text, attachments=names):
                return {"text": text, "attachments": list(names)}
            case tuple() as entries:
                return list(entries)
            case other:
                return other


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why what was written for a field is no value, in words for the user."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What one mail gives of the Minimum Data Set."""

    values: tuple[Value, ...] = ()
    invalid: tuple[Reason, ...] = field(default=())
    category: str = ""

    def get(self, key: str) -> Value | None:
        """Return the value of field ``key``, or None."""
        return next((value for value in self.values if value.key == key), None)

    def reason(self, key: str) -> str:
        """Return why the answer to field ``key`` was not accepted, or ""."""
        return next((reason.text for reason in self.invalid if reason.key == key), "")
