"""Opaque-signed S/MIME is opened; what is encrypted or broken is not."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.smime import read
from tests.mail.cms import signed

TORTURE = Path(__file__).parents[1] / "corpus" / "torture"


def cms(name: str) -> bytes:
    """Return the CMS structure in a mail of the corpus."""
    return base64.b64decode((TORTURE / f"{name}.eml").read_bytes().partition(b"\n\n")[2])


@pytest.mark.rule("MDS-7")
@pytest.mark.parametrize("name", ["smime-opaque", "smime-opaque-ber"])
def test_signed_mail_is_inside(name: str) -> None:
    """The mail inside is found, written with definite lengths or streamed in chunks."""
    assert (read(cms(name)) or b"").startswith(b"Content-Type: multipart/mixed; boundary=q")


def test_encrypted_mail_stays_closed() -> None:
    """Of an encrypted mail nothing comes out."""
    assert read(cms("smime-encrypted")) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (signed(b"Hello"), b"Hello"),
        (signed(b"Hello", chunks=3), b"Hello"),
        (signed(b"Hello", chunks=40), None),
        (signed(b"Hello", kind=b"\x05"), None),
        (signed(b""), None),
    ],
)
def test_content_is_found_where_it_is_a_mail(data: bytes, expected: bytes | None) -> None:
    """Content in one or several octet strings is found; a structure that holds no mail, or is a nest, gives none."""
    assert read(data) == expected


@pytest.mark.parametrize("name", ["smime-opaque", "smime-opaque-ber"])
def test_broken_off_structures_are_none(name: str) -> None:
    """A structure that ends early at any byte gives None or the whole mail, and never raises."""
    data = cms(name)
    whole = read(data)
    assert {read(data[:end]) for end in range(len(data))} <= {None, whole}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0",
        b"\x30\x80",
        b"\x30\x80" * 100,
        b"\x30\x02\x05\x00",
        b"\x3f\x01\x00",
        b"\x30\x89" + b"\xff" * 20,
        b"\x30\x82\xff",
        b"\x30\x84\xff\xff\xff\xff",
    ],
)
def test_what_is_no_structure_is_none(data: bytes) -> None:
    """Bytes that are no BER, or a nest without end, are None."""
    assert read(data) is None


@given(st.binary(max_size=80))
def test_nothing_raises(data: bytes) -> None:
    """Whatever the bytes, there is an answer."""
    head = cms("smime-opaque")[:30]
    assert read(head + data) is None or read(data) is None
