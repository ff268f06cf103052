"""The tree of a mail's parts (RFC 2046), as places in its bytes: nothing is copied before it is wanted, and no line is an object.

Each level is one pass of ``bytes.find`` for its boundary. Over the caps (parts, depth) the rest stays unread, with a defect.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from maild.mail import charset, headers
from maild.mail.survey import DEPTH, PARTS

_BOUNDARY_BYTES = 256
_FIRST_BOUNDARY = re.compile(rb"\n--([^\n]{1,200})\n")
_UUENCODE = frozenset({"x-uuencode", "x-uue", "uuencode"})
_IDENTITY = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit"})
_QP_SLACK, _BASE64_SLACK = 4, 2  # bytes on the wire for one of content, at most
_LOOK = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its header block, type and parameters, and where its body stands in the mail's bytes."""

    block: headers.Block
    content_type: str
    parameters: Mapping[str, str]
    disposition: str
    disposition_parameters: Mapping[str, str]
    encoding: str
    start: int
    end: int
    children: tuple[Part, ...] = ()

    def leaves(self) -> Iterator[Part]:
        """Yield the parts that are no multipart, in the order of the mail."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class _Budget:
    """What is left of the caps while a mail is read, and what was wrong so far."""

    parts: int = PARTS
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mail:
    """The bytes of a mail (normalised), its outermost part, and what was wrong with its structure."""

    data: bytes
    root: Part
    defects: tuple[str, ...]

    def raw(self, part: Part, most: int | None = None) -> bytes:
        """Return the body of ``part`` as on the wire, at most ``most`` bytes of it."""
        return self.data[part.start : part.end if most is None else min(part.end, part.start + most)]

    def content(self, part: Part, most: int | None = None) -> tuple[bytes, str]:
        """Return the body of ``part`` with its transfer encoding undone, at most ``most`` bytes, and a defect or ""."""
        if part.encoding == "base64":
            data, sound = headers.base64_bytes(self.raw(part, most and most * _BASE64_SLACK))
            lost = not data and bool(self.raw(part, _LOOK).strip())
            return data[:most], "base64-broken" if lost or not (sound or (most and part.end - part.start > most)) else ""
        if part.encoding == "quoted-printable":
            return binascii.a2b_qp(self.raw(part, most and most * _QP_SLACK))[:most], ""
        if part.encoding in _UUENCODE:
            return _uudecode(self.raw(part))[:most], ""
        return self.raw(part, most), "" if part.encoding in _IDENTITY else "transfer-encoding-unknown"

    def text(self, part: Part, most: int) -> tuple[str, tuple[str, ...]]:
        """Return a text part as text with LF line ends, at most ``most`` bytes of it, and what was wrong."""
        data, broken = self.content(part, most)
        if broken == "base64-broken" and _is_plain(raw := self.raw(part, most)):
            data = raw  # it was never encoded
        text, wrong = charset.decode(data, part.parameters.get("charset", ""))
        cut = "text-cut" if len(data) == most else ""
        if wrong and cut:
            wrong = ""  # the cut may have split a character
        return _lines(text), tuple(defect for defect in (broken, wrong, cut) if defect)


def read_tree(data: bytes) -> Mail:
    """Return the tree of the normalised mail ``data``; never raises."""
    budget = _Budget()
    root = _part(data, 0, len(data), budget, depth=0, default="text/plain")
    return Mail(data, root, tuple(dict.fromkeys(budget.defects)))


def _part(data: bytes, start: int, end: int, budget: _Budget, *, depth: int, default: str) -> Part:
    block = headers.read_block(data, start, end)
    budget.defects += block.defects
    content_type, parameters = headers.parameters(raw_type := block.first("content-type"))
    if "/" not in content_type:
        if raw_type:
            budget.defects.append("content-type-broken")
        content_type = default
    disposition, disposition_parameters = headers.parameters(block.first("content-disposition"))
    children: tuple[Part, ...] = ()
    if content_type.startswith("multipart/"):
        digest = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        children = _children(data, block.body, end, parameters.get("boundary", ""), budget, depth=depth + 1, default=digest)
        if not children:
            content_type = "text/plain"
    return Part(
        block=block,
        content_type=content_type,
        parameters=parameters,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        encoding=headers.parameters(block.first("content-transfer-encoding"))[0],
        start=block.body,
        end=end,
        children=children,
    )


def _children(data: bytes, start: int, end: int, boundary: str, budget: _Budget, *, depth: int, default: str) -> tuple[Part, ...]:
    """Return the parts of a multipart body, or none where it has none (then it is read as text)."""
    if depth > DEPTH:
        budget.defects.append("depth-cut")
        return ()
    mark = boundary.rstrip().encode("utf-8", "replace")[:_BOUNDARY_BYTES]
    if not mark:
        budget.defects.append("boundary-missing")
        guess = _FIRST_BOUNDARY.search(data, max(start - 1, 0), min(end, start + 4_096))
        mark = guess[1].rstrip() if guess else b""
    if not mark:
        return ()
    children: list[Part] = []
    for first, last in _between(data, start, end, b"\n--" + mark, budget):
        if budget.parts <= 0:
            budget.defects.append("parts-cut")
            break
        budget.parts -= 1
        children.append(_part(data, first, last, budget, depth=depth, default=default))
    if not children:
        budget.defects.append("multipart-without-parts")
    return tuple(children)


def _between(data: bytes, start: int, end: int, mark: bytes, budget: _Budget) -> Iterator[tuple[int, int]]:
    """Yield where each body part begins and ends between the lines that are ``mark`` (RFC 2046 §5.1.1)."""
    opened = -1
    at = data.find(mark, max(start - 1, 0), end)
    while at >= 0:
        after = at + len(mark)
        stop = data.find(b"\n", after, end)
        stop = end if stop < 0 else stop
        rest = data[after : min(stop, after + 80)].strip()
        if rest in (b"", b"--"):
            if opened >= 0:
                yield opened, max(at, opened)
            opened = -1
            if rest:
                return
            opened = min(stop + 1, end)
        at = data.find(mark, max(stop, after), end)
    if opened >= 0:
        budget.defects.append("multipart-not-closed")
        yield opened, end


def decode_text(data: bytes, declared: str) -> str:
    """Return ``data`` as text with LF line ends, whatever its charset."""
    return _lines(charset.decode(data, declared)[0])


def _is_plain(raw: bytes) -> bool:
    """Return whether what claims to be base64 is text that a person typed."""
    return raw.count(b" ") > len(raw) // 40 and b"=" not in raw.rstrip()[-2:]


def _uudecode(raw: bytes) -> bytes:
    """Return the content of a uuencoded body; lines that are none are left out."""
    pieces: list[bytes] = []
    for line in raw.partition(b"begin ")[2].split(b"\n")[1:]:
        if line.startswith(b"end"):
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(pieces)


def _lines(text: str) -> str:
    """Return ``text`` with LF as its only line end, without a byte order mark."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")
