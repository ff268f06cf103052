"""What can happen to a ticket (events, past tense) and what a decision asks for (effects, imperative)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maild.policy.ticket import Channel, MdsValue, Question


class TimerKind(StrEnum):
    """What a timer is for."""

    REMINDER = "reminder"  # the next reminder, or the resolution after the last
    SETTLE = "settle"  # has the other half of the answer come? (MDS-5)
    RFI_UNSENT = "rfi_unsent"  # the relay has not taken the RFI (RFI-4)
    CLOSE = "close"  # the re-open window is over


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What the machine knows of a mail of a person."""

    mail_id: str
    message_id: str
    references: tuple[str, ...]
    sender: str
    sender_name: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """What the MDS says after this event: all values known now, what is still missing, and where the ticket would be routed.

    ``given`` are the keys that the mail itself answered, its From header apart.
    """

    values: tuple[MdsValue, ...]
    missing: tuple[Question, ...]
    category: str
    team: str
    given: tuple[str, ...] = ()
    ask: bool = True  # whether an RFI by mail may ask for what is missing (MDS-1, MDS-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; ``cause`` names the mail, timer, link, relay or agent that it came from."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReceived(Event):
    """A new request: the one event that makes a ticket. ``answerable`` is False where nothing automatic may go out (ACK-3)."""

    id: str
    number: int
    reference: str
    channel: Channel
    requester: str
    requester_name: str
    participants: tuple[str, ...]
    region: str
    language: str
    subject: str
    description: str
    received_at: datetime
    answerable: bool
    mail: MailFacts | None = None
    unreadable: str = ""
    linked: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    assessed: Assessed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserWrote(Event):
    """A participant's mail on the ticket. ``substance`` is False for a bare thank-you; ``answerable`` as for a request."""

    mail: MailFacts
    text: str
    substance: bool = True
    answerable: bool = True
    unreadable: str = ""
    added: tuple[str, ...] = ()  # participants that this mail adds (REF-7)
    assessed: Assessed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsiderWrote(Event):
    """A mail with signed evidence of somebody who is no participant: filed, the clock held, the team asked to accept (REF-4)."""

    mail: MailFacts
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFiled(Event):
    """A mail that is kept with the ticket and changes nothing: unverified, automatic, or weaker evidence lost (REF-3, REF-4, RFI-3)."""

    mail: MailFacts
    text: str
    why: str
    person: bool  # a person's mail also stands in needs-a-look (STA-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBounced(Event):
    """A delivery report, by signed evidence, on a mail of ours. ``role`` is what the mail was to the ticket, ``why`` what it says."""

    role: str
    recipient: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTaken(Event):
    """The relay has accepted a mail of ours that matters to the clock (RFI-4, RES-3)."""

    role: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRefused(Event):
    """A mail of ours can not be delivered: the relay refused it for good, or its days are over."""

    role: str
    recipient: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Event):
    """A due time has come. ``due_at`` is when it should have fired."""

    kind: TimerKind
    due_at: datetime
    number: int = 0  # of the RFI or resolution the timer belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(Event):
    """The working days are other than they were; ``due_at`` is when the ticket's timer of this kind is due so far (REM-3)."""

    kind: TimerKind
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenRequested(Event):
    """Somebody used the re-open link of a resolution (RES-4); by mail, ``answerable`` says whether he may be told that it is dead."""

    resolution: int
    reason: str = ""
    mail: MailFacts | None = None
    answerable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionConfirmed(Event):
    """Somebody used the confirm link of a resolution."""

    resolution: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentActed(Event):
    """Base of what an agent does, by mail or command line; ``agent`` names him (AGT-6)."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReplied(AgentActed):
    """A public reply to the requester."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNoted(AgentActed):
    """An internal note."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAsked(AgentActed):
    """An RFI with a question of the agent's, or for MDS fields."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResolved(AgentActed):
    """What was done, for the resolution mail."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReopened(AgentActed):
    """An agent takes up a resolved ticket again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentClosed(AgentActed):
    """An agent closes a resolved ticket before its window is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCancelled(AgentActed):
    """The ticket was no request; ``merged_into`` names the ticket it went into."""

    reason: str
    merged_into: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAssigned(AgentActed):
    """The ticket goes to a team, or to a person in it."""

    team: str
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentExtended(AgentActed):
    """The reminder clock is put off until ``until`` (RFI-5)."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAccepted(AgentActed):
    """The agent accepts an outsider's filed mail; ``sender`` becomes a participant and the clock runs or stops as for his answer."""

    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Send one mail. ``template`` is one of CONTRACTS 1; ``kind`` is what caps count it as, "" for what is not capped."""

    template: str
    to: str
    auto_submitted: str
    role: str = ""
    kind: str = ""
    questions: tuple[Question, ...] = ()
    text: str = ""
    deadline: datetime | None = None
    rfi_follows: bool = False
    answers: str = ""  # Message-ID of the mail it answers
    mail_at: datetime | None = None  # when that mail came in


@dataclass(frozen=True, slots=True, kw_only=True)
class TellTeam:
    """Tell the ticket's team (or the helpdesk) what is new (AGT-2)."""

    what: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """Start a timer, in the place of one of the same kind."""

    kind: TimerKind
    due_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimers:
    """Stop the ticket's timers of these kinds."""

    kinds: tuple[TimerKind, ...] = tuple(TimerKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsALook:
    """Put the mail that caused this on the needs-a-look list (STA-3)."""

    reason: str


Effect = SendMail | TellTeam | StartTimer | StopTimers | NeedsALook


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line of the journal, but for its time: what happened, why, and what it changed."""

    kind: str
    cause: str
    data: dict[str, object] = field(default_factory=dict)
