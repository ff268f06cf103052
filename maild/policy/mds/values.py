"""An answer as written, turned into a validated value, or into the reason why it is none (MDS-3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from maild.mail.phrases import phrases
from maild.policy.mds.addresses import addresses_in, broken_in, means_self
from maild.policy.mds.fields import Data, Evidence, FieldRule, FieldType
from maild.policy.mds.numbers import counted_in, read_count, read_phone
from maild.policy.mds.pointing import points_elsewhere

TYPED_CHARS = 4_000
TEXT_CHARS = 20_000
_SHOWN = 40

# No answer at all, whatever the field.
_PLACEHOLDERS = frozenset(
    phrases(
        """
        (blank) | * | - | -- | --- | . | .. | ... | ? | ?? | ??? | [blank] | [please complete] | _ | __ | ___ | answer here | as below |
        asap | blank | enter here | fill in | i will find out | i'll send later | i'w gadarnhau | insert here | later | not yet known |
        null | pending | please complete | see above | see below | t.b.c | t.b.c. | tba | tbc | tbc later | tbd | to be advised | to be
        completed | to be confirmed | to be provided | to confirm | to follow | to-follow | type here | will confirm | will find out |
        will follow | will send later | x | xx | xxx | xxxx | your answer | …
        """
    )
)
# An answer to an optional question, none to a required one.
_NOTHING = frozenset(
    phrases(
        """
        amherthnasol | dim | do not know | don't know | dont know | dunno | i don't know | i dont know | n / a | n.a | n.a. | n/a | n/k
        | na | nil | nk | no | no idea | none | none known | not applicable | not available | not known | not sure | nothing |
        unavailable | unknown | unsure
        """
    )
)
_ABOVE = re.compile(r"\b(?:above|same$|same as (?:me|mine|my|requ)|ditto|my email$|my address$|this|mine|me$|my own)")
_DATES = ("%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%A %d %B %Y", "%a %d %b %Y")
_WITH_ME = re.compile(r"\b(?:me|myself|i)\b", re.IGNORECASE)
_US = re.compile(r"\b(?:(?:all|both|each|two|three|four|five|six|\d+) of us|us all|all of the team and me)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"\A(?:[Aa]\d{0,2}[:.)]\s{1,4}|(?:[Aa]ns(?:wer)?|[Rr]esponse)\s?[:.-]\s{0,4}|[>•·▪]\s{0,4}|[-–—*:=]{1,2}\s{1,4}|"
    r"\[[^\]\n]{2,40}\]\s{1,4})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What an answer gave: the value, or a reason why not; neither where it was no answer.

    ``own`` is whether it named the writer alone, ``us`` whether it counted the writer in,
    ``addresses`` those that stood beside a count, ``rest`` what followed a number.
    """

    value: Data | None = None
    reason: str = ""
    warning: str = ""
    own: bool = False
    us: bool = False
    addresses: tuple[str, ...] = ()
    rest: str = ""


def clean(raw: str) -> str:
    """Return ``raw`` without bullets, "A:" and the marks of bold type around it."""
    text = raw.strip(" \t\n*_|")
    while (lead := _LEAD.match(text)) is not None:
        text = text[lead.end() :].lstrip()
    if len(text) > 1 and text[0] == "[" and text[-1] == "]" and text.count("[") == 1:
        text = text[1:-1].strip()
    return text


def is_empty(raw: str, field: FieldRule) -> bool:
    """Return whether ``raw`` is a placeholder or, for a required field, a word for nothing."""
    text = " ".join(clean(raw).lower().replace("’", "'").strip(" .,;:!()").split())
    if not text or text in _PLACEHOLDERS or text in field.empty or not any(character.isalnum() for character in text):
        return True
    if points_elsewhere(text) and not _stands(text, field):
        return True
    return text in _NOTHING and (field.required or field.type not in (FieldType.TEXT, FieldType.EVIDENCE))


def _stands(text: str, field: FieldRule) -> bool:
    """Return whether what points elsewhere answers all the same: "as above" for an address, "see attached" for what shows the fault."""
    if field.type is FieldType.EVIDENCE:
        return "attached" in text or "enclosed" in text
    return field.type in (FieldType.EMAIL, FieldType.EMAIL_LIST) and bool(_ABOVE.search(text)) and means_self(text)


