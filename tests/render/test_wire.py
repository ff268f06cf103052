"""The bytes of a header or a part: exactly what was planned, whatever it was built from."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.render import wire

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list("\r\n\t\x00\x0b\x0c\x1c\x85\u2028\u202e\ufeff\ud800<>@,;:\"'\\()[]=?_. ")),
        st.characters(),
        st.sampled_from(list("äß€😀")),
    ),
    max_size=120,
)
ENCODED = st.sampled_from(
    ["=?utf-8?q?a=0D=0ABcc:_eve=40evil.example?=", "=?utf-8?b?", "?=", "Bcc: eve@evil.example", "\r\nBcc: eve@evil.example"]
)
TEXT = st.lists(st.one_of(HOSTILE, ENCODED), max_size=4).map("".join)


def parsed(head: str, content: bytes = b"\r\nbody\r\n") -> EmailMessage:
    """Return what a mail with ``head`` parses to."""
    message = email.message_from_bytes(head.encode() + content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def longest_line(octets: bytes) -> int:
    """Return the length of the longest line, without its end."""
    return max(len(line) for line in octets.split(b"\r\n"))


@pytest.mark.rule("ACK-2")
@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("a\r\nBcc: eve@evil.example", "a Bcc: eve@evil.example"),
        ("a\x00b\x1b[1m\x7f c\x85d", "a b [1m c d"),
        ("invoice\u202egpj.exe", "invoice gpj.exe"),
        ("a\ud800b\ufeff", "a b"),
        ("  a \t b\u2028c ", "a b c"),
        ("x" * 2000, "x" * 900),
    ],
)
def test_a_header_value_is_one_line_without_control_characters(value: str, cleaned: str) -> None:
    """Line breaks, controls, turned-round text and broken characters become spaces; long values are cut."""
    assert wire.clean(value) == cleaned


@pytest.mark.rule("ACK-2")
@given(TEXT)
def test_free_text_comes_out_as_one_header_with_its_own_words(value: str) -> None:
    """Whatever a subject is made of, it parses to one Subject with the cleaned text, in lines of at most 78."""
    head = wire.unstructured("Subject", value)
    message = parsed(head)
    assert message.keys() == ["Subject"]
    assert str(message["Subject"]) == wire.clean(value)
    assert head.isascii()
    assert longest_line(head.encode()) <= 78


@pytest.mark.rule("ACK-2")
@given(TEXT)
def test_a_display_name_never_becomes_an_address(name: str) -> None:
    """Whatever a name is made of, the header holds the one address, and the cleaned name."""
    message = parsed(f"From: {wire.mailbox(name, 'service@servicedesk.example')}\r\n")
    assert message.keys() == ["From"]
    (address,) = message["From"].addresses
    assert address.addr_spec == "service@servicedesk.example"
    # Python 3.11 keeps the space between two encoded words of a name, which RFC 2047 §6.2 drops.
    assert address.display_name.replace(" ", "") == wire.clean(name, 200).replace(" ", "")


@given(TEXT, TEXT)
def test_an_address_of_anything_stays_one_address(local: str, domain: str) -> None:
    """Nothing in an address adds a header or a second address."""
    address = wire.header_address(f"{local}@{domain or 'x'}.example")
    message = parsed(f"To: {address}\r\n")
    assert message.keys() == ["To"]
    assert len(message["To"].addresses) <= 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("alice@trust.example", "alice@trust.example"),
        ("a.b+c@trust.example", "a.b+c@trust.example"),
        ('"alice smith"@trust.example', '"alice smith"@trust.example'),
        ("alice smith@trust.example", '"alice smith"@trust.example'),
        ('a"b@trust.example', '"a\\"b"@trust.example'),
        ('"a\\"b"@trust.example', '"a\\"b"@trust.example'),
        ("a@b@trust.example", '"a@b"@trust.example'),
        ("zoë@trust.example", "zoë@trust.example"),
        ("zoe@bücher.example", "zoe@xn--bcher-kva.example"),
        ("a@x\r\nBcc: eve@evil.example", '"a@xBcc: eve"@evil.example'),
        ("a@-\u00e9..example", "a@-\u00e9..example"),
        ("a@[.example", "a@.example"),
        ("ann.@trust.example", '"ann."@trust.example'),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@x\uff1e\uff0c\uff1cbob\uff20evil.example", "a@x\uff1e\uff0c\uff1cbob\uff20evil.example"),
        ("a@tru\u2026st.example", "a@tru\u2026st.example"),
        ("a@straße.example", "a@straße.example"),
    ],
)
def test_odd_addresses_are_quoted_and_international_domains_become_ascii(address: str, expected: str) -> None:
    """An address keeps its meaning; only its domain changes its form."""
    assert wire.header_address(address) == expected


@pytest.mark.rule("ACK-2")
@given(st.lists(TEXT, max_size=5))
def test_ids_of_anything_make_a_header_of_ids(ids: list[str]) -> None:
    """Only what may stand between angle brackets is repeated in References."""
    header = wire.id_header("References", wire.message_ids(ids))
    assert parsed(header).keys() == (["References"] if header else [])
    assert header.isascii()
    assert longest_line(header.encode()) <= 998


def test_ids_are_taken_with_and_without_brackets_and_each_once() -> None:
    """Brackets are ours; a repeated id stands once; one that cannot be written is left out."""
    assert wire.message_ids(["<a@b>", "a@b", " <c@d> ", "", "e f@g", "<h@ï>", "=?utf-8?q?x?=@y", "x" * 401]) == ["<a@b>", "<c@d>"]


def test_references_keep_the_first_and_the_last() -> None:
    """A long thread keeps its root and its nearest ancestors."""
    assert wire.capped([str(number) for number in range(100)], limit=4) == ("0", "97", "98", "99")
    assert wire.capped(["0", "1"], limit=4) == ["0", "1"]


def test_a_reference_stays_readable_in_a_subject_that_must_be_encoded() -> None:
    """Plain words before the first that needs encoding stand as they are, so that servers' rules and eyes find the reference."""
    assert wire.unstructured("Subject", "[INC0012345] Ihr Anliegen wurde gelöst") == (
        "Subject: [INC0012345] Ihr Anliegen wurde =?utf-8?b?Z2Vsw7ZzdA==?=\r\n"
    )


