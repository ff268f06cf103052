"""Mails whose words stand inside something: winmail.dat, signed mail, Word and PDF forms. Sound ones, for mutants to damage."""

from __future__ import annotations

import base64
import io
import struct
import zipfile

from tests.fuzz.shape import letter, multipart, part
from tests.mail.cms import signed
from tests.mail.test_documents import pdf, word
from tests.mail.test_tnef import FILE, HEAD, attribute, compressed, fixed, properties, variable

_FORM = "Contact number: 0113 496 0000\nNumber of affected users: 12\nIssue description: the printer on ward 7 is broken\n"
_RTF = (
    b"{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\\f0 "
    + _FORM.replace("\n", "\\par ").encode()
    + b"\\'e9\\u8364 ?\\tab x}"
)
_RTF_HTML = (
    b"{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf \\par \\htmlrtf0 The printer {\\*\\htmltag84 <b>}is\\htmlrtf \\b \\htmlrtf0 "
    b"{\\*\\htmltag92 </b>} broken{\\*\\htmltag72 </p>}}"
)


def wrappers() -> dict[str, bytes]:
    """Return every wrapped mail by its name."""
    return {
        "winmail-text": _winmail(attribute(0x00069007, struct.pack("<Q", 1252)) + attribute(0x0002800C, _FORM.encode() + b"\0") + FILE),
        "winmail-html": _winmail(attribute(0x00069003, properties(variable(0x102, 0x1013, b"<p>The printer is <b>broken</b></p>"))) + FILE),
        "winmail-rtf": _winmail(attribute(0x00069003, properties(fixed(3, 0x0E01, b"1234"), variable(0x102, 0x1009, compressed(_RTF))))),
        "winmail-rtf-of-html": _winmail(attribute(0x00069003, properties(variable(0x102, 0x1009, compressed(_RTF_HTML))))),
        "winmail-long-names": _winmail(
            FILE
            + attribute(0x00069005, properties(variable(0x1F, 0x3707, "Ünser.csv\0".encode("utf-16-le")), variable(0x1E, 0x3704, b"x")), 2)
        ),
        "signed": _signed(_inner()),
        "signed-in-chunks": _signed(_inner(), chunks=3),
        "signed-twice": _signed(_signed(_inner())),
        "word": _attached(b"application/octet-stream", b"form.docx", _same_everywhere(word())),
        "pdf": _attached(b"application/pdf", b"form.pdf", pdf(pages=2, form=True)),
        "csv": _attached(b"text/csv", b"users.csv", b"name;email\nAnn;ann@trust.example\nBob;bob@trust.example\n"),
        "saved-mail": _attached(b"message/rfc822", b"saved.eml", _inner()),
    }


def _inner() -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _FORM.replace("\n", "\r\n").encode()


def _winmail(attributes: bytes) -> bytes:
    return letter(b"application/ms-tnef; name=winmail.dat", base64.encodebytes(HEAD + attributes), b"Content-Transfer-Encoding: base64\r\n")


def _signed(content: bytes, chunks: int = 0) -> bytes:
    head = b"Content-Transfer-Encoding: base64\r\n"
    return letter(
        b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", base64.encodebytes(signed(content, chunks=chunks)), head
    )


def _attached(kind: bytes, name: bytes, data: bytes) -> bytes:
    head = b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=" + name + b"\r\n"
    return multipart(b"mixed", part(b"text/plain", b"see the file\r\n"), part(kind, base64.encodebytes(data), head))


def _same_everywhere(document: bytes) -> bytes:
    """Return a zip file with the same content, without the times at which it was made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as read, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as written:
        for name in read.namelist():
            written.writestr(zipfile.ZipInfo(name), read.read(name))
    return buffer.getvalue()
