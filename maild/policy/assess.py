"""Which ticket a mail belongs to, with what proof, and what may be done with it: what desk, ``explain`` and ``replay`` all call.

``wanted`` says what must be looked up, the store looks it up, ``assess`` weighs it (REF-1 to REF-8, SVC-1 to SVC-3, RES-6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from maild.mail.authentication import proof
from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.policy.classification.rule import AutoKind, MailClass
from maild.policy.reading import Reading
from maild.policy.recipients import RecipientClass, plus_token, recipient_class
from maild.policy.reference import find_references
from maild.policy.rules import Rules
from maild.policy.ticket import State, Ticket
from maild.tokens import Keyring, Purpose, Token, parse

MAX_LOOKUPS = 20
MAX_LABELS = 10
FINAL = frozenset({State.CLOSED, State.CANCELLED})


class Kind(StrEnum):
    """What becomes of a mail."""

    NEW = "new"  # a new ticket
    UPDATE = "update"  # a participant's mail on a ticket
    OUTSIDER = "outsider"  # signed evidence of somebody who is no participant
    NOTE = "note"  # kept with a ticket, changes nothing
    UNPROMPTED = "unprompted"  # to the service address, belongs to nothing
    PERSON = "person"  # to postmaster or abuse
    BOUNCE = "bounce"  # a delivery report on a mail of ours
    LINK = "link"  # a re-open or confirm token in the subject or recipient
    LOOK = "look"  # an automatic mail a person should see
    BLOCKED = "blocked"  # an administrator wants no mail from there
    IGNORED = "ignored"  # nothing at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sign that a mail belongs to a ticket: where it stands, what it says, whether it is signed, and the ticket's number."""

    source: str  # in_reply_to | references | recipient | subject | mail
    value: str
    signed: bool
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What must be looked up for a mail: tokens that may be signed evidence, numbers of the subject, Message-IDs; and from whom to whom."""

    tokens: tuple[tuple[str, str, Purpose, Token], ...]
    numbers: tuple[int, ...]
    message_ids: tuple[str, ...]
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was looked up: tickets by number, and the ticket numbers of mails that we accepted, by Message-ID.

    ``looked`` is what was ``wanted`` of the mail, None where it was not kept.
    """

    looked: Wanted | None = None
    tickets: Mapping[int, Ticket] = field(default_factory=lambda: MappingProxyType({}))
    mails: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a mail is to us. ``reason`` says why where the kind alone does not; ``verified`` is False for a sender that proves nothing."""

    kind: Kind
    to: RecipientClass
    evidence: tuple[Evidence, ...]
    ticket: Ticket | None = None
    linked: tuple[str, ...] = ()
    reason: str = ""
    flagged: str = ""
    verified: bool = True
    answerable: bool = False
    token: Token | None = None
    purpose: Purpose | None = None
    participants: tuple[str, ...] = ()
    agent: bool = False  # a team's address, with the proof that agents owe (AGT-4)
    by_address: bool = False  # a delivery report to the VERP address of the mail that it is about


def wanted(message: Message, envelope: Envelope, rules: Rules) -> Wanted:
    """Return what to look up for a mail; at most 20 of each kind."""
    named = _named(message.report.original_ids, rules) if message.report is not None else []
    tokens = [*_recipient_tokens(message, envelope, rules), *_id_tokens(message, rules), *_subject_tokens(message), *named]
    return Wanted(
        tokens=tuple(tokens[: 2 * MAX_LOOKUPS]),
        numbers=find_references(message.subject, rules.reference)[:5],
        message_ids=tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:MAX_LOOKUPS],
        sender=message.sender.address if message.sender is not None and not message.sender_defects else "",
        to=tuple(address.address for address in message.to[:MAX_LOOKUPS]),
    )


def address_class(message: Message, envelope: Envelope, rules: Rules) -> RecipientClass:
    """Return which of our addresses the mail counts as sent to: the helpdesk's when it went to both (SVC-3), or to none that we see."""
    shown = tuple(address.address for address in (*message.to, *message.cc))
    by_envelope = {recipient_class(address, rules.addresses) for address in envelope.rcpt_to}
    by_header = {recipient_class(address, rules.addresses) for address in shown}
    if RecipientClass.HELPDESK in by_envelope | by_header:
        return RecipientClass.HELPDESK
    for classes in (by_envelope, by_header):
        for kind in (RecipientClass.SERVICE, RecipientClass.PERSON):
            if kind in classes:
                return kind
    return RecipientClass.HELPDESK


