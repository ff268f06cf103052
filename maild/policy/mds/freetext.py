"""Free text put to its fields, sentence by sentence (MDS-2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from maild.mail.message import Message
from maild.mail.replies import NewLine, Reply
from maild.policy.mds import issue, prose
from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.clauses import clauses_of
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import Evidence, FieldRule, FieldType, Source
from maild.policy.mds.numbers import phones_in
from maild.policy.mds.sentences import Sentence, sentences_of

_BARE_COUNT = re.compile(r"\W{0,3}(\d{1,4})\W{0,3}")
_MY_EMAIL = re.compile(r"\bmy (?:own |work |nhs )?(?:e-?mail|address|email address)(?: address)?(?: is|:)\s", re.IGNORECASE)
_COUNT_ONLY = re.compile(
    r"\b(?:it|this|that|is|are|was|were|only|just|currently|in total|total|altogether|users?|affect\w*|impact\w*|by|the|of|us|all|has|have|been|there|about|approx\w*|so far|people|staff|and|yes|around|we|they|their|email|"
    r"emails|addresses|address|me|my|own|account|at the moment|same|issue|problem|with|a|whole|team|list|below|for|mailbox)\b",
    re.IGNORECASE,
)
_WITH_ME = re.compile(r"\b(?:me|myself|i)\b,?\s?(?:and|&|plus|\+)|(?:and|&|plus|\+)\s(?:me|myself)\b|\bof us\b", re.IGNORECASE)
_ASKS_ISSUE = "issue_description"


@dataclass(slots=True, kw_only=True)
class _Talk:
    """The free text while it is read: what is left for the issue, and the errors and additions found."""

    left: list[Sentence] = field(default_factory=list)
    errors: list[tuple[str, int]] = field(default_factory=list)
    attached: list[tuple[str, int]] = field(default_factory=list)
    more: list[tuple[str, int]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    address_line: int = 0


def read_free_text(collector: Collector, message: Message, reply: Reply, lines: tuple[NewLine, ...], asked: tuple[str, ...], *, used: frozenset[int]) -> None:
    """Take what the free text of a mail says for the fields that its form left open.

    ``asked`` are the keys that the mail's RFI asks; where they are known, an issue is read only if it was asked.
    """
    sentences = sentences_of(lines)
    own = frozenset(address.address for address in (*message.to, *message.cc)) | {collector.requester}
    talk = _Talk()
    counts = _counts(collector, sentences, asked)
    has_files = any(not attachment.inline and attachment.part not in used for attachment in message.attachments)
    for sentence in sentences:
        if issue.is_courtesy(sentence):
            continue
        _read_sentence(collector, sentence, talk, own, counts, has_files=has_files)
    _put_addresses(collector, talk)
    _put_evidence(collector, talk)
    _put_more(collector, talk)
    _put_issue(collector, talk, asked, is_reply=bool(reply.asked or message.in_reply_to))


def _counts(collector: Collector, sentences: list[Sentence], asked: tuple[str, ...]) -> int | None:
    """Take the number of affected people; return it, also where the form gave it."""
    known = next((value.value for rule in collector.fields if rule.type is FieldType.COUNT and (value := collector.value(rule.key))), None)
    for rule in collector.of_type(FieldType.COUNT, Source.TEXT):
        found = _one_count(sentences, rule, bare=rule.key in asked)
        if found is None:
            continue
        number, line, own = found
        if not rule.minimum <= number <= rule.maximum:
            continue
        collector.put(rule, number, source=Source.TEXT, line=line)
        known = number
        if own and collector.requester:
            _put_own(collector, line)
    return known if isinstance(known, int) else None


def _put_own(collector: Collector, line: int) -> None:
    for rule in collector.of_type(FieldType.EMAIL_LIST, Source.TEXT):
        if rule.key == "affected_users_emails":
            collector.put(rule, (collector.requester,), source=Source.TEXT, line=line)


def _one_count(sentences: list[Sentence], rule: FieldRule, *, bare: bool) -> tuple[int, int, bool] | None:
    """Return (number, line, whether it is the writer alone) where the sentences agree on one number."""
    found = [(count[0], sentence.number, False) for sentence in sentences if (count := prose.count_in(sentence)) is not None]
    own = next((sentence.number for sentence in sentences if prose.is_own(sentence)), None)
    if own is not None and all(number == 1 for number, _, _ in found):
        return 1, own, True
    if found:
        strong = [entry for entry in found]
        return strong[0] if len({number for number, _, _ in strong}) == 1 else None
    if bare:
        numbers = [(int(match.group(1)), sentence.number, False) for sentence in sentences if (match := _BARE_COUNT.fullmatch(sentence.text))]
        return numbers[0] if len(numbers) == 1 else None
    return None


def _read_sentence(collector: Collector, sentence: Sentence, talk: _Talk, own: frozenset[str], count: int | None, *, has_files: bool) -> None:
    affected = prose.affected_addresses(sentence, own, count)
    if affected:
        if count == len(affected) + 1 and _WITH_ME.search(sentence.text) and collector.requester:
            talk.addresses.append(collector.requester)
        talk.addresses += [address for address, _, _ in affected]
        talk.address_line = talk.address_line or sentence.number
    _own_address(collector, sentence, talk, count)
    for clause in clauses_of(sentence):
        _read_clause(collector, clause, talk, has_files=has_files)


def _own_address(collector: Collector, sentence: Sentence, talk: _Talk, count: int | None) -> None:
    """Note the requester's own address where it is named as the affected user's, and an address named as the requester's."""
    if "@" not in sentence.text:
        return
    named = _MY_EMAIL.search(sentence.text)
    found = addresses_in(sentence.text)
    if named:
        after = [address for address, start, _ in found if start >= named.end() - 1]
        for rule in collector.of_type(FieldType.EMAIL, Source.TEXT):
            if after:
                collector.put(rule, after[0], source=Source.TEXT, line=sentence.number)
        return
    if any(address == collector.requester for address, _, _ in found) and (count == len(found) or (count or 0) > len(found)):
        talk.addresses += [address for address, _, _ in found if address not in talk.addresses]
        talk.address_line = talk.address_line or sentence.number


