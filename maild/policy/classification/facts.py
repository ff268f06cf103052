"""What the rules of classification look at: one mail, seen once, in lower case and without accents.

Folding makes ``Réponse automatique`` and ``REPONSE AUTOMATIQUE`` one phrase. Everything looked at is capped first, so that each rule is a
search in a short text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.policy.recipients import RecipientClass, recipient_class
from maild.policy.reference import find_references, format_reference
from maild.policy.rules import Rules

_SUBJECT_CAP = 300
_TEXT_CAP = 5000
_LINES_CAP = 120
# Tags that gateways put before a subject: [EXTERNAL], {Spam?}, *EXT*, EXTERNAL:
_TAG = re.compile(r"(?:\[[^\[\]]{0,40}\]|\{[^{}]{0,40}\}|\*{1,3}(?:external|ext)\*{1,3}|(?:external|ext)(?: e?mail| sender)?:)\s*")
_ORIGINAL = ("original message", "forwarded", "ursprungliche nachricht", "message d'origine", "mensaje original", "oorspronkelijk bericht")
_HEADER_BLOCK = ("from:", "von:", "de:", "da:", "van:", "fra:", "fran:", "od:", "oddi wrth:")
_BEGINS_QUOTE = (">", *_HEADER_BLOCK)
_WROTE = ("wrote:", "schrieb:", "a ecrit :", "a ecrit:", "escribio:", "ha scritto:", "schreef:", "napisal:", "ysgrifennodd:")
_WORDS = re.compile(r"[._+=-]")
_REQUESTS = (
    *(
        "can you",
        "could you",
        "can someone",
        "could someone",
        "can somebody",
        "could somebody",
        "please can",
        "please could",
        "please help",
    ),
    *("help me", "please set", "please put", "please switch", "please turn", "please add", "please remove", "please change", "please fix"),
    *("please look", "have a look", "i forgot", "not working", "n't work", "not work", "is broken"),
)
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|we can't|we cannot|we can not|our (?:ward|team|clinic|practice|office|mailbox|pc|printer)"
    r"|help me)\b(?![.])"
)
_FORM_LABEL = re.compile(
    r"(?:your |full |contact |first |last |patient )?(name|e-?mail(?: address)?|phone(?: number)?|telephone|number|mobile"
    r"|extension|department|ward|location|site|message"
    r"|problem|issue|issue description|description|details|comments|query|request|subject) ?:"
)
_ANSWERED = re.compile(r"[:(] ?(?:was: ?)?(?:\[|re|aw|sv|fw|fwd|wg|tr|antw|vs|odp)\b ?[:\]]?")
_BOUNCE_LOCALS = ("bounce", "owner-", "return-", "verp", "errors-to", "listmaster")


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, on the plain apostrophe."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join([character for character in decomposed if not unicodedata.combining(character)])
    return bare.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as one text."""
    return tuple(text.split())


