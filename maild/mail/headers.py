"""Header blocks: fields, RFC 2047 words, RFC 2231 parameters, message ids and dates, each read in linear time and none raising.

A block is taken as normalised bytes (LF only, no NUL; see ``survey``). What comes out for people is unfolded, decoded and free of control
and bidirectional characters; what other readers here need stays as it stood on the wire.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from maild.mail import charset

HEADER_LINES = 1_000
HEADER_BYTES = 64 * 1024
FIELD_CHARACTERS = 16 * 1024
STRUCTURED_CHARACTERS = 4 * 1024  # Content-Type, Content-Disposition
_IDS = 50
_SEGMENTS = 100  # RFC 2231 continuations of one parameter
_STRUCTURED = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "content-id"})

_NAME = re.compile(r"[!-9;-~]{1,100}\Z")
_LINE_END = re.compile(rb"\n(?![ \t])")
_ID = re.compile(r"<([^<>\s]{1,500})>")
_BARE_ID = re.compile(r"[^<>\s,;]{1,500}\Z")
_GAP = re.compile(r"[\s;]*")
_PARAMETER = re.compile(r"([^\s=;\"]{1,80})[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)(?:\"|\\?\Z)|([^;]*))", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_SEGMENT = re.compile(r"(.{1,70}?)(?:\*(\d{1,3}))?(\*)?\Z", re.DOTALL)
_TOKEN = re.compile(r"[^\s;,()\"]{1,127}")

_SPACED = dict.fromkeys((9, 10, 11, 12, 13, 0x85, 0xA0, 0x2028, 0x2029), " ")
# Control, zero-width and bidirectional characters: they hide or reorder what a person reads.
_HIDDEN = (*range(9), *range(14, 32), *range(127, 0xA0), 0xAD, 0x061C, 0x180E, 0x200B, *range(0x200E, 0x2010))
_HIDDEN += (*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC))
_CLEAN: dict[int, str | None] = {**dict.fromkeys(_HIDDEN), **_SPACED}
_CLEAN.update(dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"))


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of one header block as (lower-case name, unfolded value on the wire), where the body begins, and what was wrong."""

    fields: tuple[tuple[str, str], ...]
    body: int
    defects: tuple[str, ...]

    def first(self, name: str) -> str:
        """Return the first value of ``name`` as on the wire, or ""."""
        for key, value in self.fields:
            if key == name:
                return value
        return ""