def assess(reading: Reading, envelope: Envelope, found: Found, rules: Rules, keyring: Keyring) -> Assessment:
    """Return what the mail is to us, by all the evidence there is (REF-3, REF-4). Nothing is decided yet about the ticket."""
    to = address_class(reading.message, envelope, rules)
    looked = found.looked or wanted(reading.message, envelope, rules)
    evidence = weigh(looked, found, keyring)
    ticket, flagged = _choose(evidence, found)
    verified = _verified(reading.message, rules)
    agent = _is_agent(reading.message, rules)
    base = Assessment(kind=Kind.IGNORED, to=to, evidence=evidence, ticket=ticket, flagged=flagged, verified=verified, agent=agent)
    if reading.verdict.kind is MailClass.BOUNCE:  # a blocked server's too: it still stops a clock
        return _report(base, envelope, looked, found, keyring)
    if _blocked(reading.message, envelope, rules):  # OPS-10
        return _with(base, Kind.BLOCKED, ticket=None, reason="blocked")
    if reading.verdict.kind is not MailClass.HUMAN:
        return _machine(base, reading, rules)
    return _human(base, reading, looked, rules, found, keyring)


def weigh(looked: Wanted, found: Found, keyring: Keyring) -> tuple[Evidence, ...]:
    """Return every piece of evidence that holds: signed first, then the subject, then mails that we accepted."""
    signed = [
        Evidence(source=source, value=value, signed=True, number=token.number)
        for source, value, purpose, token in looked.tokens
        if purpose in (Purpose.MESSAGE, Purpose.ADDRESS)
        and (ticket := found.tickets.get(token.number)) is not None
        and keyring.verify(purpose, token, binding=ticket.id)
    ]
    subject = [
        Evidence(source="subject", value=found.tickets[number].reference, signed=False, number=number)
        for number in looked.numbers
        if number in found.tickets
    ]
    weak = [
        Evidence(source="mail", value=message_id, signed=False, number=number)
        for message_id in looked.message_ids
        if (number := found.mails.get(message_id)) is not None and number in found.tickets
    ]
    return (*signed, *subject, *weak)


def named(message: Message, found: Found, rules: Rules, keyring: Keyring) -> Ticket | None:
    """Return the ticket whose clock a mail that cannot be processed holds, or None (INT-9).

    Such a mail must not be ignored by the clock, and nobody may hold another's: as in REF-4 it takes signed evidence, a bounce's included,
    or a reference or weak evidence from a participant with a sound From.
    """
    looked = found.looked
    assert looked is not None
    for _, _, purpose, token in looked.tokens:
        ticket = found.tickets.get(token.number)
        if ticket is not None and keyring.verify(purpose, token, binding=ticket.id):
            return ticket
    ticket, _ = _choose(weigh(looked, found, keyring), found)
    sender = message.sender.address if message.sender is not None else ""
    return ticket if ticket is not None and _verified(message, rules) and ticket.is_participant(sender) else None


