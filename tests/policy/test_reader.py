"""Reading a mail, and what makes it this mail and no other."""

from __future__ import annotations

import pytest

from maild.mail.parse import parse
from maild.policy.reader import content_digest
from tests.policy.letters import raw


def digest(mail: bytes) -> bytes:
    """Return the digest of a mail."""
    return content_digest(mail, parse(mail))


@pytest.mark.rule("INT-8")
def test_a_mail_is_the_same_by_whatever_way_it_comes() -> None:
    """Line ends, blank lines at the end and trace headers make no other mail of it."""
    mail = raw(body="one\n\ntwo")
    ways = (mail.replace(b"\r\n", b"\n"), mail + b"\r\n\r\n", b"Received: from a by b;\r\n\tnow\r\n" + mail)
    assert {digest(mail)} == {digest(way) for way in ways}


@pytest.mark.rule("INT-8")
@pytest.mark.parametrize(
    "change",
    [
        {"body": "three"},
        {"subject": "x"},
        {"sender": "bob@trust.example"},
        {"message_id": "<x@trust.example>"},
        {"In_Reply_To": "<y@trust.example>"},
    ],
)
def test_what_a_person_changed_makes_another_mail(change: dict[str, str]) -> None:
    """Body, subject, sender and Message-ID each count, whatever the line ends."""
    assert digest(raw(**change)) != digest(raw())
    assert digest(raw(**change).replace(b"\r\n", b"\n")) != digest(raw().replace(b"\r\n", b"\n"))


@pytest.mark.rule("INT-8")
def test_a_large_body_counts_to_its_end() -> None:
    """What stands behind the first megabytes is part of the mail."""
    mail = raw() + b"x" * 3_000_000
    assert digest(mail + b"a\r\n") != digest(mail + b"b\r\n")
