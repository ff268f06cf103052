"""The look at a mail before it is parsed: line ends, counts, caps, and who wrote and what it answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.survey import LINES, Trace, normalise, nth_line, survey, trace, trim

MAIL = b"From: Ann <Ann@Trust.example>\r\nMessage-ID: <2@trust.example>\r\nSubject: x\r\n\r\nOne\r\nTwo\r\n"


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\r\n\r\nc\r\n", b"A: b\n\nc\n"),
        (b"A: b\n\nc\rd\0e\n", b"A: b\n\nc\nde\n"),
        (b"A: b\r\r\n\r\r\nc\r\r\n", b"A: b\n\nc\n"),
        (b"A: b\r\rc\r", b"A: b\n\nc\n"),
        (b"\r\nc\rd", b"\nc\nd"),
        (b"A: b", b"A: b"),
        (b"A: b\rc\n", b"A: b c\n"),
    ],
)
def test_line_ends_are_one_kind(raw: bytes, expected: bytes) -> None:
    """Whatever line ends came, the copy that is parsed has LF only, and no NUL."""
    assert normalise(raw) == expected


@pytest.mark.rule("INT-5", "AGT-4")
def test_bare_cr_in_a_header_makes_no_second_header() -> None:
    """What our relay saw as one field stays one: a bare CR cannot smuggle in a result of authentication."""
    assert (
        normalise(b"Subject: x\rAuthentication-Results: ours; dmarc=pass\r\n\r\n")
        == b"Subject: x Authentication-Results: ours; dmarc=pass\n\n"
    )


@given(st.binary())
def test_what_is_normalised_stays_so(raw: bytes) -> None:
    """Normalising twice is normalising once, and leaves no NUL and no CR."""
    once = normalise(raw)
    assert (normalise(once), b"\r" in once, b"\0" in once) == (once, False, False)


def test_counts_are_those_of_the_mail() -> None:
    """The survey counts bytes, lines, header lines, possible parts and depth."""
    found = survey(b"A: b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n--x--\n")
    assert (found.lines, found.header_lines, found.header_bytes, found.parts, found.depth, found.over_caps) == (7, 2, 46, 3, 1, ())


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize(
    ("raw", "cap"),
    [
        (b"A: b\n" * 1_001 + b"\nx", "header-lines"),
        (b"A: " + b"b" * 70_000 + b"\n\nx", "header-bytes"),
        (b"A: b\n\n" + b"--x\n\n" * 300, "parts"),
        (b"A: b\n\n" + b"boundary=x\n--x\n\n" * 30, "depth"),
        (b"A: b\n\n" + b"\n" * (LINES + 1), "lines"),
    ],
)
def test_what_is_over_a_cap_is_named(raw: bytes, cap: str) -> None:
    """A mail over a cap says over which."""
    assert cap in survey(raw).over_caps


def test_lines_over_the_cap_are_cut_with_a_defect() -> None:
    """Of too many lines the first are kept, and the cut is noted; a usual mail is not even copied."""
    many, usual = b"A: b\n\n" + b"x\n" * (LINES + 10), normalise(MAIL)
    cut, defects = trim(many)
    assert (cut.count(b"\n"), defects, trim(usual)[0] is usual) == (LINES, ("lines-cut",), True)


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 2), (2, 4), (3, 5), (9, 5)])
def test_nth_line_ends_where_it_ends(number: int, expected: int) -> None:
    """The place after so many lines is found, and the end where there are no more."""
    assert nth_line(b"a\nb\nc", number) == expected


def test_nth_line_beyond_the_first_stride() -> None:
    """The place is found in a text of many strides, too."""
    data = b"0123456\n" * 100_000
    assert nth_line(data, 77_777) == 77_777 * 8


@pytest.mark.rule("INT-12")
def test_trace_names_sender_and_what_is_answered() -> None:
    """The sender's address, the mail's own id and the ids that it answers are read from the first bytes."""
    raw = (
        b'Received: a\r\nReceived: b\r\nFrom: "Ferris, Ann" <Ann.Ferris@Trust.Example>\r\nIn-Reply-To: <2@x.example>\r\n'
        b"References: <1@x.example>\r\n <2@x.example>\r\nMessage-Id: <3@trust.example>\r\n\r\nFrom: eve@evil.example\r\n"
    )
    assert trace(raw) == Trace(
        sender_key="ann.ferris@trust.example",
        message_id="<3@trust.example>",
        answers=("<2@x.example>", "<1@x.example>"),
        received_count=2,
    )


@pytest.mark.rule("INT-12")
def test_trace_keeps_fifty_answers_at_most() -> None:
    """Of many references the first and the newest are kept, fifty in all."""
    raw = b"References: " + b" ".join(b"<%d@x.example>" % number for number in range(200)) + b"\n\n"
    answers = trace(raw).answers
    assert (len(answers), answers[0], answers[-1]) == (50, "<0@x.example>", "<199@x.example>")


@pytest.mark.rule("INT-5")
def test_trace_counts_the_hops() -> None:
    """The Received fields are counted, so that a loop of mail servers ends."""
    assert trace(b"Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0000\r\n" * 101 + b"\r\n").received_count == 101


@given(st.binary(max_size=300))
def test_trace_never_raises(raw: bytes) -> None:
    """Whatever the bytes, there is a trace."""
    assert trace(b"From: " + raw).received_count >= 0
