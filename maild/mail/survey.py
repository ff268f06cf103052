"""A look at the whole mail before anything parses it: counts, caps, and who wrote and what it answers (INT-5, INT-12).

Everything here is a few passes of ``bytes.count`` and ``bytes.find``: no object per line, however many lines there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.mail import headers
from maild.mail.addresses import key

LINES = 1_000_000
PARTS = 200
DEPTH = 20
TRACE_BYTES = 64 * 1024
_STRIDE = 256 * 1024
_DOUBLED = 3  # broken relays double the CR, each once


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a mail is made of. ``parts`` and ``depth`` are what there can be at most, by what looks like a boundary."""

    bytes: int
    lines: int
    header_lines: int
    header_bytes: int
    parts: int
    depth: int
    over_caps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Who wrote a mail and what it answers, as far as the order of work needs it.

    ``sender_key`` is the lower-case addr-spec of From, or ""; ids stand with their angle brackets.
    """

    sender_key: str
    message_id: str
    answers: tuple[str, ...]
    received_count: int


def normalise(raw: bytes) -> bytes:
    """Return ``raw`` with LF as its only line end and without NUL: the copy that is parsed (INT-5).

    A bare CR is no line end to a mail server, but one to Python's parsers: in the header block it becomes a blank, so that
    ``Subject: x<CR>Authentication-Results: ...`` stays the one field that our relay saw; in the body it becomes a line end. What has no
    LF at all takes its CRs as line ends.
    """
    if b"\0" in raw:
        raw = raw.replace(b"\0", b"")
    if b"\r" not in raw:
        return raw
    for _ in range(_DOUBLED):
        if b"\r\r\n" not in raw:
            break
        raw = raw.replace(b"\r\r\n", b"\r\n")
    raw = raw.replace(b"\r\n", b"\n")
    if b"\r" not in raw:
        return raw
    if b"\n" not in raw:
        return raw.replace(b"\r", b"\n")
    end = _header_end(raw)
    return raw[:end].replace(b"\r", b" ") + raw[end:].replace(b"\r", b"\n")


def _header_end(normalised: bytes) -> int:
    """Return where the header block ends: at the first empty line, or with the mail."""
    end = 0 if normalised.startswith(b"\n") else normalised.find(b"\n\n")
    return len(normalised) if end < 0 else end


def survey(normalised: bytes) -> Survey:
    """Return the counts of a mail and the names of the caps that it is over."""
    header_bytes = _header_end(normalised)
    lines = normalised.count(b"\n")
    header_lines = normalised.count(b"\n", 0, header_bytes) + (header_bytes > 0)
    parts = normalised.count(b"\n--") + 1
    depth = min(normalised.count(b"oundary"), parts)
    over = (
        ("lines", lines > LINES),
        ("header-lines", header_lines > headers.HEADER_LINES),
        ("header-bytes", header_bytes > headers.HEADER_BYTES),
        ("parts", parts > PARTS),
        ("depth", depth > DEPTH),
    )
    return Survey(
        bytes=len(normalised),
        lines=lines,
        header_lines=header_lines,
        header_bytes=header_bytes,
        parts=parts,
        depth=depth,
        over_caps=tuple(name for name, is_over in over if is_over),
    )


def trim(normalised: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the mail without the lines over the cap, and the defect that says so.

    Headers, parts and depth are cut where they are read (``headers.read_block``, ``mime.read_tree``), so that only what is over is lost.
    """
    if normalised.count(b"\n") <= LINES:
        return normalised, ()
    return normalised[: nth_line(normalised, LINES)], ("lines-cut",)


def nth_line(data: bytes, number: int) -> int:
    """Return where the first ``number`` lines of ``data`` end; the end of ``data`` where it has no more lines than that."""
    at = 0
    while True:
        if at >= len(data):
            return len(data)
        count = data.count(b"\n", at, at + _STRIDE)
        if count >= number:
            break
        number, at = number - count, at + _STRIDE
    for _ in range(number):
        at = data.find(b"\n", at) + 1
    return at


def trace(header_block: bytes) -> Trace:
    """Return who wrote a mail and what it answers, from its first 64 kB; never raises.

    In-Reply-To comes first, then References, newest last, 50 at most.
    """
    block = headers.read_block(data := normalise(header_block[:TRACE_BYTES]), 0, len(data))
    answers = (*headers.ids(block.first("in-reply-to")), *headers.ids(block.first("references")))
    return Trace(
        sender_key=key(block.first("from")),
        message_id=headers.message_id(block.first("message-id")),
        answers=tuple(dict.fromkeys(answers))[:50],
        received_count=sum(1 for name, _ in block.fields if name == "received"),
    )
