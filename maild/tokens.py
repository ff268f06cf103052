"""Signed names: Message-IDs, plus-addresses, VERP senders and link tokens that cannot be forged or guessed (REF-2, RES-3).

A token is ``number.nonce.keyid.mac``: the ticket's number (base 36), a nonce, the id of the key, and an HMAC-SHA-256 over purpose,
number, nonce and a secret binding (the ticket's random id, which never shows). It is lower case and free of ``+ @ <``, so that it survives
address case folding. Several keys may be valid at a time; the first signs. Comparison takes constant time.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

MAC_BYTES = 13  # 104 bits, 21 characters of base 32
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
_SHIFTS = range(95, 0, -10)  # 104 bits and one 0 behind them: ten pairs of characters and one more
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_LENGTH = 120


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is void for another."""

    MESSAGE = "message"
    ADDRESS = "address"
    BOUNCE = "bounce"
    REOPEN = "reopen"
    CONFIRM = "confirm"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One signing key: a short lower-case id and at least 32 secret bytes."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token taken apart, not yet verified. ``number`` is 0 for a mail that belongs to no ticket."""

    number: int
    nonce: str
    key_id: str
    mac: str


def base36(number: int) -> str:
    """Return ``number`` in lower-case base 36."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits


@dataclass(frozen=True, slots=True)
class Keyring:
    """The valid keys, newest first."""

    keys: tuple[Key, ...]

    def sign(self, purpose: Purpose, *, number: int, nonce: str, binding: str) -> str:
        """Return a token for ``number`` and ``nonce``, bound to ``binding`` (the ticket's random id)."""
        key = self.keys[0]
        return f"{base36(number)}.{nonce}.{key.id}.{_mac(key, purpose, number, nonce, binding)}"

    def verify(self, purpose: Purpose, token: Token, *, binding: str) -> bool:
        """Return whether one of the keys made ``token`` for this purpose and binding."""
        for key in self.keys:
            if key.id == token.key_id:
                expected = _mac(key, purpose, token.number, token.nonce, binding)
                return hmac.compare_digest(expected.encode(), token.mac.encode())
        return False


def fingerprint(secret: bytes, content: bytes) -> bytes:
    """Return a keyed digest of ``content`` (INT-8): equal for equal mails, meaningless to who lacks the secret."""
    return hashlib.blake2b(content, key=secret[:64], digest_size=16).digest()


def parse(text: str) -> Token | None:
    """Return the token that ``text`` is, unverified, or None where it has not the form of one."""
    fields = text.lower().split(".") if len(text) <= _MAX_LENGTH and text.isascii() else []
    if len(fields) != 4 or not all(field.isalnum() for field in fields) or len(fields[0]) > 12:
        return None
    return Token(number=int(fields[0], 36), nonce=fields[1], key_id=fields[2], mac=fields[3])


def _mac(key: Key, purpose: Purpose, number: int, nonce: str, binding: str) -> str:
    text = f"{purpose}\0{number}\0{nonce}\0{binding}".encode()
    digest = hmac.digest(key.secret, text, "sha256")[:MAC_BYTES]
    bits = int.from_bytes(digest) << 1
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS]) + _BASE32[bits & 31]
