"""Header blocks: fields, encoded words, parameters, ids and dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail import headers
from maild.mail.headers import Block, date, decode, ids, message_id, parameters, read_block


def block(data: bytes) -> Block:
    """Return the header block at the start of ``data``."""
    return read_block(data, 0, len(data))


def test_fields_are_unfolded_and_lower_case() -> None:
    """Names are lower case, folded lines are joined, and the body begins after the empty line."""
    found = block(b"Subject: one\n two\n\tthree\nTO:x\nEmpty:\n\nBody")
    assert (found.fields, found.body, found.defects) == ((("subject", "one two\tthree"), ("to", "x"), ("empty", "")), 38, ())


@pytest.mark.parametrize(
    ("data", "names", "body", "defects"),
    [
        (b"\nBody", [], b"Body", ()),
        (b"", [], b"", ()),
        (b"A: b", ["a"], b"", ()),
        (b"A: b\nno header\nC: d\n\nBody", ["a"], b"no header\nC: d\n\nBody", ("header-block-broken",)),
        (b"A: b\n c\nno header\n", ["a"], b"no header\n", ("header-block-broken",)),
        (b"no header\n\nBody", [], b"no header\n\nBody", ("header-block-broken",)),
        (b"From ann Mon Mar 2\nA: b\n\nBody", ["a"], b"Body", ()),
        (b"A : b\n\nBody", ["a"], b"Body", ()),
        (b"A: b\n \nC: d\n\nBody", ["a", "c"], b"Body", ()),
        (b"A\xc3\xa9: b\n\nBody", [], b"A\xc3\xa9: b\n\nBody", ("header-block-broken",)),
    ],
)
def test_block_ends_where_a_mail_server_ends_it(data: bytes, names: list[str], body: bytes, defects: tuple[str, ...]) -> None:
    """The block ends at the first empty line, or before the first line that is no field."""
    found = block(data)
    assert ([name for name, _ in found.fields], data[found.body :], found.defects) == (names, body, defects)


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize(
    ("data", "defect", "fields"),
    [
        (b"A: b\n" * 2_000 + b"\nBody", "header-lines-cut", 1_000),
        (b"A: " + b"b" * 300 + b"\n" + b"C: d\n" * 13_200 + b"\nBody", "header-bytes-cut", 1_000),
        (b"From: " + b"b" * 20_000 + b"\n\nBody", "header-cut:from", 1),
        (b"X: " + b"b" * 20_000 + b"\n\nBody", "header-cut", 1),
        (b"Content-Type: " + b";" * 5_000 + b"\n\nBody", "header-cut:content-type", 1),
        (b"A: " + b"b" * 70_000 + b"\n\nBody", "header-bytes-cut", 0),
        (b"A: " + b"b" * 70_000, "header-bytes-cut", 0),
    ],
)
def test_what_is_over_a_cap_is_cut_and_the_body_kept(data: bytes, defect: str, fields: int) -> None:
    """Too many lines, bytes, or too long a field are cut with a defect; the body is found all the same."""
    found = block(data)
    assert (defect in found.defects, len(found.fields), data[found.body :]) == (True, fields, b"Body" if data.endswith(b"Body") else b"")


def test_fields_of_another_charset_do_not_spoil_each_other() -> None:
    """Raw UTF-8 and raw Latin-1 fields in one block are both read."""
    found = block("A: é\n".encode() + b"B: \xe9\n\n")
    assert found.fields == (("a", "é"), ("b", "é"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain words", "plain words"),
        ("=?utf-8?Q?caf=C3=A9?=", "café"),
        ("=?UTF-8?b?Y2Fmw6k=?= au lait", "café au lait"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"),
        ("=?utf-8?Q?a?==?iso-8859-1?Q?=E9?=", "aé"),
        ("=?utf-8?q?=C3?=\t=?utf-8?q?=A9?=", "é"),
        ("=?utf-8?B?Y2Fmw6k?=", "café"),
        ("=?utf-8*en?Q?a?=", "a"),
        ("=?utf-8?Q?printer is down?=", "printer is down"),
        ("=?utf-8?Q?What??=", "What?"),
        ('"=?utf-8?Q?a?="', '"a"'),
        ("x=?utf-8?Q?a?=y", "xay"),
        ("=?x-made-up?Q?=E9?=", "é"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?never ended", "=?utf-8?Q?never ended"),
        ("=?utf-8?Q?a=0D=0ABcc=3A_eve?=", "a  Bcc: eve"),
        ("a\u202eb\u200bc\x07d\u2028e\ud800", "abcd e\N{REPLACEMENT CHARACTER}"),
        ("=?=?=?", "=?=?=?"),
        ("", ""),
    ],
)
def test_encoded_words_are_decoded_as_people_expect(value: str, expected: str) -> None:
    """Encoded words come out as their text, those that real clients break too; nothing comes out that hides or breaks a line."""
    assert decode(value) == expected


@pytest.mark.parametrize(
    ("value", "main", "found"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('Text/HTML ; CHARSET = "utf-8" ; x', "text/html", {"charset": "utf-8"}),
        ('attachment; filename="a\\"b;c.txt"', "attachment", {"filename": 'a"b;c.txt'}),
        ("attachment; filename=a b.txt; size=3", "attachment", {"filename": "a b.txt", "size": "3"}),
        ("attachment; filename*=utf-8'en'%e2%82%ac.txt; filename=x", "attachment", {"filename": "€.txt"}),
        ("a; n*1=b; n*0=a; n*2*=%63", "a", {"n": "abc"}),
        ("a; n*0*=iso-8859-1''%e9; n*1=x", "a", {"n": "éx"}),
        ('a; name="=?utf-8?Q?caf=C3=A9?="', "a", {"name": "café"}),
        ('a; name="never closed; b=c', "a", {"name": "never closed; b=c"}),
        ('a; name="x\\', "a", {"name": "x"}),
        ("a; b=1; b=2", "a", {"b": "1"}),
        ("text/plain (a comment)", "text/plain", {}),
        (";;;;", "", {}),
        ("", "", {}),
        ("a; =b; c", "a", {}),
        ("a; *=b", "a", {}),
        ("a; " + "".join(f"n*{number}=x; " for number in range(150)), "a", {"n": "x" * 100}),
    ],
)
def test_parameters_are_read(value: str, main: str, found: dict[str, str]) -> None:
    """Parameters are read in every form that mails have, continued, encoded and broken ones included."""
    main_value, values = parameters(value)
    assert (main_value, {name: text for name, text in values.items() if name != "*"}) == (main, found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<1@x.example>", ("<1@x.example>",)),
        ("<1@x.example>\n <2@x.example><1@x.example>", ("<1@x.example>", "<2@x.example>")),
        ("Your mail of Monday <1@x.example>", ("<1@x.example>",)),
        ("1@x.example", ("<1@x.example>",)),
        ("no id here", ()),
        ("<1\x1b[2J@x.example> <2@x\u202e.example>", ("<1[2J@x.example>", "<2@x.example>")),
        ("", ()),
        ("<<<<", ()),
    ],
)
def test_ids_are_found(value: str, expected: tuple[str, ...]) -> None:
    """Message ids come with their brackets, each once, also where a client left the brackets out."""
    assert ids(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("<1@x.example>", "<1@x.example>"), (" 1@x.example ", "<1@x.example>"), ("odd-id", "<odd-id>"), ("a b", ""), ("", "")],
)
def test_message_id_is_one_or_none(value: str, expected: str) -> None:
    """A mail has one id, or none that can be used."""
    assert message_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 2 Mar 2026 09:00:00 +0100", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2 Mar 2026 09:00:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 -0000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 26 09:00 GMT", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 32 Mar 2026 09:00:00 +0100", None),
        ("Mon, 2 Mar 2026 09:00:00 +9999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("yesterday", None),
        ("x" * 300, None),
        ("", None),
    ],
)
def test_dates_are_instants_or_none(value: str, expected: datetime | None) -> None:
    """A date is an instant in UTC; one that is none is None."""
    assert date(value) == expected


@given(st.text(max_size=200))
def test_nothing_here_raises(value: str) -> None:
    """Whatever stands in a field, each reader has an answer."""
    parameters(value), ids(value), message_id(value), date(value)
    assert "\n" not in decode(value)


@given(st.text(alphabet="=?uft-8QBq_;*\"\\ '%0a", max_size=200))
def test_nearly_encoded_words_and_parameters_do_not_raise(value: str) -> None:
    """What is nearly an encoded word or a parameter is read as something, too."""
    parameters(f"a; b={value}")
    assert isinstance(decode(value), str)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"aGk=", (b"hi", True)), (b"aGk", (b"hi", False)), (b"aG k=\n", (b"hi", True)), (b"a", (b"", False)), (b"", (b"", True))],
)
def test_broken_base64_gives_what_can_be_read(data: bytes, expected: tuple[bytes, bool]) -> None:
    """Of base64 that lacks its end, what is whole is read."""
    assert headers.base64_bytes(data) == expected
