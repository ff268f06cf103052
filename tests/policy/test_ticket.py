"""A ticket in its JSON form, and the journal that builds it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.policy.ticket import (
    Channel,
    MdsValue,
    Question,
    Resolution,
    Rfi,
    State,
    Ticket,
    changed,
    changes,
    decode,
    encode,
    instant,
    microseconds,
    replay,
)

AT = datetime(2026, 3, 3, 14, 2, 5, 123456, tzinfo=UTC)
instants = st.datetimes(min_value=datetime(2012, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
questions = st.builds(Question, key=st.sampled_from(["contact_number", ""]), text=st.text(max_size=20))
rfis = st.builds(
    Rfi,
    number=st.integers(1, 9),
    questions=st.tuples(questions),
    agent=st.text(max_size=5),
    started_at=st.none() | instants,
    reminders=st.integers(0, 3),
)
resolutions = st.builds(
    Resolution, number=st.integers(1, 9), text=st.text(max_size=20), accepted_at=st.none() | instants, window_ends_at=st.none() | instants
)
values = st.builds(
    MdsValue,
    key=st.text(min_size=1, max_size=8),
    value=st.text() | st.integers() | st.tuples(st.text()),
    source=st.text(max_size=5),
    cause=st.text(max_size=5),
)
tickets = st.builds(
    Ticket,
    id=st.text(alphabet="0123456789abcdef", min_size=32, max_size=32),
    number=st.integers(1, 10**9),
    reference=st.just("INC0012345"),
    version=st.integers(1, 99),
    channel=st.sampled_from(Channel),
    requester=st.emails(),
    participants=st.lists(st.emails(), max_size=3).map(tuple),
    subject=st.text(max_size=30),
    mds=st.tuples(values),
    missing=st.tuples(questions),
    state=st.sampled_from(State),
    flags=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    rfi=st.none() | rfis,
    resolution=st.none() | resolutions,
    received_at=instants,
    created_at=instants,
    updated_at=instants,
)


@given(tickets)
@pytest.mark.rule("STA-1")
def test_a_ticket_comes_back_from_its_stored_form_as_it_was(ticket: Ticket) -> None:
    """Decoding what was encoded gives the same ticket."""
    assert ticket == decode(encode(ticket))


@given(tickets, tickets)
@pytest.mark.rule("STA-1")
def test_the_changes_of_two_decisions_build_up_the_second_ticket(first: Ticket, second: Ticket) -> None:
    """Replaying a journal of changes gives the ticket as the last decision left it."""
    assert second == replay((changes(None, first), changes(first, second)))


@given(tickets, tickets)
def test_a_changed_ticket_is_the_replaced_one(ticket: Ticket, other: Ticket) -> None:
    """Changing fields gives what ``dataclasses.replace`` gives, and leaves the ticket itself as it was."""
    before = encode(ticket)
    values: dict[str, Any] = {"state": other.state, "flags": other.flags, "rfi": other.rfi, "version": other.version}
    assert (replace(ticket, **values), before) == (changed(ticket, **values), encode(ticket))


def test_a_journal_entry_keeps_only_what_changed() -> None:
    """A decision that moves the state leaves nothing else in its entry."""
    before = Ticket(id="0" * 32, number=1, reference="INC0000001")
    assert {"state": "Resolved"} == changes(before, replace(before, state=State.RESOLVED))


@given(instants)
def test_an_instant_is_kept_to_the_microsecond(at: datetime) -> None:
    """What the store keeps of an instant is all of it, in UTC."""
    assert at == instant(microseconds(at))
    assert microseconds(at) + 1 == microseconds(at + timedelta(microseconds=1))


def test_an_unknown_field_of_an_older_store_takes_its_default() -> None:
    """A ticket stored before a field was there can still be read."""
    data = encode(Ticket(id="0" * 32, number=1, reference="INC0000001", received_at=AT))
    del data["linked"]
    assert () == decode(data).linked