def _choose(evidence: tuple[Evidence, ...], found: Found) -> tuple[Ticket | None, str]:
    """Return the ticket, and why a human should look when the evidence disagrees (REF-3)."""
    signed = tuple(dict.fromkeys(piece.number for piece in evidence if piece.signed))
    if len(signed) == 1:
        return found.tickets[signed[0]], ""
    subject = tuple(piece.number for piece in evidence if piece.source == "subject")
    if signed:
        settled = next((number for number in subject if number in signed), None)
        return (found.tickets[settled], "") if settled else (found.tickets[max(signed)], "evidence disagrees")
    rest = subject or tuple(piece.number for piece in evidence)
    return (found.tickets[rest[0]], "") if rest else (None, "")


def _verified(message: Message, rules: Rules) -> bool:
    """Return whether the mail may update a ticket in its sender's name (REF-8, AGT-4)."""
    return _meets(rules.senders.demand_for_updates, message, rules)


def _is_agent(message: Message, rules: Rules) -> bool:
    """Return whether the mail is an agent's, as far as its sender is proven (AGT-4)."""
    sender = message.sender
    return sender is not None and rules.teams.is_agent(sender.address) and _meets(rules.senders.demand_for_agents, message, rules)


def _meets(demand: str, message: Message, rules: Rules) -> bool:
    """Return whether the sender is sound, and proven where ``demand`` says ``aligned``."""
    if message.sender is None or message.sender_defects:
        return False
    return demand == "off" or proof(message, rules.senders).result == "pass"


def _human(base: Assessment, reading: Reading, looked: Wanted, rules: Rules, found: Found, keyring: Keyring) -> Assessment:
    answerable = _answerable(base, reading, rules)
    link = _link(looked, found, keyring)
    if link is not None and reading.message.sender is not None and not reading.message.sender_defects:
        purpose, token = link
        ticket = found.tickets.get(token.number)
        return _with(base, Kind.LINK, ticket=ticket, token=token, purpose=purpose, answerable=answerable)
    if base.ticket is None:
        return _without_ticket(base, reading, rules, answerable)
    return _with_ticket(base, reading, rules, answerable)


def _without_ticket(base: Assessment, reading: Reading, rules: Rules, answerable: bool) -> Assessment:
    if base.to is RecipientClass.PERSON:
        return _with(base, Kind.PERSON)
    if base.to is RecipientClass.SERVICE and rules.unprompted == "notice":
        return _with(base, Kind.UNPROMPTED, answerable=answerable)
    return _with(base, Kind.NEW, answerable=answerable, participants=_added(reading.message, rules))


def _with_ticket(base: Assessment, reading: Reading, rules: Rules, answerable: bool) -> Assessment:
    ticket, message = base.ticket, reading.message
    assert ticket is not None
    signed = any(piece.signed for piece in base.evidence if piece.number == ticket.number)
    sender = message.sender.address if message.sender is not None else ""
    inside = base.verified and ticket.is_participant(sender)
    if not inside and rules.teams.is_agent(sender):
        return _with(base, Kind.NOTE, reason="a team's mail" if base.agent else "unverified: a team's address without proof")
    if not inside and not signed:
        return _stranger(base, ticket, reading, rules, answerable)
    if not inside and not base.verified:
        return _with(base, Kind.NOTE, reason="unverified sender")
    if not inside:
        return _with(base, Kind.OUTSIDER)
    if ticket.state in FINAL and base.to is RecipientClass.HELPDESK:  # RES-6
        return _with(base, Kind.NEW, ticket=None, linked=(ticket.reference,), answerable=answerable, participants=_added(message, rules))
    if _autocompleted(base.evidence, message) and ticket.state is State.CLOSED:  # REF-5
        return _with(base, Kind.UNPROMPTED, ticket=None, answerable=answerable)
    sure = signed or proof(message, rules.senders).result == "pass"  # a forged From and a guessed reference add nobody (REF-7)
    added = _added(message, rules) if sure and sender == ticket.requester else ()
    return _with(base, Kind.UPDATE, answerable=answerable, participants=added)


