"""Addresses as RFC 5322 has them, and who wrote a mail: the From header's one address, or a defect (REF-8).

The reader is one pass over tokens and has no recursion. It never mends: what is not clearly one address is a defect, since a
lenient reader takes ``alice@nhs.example <bob@evil.example>`` for alice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from maild.mail import headers
from maild.mail.message import Address

MOST = 200

_LOCAL = r"[^\s<>()\[\]\\,;:@\"\x00-\x20\x7f]{1,128}"
_DOMAIN = r"[^\s<>()\[\]\\,;:@\"\x00-\x20\x7f]{1,255}"
_PLAIN = re.compile(r"([A-Za-z0-9._%+'-]{1,128}@[A-Za-z0-9.-]{1,255})\Z")
_NAMED = re.compile(r"([A-Za-z0-9 ._'-]{0,200}|\"[A-Za-z0-9 ._',()&/@-]{0,200}\" ?)<([A-Za-z0-9._%+'-]{1,128}@[A-Za-z0-9.-]{1,255})>\Z")
_ADDR_SPEC = re.compile(rf"({_LOCAL}|\"(?:[^\"\\]|\\.){{0,128}}\")@({_DOMAIN}|\[[0-9A-Za-z:.-]{{1,64}}\])\Z", re.DOTALL)
_BARE, _QUOTED_PAIR, _NEEDS_PAIR = re.compile(_LOCAL), re.compile(r"\\(.)", re.DOTALL), re.compile(r'["\\]')
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<quoted>\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z))|(?P<angle><[^<>]*>)|(?P<literal>\[[^\[\]]*\])"
    r"|(?P<atom>[^\s\"<>()\[\],;:\\]+)|(?P<other>.)",
    re.DOTALL,
)
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_LAST_ANGLE = re.compile(r"<([^<>\s]{3,400})>[^<>]*\Z")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # quoted | angle | literal | atom | comment | other
    text: str
    spaced: bool  # white space stands before it


@dataclass(frozen=True, slots=True)
class Addresses:
    """What one address field holds, and what was wrong with it."""

    found: tuple[Address, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the one usable address or None, and why it is not to be believed (empty where it may be)."""

    address: Address | None
    defects: tuple[str, ...]


def read(value: str) -> Addresses:
    """Return the addresses of a field such as ``"Smith, Ann" <ann@trust.example>, bob@trust.example`` (RFC 5322 §3.4).

    Display names are decoded after the grammar was read, never before: an encoded word cannot add an address.
    """
    quick = _quick(value)
    if quick is not None:
        return Addresses((quick,), ())
    found: dict[str, Address] = {}
    defects: list[str] = []
    for entry in _entries(value, defects):
        if len(found) >= MOST:
            defects.append("too-many-addresses")
            break
        address = _mailbox(entry, defects)
        if address is not None:
            found.setdefault(address.address, address)
    return Addresses(tuple(found.values()), tuple(dict.fromkeys(defects)))


def sender(values: Sequence[str]) -> Sender:
    """Return who wrote a mail with these From fields (as on the wire); every doubt is a defect (REF-8)."""
    if not values:
        return Sender(None, ("from-missing",))
    if len(values) == 1 and (quick := _quick(values[0])) is not None:
        return Sender(quick, _look(quick))
    readings = [read(value) for value in values]
    defects = [f"from-{defect}" for reading in readings for defect in reading.defects]
    everyone = list({address.address: address for reading in readings for address in reading.found}.values())
    if len(values) > 1:
        defects.insert(0, "from-repeated")
    if len(everyone) > 1:
        defects.append("from-several-addresses")
    if not everyone:
        return Sender(None, tuple(dict.fromkeys(defects or ["from-empty"])))
    return Sender(everyone[0], tuple(dict.fromkeys((*defects, *_look(everyone[0])))))


def key(value: str) -> str:
    """Return the lower-case addr-spec by which mails of one From are kept in order, or "" (INT-12)."""
    quick = _quick(value)
    if quick is not None:
        return quick.address
    last = _LAST_ANGLE.search(value[-600:])
    if last and "@" in last[1]:
        return _unquoted(last[1].lower())
    found = read(value[:1_000]).found
    return found[0].address if found else ""


def _quick(value: str) -> Address | None:
    """Return the address of the two plain forms that most mail has, or None: take the long way."""
    match = _NAMED.match(value)
    if match:
        address = match[2].lower()
        if ".." not in address and "@." not in address:
            return Address(name=match[1].strip(' "'), address=address)
        return None
    match = _PLAIN.match(value)
    if match and ".." not in value and "@." not in value:
        return Address(name="", address=match[1].lower())
    return None


