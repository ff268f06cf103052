"""Free text put to its fields, sentence by sentence (MDS-2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from maild.mail.message import Message
from maild.mail.phrases import phrases
from maild.mail.replies import NewLine, Reply
from maild.policy.mds import issue, prose
from maild.policy.mds.additions import adds_information, opens_with_fault, tells_reference
from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.clauses import clauses_of
from maild.policy.mds.collect import Collector
from maild.policy.mds.counting import count_in, gives_total, is_own
from maild.policy.mds.fields import Evidence, FieldRule, FieldType, Source
from maild.policy.mds.forwarded import is_passed_on, passed_on_text
from maild.policy.mds.numbers import counted_in, phones_in, read_count
from maild.policy.mds.phrasing import PROBLEM
from maild.policy.mds.presented import shown_error
from maild.policy.mds.sentences import Sentence, sentences_of

_FORM = 2  # labelled answers that make a mail a form: what stands beside them is an issue only where it plainly tells a fault
_SHORT_ANSWER = 3  # words of a sentence that may be the bare answer to "how many"
_MY_EMAIL = re.compile(r"\bmy (?:own |work |nhs )?(?:e-?mail|address|email address)(?: address)?(?: is|:)\s", re.IGNORECASE)
_ACCOUNT_IS = re.compile(
    r"\b(?:the|my)(?: (?:work|nhs|trust|own|locked|affected|broken))? "
    r"(?:account|login|log-?in|mailbox|username|user ?name|work (?:e-?mail|address))"
    r"(?: (?:concerned|affected|in question|itself))?(?: name)? ?(?:is|:) ?<?",
    re.IGNORECASE,
)
_COUNT_ONLY = re.compile(
    r"\b(?:it|this|that|is|are|was|were|only|just|currently|in total|total|altogether|users?|affect\w*|impact\w*|by|the|of|"
    r"us|all|has|have|been|there|about|approx\w*|so far|people|staff|and|yes|around|we|they|their|email|"
    r"emails|addresses|address|me|my|own|account|at the moment|same|issue|problem|with|a|whole|team|list|below|for|mailbox)\b",
    re.IGNORECASE,
)
_LEADS_TO_NUMBER = re.compile(
    r"\b(?:on|number|is|at|me|us|tel|telephone|mobile|mob|phone|call|ring|contact|ext|to|or|no|the)\W*$", re.IGNORECASE
)
_THANKS = re.compile(r"[\s,.;–-]{0,4}\b(?:(?:many |with )?thanks|thank you|cheers|ta|diolch)\W*$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\s?(?:[,;:.]|[-–—]\s)\s?(?:as |and |because |since )?(?!if\b|when|should|or\b|in case|as soon|unless|but\b)(?=\w)", re.IGNORECASE
)
_WITH_ME = re.compile(
    r"\b(?:me|myself|i)\b,?\s?(?:and|&|plus|\+)|\b(?:me|myself)\s?,|\bso (?:has|have|does|do|is|are)\b|(?:and|&|plus|"
    r"\+)\s(?:me|myself)\b|\bof us\b|\bmy (?:colleague|manager|assistant|secretary|deputy)\b.{1,120}\b(?:too|as well|also)\b",
    re.IGNORECASE,
)
_ME_TOO = re.compile(
    r"\b(?:me|myself)(?:,| and| &| plus| \+) (?=\S)(?!nobody|no one)|^i and\b|(?:and|&|plus) (?:me|myself)\b|\band i (?:can|have|are|"
    r"get|both)",
    re.IGNORECASE,
)
_LEAD_WORDS = frozenset(
    phrases(
        """
        a | all | also | always | am | an | and | app | appears | are | back | been | bounce | bounces | box | browser | code | comes
        | displays | error | errors | every | everyone | exact | following | get | gets | getting | gives | got | has | have | he | i
        | is | it | just | keep | keeps | me | message | messages | ndr | now | of | on | only | outlook | page | pops | popup |
        portal | reading | reads | receive | receives | receiving | said | saying | says | screen | see | seeing | sees | she | shows
        | site | stating | system | teams | text | that | the | them | then | they | this | time | up | us | users | warning | was |
        we | website | which | window | with | wording
        """
    )
)
_LISTED = re.compile(r"[\s,;/&+()<>:.-]{0,8}(?:and|plus|or)?[\s<(]{0,3}(?:mailto:)?", re.IGNORECASE)
_MANY = re.compile(r"\b(?:users|colleagues|staff|team|nurses|doctors|all|us|several|some|group|mailbox)\b", re.IGNORECASE)
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
    asks_issue: bool = True  # where the form told it, nothing is left for it


def read_free_text(
    collector: Collector, message: Message, reply: Reply, lines: tuple[NewLine, ...], asked: tuple[str, ...], *, used: frozenset[int]
) -> None:
    """Take what the free text of a mail says for the fields that its form left open.

    ``asked`` are the keys that the mail's RFI asks; where they are known, an issue is read only if it was asked.
    """
    shown, lines = shown_error(lines, collector.region)
    sentences = sentences_of(lines)
    own = frozenset(address.address for address in (*message.to, *message.cc)) | {collector.requester}
    talk = _Talk(errors=[shown] if shown else [], asks_issue=_asks_issue(collector, asked))
    counts = _counts(collector, sentences, asked)
    has_files = any(not attachment.inline and attachment.part not in used for attachment in message.attachments)
    for sentence in sentences:
        if issue.is_courtesy(sentence) and not phones_in(sentence.text, collector.region):
            continue
        _read_sentence(collector, sentence, talk, own, counts, has_files=has_files)
    _put_addresses(collector, talk)
    _put_evidence(collector, talk, answers=bool(reply.asked or message.in_reply_to))
    _put_more(collector, talk)
    has_form = sum(value.source is Source.FORM for value in collector.found.values()) >= _FORM
    careful = bool(reply.asked or message.in_reply_to) or has_form
    passed_on = is_passed_on(message, reply)
    _put_issue(collector, talk, asked, careful=careful or passed_on)
    if passed_on:
        _read_passed_on(collector, message, reply)
    if passed_on and not careful:
        _put_issue(collector, talk, asked, careful=False)


def _read_passed_on(collector: Collector, message: Message, reply: Reply) -> None:
    """Take the issue that a mail tells which its sender only passes on ("Please see below")."""
    for rule in collector.of_type(FieldType.TEXT, Source.TEXT):
        if rule.key != _ASKS_ISSUE:
            continue
        told = passed_on_text(reply)
        inner = Collector(fields=(rule,), region=collector.region, requester="")
        talk = _Talk()
        for sentence in sentences_of(told):
            if not issue.is_courtesy(sentence):
                _read_sentence(inner, sentence, talk, frozenset(), None, has_files=False)
        _put_issue(inner, talk, (), careful=True)
        if (value := inner.value(rule.key)) is not None:
            collector.put(rule, value.value, source=Source.TEXT, line=value.line)


def _asks_issue(collector: Collector, asked: tuple[str, ...]) -> bool:
    """Return whether the issue is asked, and still open."""
    return (not asked or _ASKS_ISSUE in asked) and any(rule.key == _ASKS_ISSUE for rule in collector.of_type(FieldType.TEXT, Source.TEXT))


def _counts(collector: Collector, sentences: list[Sentence], asked: tuple[str, ...]) -> int | None:
    """Take the number of affected people; return it, also where the form gave it."""
    known = next((value.value for rule in collector.fields if rule.type is FieldType.COUNT and (value := collector.value(rule.key))), None)
    for rule in collector.of_type(FieldType.COUNT, Source.TEXT):
        found = _one_count(sentences, rule, bare=rule.key in asked) or _one_for_another(sentences, collector.requester)
        if found is None:
            continue
        number, line, own = found
        if not rule.minimum <= number <= rule.maximum:
            continue
        collector.put(rule, number, source=Source.TEXT, line=line)
        known = number
        if own and collector.requester:
            _put_own(collector, line, _own_account(sentences) or collector.requester)
    return known if isinstance(known, int) else None


def _one_for_another(sentences: list[Sentence], requester: str) -> tuple[int, int, bool] | None:
    """Return one user where the writer writes for one other, whose address is given."""
    told = next((sentence for sentence in sentences if prose.writes_for(sentence)), None)
    if told is None or len(found := addresses_in(told.text)) != 1 or found[0][0] == requester or _MANY.search(told.text):
        return None
    return 1, told.number, False


def _own_account(sentences: list[Sentence]) -> str:
    """Return the address of the account that the writer says is his, who writes from another: "The account is …", "" where he does not."""
    named = [(sentence.text, told) for sentence in sentences if "@" in sentence.text and (told := _ACCOUNT_IS.search(sentence.text))]
    if len(named) != 1:
        return ""
    text, told = named[0]
    return next((address for address, start, _ in addresses_in(text) if 0 <= start - told.end() <= 1), "")


def _put_own(collector: Collector, line: int, address: str) -> None:
    for rule in collector.of_type(FieldType.EMAIL_LIST, Source.TEXT):
        if rule.key == "affected_users_emails":
            collector.put(rule, (address,), source=Source.TEXT, line=line)


def _one_count(sentences: list[Sentence], rule: FieldRule, *, bare: bool) -> tuple[int, int, bool] | None:
    """Return (number, line, whether it is the writer alone) where the sentences agree on one number."""
    totals = [sentence for sentence in sentences if gives_total(sentence)]
    counting = totals or sentences
    found = [(count[0], sentence.number, False) for sentence in counting if (count := count_in(sentence)) is not None]
    if bare and not found:
        found = [(counts[0][0], sentence.number, False) for sentence in sentences if (counts := counted_in(sentence.text))]
    own = next((sentence.number for sentence in sentences if is_own(sentence)), None)
    if own is not None and all(number == 1 for number, _, _ in found):
        return 1, own, not any(prose.writes_for(sentence) for sentence in sentences)
    if found:
        return found[0] if len({number for number, _, _ in found}) == 1 else None
    if bare:
        short = [sentence for sentence in sentences if len(sentence.text.split()) <= _SHORT_ANSWER and "@" not in sentence.text]
        read = [
            (read_count(sentence.text, 1, 9999), sentence.number) for sentence in short if not phones_in(sentence.text, "GB", strict=False)
        ]
        numbers = [(count.number, line, count.own) for count, line in read if not count.reason]
        return numbers[0] if len({number for number, _, _ in numbers}) == 1 else None
    return None


def _read_sentence(
    collector: Collector, sentence: Sentence, talk: _Talk, own: frozenset[str], count: int | None, *, has_files: bool
) -> None:
    if "@" in sentence.text and not _names_requester(collector, sentence):
        _note_addresses(collector, sentence, talk, own, count)
    for clause in clauses_of(sentence, turns=talk.asks_issue):
        _read_clause(collector, clause, talk, has_files=has_files)


def _names_requester(collector: Collector, sentence: Sentence) -> bool:
    """Take the address that the sentence names as the requester's ("My email is …"); return whether it does."""
    named = _MY_EMAIL.search(sentence.text)
    after = [address for address, start, _ in addresses_in(sentence.text) if start >= named.end() - 1] if named else []
    for rule in collector.of_type(FieldType.EMAIL, Source.TEXT) if after else ():
        collector.put(rule, after[0], source=Source.TEXT, line=sentence.number)
    return bool(after)


