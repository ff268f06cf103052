"""Text of attached Word and PDF documents (MDS-2), for the reading of forms; the libraries load when the first one comes.

What may be slow or large is bounded before a library sees it; whatever a library raises on a broken document makes it unreadable, no more.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

DOCUMENT_BYTES = 5 * 1024 * 1024
TEXT_CHARACTERS = 256 * 1024
_UNPACKED_BYTES = 20 * 1024 * 1024
_MEMBERS = 1_000
_PAGES = 10
_PAGE_BYTES = 256 * 1024  # more is a drawing, which would take minutes
_ZIP, _PDF = b"PK\x03\x04", b"%PDF-"
_LINES = 5_000
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def is_document(data: bytes) -> bool:
    """Return whether ``data`` may be a document that is read here."""
    return data.startswith(_ZIP) or _PDF in data[:1_024]


def text_of(data: bytes, content_type: str, extension: str) -> str:
    """Return the text of a .docx or PDF in reading order, table rows as ``label<TAB>value``, or "" where there is none to be had."""
    if not data or len(data) > DOCUMENT_BYTES:
        return ""
    if data.startswith(_ZIP) and (content_type == _DOCX or extension == "docx"):
        return _guarded(_docx, data)
    if _PDF in data[:1_024] and (content_type == "application/pdf" or extension == "pdf"):
        return _guarded(_pdf, data)
    return ""


def _guarded(read: Callable[[bytes], Iterator[str]], data: bytes) -> str:
    """Return the lines that ``read`` finds, as far as it comes."""
    lines: list[str] = []
    try:
        for line in read(data):
            lines.append(line)
            if len(lines) > _LINES:
                break
    except Exception:  # noqa: BLE001, S110  these libraries raise anything, from KeyError to RecursionError, on a broken document
        pass
    return "\n".join(lines)[:TEXT_CHARACTERS]


def _docx(data: bytes) -> Iterator[str]:
    """Yield the paragraphs and table rows of a Word document, those in content controls included."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    # A zip bomb says in its directory how large it gets, and no more than that is ever unpacked.
    if len(members) > _MEMBERS or sum(member.file_size for member in members) > _UNPACKED_BYTES:
        return
    import docx
    from docx.oxml.ns import qn

    paragraph, row, cell, text, tab = (qn(f"w:{name}") for name in ("p", "tr", "tc", "t", "tab"))
    open_row, cells = None, {}  # type: ignore[var-annotated]  # elements of a library without types
    for element in docx.Document(io.BytesIO(data)).element.body.iter(paragraph):
        words = "".join((piece.text or "") if piece.tag == text else " " for piece in element.iter(text, tab, qn("w:br")))
        its_row = next(element.iterancestors(row), None)
        if its_row is not open_row:
            if cells:
                yield "\t".join(cells.values())
            open_row, cells = its_row, {}
        if its_row is None:
            yield words
        else:
            its_cell = next(element.iterancestors(cell))
            cells[its_cell] = f"{cells[its_cell]} {words}".strip() if its_cell in cells else words.strip()
    if cells:
        yield "\t".join(cells.values())


def _pdf(data: bytes) -> Iterator[str]:
    """Yield the text of each page of a PDF, then the values of its form fields."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    for number, page in enumerate(reader.pages):
        if number >= _PAGES:
            break
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) <= _PAGE_BYTES:
            yield page.extract_text()
    for name, value in (reader.get_form_text_fields() or {}).items():
        if value:
            yield f"{name}: {value}"
