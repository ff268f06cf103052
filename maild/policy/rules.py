"""The frozen rules that the configuration becomes; every decision of ``policy/`` takes what it needs from here.

The defaults are the procedure's (SPEC.md); ``maild/config`` reads the administrator's files into these values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from types import MappingProxyType

from maild.policy.calendar import WorkingCalendar
from maild.policy.mds.fields import MdsRules
from maild.policy.routing import TeamRules


class Unprompted(StrEnum):
    """What mail to the service address that belongs to no ticket gets (SVC-2)."""

    NOTICE = "notice"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRules:
    """Our own addresses, all lower case.

    ``persons`` maps role addresses (``postmaster@…``, ``abuse@…``) to the person who gets their mail; a role is accepted at
    each of our domains, in any case (INT-2).
    """

    helpdesk: tuple[str, ...]
    service: str
    service_name: str = "Helpdesk"
    plus_addressing: bool = True
    persons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def domains(self) -> frozenset[str]:
        """Return the domains of our addresses."""
        return frozenset(address.rpartition("@")[2] for address in (*self.helpdesk, self.service))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRules:
    """The form of a reference, and the patterns of old forms that stay recognised (REF-6).

    Each old pattern is a regular expression of the administrator's with one group, the digits of today's reference.
    """

    prefix: str = "INC"
    digits: int = 7
    old_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRules:
    """How many automatic answers may go out (LOOP-2)."""

    sender_per_hour: int = 10
    sender_per_day: int = 40
    domain_per_hour: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    ticket_per_hour: int = 10
    global_per_minute: int = 300
    notices_per_day: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRules:
    """Who may do what, and which senders are known as machines or are blocked (REF-4, REF-7, LOOP-1)."""

    outsider_with_reference: str = "new"  # at the helpdesk address: "new" ticket | "note"
    participants_limit: int = 20
    machine_allow: tuple[str, ...] = ()  # senders whose automatic mail makes tickets, without answers
    blocked: Collection[str] = ()  # addresses and domains whose mail is filed, and nothing else (OPS-10)
    authserv_ids: tuple[str, ...] = ()  # whose Authentication-Results are believed (AGT-4)
    authserv_profile: str = "named"  # "named" | "unnamed": services that write no authserv-id
    relay_hops: int = 1  # how many Received lines our own relays add above their results, maild's own line apart
    demand_for_updates: str = "off"  # "off" | "aligned"
    demand_for_agents: str = "aligned"
    demand_for_answers: str = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """The language of mails out: by the requester's domain, else the default (ACK-4)."""

    default: str = "en"
    by_domain: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRules:
    """The spans of the procedure; working time where the name says so (REM-1, REM-4, RES-3, RFI-4).

    ``send_window`` keeps reminders that are due at another local time for its opening (REM-6).
    """

    reminder_working: timedelta = timedelta(hours=24)
    reminders: int = 3
    reopen_window: timedelta = timedelta(hours=72)
    reopen_window_working: bool = False
    rfi_unsent: timedelta = timedelta(hours=4)
    settle: timedelta = timedelta(minutes=15)
    max_rounds: int = 2
    closing_mail: bool = True
    send_window: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRules:
    """The regions whose bank holidays count: the default, others by the requester's domain, and each one's calendar (REM-2)."""

    default: str = "ENG"
    by_domain: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that a decision depends on, but for the ticket and the time."""

    addresses: AddressRules
    reference: ReferenceRules = field(default_factory=ReferenceRules)
    caps: CapRules = field(default_factory=CapRules)
    senders: SenderRules = field(default_factory=SenderRules)
    languages: LanguageRules = field(default_factory=LanguageRules)
    spans: SpanRules = field(default_factory=SpanRules)
    unprompted: Unprompted = Unprompted.NOTICE
    combine_ack_and_rfi: bool = False
    regions: RegionRules = field(default_factory=RegionRules)
    mds: MdsRules = field(default_factory=lambda: MdsRules(fields=()))
    teams: TeamRules = field(default_factory=TeamRules)

    def calendar(self, region: str) -> WorkingCalendar:
        """Return the calendar of ``region``, or the default region's where it is not configured (any more)."""
        return self.regions.calendars.get(region) or self.regions.calendars[self.regions.default]