def _note_addresses(collector: Collector, sentence: Sentence, talk: _Talk, own: frozenset[str], count: int | None) -> None:
    """Note the addresses of affected users, the requester's own among them where it is named or counted."""
    affected = [address for address, _, _ in prose.affected_addresses(sentence, own, count)]
    if affected and count == len(affected) + 1 and _WITH_ME.search(sentence.text) and collector.requester:
        affected.insert(0, collector.requester)
    if affected and count is None and _ME_TOO.search(sentence.text) and collector.requester and collector.requester not in affected:
        affected.insert(0, collector.requester)
    found = [address for address, _, _ in addresses_in(sentence.text)]
    if collector.requester in found and ((count or 0) >= len(found) or (affected and count is None and _are_listed(sentence.text))):
        affected = found
    talk.addresses += affected
    talk.address_line = talk.address_line or (sentence.number if affected else 0)


def _are_listed(text: str) -> bool:
    """Return whether the addresses in ``text`` stand one behind the other, as a list."""
    places = addresses_in(text)
    return all(_LISTED.fullmatch(text[before[2] : after[1]]) for before, after in pairwise(places))


def _read_clause(collector: Collector, clause: Sentence, talk: _Talk, *, has_files: bool) -> None:
    """Take a clause's number to call and error text; what says nothing else is left for the issue."""
    rest = _without_phone(collector, clause) if prose.holds_digit(clause) else clause
    if rest is None or _tells_aside(rest, talk):
        return
    adds = adds_information(rest) and (bool(talk.left) or not opens_with_fault(rest))
    used = adds or talk.asks_issue  # where the form told the issue, all but additions is passed over: a fifth of the time of a mail's talk
    if _tells_error(rest, talk, attached=used or has_files, has_files=has_files) or not used or _is_count_only(rest):
        return
    if not adds:
        talk.left.append(rest)
    elif not issue.is_process(rest) and " " in rest.text:
        talk.more.append((issue.without_greeting(rest.text), rest.number))