def _read_clause(collector: Collector, clause: Sentence, talk: _Talk, *, has_files: bool) -> None:
    """Take a clause's number to call and error text; what says nothing else is left for the issue."""
    phone = prose.phone_in(clause, collector.region)
    if phone is not None:
        _put_phone(collector, phone)
        if not prose.PROBLEM.search(clause.text) or len(clause.text.split()) < 10:
            return
    if phone is None and phones_in(clause.text, collector.region) and (prose.names_other_number(clause) or not prose.PROBLEM.search(clause.text)):
        return
    if issue.tells_reference(clause):
        talk.more.append((clause.text, clause.number))
        return
    if prose.says_no_error(clause):
        talk.errors.append((issue.without_intro(clause.text), clause.number))
        return
    error = prose.error_in(clause)
    if error is not None:
        talk.errors.append((error[0], clause.number))
        if _only_error(clause.text[: error[1]]):
            return
    elif issue.tells_attachment(clause):
        if has_files:
            talk.attached.append((issue.without_intro(clause.text), clause.number))
        if issue.only_attaches(clause):
            return
    if _is_count_only(clause):
        return
    if issue.adds_information(clause):
        if not issue.is_process(clause):
            talk.more.append((issue.without_intro(clause.text), clause.number))
        return
    talk.left.append(clause)


def _put_phone(collector: Collector, phone: prose.Found) -> None:
    for rule in collector.of_type(FieldType.PHONE, Source.TEXT):
        collector.put(rule, phone.text, source=Source.TEXT, line=phone.number, warning=phone.warning)
        return
    for rule in collector.fields:  # a whole number is better than the extension alone that stood before it
        value = collector.value(rule.key)
        if rule.type is FieldType.PHONE and value and value.source is Source.TEXT and "without" in value.warning and "without" not in phone.warning:
            collector.put(rule, phone.text, source=Source.TEXT, line=phone.number, warning=phone.warning)


def _only_error(before: str) -> bool:
    """Return whether what stands before the error text only leads to it ("We get …")."""
    words = [word.strip(".,:;'\"").lower() for word in before.split()]
    lead = {"we", "i", "get", "got", "getting", "gets", "it", "says", "said", "error", "message", "the", "is", "this", "an", "a", "then", "just", "see", "receive", "that", "reads", "they", "users", "all",
            "of", "them", "following", "shows", "and", "messages", "errors", "keep", "keeps", "am", "are", "saying", "pops", "up", "popup", "screen", "exact", "which", "displays", "now", "only", "gives", "me", "us",
            "with", "everyone", "he", "she", "receives", "sees", "appears", "bounce", "bounces", "back", "ndr", "code", "text", "wording", "reading", "stating", "comes", "always", "also", "outlook", "teams", "have", "has", "been", "was", "warning", "on", "seeing", "receiving"}  # fmt: skip
    return all(word in lead for word in words)


def _is_count_only(clause: Sentence) -> bool:
    text = clause.text
    for address, _, _ in addresses_in(text):
        text = text.lower().replace(address, " ")
    if not (prose.is_own(clause) or prose.count_in(clause) is not None or "@" in clause.text):
        return False
    words = re.findall(r"[^\W\d_]{2,}", _COUNT_ONLY.sub(" ", text))
    return len(words) <= 3 and (not prose.PROBLEM.search(_COUNT_ONLY.sub(" ", text)) or len(words) <= 1)


def _put_addresses(collector: Collector, talk: _Talk) -> None:
    if not talk.addresses:
        return
    for rule in collector.of_type(FieldType.EMAIL_LIST, Source.TEXT):
        if rule.key == "affected_users_emails":
            collector.put(rule, tuple(dict.fromkeys(talk.addresses)), source=Source.TEXT, line=talk.address_line)


def _put_evidence(collector: Collector, talk: _Talk) -> None:
    found = talk.errors or talk.attached
    for rule in collector.of_type(FieldType.EVIDENCE, Source.TEXT):
        if found:
            collector.put(rule, Evidence(text=found[0][0]), source=Source.TEXT, line=found[0][1])


def _put_more(collector: Collector, talk: _Talk) -> None:
    rule = collector.rule("other_information")
    if rule is not None and talk.more and rule in collector.of_type(FieldType.TEXT, Source.TEXT):
        collector.put(rule, " ".join(text for text, _ in talk.more), source=Source.TEXT, line=talk.more[0][1])


def _put_issue(collector: Collector, talk: _Talk, asked: tuple[str, ...], *, is_reply: bool) -> None:
    rule = collector.rule(_ASKS_ISSUE)
    if rule is None or rule not in collector.of_type(FieldType.TEXT, Source.TEXT):
        return
    found = issue.choose(talk.left, asked=not asked or _ASKS_ISSUE in asked, reply=is_reply, affected=frozenset(talk.addresses))
    if found and len(found[0].split()) >= rule.min_words:
        collector.put(rule, found[0], source=Source.TEXT, line=found[1])
