"""When two mails say the same: never where a person could mean two things."""

from __future__ import annotations

import pytest

from maild.policy.folding import digest
from maild.policy.reader import read
from tests.policy.helpdesk import RULES
from tests.policy.letters import envelope, letter, raw

BASE = {"subject": "Printer down", "body": "The printer on ward 7 is broken."}


def said(**fields: str) -> bytes | None:
    """Return the digest of a mail."""
    return digest(letter(**{**BASE, **fields})[0], RULES)  # type: ignore[arg-type]  # all texts


@pytest.mark.rule("LOOP-2")
@pytest.mark.parametrize(
    "again",
    [
        {"message_id": "<99@trust.example>"},
        {"sender": '"Alice (again)" <Alice@Trust.Example>'},
        {"subject": "RE: Fwd: [EXTERNAL] PRINTER  down"},
        {"body": "The printer on\n\nWARD 7 is   broken.\n"},
        {"body": "The printer on ward 7 is broken.\n\n> Your request [INC0000007] was received on Tuesday\n> at 14:02."},
    ],
)
def test_case_spaces_prefixes_names_and_a_quote_of_ours_make_no_difference(again: dict[str, str]) -> None:
    """A person who sends it twice, or a machine that answers each mail of ours alike, says the same."""
    assert said() == said(**again)


@pytest.mark.rule("LOOP-2")
@pytest.mark.parametrize(
    "other",
    [
        {"sender": "bob@trust.example"},
        {"subject": "Printer 8 down"},
        {"subject": "VPN: Printer down"},
        {"body": "The printer on ward 8 is broken."},
        {"body": "The printer on ward 7 is broken.\n\n> The scanner says error 12."},
        {"body": ""},
    ],
)
def test_another_sender_digit_word_or_quoted_mail_is_another_matter(other: dict[str, str]) -> None:
    """Nothing is filed away that may be new."""
    assert said() != said(**other)


@pytest.mark.rule("LOOP-2")
def test_the_same_words_with_another_attachment_are_another_matter() -> None:
    """'Please see the form' is sent with many forms."""
    head = (
        raw(**BASE).partition(b"Content-Type")[0] + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nPlease see the form.\r\n"
    )
    forms = []
    for content in (b"form of Ann", b"form of Bob", b"form of Bob"):
        part = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=form.txt\r\n\r\n" + content + b"\r\n--b--\r\n"
        forms.append(digest(read(head + part, envelope(), RULES), RULES))
    assert forms[0] != forms[1] == forms[2]


@pytest.mark.rule("LOOP-2", "INT-8")
@pytest.mark.parametrize(
    "fields",
    [
        {"sender": "alice@trust.example, bob@trust.example"},
        {"Content_Type": "application/pkcs7-mime; smime-type=enveloped-data"},
        {"message_id": "", "Date": ""},
    ],
)
def test_what_cannot_be_compared_is_never_the_same(fields: dict[str, str]) -> None:
    """Two senders, a body nobody here can read, and a mail that bears no name of its own."""
    base = raw(**{**BASE, **{name: value for name, value in fields.items() if name != "Content_Type"}})
    if "Content_Type" in fields:
        base = base.replace(b'Content-Type: text/plain; charset="utf-8"', b"Content-Type: " + fields["Content_Type"].encode())
    assert None is digest(read(base, envelope(), RULES), RULES)


@pytest.mark.rule("LOOP-2")
def test_a_subject_of_prefixes_alone_ends() -> None:
    """Forty of them cost nothing."""
    assert None is not said(subject="Re: " * 40)