def _without_phone(collector: Collector, clause: Sentence) -> Sentence | None:
    """Take the clause's number to call; return what else it says, None where that is nothing of use."""
    phone = prose.phone_in(clause, collector.region, collector.names)
    if phone is None:
        numbered = bool(phones_in(clause.text, collector.region))
        return None if numbered and (prose.names_other_number(clause, collector.names) or not PROBLEM.search(clause.text)) else clause
    _put_phone(collector, phone)
    if not PROBLEM.search(clause.text):
        return None
    before = clause.text[: phone.start].rstrip(" ,;:–-")
    if phone.end >= len(clause.text.rstrip(" .!")) and not _LEADS_TO_NUMBER.search(before):
        before = _THANKS.sub("", before)
        return replace(clause, text=before) if before else None
    tail = _GOES_ON.match(clause.text, phone.end)
    return replace(clause, text=clause.text[tail.end() :]) if tail and PROBLEM.search(clause.text, tail.end()) else None


def _tells_aside(clause: Sentence, talk: _Talk) -> bool:
    """Note another desk's reference, or that there is no error message; return whether the clause was that."""
    if prose.holds_digit(clause) and tells_reference(clause):
        talk.more.append((issue.without_greeting(clause.text), clause.number))
        return True
    if prose.says_no_error(clause):
        talk.errors.append((issue.without_intro(clause.text), clause.number))
        return True
    return False


