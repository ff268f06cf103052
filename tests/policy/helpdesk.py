"""A helpdesk for the tests of decisions: rules, and a ticket in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from maild.policy.calendar import WorkingCalendar
from maild.policy.events import MailFacts
from maild.policy.rules import AddressRules, RegionRules, Rules
from maild.policy.ticket import Question, Resolution, Rfi, State, Ticket

NOW = datetime(2026, 3, 3, 14, 2, tzinfo=UTC)  # a Tuesday
ALICE = "alice@trust.example"
CALENDAR = WorkingCalendar(zone=ZoneInfo("Europe/London"))
RULES = Rules(
    addresses=AddressRules(
        helpdesk=("helpdesk@helpdesk.example",),
        service="service@helpdesk.example",
        persons=MappingProxyType({"postmaster@helpdesk.example": "person@person.example"}),
    ),
    regions=RegionRules(calendars=MappingProxyType({"ENG": CALENDAR})),
)
FACTS = MailFacts(mail_id="M1", message_id="<2@trust.example>", references=(), sender=ALICE, sender_name="Alice", received_at=NOW)


def ticket(state: State = State.NEW, **more: object) -> Ticket:
    """Return Alice's ticket INC0000001 as it stands in ``state``."""
    made = Ticket(
        id="a" * 32,
        number=1,
        reference="INC0000001",
        version=1,
        requester=ALICE,
        region="ENG",
        subject="Printer down",
        description="It is broken.",
        state=state,
        thread=("<1@trust.example>",),
        received_at=NOW - timedelta(days=1),
        created_at=NOW - timedelta(days=1),
        updated_at=NOW - timedelta(days=1),
    )
    if state is State.AWAITING_USER_INFO:
        rfi = Rfi(number=1, questions=(Question(key="contact_number"),), started_at=NOW - timedelta(hours=1))
        made = replace(made, rfi=rfi, asked=1, rounds=1, missing=rfi.questions)
    if state in (State.RESOLVED, State.CLOSED):
        window = NOW + timedelta(hours=72)
        made = replace(made, resolution=Resolution(number=1, text="New toner.", accepted_at=NOW, window_ends_at=window), resolutions=1)
    return replace(made, **more)  # type: ignore[arg-type]  # the tests name the ticket's own fields