def clean(text: str) -> str:
    """Return ``text`` on one line, without control, zero-width and bidirectional characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return text.translate(_CLEAN).strip()


def read_block(data: bytes, start: int, end: int) -> Block:
    """Return the header block that begins at ``start``; the body is what follows its first empty line, up to ``end``.

    What is over the caps (lines, bytes, one field) is cut with a defect. A line that is no field ends the block, as mail
    servers see it; the body begins with that line.
    """
    limit, defects = min(end, start + HEADER_BYTES), []
    if data.startswith(b"\n", start):
        return Block((), min(start + 1, end), ())
    stop = data.find(b"\n\n", start, limit)
    if stop >= 0:
        body = stop + 2
    elif limit == end:
        stop, body = end, end
    else:
        defects.append("header-bytes-cut")
        stop = max(data.rfind(b"\n", start, limit), start)
        empty = data.find(b"\n\n", stop, end)
        body = end if empty < 0 else empty + 2
    block = data[start:stop]
    if block.count(b"\n") >= HEADER_LINES:
        defects.append("header-lines-cut")
        block = b"\n".join(block.split(b"\n", HEADER_LINES)[:HEADER_LINES])
    return _fields(block, start, body, defects)


def _fields(block: bytes, start: int, body: int, defects: list[str]) -> Block:
    text = _text(block)
    fields: list[tuple[str, str]] = []
    for number, line in enumerate(text.replace("\n ", " ").replace("\n\t", "\t").split("\n")):
        name, colon, value = line.partition(":")
        if not colon or not _NAME.match(name):
            name = name.rstrip(" \t")  # obsolete syntax allows blanks before the colon (RFC 5322 §4.5)
            if not colon or not _NAME.match(name):
                if number == 0 and line.startswith(("From ", ">From ")):
                    continue  # an mbox separator
                if line.strip():
                    defects.append("header-block-broken")
                    body = start + _offset(block, number)
                    break
                continue
        name = name.lower()
        cap = STRUCTURED_CHARACTERS if name in _STRUCTURED else FIELD_CHARACTERS
        if len(value) > cap:
            defects.append(f"header-cut:{name}" if name in _STRUCTURED or name in ("from", "subject") else "header-cut")
            value = value[:cap]
        fields.append((name, value.strip(" \t")))
    return Block(tuple(fields), body, tuple(defects))


def _text(block: bytes) -> str:
    """Return a block as text: UTF-8 (RFC 6532), else each line by itself, as one bad field must not spoil another."""
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(charset.decode(line, "")[0] for line in block.split(b"\n"))


def _offset(block: bytes, number: int) -> int:
    """Return where the unfolded line ``number`` begins in ``block``."""
    return [0, *(match.end() for match in _LINE_END.finditer(block))][number]


def decode(value: str) -> str:
    """Return a field's value for people: RFC 2047 words decoded, on one line, without control characters.

    Adjacent words are joined before they are decoded, as a character may be split between two. Words with blanks inside,
    words inside quotes and words stuck to text are decoded too: real clients write them.
    """
    if "=?" not in value:
        return clean(value)
    pieces: list[str] = []
    run: bytes | None = None
    run_charset, at = "", 0
    while word := _next_word(value, at):
        between = value[at : word.start]
        adjacent = run is not None and not between.strip()
        if run is not None and not (adjacent and word.charset == run_charset):
            pieces.append(charset.decode(run, run_charset)[0])
            run = None
        if not adjacent:
            pieces.append(between)
        run, run_charset, at = (run or b"") + word.data, word.charset, word.end
    if run is not None:
        pieces.append(charset.decode(run, run_charset)[0])
    return clean("".join(pieces) + value[at:])


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    charset: str
    data: bytes


def _next_word(value: str, at: int) -> _Word | None:
    """Return the next RFC 2047 word at or after ``at``; each search goes forward only."""
    while (start := value.find("=?", at)) >= 0:
        second = value.find("?", start + 2, start + 60)
        if second > 0 and value[second + 2 : second + 3] == "?" and (kind := value[second + 1].lower()) in "bq":
            stop = value.find("?=", second + 3)
            if stop < 0:
                return None
            name = value[start + 2 : second].partition("*")[0].lower()
            data = _word_bytes(value[second + 3 : stop], kind)
            return _Word(start, stop + 2, name, data)
        at = start + 2
    return None


def _word_bytes(text: str, kind: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if kind == "q":
        return binascii.a2b_qp(raw.replace(b" ", b"_").replace(b"\t", b"_"), header=True)
    return base64_bytes(raw)[0]


def base64_bytes(data: bytes | memoryview) -> tuple[bytes, bool]:
    """Return what base64 ``data`` holds and whether it was sound; of broken base64 as much as can be read."""
    try:
        return binascii.a2b_base64(data), True
    except (binascii.Error, ValueError):
        sound = bytes(data).translate(None, _NOT_BASE64)
        sound = sound[: len(sound) - (len(sound) % 4 == 1)]
        return binascii.a2b_base64(sound + b"==="), False


_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _ALPHABET)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return the lower-case main value and the parameters of ``text/plain; charset=utf-8`` (RFC 2045 §5.1, RFC 2231).

    Names are lower case; RFC 2231 continuations are put together and win over the plain form; RFC 2047 words in values,
    which no standard allows and many clients write, are decoded.
    """
    if not value:  # of each part, two of the three fields that are asked for
        return "", {}
    value = value[:STRUCTURED_CHARACTERS]
    token = _TOKEN.match(value.lstrip())
    main = token.group().lower() if token else ""
    found: dict[str, str] = {}
    split: dict[str, dict[int, tuple[str, bool]]] = {}
    at = value.find(";")
    while at >= 0:
        gap = _GAP.match(value, at)
        assert gap is not None  # it matches nothing, too
        match = _PARAMETER.match(value, gap.end())
        if match is None:
            at = value.find(";", gap.end())
            continue
        name, text = match[1].lower(), match[2] if match[2] is not None else match[3].strip()
        if match[2] is not None and "\\" in text:
            text = _QUOTED_PAIR.sub(r"\1", text)
        if "*" in name:
            _note_segment(split, name, text)
        else:
            found.setdefault(name, decode(text) if "=?" in text else text)
        at = value.find(";", match.end())
    for name, segments in split.items():
        found[name] = _joined(segments)
    return main, found


def _note_segment(split: dict[str, dict[int, tuple[str, bool]]], name: str, text: str) -> None:
    """Note one piece ``name*0*`` of a continued parameter."""
    match = _SEGMENT.match(name)
    if match and len(segments := split.setdefault(match[1], {})) < _SEGMENTS:
        segments.setdefault(int(match[2] or 0), (text, bool(match[3])))


def _joined(segments: dict[int, tuple[str, bool]]) -> str:
    """Return the value of a continued parameter: ``utf-8'en'%e2%82%ac`` (RFC 2231 §4)."""
    name, raw = "", b""
    for position, number in enumerate(sorted(segments)):
        text, encoded = segments[number]
        if encoded and position == 0 and text.count("'") >= 2:
            name, _, text = text.split("'", 2)
        raw += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return charset.decode(raw, name)[0]


def ids(value: str) -> tuple[str, ...]:
    """Return the message ids in ``value`` with their angle brackets, at most 50: the first and the newest, without repeats."""
    if not value:
        return ()
    value = clean(value)
    found = list(dict.fromkeys(f"<{match}>" for match in _ID.findall(value)))
    if not found:
        bare = clean(value)
        return (f"<{bare}>",) if "@" in bare and _BARE_ID.match(bare) else ()
    return tuple(found if len(found) <= _IDS else (found[0], *found[1 - _IDS :]))


def message_id(value: str) -> str:
    """Return the one id of a Message-ID field with its angle brackets, or ""; an id without brackets gets them."""
    found = ids(value)
    if found:
        return found[0]
    bare = clean(value)
    return f"<{bare}>" if _BARE_ID.match(bare) else ""


def date(value: str) -> datetime | None:
    """Return the instant of a Date field in UTC, or None; a date without a zone is taken as UTC."""
    if not value or len(value) > 200:
        return None
    try:
        instant = parsedate_to_datetime(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