def _tells_error(clause: Sentence, talk: _Talk, *, attached: bool, has_files: bool) -> bool:
    """Note an error text, or (where ``attached`` asks) that evidence is attached; return whether the clause says no more than that."""
    error = prose.error_in(clause)
    if error is not None:
        talk.errors.append((error[0], clause.number))
        return _only_error(clause.text[: error[1]])
    if not attached or not issue.tells_attachment(clause) or not issue.only_attaches(clause):
        return False
    if has_files:
        talk.attached.append((issue.without_intro(clause.text), clause.number))
    return True


def _put_phone(collector: Collector, phone: prose.Found) -> None:
    for rule in collector.of_type(FieldType.PHONE, Source.TEXT):
        collector.put(rule, phone.text, source=Source.TEXT, line=phone.number, warning=phone.warning)
        return
    for rule in collector.fields:  # a whole number is better than the extension alone that stood before it
        value = collector.value(rule.key)
        if (
            rule.type is FieldType.PHONE
            and value
            and value.source is Source.TEXT
            and "without" in value.warning
            and "without" not in phone.warning
        ):
            collector.put(rule, phone.text, source=Source.TEXT, line=phone.number, warning=phone.warning)


def _only_error(before: str) -> bool:
    """Return whether what stands before the error text only leads to it ("We get …")."""
    words = [word.strip(".,:;'\"").lower() for word in before.split()]
    return _LEAD_WORDS.issuperset(words)


def _is_count_only(clause: Sentence) -> bool:
    text = clause.text
    for address, _, _ in addresses_in(text):
        text = text.lower().replace(address, " ")
    if not (is_own(clause) or count_in(clause) is not None or "@" in clause.text):
        return False
    words = re.findall(r"[^\W\d_]{2,}", _COUNT_ONLY.sub(" ", text))
    return len(words) <= 3 and (not PROBLEM.search(_COUNT_ONLY.sub(" ", text)) or len(words) <= 1)


def _put_addresses(collector: Collector, talk: _Talk) -> None:
    if not talk.addresses:
        return
    for rule in collector.of_type(FieldType.EMAIL_LIST, Source.TEXT):
        if rule.key == "affected_users_emails":
            collector.put(rule, tuple(dict.fromkeys(talk.addresses)), source=Source.TEXT, line=talk.address_line)


def _put_evidence(collector: Collector, talk: _Talk, *, answers: bool) -> None:
    """Take the error text; what only says that a file is attached counts where the mail ``answers`` one that asked for it."""
    found = talk.errors or (talk.attached if answers else [])
    for rule in collector.of_type(FieldType.EVIDENCE, Source.TEXT):
        if found:
            collector.put(rule, Evidence(text=found[0][0]), source=Source.TEXT, line=found[0][1])


def _put_more(collector: Collector, talk: _Talk) -> None:
    rule = collector.rule("other_information")
    if rule is not None and talk.more and rule in collector.of_type(FieldType.TEXT, Source.TEXT):
        collector.put(rule, " ".join(text for text, _ in talk.more), source=Source.TEXT, line=talk.more[0][1])


def _holds_number(collector: Collector, text: str) -> bool:
    """Return whether ``text`` runs through several answers, the number to call among them: none can be told from the other."""
    return any(
        rule.type is FieldType.PHONE and (value := collector.value(rule.key)) is not None and str(value.value) in text
        for rule in collector.fields
    ) or (text.count(" / ") > 1 and bool(phones_in(text, collector.region)))


def _put_issue(collector: Collector, talk: _Talk, asked: tuple[str, ...], *, careful: bool) -> None:
    rule = collector.rule(_ASKS_ISSUE)
    if rule is None or rule not in collector.of_type(FieldType.TEXT, Source.TEXT):
        return
    found = issue.choose(
        talk.left,
        asked=not asked or _ASKS_ISSUE in asked,
        reply=careful,
        answered=_ASKS_ISSUE in asked and any(value.source is not Source.HEADER for value in collector.found.values()),
        affected=frozenset(talk.addresses),
        errors=tuple(text for text, _ in talk.errors),
    )
    if found and len(found[0].split()) >= rule.min_words and not _holds_number(collector, found[0]):
        collector.put(rule, found[0], source=Source.TEXT, line=found[1])