def _look(address: Address) -> tuple[str, ...]:
    """Return the defects of an address that the grammar allows and no mail server of the day delivers to."""
    domain = address.domain
    sound = "." in domain and not domain.startswith((".", "-")) and not domain.endswith((".", "-")) and ".." not in domain
    # A domain in wide or compatible forms is another one when it is looked up: `trust.example＠evil.example` has a second @ then.
    sound = sound and (domain.isascii() or unicodedata.normalize("NFKC", domain) == domain)
    return () if sound or domain.startswith("[") else ("from-domain-odd",)


def _tokens(value: str, defects: list[str]) -> list[_Token]:
    """Return the tokens of a field; comments, nested or not, are one token each."""
    tokens: list[_Token] = []
    at, spaced = 0, False
    while at < len(value):
        match = _TOKEN.match(value, at)
        assert match is not None  # the last alternative takes any character
        assert match.lastgroup is not None
        kind, text, at = match.lastgroup, match.group(), match.end()
        if kind == "space":
            spaced = True
            continue
        if text == "(":
            end = _comment_end(value, at)
            kind, text, at = "comment", value[at : end - 1], end
            if end > len(value):
                defects.append("comment-open")
        elif kind == "quoted" and (len(text) < 2 or not text.endswith('"')):
            defects.append("quote-open")
        tokens.append(_Token(kind, text, spaced))
        spaced = False
    return tokens


def _comment_end(value: str, at: int) -> int:
    """Return where the comment that was opened before ``at`` ends; one past the end where it never does."""
    depth = 1
    for match in _PARENTHESIS.finditer(value, at):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    return len(value) + 1


def _entries(value: str, defects: list[str]) -> list[list[_Token]]:
    """Return the tokens of each mailbox in a list; a group's name and its semicolon are left out, with a defect."""
    entries: list[list[_Token]] = [[]]
    for token in _tokens(value, defects):
        if token.kind == "other" and token.text == ",":
            entries.append([])
        elif token.kind == "other" and token.text == ";":
            defects.append("group")
            entries.append([])
        elif token.kind == "other" and token.text == ":":
            defects.append("group")
            entries[-1] = []
        else:
            entries[-1].append(token)
    full = [entry for entry in entries if any(token.kind != "comment" for token in entry)]
    if full and len(full) < len(entries) and "group" not in defects:
        defects.append("list-empty-entry")
    return full


def _mailbox(entry: list[_Token], defects: list[str]) -> Address | None:
    """Return the address of one mailbox, or None with a defect where it is not clearly one."""
    words = [token for token in entry if token.kind != "comment"]
    comments = " ".join(token.text for token in entry if token.kind == "comment")
    angles = [token for token in words if token.kind == "angle"]
    if any(token.kind == "other" for token in words):
        defects.append("stray-character")
        return None
    if not angles:
        return _bare(words, comments, defects)
    if len(angles) > 1 or words[-1].kind != "angle":
        defects.append("text-after-address")
        return None
    name = words[:-1]
    if any("@" in token.text for token in name if token.kind != "quoted"):
        defects.append("name-holds-address")
    return _address(_phrase(name) or headers.decode(comments), angles[0].text[1:-1], defects)


def _bare(words: list[_Token], comments: str, defects: list[str]) -> Address | None:
    """Return the address of a mailbox without angle brackets."""
    if any(token.spaced for token in words[1:]):
        defects.append("blank-in-address")
        return None
    return _address(headers.decode(comments), "".join(token.text for token in words), defects)


def _address(name: str, text: str, defects: list[str]) -> Address | None:
    """Return ``text`` as an address where it is an addr-spec (RFC 5322 §3.4.1), or None with a defect."""
    spec = text.strip()
    match = _ADDR_SPEC.match(spec)
    if match is None or "=?" in spec:  # an encoded word is no part of an addr-spec (RFC 2047 §5)
        defects.append("not-an-address")
        return None
    address = headers.clean(spec).lower()
    if address != spec.lower():
        defects.append("not-an-address")
        return None
    return Address(name=name, address=_unquoted(address))


def _unquoted(address: str) -> str:
    r"""Return an address without what need not be quoted: ``"v\ictim"@…`` is the mailbox ``victim@…`` (RFC 5321 §4.1.2)."""
    if not address.startswith('"'):
        return address
    local, _, domain = address.rpartition("@")
    bare = _QUOTED_PAIR.sub(r"\1", local[1:-1])
    return (
        f"{bare}@{domain}"
        if _BARE.fullmatch(bare) and "" not in bare.split(".")
        else '"' + _NEEDS_PAIR.sub(r"\\\g<0>", bare) + f'"@{domain}'
    )


def _phrase(words: list[_Token]) -> str:
    """Return a display name: quoted strings without their quotes, RFC 2047 words decoded."""
    texts: list[str] = []
    for word in words:
        text = re.sub(r"\\(.)", r"\1", word.text[1:-1]) if word.kind == "quoted" else word.text
        texts.append((" " if word.spaced and texts else "") + text)
    return headers.decode("".join(texts))
