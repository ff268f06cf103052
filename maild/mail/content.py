"""What a mail holds for a person: its text, its HTML, its attachments, and why nothing can be read where that is so (MDS-7).

One walk over the parts. Of alternatives the plain text is read, unless it is empty or a stub; wrappers (opaque-signed S/MIME,
winmail.dat) are unpacked on the way.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from maild.mail import documents, headers, mime, smime, tnef
from maild.mail.body import html_to_text, unflow
from maild.mail.message import Attachment
from maild.mail.mime import Mail, Part
from maild.mail.survey import normalise

TEXT_BYTES = 512 * 1024
TEXT_LINES = 20_000
ATTACHED_TEXT = 256 * 1024
ATTACHED_TEXTS = 1024 * 1024  # of all attachments of a mail together
ATTACHED_BYTES = 10 * 1024 * 1024  # whose content is passed on; of a larger mail the list is
_DOCUMENTS = 5  # Word and PDF documents of one mail that are read
_WRAPPERS = 3  # signed mails and winmail.dat inside one another
_STUB_CHARACTERS = 500
_LOOKED_AT = 100_000  # characters of HTML in which the cells of a table are looked for
_CELLS_LOST = 3

_STUB = re.compile(r"html|view (?:this|the) (?:e-?mail|message)|unable to (?:display|view)|plain.text version", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b[^<>]{0,600}>(?:\s{0,40}<[^<>/]{1,600}>){0,8}\s{0,40}([^<>&]{2,200})<", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<(?:!doctype html|html|head|body|div|p|table)\b", re.IGNORECASE)
_STRANGE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_CONTROL: dict[int, str | None] = dict.fromkeys((*range(9), *range(14, 32), *range(127, 0xA0), 0xAD, 0x200B, 0x2060, 0xFEFF))
_CONTROL.update({11: "\n", 12: "\n", 13: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n", 0xA0: " ", 0x202F: " "})
_CONTROL.update(dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_CONTROL.update(dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"))
_CONTENT_ID = re.compile(r"cid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/x-amp-html"})
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SEALED = frozenset({"application/x-microsoft-rpmsg-message", "application/pgp-encrypted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a person finds in a mail; the fields are those of ``Message``."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    unreadable: str
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Body:
    """The body that one part gives: plain text, or HTML, or both saying the same."""

    plain: str = ""
    html: str = ""

    def text(self) -> str:
        """Return what a person reads."""
        return self.plain or (_shown(self.html) if self.html else "")


@dataclass(frozen=True, slots=True)
class _Found:
    """An attachment before it is known which pictures the HTML shows."""

    attachment: Attachment
    content_id: str


@dataclass(slots=True)
class _Walk:
    """The walk over one mail and the mails wrapped in it."""

    found: list[_Found] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    leaves: int = 0
    wrappers: int = 0
    documents: int = 0
    text_left: int = ATTACHED_TEXTS
    data_left: int = ATTACHED_BYTES
    encrypted: bool = False
    undecodable: bool = False
    closed: str = ""  # why a wrapper stayed closed; it matters where there is no text beside it
    packed: _Body = _Body()  # the body inside a winmail.dat, which counts where the mail has none of its own

    def take(self, mail: Mail, part: Part) -> _Body:
        """Return the body under ``part`` and note its attachments."""
        if not part.children:
            return self._leaf(mail, part)
        if part.content_type == "multipart/encrypted":
            self.encrypted = True
        bodies = [self.take(mail, child) for child in part.children]
        if part.content_type == "multipart/alternative":
            return _best(bodies)
        return _together(bodies)

    def _leaf(self, mail: Mail, part: Part) -> _Body:
        number, self.leaves = self.leaves, self.leaves + 1
        name = filename(part)
        if part.content_type in _SMIME or name.lower().endswith(".p7m"):
            return self._smime(mail, part, number, name)
        if part.content_type in _TNEF or name.lower() == "winmail.dat":
            return self._tnef(mail, part, number, name)
        if part.content_type in _SEALED or name.lower().endswith(".rpmsg"):
            self.encrypted = True
        if part.content_type in _BODY_TYPES and (part is mail.root or (not name and part.disposition != "attachment")):
            return self._body(mail, part)
        data, broken = mail.content(part)
        self._note((broken,))
        self._attach(part, number, name, data)
        return _Body()

    def _body(self, mail: Mail, part: Part) -> _Body:
        text, wrong = mail.text(part, TEXT_BYTES)
        self._note(wrong)
        text = self.lines_of(text)
        if _is_garbage(text) or ("base64-broken" in wrong and not text.strip()):
            self.undecodable = True
        if part.content_type in ("text/html", "text/x-amp-html") or (text[:64].lstrip()[:1] == "<" and _MARKUP.match(text)):
            return _Body(html=text) if part.content_type != "text/x-amp-html" else _Body()
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        text = readable(text)
        if text.startswith("-----BEGIN PGP MESSAGE-----") or "\n-----BEGIN PGP MESSAGE-----" in text:
            self.encrypted = True
        return _Body(plain=text)

    def _smime(self, mail: Mail, part: Part, number: int, name: str) -> _Body:
        data, _ = mail.content(part)
        signed = smime.read(data)
        if signed is None or self.wrappers >= _WRAPPERS:
            declared = part.parameters.get("smime-type", "").lower()
            self.closed = "encrypted" if declared != "signed-data" else "undecodable"
            self._attach(part, number, name or "smime.p7m", data)
            return _Body()
        self.wrappers += 1
        inner = mime.read_tree(normalise(signed))
        self.defects += inner.defects
        return self.take(inner, inner.root)

    def _tnef(self, mail: Mail, part: Part, number: int, name: str) -> _Body:
        data, _ = mail.content(part)
        unpacked = tnef.read(data)
        if unpacked is None:
            self._note(("winmail-broken",))
            self.closed = "undecodable"
            self._attach(part, number, name or "winmail.dat", data)
            return _Body()
        for title, content in unpacked.files:
            self._attach(part, number, file_name(title), content, content_type="application/octet-stream")
        self.packed = _Body(plain=readable(unpacked.text), html=unpacked.html)
        return _Body()

    def _attach(self, part: Part, number: int, name: str, data: bytes, *, content_type: str = "") -> None:
        content_type = content_type or part.content_type
        if content_type == "message/rfc822" and not name:
            subject = headers.decode(headers.read_block(data, 0, len(data)).first("subject"))
            name = file_name(f"{subject or 'message'}.eml")
        attachment = Attachment(
            filename=name,
            content_type=content_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            inline=content_type in _SIGNATURES,
            part=number,
            text=self._text_of(part, content_type, name, data)[: self.text_left],
            data=data if len(data) <= self.data_left else b"",
        )
        self.text_left -= len(attachment.text)
        self.data_left -= len(attachment.data)
        self.found.append(_Found(attachment, part.block.first("content-id").strip(" <>").lower()))

    def _text_of(self, part: Part, content_type: str, name: str, data: bytes) -> str:
        """Return what can be read from an attachment (MDS-2), or ""."""
        extension = name.lower().rpartition(".")[2]
        if content_type == "message/rfc822" or extension == "eml":
            return _letter(data[: 2 * ATTACHED_TEXT])
        if content_type in ("text/plain", "text/csv", "text/html", "text/tab-separated-values") or extension in ("txt", "csv"):
            text = mime.decode_text(data[:ATTACHED_TEXT], part.parameters.get("charset", ""))
            return _shown(text) if content_type == "text/html" else readable(text)
        if self.documents >= _DOCUMENTS or not documents.is_document(data):
            return ""
        self.documents += 1
        return readable(documents.text_of(data, content_type, extension)[:ATTACHED_TEXT])

    def lines_of(self, text: str) -> str:
        """Return as many lines of ``text`` as its readers are made for."""
        if text.count("\n") < TEXT_LINES:
            return text
        self._note(("text-cut",))
        return "\n".join(text.split("\n", TEXT_LINES)[:TEXT_LINES])

    def _note(self, defects: Iterable[str]) -> None:
        self.defects += [defect for defect in defects if defect]


def gather(mail: Mail) -> Content:
    """Return what a person finds in ``mail``."""
    walk = _Walk()
    body = walk.take(mail, mail.root)
    if not body.plain.strip() and not body.html:
        body = walk.packed
    text = walk.lines_of(body.text()[:TEXT_BYTES].strip("\n"))  # HTML and form feeds make lines, too
    shown = {match.lower() for match in _CONTENT_ID.findall(body.html)} if "cid:" in body.html else set()
    return Content(
        text=text if text.strip() else "",
        html=body.html,
        attachments=tuple(_placed(found, shown) for found in walk.found),
        unreadable=_unreadable(walk, text),
        defects=tuple(dict.fromkeys(walk.defects)),
    )


def _placed(found: _Found, shown: set[str]) -> Attachment:
    """Return the attachment, inline where the HTML shows it."""
    attachment = found.attachment
    if not found.content_id or found.content_id not in shown:
        return attachment
    return replace(attachment, inline=True)


def _unreadable(walk: _Walk, text: str) -> str:
    if walk.encrypted:
        return "encrypted"
    if walk.undecodable:
        return "undecodable"
    if text.strip():
        return ""
    return walk.closed or ("" if any(not found.attachment.inline for found in walk.found) else "empty")


def _best(bodies: list[_Body]) -> _Body:
    """Return the body of alternatives: the plain text, unless it says no more than that there is HTML."""
    plain = next((body.plain for body in bodies if body.plain.strip()), "")
    html = next((body.html for body in reversed(bodies) if body.html), "")
    stub = html and len(plain) < _STUB_CHARACTERS and _STUB.search(plain)
    if (stub or (html and _lacks_cells(plain, html))) and (full := _shown(html)):
        plain = full
    return _Body(plain=plain, html=html)


def _lacks_cells(plain: str, html: str) -> bool:
    """Return whether the plain text leaves out what stands in the HTML's tables, so that a form filled in there would be lost."""
    if html.count("<td", 0, _LOOKED_AT) + html.count("<TD", 0, _LOOKED_AT) < 2 * _CELLS_LOST:
        return False
    said = " ".join(plain.split())
    cells = (" ".join(cell.split()) for cell in _CELL.findall(html[:_LOOKED_AT]))
    return sum(len(cell) > 1 and cell not in said for cell in cells) >= _CELLS_LOST


