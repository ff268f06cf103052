"""RFC 5322 bytes, built by hand: 0.02 ms where ``EmailMessage`` takes 2 ms.

Nothing here does IO, reads a clock or draws a random number. Whatever a header is built from, it comes out as that one
header: control characters and line breaks are gone before it is folded or encoded (ACK-2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

MAX_LINE = 76
MAX_REFERENCES = 12
_MAX_ID = 400
_MAX_VALUE = 900
_CHUNK = 39  # bytes in one encoded word: 52 characters of base 64 and 12 of frame fit behind a header's name

_NO_OFFSET = timedelta(0)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# C0, DEL, C1, line and paragraph separators, bidirectional overrides, lone surrogates.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_UNFIT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ID = re.compile(r"[!-;=?-~]+")
_DOT_ATOM = re.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+)*")
_NOT_IN_DOMAIN = re.compile("[^A-Za-z0-9.:\\[\\]\u00a1-\U0010ffff-]")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_BINARY = "application/octet-stream"
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
_NAME = 60  # characters; percent-encoded at most 720, so that the header's line stays under 998


def clean(value: str, limit: int = _MAX_VALUE) -> str:
    """Return ``value`` as one line: control characters become spaces, runs of spaces one, at most ``limit`` characters."""
    if _UNFIT.search(value):
        value = _UNFIT.sub(" ", value)
    return " ".join(value.split())[:limit].rstrip()


def clean_text(text: str) -> str:
    """Return a body's text with LF line ends and without control characters but tab."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT_IN_TEXT.sub("", text) if _UNFIT_IN_TEXT.search(text) else text


def unstructured(name: str, value: str) -> str:
    """Return the header ``name`` with free text as its value: folded, and in encoded words from the first that needs them."""
    value = clean(value)
    if value.isascii() and "=?" not in value and len(name) + 2 + len(value) <= MAX_LINE:
        return f"{name}: {value}\r\n"
    words = value.split(" ")
    plain = next((index for index, word in enumerate(words) if _needs_encoding(word)), len(words))
    pieces = words[:plain]
    if plain < len(words):
        pieces += encoded_words(" ".join(words[plain:]))
    return _fold(name, pieces)


def encoded_words(text: str) -> list[str]:
    """Return ``text`` as RFC 2047 encoded words of UTF-8 in base 64, no character split between two."""
    words = []
    chunk = b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(chunk) + len(octets) > _CHUNK:
            words.append(chunk)
            chunk = b""
        chunk += octets
    words.append(chunk)
    return [f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words]


def mailbox(name: str, address: str) -> str:
    """Return ``name <address>`` for an address header, or the address alone where there is no name."""
    name = clean(name, 200)
    if not name:
        return address
    if name.isascii() and "=?" not in name and len(name) < 60:
        shown = name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        shown = "\r\n ".join(encoded_words(name))
    separator = " " if len(shown) + len(address) < MAX_LINE - 12 else "\r\n "
    return f"{shown}{separator}<{address}>"


def header_address(address: str) -> str:
    """Return ``address`` in a form that is one addr-spec in any header: odd local parts quoted, the domain in ASCII.

    A local part keeps its characters but for control characters (RFC 6532); a domain loses what no domain may hold.
    """
    if address.isascii() and "=?" not in address and all(map(_DOT_ATOM.fullmatch, address.rsplit("@", 1))):
        return address
    local, _, domain = _UNFIT.sub("", address)[:_MAX_VALUE].rpartition("@")
    domain = _NOT_IN_DOMAIN.sub("", domain)
    if not (domain.startswith("[") and domain.endswith("]")):  # brackets are an address literal's alone
        domain = domain.replace("[", "").replace("]", "")
    domain = _ascii_domain(domain)
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if not _DOT_ATOM.fullmatch(local) or "=?" in local:
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"').replace("=?", "=\\?") + '"'
    return f"{local}@{domain}"


def message_ids(ids: Iterable[str]) -> list[str]:
    """Return those of ``ids`` that may stand in a header, each once, in angle brackets."""
    kept: dict[str, None] = {}
    for each in ids:
        bare = each.strip().strip("<>")
        if len(bare) <= _MAX_ID and _ID.fullmatch(bare) and "=?" not in bare:
            kept[f"<{bare}>"] = None
    return list(kept)


