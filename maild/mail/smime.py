"""Opaque-signed S/MIME: the mail inside a CMS SignedData (RFC 5652 §5, RFC 8551 §3.5), by a walk over its DER or BER.

Nothing is verified here: who wrote is decided elsewhere. Encrypted content is told apart and never opened.

    ContentInfo ::= SEQUENCE { contentType OID, content [0] SignedData }
    SignedData  ::= SEQUENCE { version, digestAlgorithms, SEQUENCE { OID data, [0] OCTET STRING }, ... }
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_SEQUENCE, _OID, _OCTETS, _CONTEXT_0 = 0x30, 0x06, 0x04, 0xA0
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class _Element:
    """One BER element: its tag, and where its content stands; ``after`` is where the next one begins."""

    tag: int
    start: int
    end: int
    after: int


class _BrokenError(ValueError):
    """The bytes are no BER."""


def read(data: bytes) -> bytes | None:
    """Return the mail inside opaque-signed ``data``, or None where it is encrypted, without content or broken."""
    try:
        return _signed_content(data)
    except (_BrokenError, StopIteration):
        return None


def _signed_content(data: bytes) -> bytes | None:
    outer = list(_inside(data, _element(data, 0, len(data)), _SEQUENCE))
    if len(outer) < 2 or data[outer[0].start : outer[0].end] != _SIGNED_DATA:
        return None
    signed = next(_inside(data, outer[1], _CONTEXT_0))
    fields = _inside(data, signed, _SEQUENCE)
    next(fields), next(fields)
    encapsulated = list(_inside(data, next(fields), _SEQUENCE))
    if len(encapsulated) < 2 or data[encapsulated[0].start : encapsulated[0].end] != _DATA:
        return None
    pieces: list[bytes] = []
    for element in _inside(data, encapsulated[1], _CONTEXT_0):
        _octets(data, element, pieces, depth=0)
    return b"".join(pieces) or None


def _octets(data: bytes, element: _Element, pieces: list[bytes], *, depth: int) -> None:
    """Add the content of an OCTET STRING, which BER may write in chunks."""
    if element.tag == _OCTETS:
        pieces.append(data[element.start : element.end])
    elif depth < _DEPTH:
        for chunk in _inside(data, element, _OCTETS | 0x20):
            _octets(data, chunk, pieces, depth=depth + 1)


def _inside(data: bytes, element: _Element, tag: int) -> Iterator[_Element]:
    """Yield the elements inside ``element``, which must have ``tag``."""
    if element.tag != tag:
        raise _BrokenError
    at = element.start
    while at < element.end:
        inner = _element(data, at, element.end)
        yield inner
        at = inner.after


def _element(data: bytes, at: int, end: int, depth: int = 0) -> _Element:
    """Return the element at ``at``; one of indefinite length ends at its two zero bytes (X.690 §8.1.3.6)."""
    if at + 2 > end or data[at] & 0x1F == 0x1F or depth > _DEPTH:
        raise _BrokenError
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        inner = start
        while data[inner : inner + 2] != b"\0\0":
            inner = _element(data, inner, end, depth + 1).after
        return _Element(tag, start, inner, inner + 2)
    if length > 0x80:
        width = length & 0x7F
        if width > 8 or start + width > end:
            raise _BrokenError
        length, start = int.from_bytes(data[start : start + width], "big"), start + width
    if start + length > end:
        raise _BrokenError
    return _Element(tag, start, start + length, start + length)
