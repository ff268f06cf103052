"""Who wrote a mail: a person, a machine, or a mail server reporting on a delivery; and whether anything automatic may answer it.

An ordered list of small named rules (``classification``); a verdict keeps the names of all that hit (LOOP-3). Nothing here does IO.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.policy.classification.facts import Facts
from maild.policy.classification.machines import MACHINE_RULES
from maild.policy.classification.reports import REPORT_RULES
from maild.policy.classification.rule import BOUNCES, THRESHOLD, AutoKind, MailClass, Rule, Source, Weight, score
from maild.policy.classification.thanks import bare_thanks
from maild.policy.rules import Rules

__all__ = ["RULES", "AutoKind", "MailClass", "Verdict", "bare_thanks", "classify"]

# Our own mail first: a report on it is still a report. Then the surest and most telling; the first that hits names the kind.
RULES: tuple[Rule, ...] = (*REPORT_RULES, *MACHINE_RULES)

_ORDER = {rule: place for place, rule in enumerate(RULES)}
_OF_TEXT = tuple(rule for rule in RULES if rule.source is Source.TEXT)
_NOT_OF_TEXT = tuple(rule for rule in RULES if rule.source is not Source.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a mail was taken for: its class, the names of the rules that hit, and what kind of automatic mail it is.

    ``answerable`` says whether an automatic answer may go out (ACK-3); False for a person's mail forbids no ticket.
    """

    kind: MailClass
    rules: tuple[str, ...] = ()
    answerable: bool = True
    reason: AutoKind | None = None


def classify(message: Message, envelope: Envelope, rules: Rules) -> Verdict:
    """Return who wrote ``message``. Never raises, whatever the mail.

    A mail is automatic by one proof, or by signs from two places that together reach the threshold. An empty envelope sender is
    half of that, and whatever the mail is then, it is not answered (LOOP-0, LOOP-1).
    """
    hits = _hits(Facts(message, envelope, rules))
    names = tuple(rule.name for rule in hits)
    if score(hits) < THRESHOLD:
        silent = message.sender is None or any(rule.silent for rule in hits)
        return Verdict(kind=MailClass.HUMAN, rules=names, answerable=not silent)
    reason = _reason(hits)
    kind = MailClass.BOUNCE if reason in BOUNCES else MailClass.AUTO
    return Verdict(kind=kind, rules=names, answerable=False, reason=reason)


def _hits(facts: Facts) -> list[Rule]:
    """Return the rules that hit, in their order. The text alone never reaches the threshold: it is read where something else hit."""
    hits = [rule for rule in _NOT_OF_TEXT if rule.test(facts)]
    if any(rule.weight for rule in hits):
        hits += [rule for rule in _OF_TEXT if rule.test(facts)]
    return sorted(hits, key=_ORDER.__getitem__)


def _reason(hits: list[Rule]) -> AutoKind:
    """Return the kind that the most telling rule names: the first proof of a kind of its own, else the first firm sign."""
    general = (AutoKind.AUTO_REPLY, AutoKind.NOTIFICATION)
    for least, kinds in ((Weight.PROOF, "special"), (Weight.FIRM, "special"), (Weight.WEAK, "any")):
        for rule in hits:
            if rule.weight >= least and (kinds == "any" or rule.kind not in general):
                return rule.kind
    return AutoKind.AUTO_REPLY
