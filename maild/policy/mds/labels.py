"""Which field a label asks for: exact, by synonym, shortened, or nearly right (MDS-2).

``Requester contact no.:``   ``Affected users' e-mail addresses``   ``Isue Description:``
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from maild.mail.phrases import phrases
from maild.policy.mds.fields import FieldRule
from maild.policy.mds.quick import quick

LABEL_CHARS = 110
_SHORT = 48
_LABEL_WORDS = 20
_WORD = re.compile(r"[^\W_]+")
_PLURAL = quick(r"\((?:s|es|ies)\)|['’]s?(?=\s|$)")
_REMARK = re.compile(r"\([^()]{0,60}\)")
_LEAD = re.compile(
    r"[\s>•·▪◦●○‣→o*\-–—_#|]{0,8}(?:(?:\(?\d{1,2}[.):]|\d{1,2}\s{0,2}[-–]\s|\(?[a-hA-H][.)]|[Qq]\d{0,2}[.:)])\s{0,4})?[*_\s]{0,4}"
)
# A colon or the like, a dash behind a blank, an arrow, three blanks or dots. Told by its first character, and only then by what stands
# round it, a line takes half the time.
_SEPARATOR = re.compile(
    r"[\s:：|=?.–—-](?:(?<=[:：\t|=?])|(?<=\s)(?:[-–—]\s?|\s{2,})|(?<=[-–—])[-–—]?>|(?<=\.)\.{2,})",
)
_CELL = re.compile(r"(?!I\b)[\"“'‘(]?[A-Z0-9]|\S{1,64}@")
_DROPPED = frozenset({"the", "your", "my", "our", "a", "an", "please", "provide", "state", "enter", "and"})
_SAME = {
    **dict.fromkeys(("requester", "requesters", "requestors"), "requestor"),
    **dict.fromkeys(("no", "nos", "nr", "num"), "number"),
    **dict.fromkeys(("tel", "telephone", "telephones", "phones"), "phone"),
    "mob": "mobile",
    "msg": "message",
    "msgs": "message",
    "desc": "description",
    "info": "information",
}

# Labels of other people's forms: they end an answer, and give none.
FOREIGN = frozenset(
    phrases(
        """
        address | asset | asset number | asset tag | base | browser | call ref | cc | computer name | cost centre | date | date and time
        | date of issue | department | dept | device | fax | fax number | from | full name | incident number | ip address | job title |
        line manager | local ref | local reference | location | manager | name | ods code | operating system | org | organisation |
        organization | our ref | pc | pc name | postcode | practice | practice code | priority | ref | reference | requestor name | role
        | sent | site | subject | switchboard | ticket | ticket number | time | to | trust | urgency | user name | username | version |
        ward | your name | your ref
        """
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A label at the start of a line: the keys it may stand for (none for another form's label), and what follows it.

    ``separated`` is whether a colon, TAB or the like parted the two.
    """

    keys: tuple[str, ...]
    rest: str
    separated: bool
    official: bool