def _together(bodies: list[_Body]) -> _Body:
    """Return the body of parts that stand one below the other."""
    full = [body for body in bodies if body.plain.strip() or body.html]
    if len(full) <= 1:
        return full[0] if full else _Body()
    plain = "\n".join(text.strip("\n") for body in full if (text := body.text()).strip())
    return _Body(plain=plain, html="\n".join(body.html for body in full if body.html))


def _shown(html: str) -> str:
    """Return an HTML text as a person reads it; what its character references stand for is no more trusted than what stands there."""
    return readable(html_to_text(html))


def readable(text: str) -> str:
    """Return a body's text without characters that a person does not see; hard blanks are blanks, line ends LF."""
    if text.isascii():
        return text.translate(_CONTROL) if _UNSEEN.search(text) else text
    return text.translate(_CONTROL)


def _is_garbage(text: str) -> bool:
    """Return whether ``text`` is no text: more than a tenth of it are control or replacement characters."""
    sample = text[:4_096]
    return len(sample) >= 8 and len(_STRANGE.findall(sample)) * 10 > len(sample)


def _letter(data: bytes) -> str:
    """Return an attached mail as a person reads it: the headers that matter, and the text."""
    mail = mime.read_tree(normalise(data))
    block = mail.root.block
    lines = [f"{name.title()}: {headers.decode(value)}" for name in ("from", "to", "date", "subject") if (value := block.first(name))]
    texts = [leaf for leaf in mail.root.leaves() if leaf.content_type in ("text/plain", "text/html") and leaf.disposition != "attachment"]
    for leaf in texts[:1]:
        text = mail.text(leaf, ATTACHED_TEXT)[0]
        lines += ["", _shown(text) if leaf.content_type == "text/html" else readable(text)]
    return "\n".join(lines)[:ATTACHED_TEXT]


def filename(part: Part) -> str:
    """Return the file name of a part without path and control characters, or ""."""
    name = part.disposition_parameters.get("filename") or part.parameters.get("name") or ""
    return file_name(name) if name else ""


def file_name(name: str) -> str:
    """Return ``name`` as a file may be called: its last component, in NFC, without control characters, at most 200 characters."""
    name = " ".join(headers.clean(unicodedata.normalize("NFC", name[:2_000])).split())
    name = name.replace("\\", "/").rpartition("/")[2].strip(" .\"'") if name.strip("./\\ ") else ""
    if len(name) > 200:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[:180]}{dot}{extension[:19]}" if dot else name[:200]
    return name
