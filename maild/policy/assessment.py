"""What the Minimum Data Set says of a ticket after a mail: its values merged, what is missing and why, and where it goes (MDS-4, MDS-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from maild.mail.message import Message
from maild.policy.events import Assessed
from maild.policy.mds.fields import Evidence, Extraction, FieldType, MdsRules, Mode, Reason, Source, Value
from maild.policy.mds.standing import merge, missing
from maild.policy.routing import Request, Routed, TeamRules, route
from maild.policy.ticket import MdsValue, Question, Ticket

ATTACHMENT = "attachment"
_FILLED_IN = frozenset({Source.FORM, Source.ATTACHMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessor:
    """The rules that a mail is assessed by."""

    mds: MdsRules
    teams: TeamRules

    def assess(self, message: Message, extraction: Extraction, ticket: Ticket | None, *, text: str, cause: str) -> tuple[Assessed, Routed]:
        """Return what is known and missing of the whole ticket after this mail, and the route it would take.

        Args:
            message: the mail.
            extraction: what it gives.
            ticket: the ticket as it was, None for a new one.
            text: what the person wrote now.
            cause: how the journal names the mail.
        """
        before = _recalled(ticket)
        extraction = self._without_guesses(extraction, before, ticket)
        both = merge(before, extraction)
        category = (ticket.category if ticket is not None else "") or both.category
        given = {value.key for value in extraction.values}
        stored = {value.key: value for value in (ticket.mds if ticket is not None else ())}
        values = tuple(_stored(value, cause) if value.key in given else stored[value.key] for value in both.values)
        request = Request(
            category=category,
            values=tuple((value.key, str(value.plain())) for value in both.values),
            subject=ticket.subject if ticket is not None else message.subject,
            text=f"{ticket.description}\n{text}" if ticket is not None else text,
            sender=message.sender.address if message.sender is not None else "",
        )
        routed = route(self.teams, request)
        questions = self._questions(both, category, ticket, _attached(message, both))
        written = tuple(value.key for value in extraction.values if value.source is not Source.HEADER)
        assessed = Assessed(
            values=values, missing=questions, category=category, team=routed.team, given=written, ask=self._may_ask(category)
        )
        return assessed, routed

    def _without_guesses(self, extraction: Extraction, before: Extraction, ticket: Ticket | None) -> Extraction:
        """Return the extraction without values read between the lines that would replace what was filled in, or told (MDS-3, MDS-5).

        A value that is still asked for may come from anywhere.
        """
        asked = {question.key for question in (ticket.missing if ticket is not None else ())}
        prose = {field.key for field in self.mds.fields_of(extraction.category) if field.type is FieldType.TEXT}
        firm = {value.key for value in before.values if value.source in _FILLED_IN or value.key in prose} - asked
        kept = tuple(value for value in extraction.values if value.key not in firm or value.source in _FILLED_IN)
        return extraction if len(kept) == len(extraction.values) else replace(extraction, values=kept)

    def _questions(self, both: Extraction, category: str, ticket: Ticket | None, attached: tuple[str, ...]) -> tuple[Question, ...]:
        absent = missing(both.values, self.mds, category, attached)
        if self.mds.mode is Mode.LENIENT:
            absent = tuple(key for key in absent if key == ATTACHMENT or self._essential(key, category))
        earlier = {question.key: question.text for question in (ticket.missing if ticket is not None else ())}
        return tuple(Question(key=key, text=both.reason(key) or earlier.get(key, "")) for key in absent)

    def _essential(self, key: str, category: str) -> bool:
        field = self.mds.field(key, category)
        return field is not None and field.essential

    def _may_ask(self, category: str) -> bool:
        rule = self.mds.category(category)
        return rule is None or rule.rfi_by_mail


def label_of(rules: MdsRules, key: str, category: str) -> str:
    """Return the label that people see for a field."""
    if key == ATTACHMENT:
        rule = rules.category(category)
        endings = " or ".join(rule.attachments) if rule is not None else ""
        return f"An attached {endings} file" if endings else "An attached file"
    field = rules.field(key, category)
    return field.label if field is not None else key


def plain_values(values: Iterable[Value]) -> dict[str, Any]:
    """Return values as JSON has them (CONTRACTS 1)."""
    return {value.key: value.plain() for value in values}


def _attached(message: Message, both: Extraction) -> tuple[str, ...]:
    now = tuple(attachment.filename for attachment in message.attachments)
    evidence = (value.value.attachments for value in both.values if isinstance(value.value, Evidence))
    return (*now, *(name for names in evidence for name in names))


def _stored(value: Value, cause: str) -> MdsValue:
    return MdsValue(key=value.key, value=_frozen(value), source=value.source.value, cause=cause)


def _frozen(value: Value) -> Any:
    match value.value:
        case Evidence(text=text, attachments=names):
            return {"text": text, "attachments": list(names)}
        case other:
            return other


def _recalled(ticket: Ticket | None) -> Extraction:
    if ticket is None:
        return Extraction()
    reasons = tuple(Reason(key=question.key, text=question.text) for question in ticket.missing if question.text)
    return Extraction(values=tuple(_value(value) for value in ticket.mds), invalid=reasons, category=ticket.category)


def _value(stored: MdsValue) -> Value:
    data = stored.value
    if isinstance(data, dict):
        data = Evidence(text=data.get("text"), attachments=tuple(data.get("attachments", ())))
    return Value(key=stored.key, value=data, source=Source(stored.source))
