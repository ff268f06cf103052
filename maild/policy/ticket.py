"""A ticket as a frozen value, and its JSON form: what the journal replays to (STA-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AS_IS = frozenset({type(None), str, int, bool})
_MICROSECOND = timedelta(microseconds=1)


class State(StrEnum):
    """Where a ticket stands (SPEC 1)."""

    NEW = "New"
    IN_PROGRESS = "In Progress"
    AWAITING_USER_INFO = "Awaiting User Info"
    RESOLVED = "Resolved"
    CLOSED = "Closed"
    CANCELLED = "Cancelled"


class Channel(StrEnum):
    """How a ticket was raised."""

    EMAIL = "email"
    PHONE = "phone"
    SELF_SERVICE = "self_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class MdsValue:
    """One value of the Minimum Data Set, with where it came from. ``value`` is str, int, or a tuple or mapping of those."""

    key: str
    value: Any
    source: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing asked in an RFI: an MDS key with why it is asked again ("" when it was never given), or a free question (key "")."""

    key: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfi:
    """The RFI that stands: its number on this ticket, what it asks, when the relay took it, how many reminders went out.

    ``counted_from`` is when the span that runs now began; ``taken`` is False while the relay has not taken the last reminder.
    """

    number: int
    questions: tuple[Question, ...]
    agent: str = ""  # who asked; "" for an automatic one
    started_at: datetime | None = None
    reminders: int = 0
    counted_from: datetime | None = None
    not_before: datetime | None = None  # an agent has put the next reminder off until then (RFI-5)
    taken: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The resolution that stands: its number, its text or reason, and the re-open window that its mail's acceptance opened."""

    number: int
    text: str
    no_response: bool = False
    accepted_at: datetime | None = None
    window_ends_at: datetime | None = None
    reply_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Everything a decision needs to know of a ticket. ``id`` is random and never shows; ``version`` grows with each decision (STA-2)."""

    id: str
    number: int
    reference: str
    version: int = 0
    channel: Channel = Channel.EMAIL
    requester: str = ""
    requester_name: str = ""
    participants: tuple[str, ...] = ()
    region: str = ""
    language: str = "en"
    subject: str = ""
    description: str = ""
    category: str = ""
    mds: tuple[MdsValue, ...] = ()
    missing: tuple[Question, ...] = ()
    state: State = State.NEW
    team: str = ""
    assignee: str = ""
    flags: tuple[str, ...] = ()
    held: str = ""  # why the clock stands still, or ""
    rounds: int = 0  # automatic RFIs so far
    asked: int = 0  # RFIs so far
    resolutions: int = 0
    rfi: Rfi | None = None
    resolution: Resolution | None = None
    linked: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()  # Message-IDs of the user's mails that our next mail refers to, oldest first
    received_at: datetime = _EPOCH
    created_at: datetime = _EPOCH
    updated_at: datetime = _EPOCH

    def is_participant(self, address: str) -> bool:
        """Return whether ``address`` is the requester's or a participant's."""
        return bool(address) and (address == self.requester or address in self.participants)


def microseconds(instant: datetime) -> int:
    """Return ``instant`` (aware) as microseconds since 1970 in UTC: how the store keeps it."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the aware UTC instant that ``value`` microseconds since 1970 is."""
    return _EPOCH + value * _MICROSECOND


def encode(ticket: Ticket) -> dict[str, Any]:
    """Return the ticket as values that JSON can hold."""
    data = dict(zip(_NAMES, _values(ticket), strict=True))
    for name in _COMPOUND:
        data[name] = _plain(data[name])
    return data


def decode(data: Mapping[str, Any]) -> Ticket:
    """Return the ticket that ``encode`` made ``data`` from; keys that are missing take their default."""
    return Ticket(**{name: _READERS.get(name, _same)(data[name]) for name in _NAMES if name in data})


def changed(ticket: Ticket, **values: Any) -> Ticket:
    """Return ``ticket`` with other values in some fields: what ``dataclasses.replace`` returns, in a third of the time."""
    fresh = object.__new__(Ticket)
    for set_field, value in zip(_SETTERS.values(), _values(ticket), strict=True):
        set_field(fresh, value)
    for name, value in values.items():
        _SETTERS[name](fresh, value)
    return fresh


def changes(before: Ticket | None, after: Ticket) -> dict[str, Any]:
    """Return the encoded fields in which ``after`` differs from ``before``: what the journal keeps."""
    if before is None:
        return encode(after)
    return {name: _plain(value) for name in _NAMES if (value := getattr(after, name)) != getattr(before, name)}


def replay(entries: tuple[Mapping[str, Any], ...]) -> Ticket:
    """Return the ticket that the journal's changes, oldest first, build up (STA-1)."""
    data: dict[str, Any] = {}
    for entry in entries:
        data.update(entry)
    return decode(data)


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _AS_IS:
        return value
    if kind is tuple or kind is list:
        return [_plain(item) for item in value]
    if kind is datetime:
        return microseconds(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return {name: _plain(getattr(value, name)) for name in _names_of(kind)}


@cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _same(value: Any) -> Any:
    return value


def _instant(value: int | None) -> datetime | None:
    return None if value is None else instant(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _mds(values: list[dict[str, Any]]) -> tuple[MdsValue, ...]:
    return tuple(MdsValue(**{**value, "value": _frozen(value["value"])}) for value in values)


def _questions(values: list[dict[str, str]]) -> tuple[Question, ...]:
    return tuple(Question(**value) for value in values)


def _rfi(value: dict[str, Any] | None) -> Rfi | None:
    if value is None:
        return None
    instants = {name: _instant(value.get(name)) for name in ("started_at", "counted_from", "not_before")}
    return Rfi(**{**value, "questions": _questions(value["questions"]), **instants})


def _resolution(value: dict[str, Any] | None) -> Resolution | None:
    if value is None:
        return None
    return Resolution(**{**value, **{name: _instant(value[name]) for name in ("accepted_at", "window_ends_at")}})


_NAMES = tuple(field.name for field in fields(Ticket))
_values = attrgetter(*_NAMES)
_SETTERS = {name: getattr(Ticket, name).__set__ for name in _NAMES}  # of the slots, which a frozen dataclass has as well
_READERS: dict[str, Any] = {
    **dict.fromkeys(("received_at", "created_at", "updated_at"), instant),
    **dict.fromkeys(("participants", "flags", "linked", "thread"), tuple),
    "state": State,
    "channel": Channel,
    "mds": _mds,
    "missing": _questions,
    "rfi": _rfi,
    "resolution": _resolution,
}
_COMPOUND = tuple(_READERS)  # the other fields are as JSON has them
