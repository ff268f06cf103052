"""The tree of parts, also of mails that are no tree."""

from __future__ import annotations

import email
import email.message
import re
from collections.abc import Iterator
from email import policy
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.mime import Part, decode_text, read_tree
from maild.mail.survey import normalise

CORPUS = Path(__file__).parents[1] / "corpus"
WE_READ_MORE = {"space-before-colon", "boundary-not-named", "no-header-end", "uuencoded", "invalid-base64", "plain-called-base64"}
MAILS = sorted(path for path in (*CORPUS.glob("examples/*.eml"), *CORPUS.glob("torture/*.eml")) if path.stem not in WE_READ_MORE)


def shape(part: Part) -> object:
    """Return the tree as nested lists of content types."""
    return [part.content_type, *map(shape, part.children)] if part.children else part.content_type


def leaves_of(part: email.message.Message) -> Iterator[tuple[str, bytes]]:
    """Yield type and content of the leaves that Python's parser sees, attached mails left out."""
    payload = part.get_payload()
    if isinstance(payload, list):
        for child in payload if part.get_content_type() != "message/rfc822" else ():
            if isinstance(child, email.message.Message):
                yield from leaves_of(child)
    else:
        content = part.get_payload(decode=True)
        yield part.get_content_type(), content.rstrip() if isinstance(content, bytes) else b""


def mixed(*parts: bytes, head: bytes = b"Content-Type: multipart/mixed; boundary=b") -> bytes:
    """Return a mail of ``parts`` with boundary b."""
    return head + b"\n\n" + b"".join(b"--b\n" + part + b"\n" for part in parts) + b"--b--\n"


def test_parts_are_found_with_their_bodies() -> None:
    """Each part has its type and exactly its own bytes; what stands before and after the parts is left out."""
    mail = read_tree(
        b"Content-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\none\n--b  \nContent-Type: text/html\n\ntwo\n\n--b--\nafter\n"
    )
    assert (shape(mail.root), [mail.raw(leaf) for leaf in mail.root.leaves()]) == (
        ["multipart/mixed", "text/plain", "text/html"],
        [b"one", b"two\n"],
    )


def test_boundary_that_begins_another_is_told_apart() -> None:
    """An inner boundary that begins like the outer one does not end the outer part."""
    inner = b"Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb--"
    mail = read_tree(mixed(inner, b"\ntwo"))
    assert (shape(mail.root), mail.defects) == (["multipart/mixed", ["multipart/mixed", "text/plain"], "text/plain"], ())


@pytest.mark.parametrize(
    ("data", "expected", "defect"),
    [
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none", ["multipart/mixed", "text/plain"], "multipart-not-closed"),
        (b"Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n", ["multipart/mixed", "text/plain"], "boundary-missing"),
        (b"Content-Type: multipart/mixed\n\nno parts", "text/plain", "boundary-missing"),
        (b"Content-Type: multipart/mixed; boundary=b\n\nno parts", "text/plain", "multipart-without-parts"),
        (b"Content-Type: text\n\nx", "text/plain", "content-type-broken"),
        (b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n--b--", ["multipart/digest", "message/rfc822"], ""),
        (b"", "text/plain", ""),
    ],
)
def test_broken_structure_is_read_as_far_as_it_goes(data: bytes, expected: object, defect: str) -> None:
    """A mail whose parts are not closed, not named or not there is read all the same, with a defect."""
    mail = read_tree(data)
    assert (shape(mail.root), mail.defects) == (expected, (defect,) if defect else ())


@pytest.mark.rule("INT-5")
def test_parts_and_depth_are_capped() -> None:
    """Of 100,000 parts two hundred are read, and of a nest of 2,000 twenty levels."""
    many = read_tree(mixed(*[b"\nx"] * 100_000))
    deep = read_tree(b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(2_000)))
    assert (sum(1 for _ in many.root.leaves()), many.defects, "depth-cut" in deep.defects) == (200, ("parts-cut",), True)