def _stranger(base: Assessment, ticket: Ticket, reading: Reading, rules: Rules, answerable: bool) -> Assessment:
    """A reference or weak evidence of somebody who is no participant (REF-4): the third cell and the fourth."""
    if base.to is RecipientClass.HELPDESK and rules.senders.outsider_with_reference == "new":
        return _with(base, Kind.NEW, ticket=None, linked=(ticket.reference,), answerable=answerable)
    return _with(base, Kind.NOTE, reason="unverified: not a participant")


def _autocompleted(evidence: tuple[Evidence, ...], message: Message) -> bool:
    """Return whether the plus-address alone speaks for the ticket: taken from an old mail, and no reply to it."""
    return bool(evidence) and all(piece.source == "recipient" for piece in evidence) and not message.in_reply_to and not message.references


def _machine(base: Assessment, reading: Reading, rules: Rules) -> Assessment:
    """A mail that no person wrote (LOOP-1, RFI-3)."""
    verdict = reading.verdict
    reason = str(verdict.reason)
    sender = reading.message.sender.address if reading.message.sender is not None else ""
    if sender and _listed(sender, rules.senders.machine_allow):
        return _with(base, Kind.NEW if base.ticket is None else Kind.NOTE, reason=reason)
    if base.ticket is not None and verdict.reason is not AutoKind.OWN:
        return _with(base, Kind.NOTE, reason=reason)
    kind = Kind.LOOK if verdict.reason is not None and verdict.reason.wants_look else Kind.IGNORED
    return _with(base, kind, reason=reason)


def _listed(address: str, patterns: tuple[str, ...]) -> bool:
    domain = address.rpartition("@")[2]
    return any(pattern in (address, domain, "@" + domain) for pattern in patterns)


def _blocked(message: Message, envelope: Envelope, rules: Rules) -> bool:
    """Return whether From or the envelope's sender is blocked: the address, its domain, or a domain above that."""
    if not rules.senders.blocked:
        return False
    sender = message.sender.address if message.sender is not None else ""
    return any(name in rules.senders.blocked for address in (sender, envelope.mail_from or "") for name in _names(address.lower()))


def _names(address: str) -> Iterator[str]:
    """Yield the address, and its domain with those above it, with and without ``@`` before it."""
    if not address:
        return
    yield address
    labels = address.rpartition("@")[2].split(".")[-MAX_LABELS:]
    for start in range(len(labels)):
        domain = ".".join(labels[start:])
        yield domain
        yield "@" + domain


def _answerable(base: Assessment, reading: Reading, rules: Rules) -> bool:
    """Return whether anything automatic may go to the sender at all, caps apart (ACK-3, LOOP-1)."""
    sender = reading.message.sender
    if not reading.verdict.answerable or sender is None or recipient_class(sender.address, rules.addresses) is not None:
        return False
    return _meets(rules.senders.demand_for_answers, reading.message, rules)


