"""The tables of ``mds.toml`` as they stand in the file: fields, conditions and categories, each checked by itself (MDS-1)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from maild.config.models import Section
from maild.config.values import AddressText, AnswerText, Span
from maild.policy.mds.procedure import PROCEDURE

KEY = r"^[a-z][a-z0-9_]{0,39}$"


def _ending(text: str) -> str:
    if not re.fullmatch(r"\.[A-Za-z0-9.]{1,15}", text):
        raise ValueError('must be the ending of a file name, like ".csv"')
    return text.lower()


Ending = Annotated[str, AfterValidator(_ending)]
Word = Annotated[str, Field(min_length=1, max_length=120)]


class WhenTable(Section):
    """When a field is asked at all; every condition that stands here must hold."""

    field: str = Field("", description="The key of another field that has a value.")
    equals: list[str] = Field([], description="The values of that field of which it has one; any value where this is empty.")
    attachment: Ending | None = Field(None, description='The ending of a file that is attached, like ".csv".')

    @model_validator(mode="after")
    def _says_something(self) -> WhenTable:
        if not self.field and self.attachment is None:
            raise ValueError("must name a field or an attachment")
        if self.equals and not self.field:
            raise ValueError("equals needs a field")
        return self


class FieldTable(Section):
    """One field of the form."""

    key: str = Field(pattern=KEY, description="How rules, templates and commands name the field.")
    label: str = Field("", max_length=200, description="What people read before the colon; the procedure's own fields have theirs.")
    type: Literal["text", "email", "email_list", "phone", "count", "date", "choice", "pattern", "evidence"] | None = Field(
        None, description="How the answer is read and validated; the procedure's own fields have theirs."
    )
    synonyms: list[Word] = Field([], description="Other labels that people write for it, beside the procedure's own.")
    required: bool | None = Field(None, description="Whether the ticket is incomplete without it.")
    essential: bool | None = Field(None, description='Whether it is asked for even where mode is "lenient".')
    min_words: int | None = Field(None, ge=1, le=100, description="The fewest words of a text.")
    minimum: int | None = Field(None, ge=0, le=1_000_000, description="The least count.")
    maximum: int | None = Field(None, ge=1, le=1_000_000, description="The greatest count.")
    pattern: AnswerText = Field("", description='For type "pattern": a regular expression that the whole answer matches.')
    choices: list[Word] = Field([], description='For type "choice": the answers there are.')
    region: str = Field(
        "", pattern=r"^([A-Z]{2})?$", description="For type phone: the country of numbers without a code; empty for the set's."
    )
    empty: list[Word] = Field([], description='Words that are no answer, beside "tbc", "-" and their kin.')
    sources: list[Literal["form", "header", "signature", "text", "attachment"]] | None = Field(
        None, min_length=1, description="Where the value may come from."
    )
    hint: str = Field("", max_length=200, description="What a user is told of the form an answer must have.")
    when: WhenTable | None = Field(None, description="When the field is asked at all; always where this is missing.")

    @model_validator(mode="after")
    def _is_whole(self) -> FieldTable:
        known = PROCEDURE.field(self.key)
        kind = self.type or (known.type.value if known else "")
        if not kind:
            raise ValueError("a field of your own needs a type")
        if not self.label and known is None:
            raise ValueError("a field of your own needs a label")
        if kind == "choice" and not self.choices:
            raise ValueError('type "choice" needs choices')
        if kind == "pattern" and not self.pattern:
            raise ValueError('type "pattern" needs a pattern')
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is greater than maximum")
        return self


class CategoryTable(Section):
    """A kind of request that asks for more; the first that matches has the ticket."""

    key: str = Field(pattern=KEY, description="How rules and commands name the category.")
    label: str = Field(min_length=1, max_length=80, description="How people name it.")
    keywords: list[Word] = Field([], description="Whole words in the subject or the text that tell it.")
    recipients: list[AddressText] = Field([], description="Addresses that tell it when they are written to.")
    attachments: list[Ending] = Field([], description="Endings of files of which one must be attached.")
    rfi_by_mail: bool = Field(True, description="Whether its users can read an RFI in the mailbox they write from.")
    auto_resolve: bool = Field(True, description="Whether it may be resolved after three reminders without answer.")
    call_back: bool = Field(False, description="Whether the helpdesk calls instead of writing.")
    field: list[FieldTable] = Field([], description="Fields that are asked beside the default set, or replace those of the same key.")

    @model_validator(mode="after")
    def _can_be_told(self) -> CategoryTable:
        if not self.keywords and not self.recipients:
            raise ValueError("needs keywords or recipients, else no mail is ever in it")
        return self


class MdsFile(Section):
    """The whole file."""

    mode: Literal["strict", "lenient"] = Field(
        "strict", description="What causes an RFI: any required field that is missing, or only essential ones."
    )
    region: str = Field(PROCEDURE.region, pattern=r"^[A-Z]{2}$", description="The country of phone numbers without a country code.")
    max_rounds: int = Field(
        PROCEDURE.max_rounds, ge=0, le=10, description="How often is asked before the helpdesk gets the ticket as incomplete."
    )
    settle: Span = Field(PROCEDURE.settle, description="How long to wait for the other half of an answer before a second round.")
    show_values: bool = Field(
        PROCEDURE.show_values, description="Whether an RFI repeats the values that were understood, not only their labels."
    )
    field: list[FieldTable] = Field(
        [], description="The default set, in the form's order; the procedure's own seven where none stands here."
    )
    category: list[CategoryTable] = Field([], description="The categories, in the order in which they are tried.")
