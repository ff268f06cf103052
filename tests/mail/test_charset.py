"""Bytes to text, whatever charset a mail names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.charset import codec_of, decode


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (b"plain", "us-ascii", ("plain", "")),
        (b"plain", "", ("plain", "")),
        ("é".encode(), "us-ascii", ("é", "")),
        ("é".encode(), "", ("é", "")),
        (b"\xe9", "", ("é", "charset-missing")),
        (b"\xe9", "utf-8", ("é", "charset-wrong")),
        (b"\x93x\x94", "iso-8859-1", ("“x”", "")),
        (b"\x80", "ISO-8859-1", ("€", "")),
        (b"\xa4", "iso-8859-15", ("€", "")),
        (b"\xc4\xe3", "gb2312", ("你", "")),
        (b"\x82\xa0", "shift_jis", ("あ", "")),
        (b"+AOk-", "unicode-1-1-utf-7", ("é", "")),
        (b"\x81", "windows-1252", ("\x81", "charset-wrong")),
        (b"\x81", "utf-8", ("\x81", "charset-wrong")),
        ("é".encode(), "x-made-up", ("é", "charset-unknown")),
        (b"\xe9", "x-made-up", ("é", "charset-unknown")),
        (b"x", '"UTF-8"', ("x", "")),
        (b"xn--bcher-kva", "idna", ("xn--bcher-kva", "charset-unknown")),
        (b"\\u0041", "unicode_escape", ("\\u0041", "charset-unknown")),
        (b"3c", "hex", ("3c", "charset-unknown")),
        (b"x", "utf-8*EN", ("x", "")),
    ],
)
def test_text_is_what_a_person_would_see(data: bytes, declared: str, expected: tuple[str, str]) -> None:
    """The declared charset counts where it fits; else UTF-8, cp1252 and Latin-1 are tried in this order, with a defect."""
    assert decode(data, declared) == expected


@given(st.binary(max_size=100), st.text(max_size=40))
def test_decoding_never_raises(data: bytes, declared: str) -> None:
    """Any bytes in any charset are some text."""
    assert isinstance(decode(data, declared)[0], str)


def test_no_module_is_loaded_for_a_name() -> None:
    """A charset that is not on the list is not even looked up."""
    assert (codec_of("os"), codec_of("../x"), codec_of("zlib"), codec_of("rot13")) == ("", "", "", "")