def _added(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return who stands in To and Cc beside us: they become participants on the requester's word (REF-7)."""
    sender = message.sender.address if message.sender is not None and not message.sender_defects else ""
    if not sender or message.has_header("list-id"):
        return ()
    seen = dict.fromkeys(address.address for address in (*message.to, *message.cc))
    others = (address for address in seen if address != sender and recipient_class(address, rules.addresses) is None)
    return tuple(others)[: rules.senders.participants_limit]


def _recipient_tokens(message: Message, envelope: Envelope, rules: Rules) -> list[tuple[str, str, Purpose, Token]]:
    addresses = dict.fromkeys((*envelope.rcpt_to, *(address.address for address in message.to)))
    tokens = []
    for address in addresses:
        text = plus_token(address, rules.addresses)
        for prefix, purpose in _PREFIXES:
            if text.startswith(prefix) and (token := parse(text[len(prefix) :])) is not None:
                tokens.append(("recipient", address, purpose, token))
    return tokens


_PREFIXES = (("b-", Purpose.BOUNCE), ("o-", Purpose.REOPEN), ("y-", Purpose.CONFIRM), ("r-", Purpose.ADDRESS))


def _id_tokens(message: Message, rules: Rules) -> list[tuple[str, str, Purpose, Token]]:
    tokens = []
    domain = "@" + rules.addresses.service.rpartition("@")[2]
    for source, ids in (("in_reply_to", message.in_reply_to), ("references", tuple(reversed(message.references))[:MAX_LOOKUPS])):
        for message_id in ids[:MAX_LOOKUPS]:
            if message_id.lower().rstrip(">").endswith(domain):
                token = parse(message_id.strip("<>")[: -len(domain)])
                if token is not None:
                    tokens.append((source, message_id, Purpose.MESSAGE, token))
    return tokens


def _subject_tokens(message: Message) -> list[tuple[str, str, Purpose, Token]]:
    """Return link tokens in the subject of a new mail: the mailto form of the links (RES-2). Never in a body, which a reply would quote."""
    tokens = []
    for word in message.subject.split()[:40]:
        if word[1:2] != "-":  # as all prefixes have it: most words need no closer look
            continue
        for prefix, purpose in _PREFIXES[1:3]:
            if word.lower().startswith(prefix) and (token := parse(word[len(prefix) :])) is not None:
                tokens.append(("subject", word, purpose, token))
    return tokens


def _link(looked: Wanted, found: Found, keyring: Keyring) -> tuple[Purpose, Token] | None:
    for _, _, purpose, token in looked.tokens:
        if purpose in (Purpose.REOPEN, Purpose.CONFIRM):
            ticket = found.tickets.get(token.number)
            if ticket is not None and keyring.verify(purpose, token, binding=ticket.id):
                return purpose, token
    return None


def _report(base: Assessment, envelope: Envelope, looked: Wanted, found: Found, keyring: Keyring) -> Assessment:
    """A delivery report from nobody (RFC 3464 §2), on a mail of ours by signed evidence; else it is kept and a person looks (BNC-1).

    The Message-ID in returned headers is signed too, and where plus-addressing is off it is all there is: it holds a clock, so that nobody
    is resolved who was never asked. But a reply-all hands it to anybody: only the VERP address counts against the address that it is about.
    """
    token, sure = _bounced(looked, found, keyring)
    if token is None:
        return _with(base, Kind.IGNORED, ticket=None, reason="bounce")
    ticket = found.tickets.get(token.number)
    if not envelope.mail_from and (sure or ticket is not None):
        return _with(base, Kind.BOUNCE, ticket=ticket, token=token, reason="bounce", by_address=sure)
    return _with(base, Kind.LOOK if ticket is None else Kind.NOTE, ticket=ticket, reason="bounce", flagged="unproven report")


def _bounced(looked: Wanted, found: Found, keyring: Keyring) -> tuple[Token | None, bool]:
    """Return the token of the mail of ours that bounced, and whether it is its VERP address's."""
    for source, _, purpose, token in looked.tokens:
        if source not in ("recipient", "report"):  # what a report says of itself (In-Reply-To, References) names nothing
            continue
        ticket = found.tickets.get(token.number)
        binding = ticket.id if ticket is not None else ""
        if purpose in (Purpose.BOUNCE, Purpose.MESSAGE) and keyring.verify(purpose, token, binding=binding):
            return token, purpose is Purpose.BOUNCE
    return None, False


def _named(ids: tuple[str, ...], rules: Rules) -> list[tuple[str, str, Purpose, Token]]:
    domain = "@" + rules.addresses.service.rpartition("@")[2]
    parsed = ((i, parse(i.strip("<>")[: -len(domain)])) for i in ids[:5] if i.lower().rstrip(">").endswith(domain))
    return [("report", i, Purpose.MESSAGE, token) for i, token in parsed if token is not None]


def _with(base: Assessment, kind: Kind, **more: object) -> Assessment:
    return replace(base, kind=kind, **more)  # type: ignore[arg-type]  # the names are the dataclass's own
