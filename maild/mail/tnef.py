"""winmail.dat: the files and the text that Outlook packed into one attachment (MS-OXTNEF).

A file is a signature and a key, then attributes: level (1 byte), id (4), length (4), data, checksum (2), all little-endian. What
Outlook calls properties (MAPI) stands as a list inside two of them. Rich text (RTF) is read as plain text by ``rtf_to_text``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from maild.mail import charset
from maild.mail.rtf import decompress, rtf_to_text

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _PROPERTIES = 0x0002800C, 0x00069003
_RENDER_DATA, _TITLE, _DATA, _ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_CODEPAGE = 0x00069007
_PR_BODY, _PR_BODY_HTML, _PR_RTF, _PR_LONG_NAME, _PR_NAME, _PR_DATA = 0x1000, 0x1013, 0x1009, 0x3707, 0x3704, 0x3701
_WIDTHS = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0xD
_MOST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tnef:
    """What a winmail.dat holds: the text, the HTML, and the files as (name, content)."""

    text: str
    html: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class _Unpacked:
    codepage: str = "cp1252"
    body: str = ""
    html: str = ""
    rtf: bytes = b""
    names: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    def attribute(self, kind: int, data: bytes) -> None:
        """Take in one attribute."""
        if kind == _CODEPAGE and len(data) >= 4:
            self.codepage = f"cp{struct.unpack_from('<I', data)[0]}"
        elif kind == _BODY:
            self.body = self.body or self._text(data)
        elif kind == _PROPERTIES:
            self._message(data)
        elif kind == _RENDER_DATA:
            self.names.append("")
            self.contents.append(b"")
        elif self.names and kind == _TITLE:
            self.names[-1] = self.names[-1] or self._text(data)
        elif self.names and kind == _DATA:
            self.contents[-1] = data
        elif self.names and kind == _ATTACHMENT:
            self._attachment(data)

    def _message(self, data: bytes) -> None:
        for number, kind, value in _properties(data):
            if number == _PR_BODY:
                self.body = self._string(kind, value)
            elif number == _PR_BODY_HTML:
                self.html = self._string(kind, value)
            elif number == _PR_RTF:
                self.rtf = value

    def _attachment(self, data: bytes) -> None:
        for number, kind, value in _properties(data):
            if number == _PR_LONG_NAME or (number == _PR_NAME and not self.names[-1]):
                self.names[-1] = self._string(kind, value)
            elif number == _PR_DATA and not self.contents[-1]:
                self.contents[-1] = value[16:] if kind == _OBJECT else value

    def _string(self, kind: int, value: bytes) -> str:
        return value.decode("utf-16-le", "replace").rstrip("\0") if kind == _UNICODE else self._text(value)

    def _text(self, data: bytes) -> str:
        return charset.decode(data.rstrip(b"\0"), self.codepage)[0]


def read(data: bytes) -> Tnef | None:
    """Return what the winmail.dat ``data`` holds, or None where it is none or broken off."""
    if not data.startswith(_SIGNATURE):
        return None
    unpacked = _Unpacked()
    try:
        for kind, value in _attributes(data):
            unpacked.attribute(kind, value)
    except (struct.error, ValueError):
        return None
    text = unpacked.body
    if not text and not unpacked.html and unpacked.rtf:
        text = rtf_to_text(decompress(unpacked.rtf))
    return Tnef(
        text=text.replace("\r\n", "\n").replace("\r", "\n"),
        html=unpacked.html,
        files=tuple(
            (name or f"file-{number}", content)
            for number, (name, content) in enumerate(zip(unpacked.names, unpacked.contents, strict=True), 1)
        ),
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes as (id, data); a length beyond the end is a broken file."""
    at = 6
    for _ in range(_MOST):
        if at + 9 > len(data):
            return
        kind, length = struct.unpack_from("<II", data, at + 1)
        if at + 9 + length > len(data):
            raise ValueError
        yield kind, data[at + 9 : at + 9 + length]
        at += 11 + length


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield MAPI properties as (number, type, value); of a list of values the last."""
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, _MOST)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:
            at = _after_name(data, at)
        several, kind = kind & 0x1000, kind & 0x0FFF
        width, value, values = _WIDTHS.get(kind, 0), b"", 1
        if several or not width:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        for _ in range(min(values, _MOST)):
            size = width
            if not width:
                (size,) = struct.unpack_from("<I", data, at)
                at += 4
            if at + size > len(data):
                raise ValueError
            value = data[at : at + size]
            at += size + -size % 4
        yield number, kind, value


def _after_name(data: bytes, at: int) -> int:
    """Return where the name of a named property ends."""
    kind, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (length + -length % 4 if kind == 1 else 0)