@dataclass(frozen=True, slots=True)
class LabelIndex:
    """The labels of a set of fields, ready for look-up."""

    known: dict[str, tuple[str, ...]]
    official: frozenset[str]
    by_length: dict[int, tuple[str, ...]]
    long: tuple[tuple[str, str], ...]
    firsts: frozenset[str]
    openings: frozenset[str]  # the first words of all labels, other people's too
    singles: frozenset[str]  # the labels of one word, as people write them
    begun: frozenset[str]  # the words of the long ones, whole or begun

    def keys_of(self, label: str, *, near: bool = True) -> tuple[str, ...] | None:
        """Return the keys that ``label`` may stand for, () for another form's label, None for no label."""
        text = normal(label)
        found = self._look(text, near=near)
        if found is None and "(" in label:
            text = normal(_REMARK.sub(" ", label))
            found = self._look(text, near=near)
        return found

    def is_begun(self, line: str) -> bool:
        """Return whether ``line`` is the beginning of one of the form's long labels, and no more than that."""
        if not 40 <= len(line) <= LABEL_CHARS + 20:
            return False
        lead = _LEAD.match(line)
        label = line[lead.end() :] if lead else line
        if not self._may_be_begun(label):
            return False
        text = normal(label)
        return any(label.startswith(text + " ") or (label.startswith(text) and label != text) for label, _ in self.long)

    def _may_be_begun(self, text: str) -> bool:
        """Return whether ``text`` holds no word that is in none of the long labels: the first or second of a line of talk tells."""
        if "(" in text:  # "user(s)" is one word
            return True
        for found in _WORD.finditer(text.lower()):
            word = _alike(found.group())
            if len(word) > 3 and word not in self.begun and word not in _DROPPED and "mail" not in word:
                return False
        return True

    def is_official(self, label: str) -> bool:
        """Return whether ``label`` is one of the form's own."""
        return normal(label) in self.official

    def _look(self, text: str, *, near: bool) -> tuple[str, ...] | None:
        if not text:
            return None
        if text in self.known:
            return self.known[text]
        if text in FOREIGN:
            return ()
        shortened = self._shortened(text)
        if shortened is not None:
            return shortened
        return (self._near(text) or self._abridged(text)) if near else None

    def _shortened(self, text: str) -> tuple[str, ...] | None:
        if text.count(" ") < 2:
            return None
        return next(((key,) for label, key in self.long if label.startswith(text + " ")), None)

    def _abridged(self, text: str) -> tuple[str, ...] | None:
        """Return the key of the one form's label whose words ``text`` leaves some out of: "Error messages, screenshots"."""
        words = text.split(" ")
        if not 2 <= len(words) <= _LABEL_WORDS or not self.begun.issuperset(words):
            return None
        keys = {key for label, key in self.long if _in_order(words, label.split(" "))}
        return (keys.pop(),) if len(keys) == 1 else None

    def _near(self, text: str) -> tuple[str, ...] | None:
        """Return the keys of the one label within a few typing mistakes of ``text``."""
        allowed = 0 if len(text) < 5 else 1 if len(text) < 12 else 2 if len(text) < 30 else 3
        if not allowed:
            return None
        found: dict[str, tuple[str, ...]] = {}
        for length in range(len(text) - allowed, len(text) + allowed + 1):
            for label in self.by_length.get(length, ()):
                if label[0] == text[0] and _within(text, label, allowed):
                    found[label] = self.known[label]
        keys = set(found.values())
        return keys.pop() if len(keys) == 1 else None

    def match(self, line: str) -> Match | None:
        """Return the label that ``line`` begins with, or None."""
        lead = _LEAD.match(line)
        text = line[lead.end() :] if lead else line
        head = text[: LABEL_CHARS + 10]
        for count, separator in enumerate(_SEPARATOR.finditer(head)):
            if separator.start() > LABEL_CHARS or count == 4:
                break
            label = head[: separator.start()].strip("*_ \t\"'")
            keys = self.keys_of(label) if label else None
            if keys is not None:
                rest = text[separator.end() :].lstrip(" \t:*_=|?")
                return Match(keys=keys, rest=rest.rstrip(" \t|*"), separated=True, official=self.is_official(label))
        return self._unseparated(text)

    def _unseparated(self, text: str) -> Match | None:
        """Return a label that stands alone on its line, or one of the form's own with its answer right behind it."""
        bare = text.strip(" \t*_:;.\"'")
        if len(bare) <= LABEL_CHARS and bare.count(" ") and self._may_open(bare):
            keys = self.keys_of(bare, near=False)
            if keys and (self.is_official(bare) or bare.count(" ") >= 1):
                return Match(keys=keys, rest="", separated=False, official=self.is_official(bare))
        return self._run_on(text[: LABEL_CHARS + 40], text)

    def _may_open(self, text: str) -> bool:
        """Return whether a label may begin with the first word of ``text``: few lines of talk do, and others need not be compared."""
        first = _first_word(text)
        return not first or first in self.openings

    def _run_on(self, head: str, text: str) -> Match | None:
        """Return the longest label of two words or more that ``text`` begins with, its answer running on behind it."""
        first = _WORD.search(head)
        if first is None or normal(first.group()) not in self.firsts:
            return None
        words = list(_WORD.finditer(head))
        for count in range(min(len(words) - 1, _LABEL_WORDS), 1, -1):
            end = words[count - 1].end()
            if words[count - 1].group().lower() in _DROPPED:  # "Issue The weekly list": the answer begins with it
                continue
            label, rest = normal(text[:end]), text[end:].lstrip(" )*_")
            keys = self.known.get(label)
            if keys is None and count > 2 and begins_cell(rest):
                keys = self._shortened(label) or self._abridged(label)
            if keys:
                return Match(keys=keys, rest=rest, separated=False, official=self.is_official(text[:end]))
        return None