class Facts:
    """One mail as the rules see it; what only some rules need is worked out when it is first asked for."""

    def __init__(self, message: Message, envelope: Envelope, rules: Rules) -> None:
        self.message = message
        self.envelope = envelope
        self.rules = rules
        self.headers: dict[str, str] = {}
        for header in message.headers:
            seen = self.headers.get(header.name)
            self.headers[header.name] = header.value if seen is None else f"{seen}\n{header.value}"
        self.subject = fold(self._without_references(message.subject[:_SUBJECT_CAP])).strip()
        self.address = message.sender.address if message.sender is not None else ""
        self.local, _, self.domain = self.address.rpartition("@")
        self.display = fold(message.sender.name[:200]) if message.sender is not None else ""
        self.null_sender = envelope.mail_from == ""

    def _without_references(self, subject: str) -> str:
        """Return ``subject`` without references of ours: another desk's number is a sign of that desk, ours is none."""
        for number in find_references(subject, self.rules.reference):
            subject = re.sub(re.escape(format_reference(number, self.rules.reference)), "", subject, flags=re.IGNORECASE)
        return subject

    def value(self, name: str) -> str:
        """Return the values of a header, lower case, one a line, or ""."""
        return self.headers.get(name, "").lower()

    @cached_property
    def opening(self) -> str:
        """The subject from its first word on: tags that gateways put before it are left out."""
        at = 0
        while tag := _TAG.match(self.subject, at):
            at = tag.end()
        return self.subject[at:].lstrip(" *-=<>\"'.:!")

    @cached_property
    def local_words(self) -> frozenset[str]:
        """The words of the sender's local part, and the whole of it without separators; none for ``David Sharp <d.sharp@…>``."""
        parts = [part for part in _WORDS.split(self.local) if part]
        name = self.display.split()
        person = len(parts) > 1 and all(part in name or (len(part) == 1 and any(each.startswith(part) for each in name)) for part in parts)
        return frozenset() if person or len(parts) > 5 else frozenset((*parts, "".join(parts)))

    @cached_property
    def head(self) -> str:
        """What stands at the top of the text, folded, on one line: nothing quoted or forwarded."""
        lines = []
        for line in fold(self.message.text[:_TEXT_CAP]).split("\n")[:_LINES_CAP]:
            bare = line.strip()
            if bare.startswith(_BEGINS_QUOTE) or bare.endswith(_WROTE):
                break
            if bare.startswith("--") and any(word in bare for word in _ORIGINAL):
                break
            lines.append(bare)
        return " ".join(" ".join(lines).split())

    @cached_property
    def text(self) -> str:
        """The beginning of the whole text, folded, on one line: quotes and copies too."""
        return " ".join(fold(self.message.text[:_TEXT_CAP]).split())

    @cached_property
    def addressed(self) -> bool:
        """Whether one of our addresses stands in To or Cc."""
        shown = (*self.message.to, *self.message.cc)
        return any(recipient_class(address.address, self.rules.addresses) is not None for address in shown)

    @cached_property
    def own_address(self) -> bool:
        """Whether the sender is the helpdesk or the service address itself."""
        kind = recipient_class(self.address, self.rules.addresses) if self.address else None
        return kind in (RecipientClass.HELPDESK, RecipientClass.SERVICE)

    @cached_property
    def envelope_sender(self) -> str:
        """The envelope sender in lower case: of the transport, else of Return-Path; "" where there is none."""
        handed = self.envelope.mail_from
        return (self.headers.get("return-path", "").strip("<> \t") if handed is None else handed).lower()

    @cached_property
    def bulk_envelope(self) -> bool:
        """Whether the envelope sender is a program's that counts bounces: ``list-bounces@``, ``bounce-123-ann=trust.example@``."""
        local = self.envelope_sender.rpartition("@")[0]
        forwarded = "srs" in local  # a forwarder's rewriting of a person's address
        return any(part in local for part in _BOUNCE_LOCALS) and not forwarded and self.envelope_sender != self.address

    @cached_property
    def list_headers(self) -> frozenset[str]:
        """The names of the List-* headers, but for a list that is one of our own addresses."""
        names = frozenset(name for name in self.headers if name.startswith("list-"))
        told = (self.value("list-id") + " " + self.value("list-post")).replace("@", ".")
        ours = (*self.rules.addresses.helpdesk, self.rules.addresses.service)
        return frozenset() if names and any(address.replace("@", ".") in told for address in ours) else names

    @cached_property
    def past_list(self) -> bool:
        """Whether a new mail that a list handed over is addressed, first of all, to somebody who is not the list."""
        list_names = " ".join(map(self.value, ("list-post", "list-id", "x-beenthere", "mailing-list"))).replace("@", ".")
        first = self.message.to[0].address if self.message.to else ""
        return first != "" and not self.answers and first.replace("@", ".") not in list_names

    @cached_property
    def answers(self) -> bool:
        """Whether the mail answers another one, or names a reference."""
        message = self.message
        return bool(message.in_reply_to or message.references or find_references(message.subject, self.rules.reference))

    @cached_property
    def in_thread(self) -> bool:
        """Whether the mail answers another one, or says so behind the first words of its subject, or comes from nobody."""
        return self.answers or self.null_sender or _ANSWERED.search(self.opening) is not None

    @cached_property
    def asks(self) -> bool:
        """Whether the top of the text asks for something, as people do."""
        return "?" in self.head or self.requests

    @cached_property
    def requests(self) -> bool:
        """Whether the top of the text asks for something in so many words."""
        return any(phrase in self.head for phrase in _REQUESTS)

    @cached_property
    def first_person(self) -> bool:
        """Whether somebody speaks of himself at the top of the text: no monitoring or sharing system does."""
        return _FIRST_PERSON.search(self.head[:1500]) is not None

    @cached_property
    def form(self) -> bool:
        """Whether the text is a web form as a person filled it in: at least three of its labels begin a line."""
        lines = fold(self.message.text[:_TEXT_CAP]).split("\n")[:_LINES_CAP]
        return len({match[1] for line in lines if (match := _FORM_LABEL.match(line.strip()[:60]))}) >= 3

    @cached_property
    def greets(self) -> bool:
        """Whether the text begins with a greeting."""
        return self.head.startswith(("hello", "hi ", "hi,", "dear ", "good morning", "good afternoon", "morning", "all,"))

    @cached_property
    def reply_to_person(self) -> bool:
        """Whether answers should go to another address than the sender's, as a web form's mail has it."""
        others = {address.address for address in self.message.reply_to} - {self.address}
        return any(recipient_class(address, self.rules.addresses) is None for address in others)
