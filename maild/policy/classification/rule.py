"""What a rule of classification is, and how much its word counts.

A rule looks at one mail and says yes or no. One word of a machine that no person's mail bears is a ``PROOF``; everything else is weighed:
the strongest word of each source (sender, subject, text …) counts once, and only words of two sources together reach the threshold. So one
sign alone, however often it stands in one place, never makes a person's mail automatic (LOOP-3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from maild.policy.classification.facts import Facts


class MailClass(StrEnum):
    """Who wrote a mail: a person, a machine, or a mail server reporting on a delivery."""

    HUMAN = "human"
    AUTO = "auto"
    BOUNCE = "bounce"


class AutoKind(StrEnum):
    """What an automatic mail is."""

    OWN = "own"
    DSN = "dsn"
    DELAY = "delay"
    ABUSE_REPORT = "abuse_report"
    MDN = "mdn"
    CALENDAR = "calendar"
    OUT_OF_OFFICE = "out_of_office"
    TICKET_SYSTEM = "ticket_system"
    LIST = "list"
    VOICEMAIL = "voicemail"
    SCAN = "scan"
    NOTIFICATION = "notification"
    AUTO_REPLY = "auto_reply"

    @property
    def wants_look(self) -> bool:
        """Return whether a person should see such mail where it belongs to no ticket (LOOP-1, STA-3)."""
        return self in (AutoKind.TICKET_SYSTEM, AutoKind.VOICEMAIL, AutoKind.SCAN, AutoKind.NOTIFICATION)


class Weight(IntEnum):
    """How much a rule's word counts. ``CARE`` is no sign of a machine, but no answer is sent (ACK-3)."""

    CARE = 0
    WEAK = 1
    FIRM = 2
    PROOF = 9


class Source(StrEnum):
    """Where a sign was seen; each source counts once."""

    ENVELOPE = "envelope"
    SENDER = "sender"
    SUBJECT = "subject"
    TEXT = "text"
    PRECEDENCE = "precedence"
    LIST = "list"
    CAMPAIGN = "campaign"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Rule:
    """One named rule. ``silent`` rules forbid automatic answers even where the mail is a person's."""

    name: str
    weight: Weight
    source: Source
    kind: AutoKind
    test: Callable[[Facts], bool]
    silent: bool = False


THRESHOLD = 3
BOUNCES = frozenset({AutoKind.DSN, AutoKind.DELAY, AutoKind.ABUSE_REPORT})


def score(rules: Iterable[Rule]) -> int:
    """Return what the rules that hit come to: of each source the strongest."""
    strongest: dict[Source, int] = {}
    for rule in rules:
        strongest[rule.source] = max(strongest.get(rule.source, 0), rule.weight)
    return sum(strongest.values())