def capped(ids: Sequence[str], limit: int = MAX_REFERENCES) -> Sequence[str]:
    """Return ``ids`` cut to the first and the last ones: the root and the nearest ancestors are what threads a mail."""
    return ids if len(ids) <= limit else (ids[0], *ids[1 - limit :])


def id_header(name: str, ids: Sequence[str]) -> str:
    """Return a header of message ids, one a line, or "" where there is none."""
    return f"{name}: " + "\r\n ".join(ids) + "\r\n" if ids else ""


def extra_header(name: str, value: str) -> str:
    """Return a further header, or "" where ``name`` is no header's name."""
    return unstructured(name, value) if _HEADER_NAME.fullmatch(name) else ""


def date(instant: datetime) -> str:
    """Return an aware instant as the Date header shows it."""
    minutes = int((instant.utcoffset() or _NO_OFFSET).total_seconds()) // 60
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    return (
        f"{_DAYS[instant.weekday()]}, {instant.day:02d} {_MONTHS[instant.month - 1]} {instant.year:04d} "
        f"{instant.hour:02d}:{instant.minute:02d}:{instant.second:02d} {offset}"
    )


def boundary(message_id: str) -> str:
    """Return the boundary of a mail's parts: it holds ``=_``, which no quoted-printable text does."""
    return "=_" + hashlib.blake2b(message_id.encode("utf-8", "replace"), digest_size=12).hexdigest()


def body(content_type: str, text: str) -> bytes:
    """Return one part, headers and all, in a 7-bit encoding, with CRLF line ends."""
    octets = text.encode("utf-8", "replace").replace(b"\n", b"\r\n")
    if text.isascii() and _is_7bit(text):
        encoding = b"7bit"
    else:
        encoding = b"quoted-printable"
        octets = quoted_printable(octets)
    if not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    return b"Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (content_type.encode(), encoding, octets)


def attachment(name: str, content_type: str, data: bytes) -> bytes:
    """Return one part that passes a file on, in base64; a text type becomes a download too, and no type runs in a mail client."""
    kind = content_type if _MEDIA_TYPE.fullmatch(content_type) and not content_type.startswith(("multipart/", "message/")) else _BINARY
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    safe = _short(clean(name).translate(_NOT_IN_NAMES).lstrip(".")) or "file"
    named = f"filename*=utf-8''{quote(safe, safe='')}"
    head = f"Content-Type: {kind}\r\nContent-Disposition: attachment;\r\n {named}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encoded


def _short(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:_NAME]
    return name if len(name) <= _NAME else f"{stem[: _NAME - len(ending[:10]) - 1]}.{ending[:10]}"


def quoted_printable(octets: bytes) -> bytes:
    """Return ``octets`` (CRLF line ends) in quoted-printable; no line starts with ``From `` or is a lone dot."""
    encoded = binascii.b2a_qp(b"\r\n" + octets)[2:].replace(b"=\r\n.\r\n", b"=\r\n=2E\r\n")
    if encoded.endswith(b"=\r\n."):
        encoded = encoded[:-1] + b"=2E"
    if encoded.startswith(b"From "):
        encoded = b"=46" + encoded[1:]
    return encoded.replace(b"\nFrom ", b"\n=46rom ")


def _is_7bit(text: str) -> bool:
    if "=_" in text or "From " in text or text.startswith(".") or "\n." in text:
        return False
    return all(len(line) <= MAX_LINE and not line.endswith((" ", "\t")) for line in text.split("\n"))


def _needs_encoding(word: str) -> bool:
    return len(word) > MAX_LINE - 12 or not word.isascii() or "=?" in word


def _fold(name: str, words: Sequence[str]) -> str:
    lines = []
    line = name + ":"
    for index, word in enumerate(words):
        if index and len(line) + 1 + len(word) > MAX_LINE:
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def _ascii_domain(domain: str) -> str:
    """Return ``domain`` in ASCII where that is the same domain: its preparation makes ``@``, ``,`` and ``>`` of their wide forms."""
    if domain.isascii():
        return domain
    try:
        octets = domain.encode("idna")
        return octets.decode("ascii") if octets.decode("idna") == domain.lower() else domain
    except UnicodeError:
        return domain