def test_a_character_is_never_split_between_two_encoded_words() -> None:
    """Each encoded word decodes by itself (RFC 2047 §5)."""
    head = wire.unstructured("Subject", "😀" * 60)
    assert str(parsed(head)["Subject"]) == "😀" * 60
    for word in wire.encoded_words("😀" * 60):
        assert set(str(parsed(f"Subject: {word}\r\n")["Subject"])) == {"😀"}


@pytest.mark.parametrize("name", ["X-Our-Header", "a"])
def test_a_further_header_is_written(name: str) -> None:
    """Headers of the administrator's go out."""
    assert wire.extra_header(name, "yes\r\nBcc: x") == f"{name}: yes Bcc: x\r\n"


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\nBcc", "Ünicode", "1"])
def test_what_is_no_header_name_is_left_out(name: str) -> None:
    """A name that would break the header block writes nothing."""
    assert wire.extra_header(name, "yes") == ""


def test_dates_are_those_of_rfc_5322_with_the_offset_of_their_zone() -> None:
    """Summer time shows as +0100."""
    summer = datetime(2026, 6, 3, 14, 2, 9, tzinfo=UTC).astimezone(ZoneInfo("Europe/London"))
    assert wire.date(summer) == "Wed, 03 Jun 2026 15:02:09 +0100"
    assert parsed(f"Date: {wire.date(summer)}\r\n")["Date"].datetime == summer


@pytest.mark.rule("ACK-2")
@given(TEXT)
def test_any_text_survives_as_a_part_in_seven_bits(text: str) -> None:
    """A part decodes to the text it was made of, in lines of at most 76 ASCII characters."""
    text = wire.clean_text(text)
    part = wire.body("text/plain", text)
    assert part.isascii()
    assert longest_line(part) <= 78
    assert part.count(b"\n") == part.count(b"\r") == part.count(b"\r\n")
    content = parsed("", part).get_content().replace("\r\n", "\n")
    assert content == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\n\nworld\n", b"7bit"),
        ("x" * 76 + "\n", b"7bit"),
        ("x" * 77 + "\n", b"quoted-printable"),
        ("Zoë\n", b"quoted-printable"),
        ("-- \nname\n", b"quoted-printable"),
        (".\n", b"quoted-printable"),
        ("From here on\n", b"quoted-printable"),
        ("Hello\nFrom here on\n", b"quoted-printable"),
        ("--=_0123456789\n", b"quoted-printable"),
    ],
)
def test_seven_bit_only_where_no_server_on_the_way_is_tempted_to_change_it(text: str, encoding: bytes) -> None:
    """Long lines, trailing spaces, lone dots, From and what looks like a boundary are encoded."""
    part = wire.body("text/plain", text)
    assert b"Content-Transfer-Encoding: " + encoding + b"\r\n" in part
    assert parsed("", part).get_content().replace("\r\n", "\n") == text
    assert b"\nFrom " not in part
    assert b"\n.\r\n" not in part


@pytest.mark.rule("ACK-2")
def test_no_line_is_a_lone_dot_wherever_it_is_broken() -> None:
    """A dot that a soft line break leaves alone on its line, or that ends the text, is encoded."""
    for length in range(60, 90):
        part = wire.body("text/plain", f"é{'x' * length}.\né{'x' * length}.")
        assert not any(line == b"." for line in part.split(b"\r\n")), length
        assert parsed("", part).get_content().replace("\r\n", "\n").rstrip("\n") == f"é{'x' * length}.\né{'x' * length}."


def test_text_with_a_broken_character_still_goes_out() -> None:
    """A lone surrogate is dropped from text and never raises."""
    assert wire.clean_text("a\ud800b\r\nc\rd\x00\x1b[1m") == "ab\nc\nd[1m"


def test_the_boundary_depends_on_the_message_id_alone() -> None:
    """The same mail rendered again has the same bytes; another has another boundary."""
    assert wire.boundary("<a@b>") == wire.boundary("<a@b>") != wire.boundary("<c@b>")
