"""What no mail may bring maild to do, whatever stands in it: each check yields a sentence for what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maild.mail.envelope import Envelope
from maild.policy.classification.rule import MailClass
from maild.policy.reading import Reading

# To a team, or passed on to a person of ours: everything else goes to the one who wrote.
_INSIDE = frozenset({"team", "forward"})
# What answers a mail that opens a ticket, or belongs to none.
_FIRST = frozenset({"ack", "rfi", "unprompted", "unreadable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a mail brought maild to do: its disposition with the reason, and the templates of the mails that it caused."""

    disposition: str
    reason: str
    templates: tuple[str, ...]


def problems(reading: Reading, envelope: Envelope, done: Done) -> Iterator[str]:
    """Yield what was done and should not have been."""
    answers = [template for template in done.templates if template not in _INSIDE]
    human = reading.verdict.kind is MailClass.HUMAN
    if answers and not human:
        yield f"a machine was answered with {answers}: {reading.verdict.rules}"  # LOOP-1
    if answers and envelope.mail_from == "" and done.reason != "link":  # a token acts whoever hands it in, and the requester is told
        yield f"the null sender was answered with {answers}"  # LOOP-1
    if done.disposition in ("opened", "updated") and not human:
        yield f"a machine's mail was {done.disposition}: {reading.verdict.rules}"
    if not reading.message.sender_defects:
        return
    first = [template for template in answers if template in _FIRST]
    if first and done.disposition != "updated":
        yield f"a doubtful sender was answered with {first}: {reading.message.sender_defects}"  # REF-8
    if done.disposition == "updated" and done.reason != "link":
        yield f"a doubtful sender updated a ticket ({done.reason}): {reading.message.sender_defects}"  # REF-8
