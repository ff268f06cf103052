"""A whole mail read: the corpus of odd mails as a person sees them, and that nothing raises."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.mail.message import Address, Message
from maild.mail.parse import parse
from tests.mail.growth import growth

CORPUS = Path(__file__).parents[1] / "corpus"
TORTURE = CORPUS / "torture"
EXPECTED = json.loads((TORTURE / "expected.json").read_text(encoding="utf-8"))
SEEDS = [path.read_bytes() for path in sorted((*CORPUS.glob("examples/*.eml"), *TORTURE.glob("*.eml")))]
HEAD = b"From: ann@trust.example\nSubject: x\n"
SPICE = [
    *(b"=?utf-8?q?", b"?=", b'"', b"(", b"<", b">", b";", b"\r", b"\n", b"\0", b"--", b"boundary=", b"filename*0*=", b"\xff\xfe"),
    *(b"charset=utf-7", b'charset="idna"', b"base64", b"quoted-printable", b"message/rfc822", b"multipart/alternative", b"text/html"),
    *(b"Content-Type: ", b"format=flowed; delsp=yes", b"multipart/report; report-type=delivery-status", b"message/delivery-status"),
    *(b"application/pkcs7-mime", b"application/ms-tnef", b"&#x110000;", b"From: MAILER-DAEMON <m@x.example>\nSubject: Undelivered\n"),
]


@pytest.mark.rule("INT-5", "REF-8", "MDS-7")
@pytest.mark.parametrize("name", EXPECTED)
def test_odd_mail_reads_as_a_person_sees_it(name: str) -> None:
    """Each odd mail of the corpus gives the subject, sender, text, attachments and defects that stand beside it."""
    message = parse((TORTURE / f"{name}.eml").read_bytes())
    assert {
        "subject": message.subject,
        "from": message.sender.address if message.sender else None,
        "sender_defects": list(message.sender_defects),
        "defects": list(message.defects),
        "unreadable": message.unreadable,
        "text": message.text,
        "attachments": [[each.filename, each.content_type, each.size, each.inline] for each in message.attachments],
    } == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_line_ends_of_transport_change_nothing(name: str) -> None:
    """A mail reads the same whether it came with CRLF, as by SMTP, or with LF, as from a file."""
    raw = (TORTURE / f"{name}.eml").read_bytes()
    if b"\r" not in raw:
        assert parse(raw.replace(b"\n", b"\r\n")) == parse(raw)


def test_fields_of_a_plain_mail() -> None:
    """A plain mail gives every field of a message."""
    message = parse(
        b"Received: from a by b\r\nFrom: Ann Ferris <Ann@Trust.example>\r\nTo: helpdesk@desk.example, Bob <bob@trust.example>\r\n"
        b"Cc: c@trust.example\r\nCC: c@trust.example, d@trust.example\r\nReply-To: r@trust.example\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n"
        b"Date: Mon, 2 Mar 2026 09:00:00 +0100\r\nMessage-ID: <3@trust.example>\r\nIn-Reply-To: <2@x.example>\r\n"
        b"References: <1@x.example> <2@x.example>\r\nX-Odd\xe9: y\r\n\r\n"
    )
    assert message == Message(
        headers=message.headers,
        message_id="<3@trust.example>",
        in_reply_to=("<2@x.example>",),
        references=("<1@x.example>", "<2@x.example>"),
        subject="café",
        sender=Address(name="Ann Ferris", address="ann@trust.example"),
        sender_defects=(),
        to=(Address(name="", address="helpdesk@desk.example"), Address(name="Bob", address="bob@trust.example")),
        cc=(Address(name="", address="c@trust.example"), Address(name="", address="d@trust.example")),
        reply_to=(Address(name="", address="r@trust.example"),),
        date=datetime(2026, 3, 2, 8, tzinfo=UTC),
        text="X-Oddé: y",
        html="",
        content_type="text/plain",
        content_params=(),
        attachments=(),
        report=None,
        defects=("header-block-broken", "charset-missing"),
    )


def test_headers_are_kept_in_order_and_decoded() -> None:
    """Every field is there under its lower-case name, decoded, topmost first."""
    message = parse(b"X-One: =?utf-8?q?=C3=A9?=\nReceived: a\n b\nreceived: c\nEmpty:\n\nBody")
    assert (message.header("x-one"), message.header_all("received"), message.has_header("empty"), message.has_header("no")) == (
        "é",
        ("a b", "c"),
        True,
        False,
    )


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"From: ann@trust.example\nX: " + b"y" * 70_000 + b"\nFrom: eve@evil.example\n\nHello", "from-header-bytes-cut"),
        (b"From: ann@trust.example\n" + b"X: y\n" * 1_200 + b"\nHello", "from-header-lines-cut"),
        (b"From: ann@trust.example (" + b"y" * 20_000 + b")\n\nHello", "from-header-cut:from"),
    ],
)
def test_sender_is_doubted_when_headers_were_cut(raw: bytes, defect: str) -> None:
    """Where headers were cut, another From may have stood in what is lost: the sender is unverified."""
    assert defect in parse(raw).sender_defects


@given(st.binary(max_size=600))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    """Parsing never raises, and what comes out can be written as UTF-8."""
    message = parse(raw)
    "".join((message.subject, message.text, *(header.value for header in message.headers))).encode()


@settings(max_examples=300)
@given(st.sampled_from(SEEDS), st.integers(min_value=0), st.integers(min_value=1, max_value=12))
def test_mutated_mails_are_read(seed: bytes, number: int, changes: int) -> None:
    """Real mails with pieces changed, doubled, cut out and spiced never raise, and no header or file name breaks a line."""
    chance = random.Random(number)
    data = bytearray(seed)
    for _ in range(changes):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at:at] = chance.choice(SPICE) * chance.randrange(1, 9)
            case 1:
                data[at : at + chance.randrange(60)] = b""
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                start = chance.randrange(len(data) + 1)
                data[at:at] = data[start : start + chance.randrange(300)]
    message = parse(bytes(data))
    lines = [message.subject, *(header.value for header in message.headers), *(each.filename for each in message.attachments)]
    assert [line for line in lines if any(character in line for character in "\r\n\0\u202e\u2028")] == []


def nest(depth: int) -> bytes:
    """Return a mail of so many parts inside one another."""
    return (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)) + b"\nhello\n"
    )


PARTED = b"Content-Type: multipart/mixed; boundary=b\n\n"
GROWING: dict[str, Callable[[int], bytes]] = {
    "parts": lambda size: HEAD + PARTED + b"--b\n\nx\n" * size,
    "parts with long types": lambda size: HEAD + PARTED + (b"--b\nContent-Type: a/b" + b';a="' * 500 + b"\n\nx\n") * (size // 50),
    "semicolons in Content-Type": lambda size: HEAD + b"Content-Type: text/plain" + b";" * size + b"\n\nhi",
    "parameters in Content-Type": lambda size: HEAD + b"Content-Type: text/plain" + b"; a=b" * size + b"\n\nhi",
    "commas in From": lambda size: b"From: " + b"," * size + b"\n\nhi",
    "addresses in To": lambda size: HEAD + b"To: " + b"a@b.example," * size + b"\n\nhi",
    "quotes in From": lambda size: b"From: " + b'"\\""' * size + b"\n\nhi",
    "parentheses in From": lambda size: b"From: " + b"(" * size + b"\n\nhi",
    "angles in From": lambda size: b"From: " + b"<" * size + b"\n\nhi",
    "encoded words": lambda size: HEAD + b"Subject: " + b"=?a?q?" * size + b"\n\nhi",
    "header bytes": lambda size: b"X: " + b"y" * 8 * size + b"\n" + HEAD + b"\nhi",
    "header lines": lambda size: b"X: y\n" * size + HEAD + b"\nhi",
    "folded lines": lambda size: b"X: y\n" + b" \n" * size + HEAD + b"\nhi",
    "depth": lambda size: nest(size // 16),
    "mails in mails": lambda size: (HEAD + b"Content-Type: message/rfc822\n\n") * (size // 16),
    "lines that begin like a boundary": lambda size: HEAD + PARTED + b"--bx\n" * size,
    "empty lines": lambda size: HEAD + b"\n" + b"\r\n" * size * 8,
    "flowed lines": lambda size: HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"> \n" * size,
    "ids in References": lambda size: HEAD + b"References: " + b"<a@b> <" * size + b"\n\nhi",
    "text of a bounce": lambda size: (
        b"From: mailer-daemon@x.example\nSubject: Undelivered Mail\n\n" + b"x@y.example: <a@b.example>\n" * size
    ),
    "empty lines of a bounce": lambda size: b"From: mailer-daemon@x.example\nSubject: Undelivered Mail\n\n" + b"\n" * size * 8,
    "parts of a bounce": lambda size: b"From: mailer-daemon@x.example\nSubject: Undelivered Mail\n" + PARTED + b"--b\n\nx\n" * size,
}


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("name", GROWING)
def test_cost_is_linear(name: str) -> None:
    """Four times as much of what stalls other parsers costs about four times as much at most, not sixteen."""
    make = GROWING[name]
    assert growth(parse, make(4_000), make(16_000)) < 9


def test_cost_is_that_of_a_bare_parse() -> None:
    """Reading a mail of 3 kB with all its fields costs no more than four times what Python's parser takes to split it."""
    raw = (CORPUS / "examples" / "060.eml").read_bytes()

    def twenty(read: Callable[[bytes], object]) -> None:
        for _ in range(20):
            read(raw)

    assert growth(twenty, message_from_bytes, parse) < 4


@pytest.mark.parametrize("path", sorted(CORPUS.glob("examples/*.eml")), ids=lambda path: path.stem)
def test_examples_read_without_a_defect(path: Path) -> None:
    """What people's real clients write has no defect, a known sender and a text in which their words stand."""
    message = parse(path.read_bytes())
    words = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["new_text"].split()
    text = message.text.split()
    assert (message.defects, message.sender_defects, message.unreadable, [word for word in words if word not in text]) == ((), (), "", [])
