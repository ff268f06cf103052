"""Hypothesis strategies: well-formed mails with what was meant by them, and dialogues by which they are sent.

A ``Letter`` is what somebody composed; ``letters()`` writes it as one of many clients would: with another charset, transfer encoding,
header folding or part tree. Whatever the form, a reader must find the same subject, text and files.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from hypothesis import strategies as st

_CONTROL: tuple[Literal["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"], ...] = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_WIDE = st.characters(codec="utf-8", exclude_categories=_CONTROL, exclude_characters="\xa0\u202f\xad\u180e\ufeff")
_LATIN = st.characters(codec="latin-1", exclude_categories=_CONTROL, exclude_characters="\xa0\xad")
_PLAIN = st.characters(codec="ascii", exclude_categories=_CONTROL)
_ATOM = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789._+-", min_size=1, max_size=20).filter(
    lambda text: text[0] not in ".-" and text[-1] not in ".-" and ".." not in text
)
CHARSETS = {"utf-8": _WIDE, "iso-8859-1": _LATIN, "us-ascii": _PLAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that was attached."""

    name: str
    content_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Return the digest of its content."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What was composed, and the bytes that a client made of it."""

    subject: str
    sender: str
    name: str
    text: str
    files: tuple[File, ...]
    raw: bytes


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Draw an address in lower case."""
    return f"{draw(_ATOM)}@{draw(st.sampled_from(('trust.example', 'clinic.test', 'a.b.example')))}".lower()


def lines(characters: st.SearchStrategy[str], *, most: int) -> st.SearchStrategy[str]:
    """Draw one line of words, with single blanks between them and none at its ends."""
    return st.text(characters, max_size=most).map(lambda text: " ".join(text.split()))


def texts(characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw a text of several lines, none empty at its ends."""
    return st.lists(lines(characters, most=200), min_size=1, max_size=12).map(lambda rows: "\n".join(rows).strip("\n"))


@st.composite
def files(draw: st.DrawFn) -> File:
    """Draw a file with a name that needs no mending."""
    stem = draw(lines(st.sampled_from("abcXYZ0189 äß漢-_"), most=24)).strip(" _")
    ending, content_type = draw(st.sampled_from((("bin", "application/octet-stream"), ("png", "image/png"), ("zip", "application/zip"))))
    return File(name=f"{stem or 'x'}.{ending}", content_type=content_type, data=draw(st.binary(max_size=400)))


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """Draw a well-formed mail."""
    charset = draw(st.sampled_from(sorted(CHARSETS)))
    subject = draw(lines(CHARSETS[charset], most=120).filter(lambda text: "=?" not in text))
    name = draw(lines(CHARSETS[charset], most=40).filter(lambda text: "=?" not in text))
    text = draw(texts(CHARSETS[charset]))
    attached = tuple(draw(st.lists(files(), max_size=3, unique_by=lambda file: file.name)))
    sender = draw(addresses())
    head = [
        f"From: {_name(name, charset)} <{sender}>" if name else f"From: {sender}",
        "To: helpdesk@nhsdesk.example",
        f"Subject: {_unstructured(subject, charset, draw(st.sampled_from('bq')))}",
        "Message-ID: <made@trust.example>",
        "Date: Mon, 02 Mar 2026 09:00:00 +0000",
        "MIME-Version: 1.0",
    ]
    head = [_case(line, draw(st.sampled_from((str, str.upper, str.lower)))) for line in head]
    body = _text_part(text, charset, draw(st.sampled_from(("base64", "quoted-printable", "8bit"))))
    tree = _tree(draw, body, text, attached)
    end = draw(st.sampled_from((b"\r\n", b"\n")))
    raw = "\r\n".join(head).encode("ascii") + b"\r\n" + tree
    return Letter(subject=subject, sender=sender, name=name, text=text, files=attached, raw=raw.replace(b"\r\n", end))