def parse(raw: str, field: FieldRule, *, region: str, requester: str) -> Parsed:
    """Return what ``raw`` says for ``field``; ``requester`` is the address that "same as above" and "me" stand for."""
    if is_empty(raw, field):
        return Parsed()
    text = clean(raw)
    if field.type not in (FieldType.TEXT, FieldType.EVIDENCE):
        text = text[:TYPED_CHARS]
    match field.type:
        case FieldType.EMAIL:
            return _email(text, requester)
        case FieldType.EMAIL_LIST:
            return _emails(text, requester)
        case FieldType.PHONE:
            return _phone(text[:300], field.region or region)
        case FieldType.COUNT:
            return _count(text[:300], field, requester)
        case FieldType.DATE:
            return _date(text)
        case FieldType.CHOICE:
            return _choice(text, field)
        case FieldType.PATTERN:
            return _pattern(text, field)
        case FieldType.EVIDENCE:
            return Parsed(value=Evidence(text=text[:TEXT_CHARS]))
        case FieldType.TEXT:
            return _text(text[:TEXT_CHARS], field)


def fits(raw: str, field: FieldRule, region: str) -> bool:
    """Return whether ``raw`` looks like an answer of the field's type, for a label that may mean either of two fields."""
    match field.type:
        case FieldType.EMAIL if len(addresses_in(raw[:TYPED_CHARS])) > 1:
            return False
        case FieldType.EMAIL | FieldType.EMAIL_LIST:
            return "@" in raw or means_self(raw[:TYPED_CHARS])
        case FieldType.PHONE:
            return not isinstance(read_phone(raw[:300], region), str)
        case FieldType.COUNT:
            found = read_count(raw[:300], field.minimum, field.maximum)
            return not found.reason and ("@" not in raw or bool(counted_in(raw[:300])) or raw.strip()[:1].isdigit())
        case _:
            return True


def _email(text: str, requester: str) -> Parsed:
    found = [address for address, _, _ in addresses_in(text)]
    if len(found) >= 1:
        return Parsed(value=found[0])
    if requester and means_self(text):
        return Parsed(value=requester, own=True)
    return Parsed(reason=f"“{text[:_SHOWN]}” is not an email address")


def _emails(text: str, requester: str) -> Parsed:
    found = [address for address, _, _ in addresses_in(text)]
    broken = broken_in(text)
    if broken:
        return Parsed(reason=f"“{broken[0][:_SHOWN]}” is not an email address")
    remainder = text
    for address in found:
        remainder = remainder.replace(address, " ")
    if requester and requester not in found and means_self(" ".join(remainder.split())):
        found.insert(0, requester)
    if found:
        return Parsed(value=tuple(found), us=bool(_US.search(remainder)))
    return Parsed(reason=f"“{text[:_SHOWN]}” holds no email address")


def _phone(text: str, region: str) -> Parsed:
    found = read_phone(text, region)
    if isinstance(found, str):
        return Parsed(reason=found)
    return Parsed(value=found.text, warning=found.warning, rest=text[found.end :])


def _count(text: str, field: FieldRule, requester: str) -> Parsed:
    addresses = tuple(address for address, _, _ in addresses_in(text))
    bare = text
    for address in addresses:
        bare = bare.replace(address, " ")
    found = read_count(bare if bare.strip(" ()-,;") else text, field.minimum, field.maximum)
    if found.reason:
        return Parsed(reason=found.reason, addresses=addresses)
    if requester and found.number == len(addresses) + 1 and addresses and requester not in addresses and _WITH_ME.search(bare):
        addresses = (requester, *addresses)
    return Parsed(value=found.number, warning=found.warning, own=found.own and bool(requester), addresses=addresses)


def _date(text: str) -> Parsed:
    written = _ORDINAL.sub("", text.strip(" .,"))
    for form in _DATES:
        try:
            day: date = datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return Parsed(value=day.isoformat())
    return Parsed(reason=f"“{text[:_SHOWN]}” is not a date such as 31/03/2026")


def _choice(text: str, field: FieldRule) -> Parsed:
    lowered = text.lower().strip(" .")
    exact = [choice for choice in field.choices if choice.lower() == lowered]
    begun = exact or [choice for choice in field.choices if lowered.startswith(choice.lower())]
    if len(begun) == 1:
        return Parsed(value=begun[0])
    return Parsed(reason=f"“{text[:_SHOWN]}” is none of: {', '.join(field.choices)}")


def _pattern(text: str, field: FieldRule) -> Parsed:
    value = text.strip(" .")[:200]
    if _compiled(field.pattern).fullmatch(value):
        return Parsed(value=value)
    return Parsed(reason=f"“{value[:_SHOWN]}” does not have the form that is needed{': ' + field.hint if field.hint else ''}")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _text(text: str, field: FieldRule) -> Parsed:
    if len(text.split()) < field.min_words:
        return Parsed(reason=f"“{text[:_SHOWN]}” is too short: please write at least {field.min_words} words")
    return Parsed(value=text)