def begins_cell(text: str) -> bool:
    """Return whether ``text`` may be a cell of a table: no sentence goes on so."""
    return _CELL.match(text) is not None


def _in_order(words: Sequence[str], label: Iterable[str]) -> bool:
    """Return whether ``words`` stand in ``label`` in their order, others between them."""
    rest = iter(label)
    return all(word in rest for word in words)


def normal(label: str) -> str:
    """Return ``label`` in the form in which labels are compared: lower case, singular, without marks and small words."""
    return _normal_short(label) if len(label) <= _SHORT else _normal(label)


def _normal(label: str) -> str:
    text = (
        _PLURAL.sub("", label.lower().replace("e-mail", "email").replace("e mail", "email"))
        .replace("what’s", "what is")
        .replace("what's", "what is")
    )
    found = [_alike(word) for word in _WORD.findall(text)]
    kept = [word for word in found if word not in _DROPPED]
    return " ".join(kept or found)


def _first_word(label: str) -> str:
    """Return the first word of ``normal(label)``, or "" where it takes all of the label to tell."""
    lowered = label.lower()
    if "mail" in lowered or "(" in lowered:
        return ""
    for found in _WORD.finditer(lowered):
        word = _alike(found.group())
        if word not in _DROPPED:
            return word if word != "s" else ""  # of "your's", which is one word
    return ""


_normal_short = lru_cache(maxsize=1024)(_normal)  # every mail on a form has the same labels, and each is looked at more than once


@lru_cache(maxsize=64)
def index_of(fields: tuple[FieldRule, ...]) -> LabelIndex:
    """Return the label index of ``fields``."""
    known: dict[str, tuple[str, ...]] = {}
    official: dict[str, str] = {}
    for field in fields:
        official[normal(field.label)] = field.key
        for label in (field.label, field.key.replace("_", " "), *field.synonyms):
            text = normal(label)
            if field.key not in known.get(text, ()):
                known[text] = (*known.get(text, ()), field.key)
    for text, key in official.items():
        known[text] = (key,)
    lengths: dict[int, list[str]] = {}
    for text in known:
        lengths.setdefault(len(text), []).append(text)
    return LabelIndex(
        known=known,
        official=frozenset(official),
        by_length={length: tuple(labels) for length, labels in lengths.items()},
        long=tuple(official.items()),
        firsts=_first_words(known),
        openings=_first_words((*known, *FOREIGN)),
        singles=_singles(known),
        begun=frozenset(word[:end] for label in official for word in label.split(" ") for end in range(1, len(word) + 1)),
    )


def _singles(known: Iterable[str]) -> frozenset[str]:
    labels = {label for label in (*known, *FOREIGN) if " " not in label}
    said = {word for word, meant in _SAME.items() if meant in labels}
    return frozenset(labels | said | {f"{word}s" for word in labels})


def _first_words(labels: Iterable[str]) -> frozenset[str]:
    return frozenset(label.split(" ", 1)[0] for label in labels)


@lru_cache(maxsize=4096)
def _alike(word: str) -> str:
    """Return the word that stands for all that a label may use in its place; people use the same few thousand."""
    return _singular(_SAME.get(word, word))


def _singular(word: str) -> str:
    if len(word) <= 3 or word.endswith(("ss", "us", "is", "details")):
        return word
    if word.endswith("sses"):
        return word[:-2]
    return word.removesuffix("s")


def _within(left: str, right: str, allowed: int) -> bool:
    """Return whether at most ``allowed`` insertions, deletions, replacements or swaps part the two texts."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, character in enumerate(left, 1):
        new = [at] + [0] * len(right)
        for to, other in enumerate(right, 1):
            cost = min(row[to] + 1, new[to - 1] + 1, row[to - 1] + (character != other))
            if before and at > 1 and to > 1 and character == right[to - 2] and left[at - 2] == other:
                cost = min(cost, before[to - 2] + 1)
            new[to] = cost
        if min(new) > allowed:
            return False
        before, row = row, new
    return row[-1] <= allowed