def _case(line: str, change: object) -> str:
    """Return a header line with its name in other letters."""
    name, colon, value = line.partition(":")
    return f"{change(name)}{colon}{value}"  # type: ignore[operator]  # str, str.upper or str.lower


def _tree(draw: st.DrawFn, body: bytes, text: str, attached: tuple[File, ...]) -> bytes:
    """Return the body part with the files beside it, and the same text in HTML if the client writes that."""
    if draw(st.booleans()):
        body = _multipart("alternative", [body, _text_part(_html(text), "utf-8", "base64", kind="html")])
    for _ in range(draw(st.integers(0, 2))):
        body = _multipart("mixed", [body])
    return _multipart("mixed", [body, *map(_file_part, attached)]) if attached else body


def _html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<html><body>" + "<br>".join(escaped.split("\n")) + "</body></html>"


def _multipart(kind: str, parts: list[bytes]) -> bytes:
    digest = hashlib.sha256(b"".join(parts)).hexdigest()[:24]
    edge = f"=_{digest}".encode()
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="'.encode() + edge + b'"\r\n\r\n' + body + b"--" + edge + b"--\r\n"


def _text_part(text: str, charset: str, encoding: str, kind: str = "plain") -> bytes:
    octets = text.replace("\n", "\r\n").encode(charset)
    if encoding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return f"Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + octets


def _file_part(file: File) -> bytes:
    plain = file.name.isascii()
    name = f'filename="{file.name}"' if plain else f"filename*=utf-8''{quote(file.name, safe='')}"
    head = f"Content-Type: {file.content_type}\r\nContent-Disposition: attachment;\r\n\t{name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(file.data).replace(b"\n", b"\r\n")


def _name(name: str, charset: str) -> str:
    if name.isascii():
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _unstructured(name, charset, "b")


def _unstructured(text: str, charset: str, kind: str) -> str:
    """Return a header's text in RFC 2047 words of the charset where it needs them, a word a line."""
    if text.isascii():
        return text
    return "\r\n ".join(_word(text[start : start + 8], charset, kind) for start in range(0, len(text), 8))


def _word(text: str, charset: str, kind: str) -> str:
    octets = text.encode(charset)
    if kind == "b":
        return f"=?{charset}?b?{base64.b64encode(octets).decode()}?="
    return f"=?{charset}?q?{''.join(f'={byte:02X}' for byte in octets)}?="


# -------------------------------------------------------------------------------------------------------------- dialogues


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One mail of a dialogue: its recipients, and its text as the sender has it."""

    recipients: tuple[str, ...]
    text: bytes

    @property
    def commands(self) -> bytes:
        """Return what is sent for it, dots stuffed."""
        rcpt = b"".join(b"RCPT TO:<" + each.encode() + b">\r\n" for each in self.recipients)
        text = (b"\r\n" + self.text).replace(b"\r\n.", b"\r\n..")[2:]
        return b"MAIL FROM:<alice@trust.example>\r\n" + rcpt + b"DATA\r\n" + text + b".\r\n"


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """Draw a mail to one to four of our recipients; its text ends with CRLF, and may hold whatever does not end it."""
    recipients = st.lists(st.sampled_from(("helpdesk@trust.example", "it@trust.example")), min_size=1, max_size=4)
    alphabet = st.sampled_from((b".", b"..", b"\r\n", b"\n", b"\r", b"\0", b"a", b"DATA", b"QUIT", b"\xff", b" ", b"MAIL FROM:<x@y.test>"))
    text = b"".join(draw(st.lists(alphabet, max_size=30))) + b"\r\n"
    return Post(recipients=tuple(draw(recipients)), text=b"Subject: x\r\n\r\n" + text)


@st.composite
def cuts(draw: st.DrawFn, sent: bytes) -> tuple[bytes, ...]:
    """Draw a way in which a network may cut ``sent`` into pieces."""
    places = sorted(draw(st.sets(st.integers(0, len(sent)), max_size=8)))
    return tuple(sent[start:end] for start, end in zip([0, *places], [*places, len(sent)], strict=True) if end > start)
