"""winmail.dat: the files, the text and the HTML that Outlook packed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.content import gather
from maild.mail.mime import read_tree
from maild.mail.rtf import decompress, rtf_to_text
from maild.mail.tnef import Tnef, read

HEAD = struct.pack("<IH", 0x223E9F78, 1)


def attribute(kind: int, data: bytes, level: int = 1) -> bytes:
    """Return one attribute of a TNEF stream."""
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*values: bytes) -> bytes:
    """Return a list of MAPI properties."""
    return struct.pack("<I", len(values)) + b"".join(values)


def variable(kind: int, number: int, *values: bytes, name: bytes = b"") -> bytes:
    """Return one property of variable length."""
    flat = b"".join(struct.pack("<I", len(value)) + value + b"\0" * (-len(value) % 4) for value in values)
    return struct.pack("<HH", kind, number) + name + struct.pack("<I", len(values)) + flat


def fixed(kind: int, number: int, data: bytes) -> bytes:
    """Return one property of fixed length."""
    return struct.pack("<HH", kind, number) + data


def compressed(rtf: bytes) -> bytes:
    """Return RTF as an LZFu stream of literals, with a reference to what was just written for each doubled run."""
    out = bytearray()
    for at in range(0, len(rtf), 8):
        out += b"\0" + rtf[at : at + 8]
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", 0) + bytes(out)


FILE = attribute(0x00069002, b"\0" * 14, 2) + attribute(0x00018010, b"USERS~1.CSV\0", 2) + attribute(0x0006800F, b"a,b", 2)


def test_files_come_with_their_long_names() -> None:
    """A file has the long name that stands in its properties, in any script, else the short one, else a number."""
    long_name = attribute(0x00069005, properties(variable(0x1F, 0x3707, "Ünser.csv\0".encode("utf-16-le"))), 2)
    both = attribute(0x00069005, properties(fixed(3, 1, b"1234"), variable(0x1E, 0x3704, b"x"), variable(0x102, 0x3701, b"x")), 2)
    embedded = attribute(0x00069002, b"", 2) + attribute(0x00069005, properties(variable(0xD, 0x3701, b"0" * 16 + b"inner")), 2)
    assert read(HEAD + FILE + long_name + FILE + both + embedded) == Tnef(
        text="", html="", files=(("Ünser.csv", b"a,b"), ("USERS~1.CSV", b"a,b"), ("file-3", b"inner"))
    )


@pytest.mark.parametrize(
    ("stream", "text", "html"),
    [
        (
            attribute(0x00018010, b"no file") + attribute(0x00069006, b"x") + attribute(0x00069003, properties(fixed(3, 0x0E01, b"1234"))),
            "",
            "",
        ),
        (attribute(0x00069007, struct.pack("<Q", 1252)) + attribute(0x0002800C, b"caf\xe9\r\n\0"), "café\n", ""),
        (attribute(0x00069003, properties(variable(0x1E, 0x1000, b"Hello\0"))), "Hello", ""),
        (attribute(0x00069003, properties(variable(0x102, 0x1013, b"<p>Hi</p>"))), "", "<p>Hi</p>"),
        (attribute(0x00069003, properties(variable(0x102, 0x1009, compressed(b"{\\rtf1 Hi\\par there}")))), "Hi\nthere", ""),
        (
            attribute(
                0x00069003,
                properties(
                    fixed(3, 0x0E01, b"\1\0\0\0"),
                    fixed(0xB, 0x0E02, b"\1\0\0\0"),
                    fixed(0x40, 0x0E03, b"\0" * 8),
                    struct.pack("<HHI", 0x1003, 0x0E04, 2) + b"\0" * 8,
                    variable(0x101F, 0x0E05, b"a\0", b"bc\0\0"),
                    variable(0x1E, 0x8001, b"x", name=b"\0" * 16 + struct.pack("<II", 0, 7)),
                    variable(0x1E, 0x8002, b"x", name=b"\0" * 16 + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0"),
                    variable(0x1F, 0x1000, "Hello\0".encode("utf-16-le")),
                ),
            ),
            "Hello",
            "",
        ),
    ],
)
def test_text_is_found_wherever_outlook_put_it(stream: bytes, text: str, html: str) -> None:
    """Plain text, HTML and compressed rich text are found among properties of all kinds."""
    assert read(HEAD + stream) == Tnef(text=text, html=html, files=())


@pytest.mark.parametrize(
    "data", [b"", b"no tnef", HEAD + b"\1\0\0\0\0\xff\xff\xff\xff", HEAD + attribute(0x00069003, b"\xff\xff\xff\xff\x1e\0")]
)
def test_broken_streams_are_none(data: bytes) -> None:
    """What is no TNEF, or ends early inside an attribute, is None."""
    assert read(data) is None


@given(st.binary(max_size=200))
def test_nothing_raises(data: bytes) -> None:
    """Whatever the bytes, there is an answer."""
    for stream in (HEAD + data, HEAD + attribute(0x00069003, data), HEAD + FILE + attribute(0x00069005, data)):
        found = read(stream)
        assert found is None or isinstance(found.text, str)


def test_thousands_of_attributes_are_read_to_a_bound() -> None:
    """A stream of more attributes than any mail client writes is read to its bound."""
    found = read(HEAD + FILE * 1_000)
    assert found is not None
    assert len(found.files) == 667


@pytest.mark.rule("MDS-7")
def test_winmail_dat_is_unpacked_in_place() -> None:
    """The text inside counts where the mail has none of its own; the files inside are listed instead of the wrapper."""
    data = HEAD + attribute(0x0002800C, b"From inside\0") + FILE
    mail = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n%s\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\n"
        + data
        + b"\n--b--"
    )
    inside = gather(read_tree(mail % b""))
    both = gather(read_tree(mail % b"Outside"))
    assert (inside.text, both.text, [(each.filename, each.size) for each in inside.attachments]) == (
        "From inside",
        "Outside",
        [("USERS~1.CSV", 3)],
    )


@pytest.mark.parametrize(
    ("rtf", "expected"),
    [
        (r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 One\par Two\line Three\tab x}", "One\nTwo\nThree\tx"),
        (r"{\rtf1 caf\'e9 \u8364?5 \{x\}\~y \\z\-}", "café €5 {x} y \\z"),
        (r"{\rtf1 a{\*\generator Riched20;}b{\pict 00ff}c}", "abc"),
        (r"{\rtf1\fromhtml1{\*\htmltag64 <p>}Hello{\*\htmltag72 </p>}\htmlrtf \par\htmlrtf0 {\*\htmltag64 <p>}World}", "HelloWorld"),
        ("{\\rtf1 One\r\nTwo}}}", "OneTwo"),
        ("", ""),
    ],
)
def test_rich_text_is_read_as_words(rtf: str, expected: str) -> None:
    """Of rich text the words remain, with their paragraphs; what it hides and declares is left out."""
    assert rtf_to_text(rtf) == expected


def test_stored_and_referring_streams_are_unpacked() -> None:
    """Rich text may be stored as it is, or refer back to what it began with; what is neither is empty."""
    stored = struct.pack("<II4sI", 20, 5, b"MELA", 0) + b"{abc}"
    # The worked example of MS-OXRTFCP §3.1: one flag byte, literals and references into the ring.
    example = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    found = (decompress(stored), decompress(example), decompress(b"x" * 20), decompress(b""))
    assert found == ("{abc}", "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", "", "")


@given(st.binary(max_size=120))
def test_unpacking_never_raises(data: bytes) -> None:
    """A broken stream gives as much as can be read."""
    assert isinstance(rtf_to_text(decompress(struct.pack("<II4sI", 0, 10_000, b"LZFu", 0) + data)), str)