@pytest.mark.parametrize(
    ("encoding", "body", "expected", "defect"),
    [
        ("7bit", b"a=20", b"a=20", ""),
        ("base64", b"aGVsbG8=", b"hello", ""),
        ("BASE64", b"aGVs\nbG8=\n", b"hello", ""),
        ("base64", b"aGVsbG8", b"hello", "base64-broken"),
        ("base64", b"????", b"", "base64-broken"),
        ("quoted-printable", b"a=20b=\nc=C3=A9=ZZ", b"a bc\xc3\xa9=ZZ", ""),
        ("x-uuencode", b"begin 644 x\n%:&5L;&\\\nnone of it \xff\xff\n`\nend\n", b"hello", ""),
        ("uuencode", b"begin 644 x\n%:&5L;&\\", b"hello", ""),
        ("x-odd", b"abc", b"abc", "transfer-encoding-unknown"),
        ("", b"abc", b"abc", ""),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, body: bytes, expected: bytes, defect: str) -> None:
    """What was encoded for transport comes out, as much of it as is sound."""
    mail = read_tree(b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + body)
    assert mail.content(mail.root) == (expected, defect)


def test_no_more_is_decoded_than_wanted() -> None:
    """Of a large part only the bytes asked for are decoded; that this cuts base64 is no defect of the mail."""
    mail = read_tree(b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * 10_000)
    assert mail.content(mail.root, 7) == (b"ABCABCA", "")


def test_text_that_only_claims_to_be_base64_is_read() -> None:
    """A typed text whose header says base64 is read as typed, with a defect."""
    mail = read_tree(b"Content-Transfer-Encoding: base64\n\nHello, I never was encoded at all\n")
    assert mail.text(mail.root, 100) == ("Hello, I never was encoded at all\n", ("base64-broken",))


def test_cut_text_is_noted_and_a_split_character_is_not_blamed() -> None:
    """A text over the cap is cut with that defect alone, even when the cut splits a character."""
    mail = read_tree("Content-Type: text/plain; charset=utf-8\n\nééé".encode())
    assert mail.text(mail.root, 3)[1] == ("text-cut",)


def test_text_has_one_kind_of_line_end() -> None:
    """Decoded text has LF only, and no byte order mark."""
    assert decode_text(b"\xef\xbb\xbfa\r\nb\rc", "utf-8") == "a\nb\nc"


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_tree_is_the_one_that_the_standard_library_sees(path: Path) -> None:
    """On each mail of the corpus, leaves and their content are those of Python's own parser, where that reads as much as we do."""
    raw = normalise(path.read_bytes())
    theirs = list(leaves_of(email.message_from_bytes(raw, policy=policy.compat32)))
    mail = read_tree(raw)
    ours = [leaf for leaf in mail.root.leaves() if leaf.content_type != "message/rfc822"]
    assert [(leaf.content_type, mail.content(leaf)[0].rstrip()) for leaf in ours] == theirs


@given(
    st.lists(
        st.sampled_from([b"--b\n", b"--b--\n", b"--bb\n", b"x\n", b"\n", b"Content-Type: multipart/mixed; boundary=bb\n", b"--b", b" "]),
        max_size=30,
    )
)
def test_any_order_of_boundaries_is_some_tree(pieces: list[bytes]) -> None:
    """However boundaries and lines follow each other, no byte of the body is given to two parts."""
    data = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(pieces)
    leaves = list(read_tree(data).root.leaves())
    assert all(before.end <= after.start for before, after in pairwise(leaves))
    assert sum(leaf.end - leaf.start for leaf in leaves) <= len(data)


def test_header_caps_hold_for_parts_too() -> None:
    """A part with a huge header is cut like the mail itself."""
    mail = read_tree(mixed(b"Content-Type: text/plain" + b";" * 10_000 + b"\n\none"))
    assert ("header-cut:content-type" in mail.defects, re.sub(r"\s", "", mail.text(next(mail.root.leaves()), 100)[0])) == (True, "one")
