"""Attached Word and PDF documents: the words that stand in them, and no harm from those that are traps."""

from __future__ import annotations

import io
import zipfile

import docx
import pypdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject

from maild.mail.documents import DOCUMENT_BYTES, text_of


def word() -> bytes:
    """Return a Word document with paragraphs, a form in a table and a content control."""
    document = docx.Document()
    document.add_paragraph("Before")
    table = document.add_table(rows=2, cols=2)
    for row, (label, value) in enumerate((("Contact number", "0113 496 0000"), ("Number of affected users", "12"))):
        table.cell(row, 0).text, table.cell(row, 1).text = label, value
    table.cell(1, 1).add_paragraph("or 13")
    document.add_paragraph("After")
    control = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Chosen</w:t><w:tab/><w:t>it</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    document.element.body.insert(-1, control)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf(*, pages: int = 1, form: bool = False, value: str = "0113 496 0000", padding: int = 0) -> bytes:
    """Return a PDF whose pages say which they are, with a filled-in field where asked."""
    writer = pypdf.PdfWriter()
    for number in range(pages):
        page = writer.add_blank_page(width=400, height=400)
        stream = StreamObject()
        stream.set_data(f"BT /F1 12 Tf 10 300 Td (Page {number} here) Tj ET".encode() + b" " * padding)
        font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")})
        font[NameObject("/BaseFont")] = NameObject("/Helvetica")
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
    if form:
        field = DictionaryObject({NameObject("/FT"): NameObject("/Tx"), NameObject("/T"): TextStringObject("Contact number")})
        field[NameObject("/V")] = TextStringObject(value)
        fields = ArrayObject([writer._add_object(field)])
        writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.rule("MDS-2")
def test_word_document_reads_from_top_to_bottom() -> None:
    """Paragraphs, table rows with a TAB between cells, and content controls come in their order."""
    text = text_of(word(), "application/octet-stream", "docx")
    assert text.split("\n") == ["Before", "Contact number\t0113 496 0000", "Number of affected users\t12 or 13", "After", "Chosen it"]


@pytest.mark.rule("MDS-2")
def test_pdf_gives_text_and_form_fields() -> None:
    """A PDF gives the text of its pages and the filled-in fields of its form, of a long one the first ten pages."""
    short, long = text_of(pdf(form=True), "application/pdf", ""), text_of(pdf(pages=40), "", "pdf")
    assert (short, long.count("here")) == ("Page 0 here\nContact number: 0113 496 0000", 10)


def test_long_documents_are_cut() -> None:
    """Of a document of thousands of paragraphs the first five thousand are read; one that ends in a table gives its last row."""
    document = docx.Document()
    body = document.element.body
    for number in range(5_100):
        body.insert(0, parse_xml(f"<w:p {nsdecls('w')}><w:r><w:t>{number}</w:t></w:r></w:p>"))
    long, table = io.BytesIO(), docx.Document()
    document.save(long)
    table.add_table(rows=1, cols=2).cell(0, 1).text = "last"
    short = io.BytesIO()
    table.save(short)
    assert (text_of(long.getvalue(), "", "docx").count("\n"), text_of(short.getvalue(), "", "docx")) == (5_000, "\tlast")


def test_drawings_and_empty_fields_of_a_pdf_are_left_out() -> None:
    """A page of hundreds of kilobytes is a drawing and is not read; a field that nobody filled in is not listed."""
    assert text_of(pdf(padding=300_000, form=True, value=""), "", "pdf") == ""


@pytest.mark.parametrize(
    ("data", "content_type", "extension"),
    [
        (b"", "application/pdf", "pdf"),
        (b"PK\x03\x04 broken", "", "docx"),
        (b"%PDF-1.4 broken", "", "pdf"),
        (b"plain", "", "pdf"),
        (b"%PDF-1.4" + b"x" * DOCUMENT_BYTES, "", "pdf"),
        (b"PK\x03\x04 a zip", "application/zip", "zip"),
    ],
)
def test_what_is_broken_or_too_large_has_no_text(data: bytes, content_type: str, extension: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A document that is broken, too large or of another kind gives no text, and raises nothing."""
    assert text_of(data, content_type, extension) == ""


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize(("members", "size"), [(1, 30 * 1024 * 1024), (1_500, 1)])
def test_zip_bombs_are_not_unpacked(members: int, size: int) -> None:
    """A document that would unpack to far more than it is, or to thousands of files, is left alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as original, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        for member in original.infolist():
            bomb.writestr(member, original.read(member))
        for number in range(members):
            bomb.writestr(f"word/media/{number}.bin", b"\0" * size)
    assert text_of(buffer.getvalue(), "", "docx") == ""
