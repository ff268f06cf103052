"""The arguments of MAIL and RCPT."""

from __future__ import annotations

import time

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from maild.intake.commands import Path, read_path, size_parameter
from maild.intake.replies import CommandError, enhanced


def slow(text: str) -> tuple[str | None, str | None]:
    """Return what aiosmtpd's reader says."""
    return SMTP._getaddr(_NoLimit, text)  # type: ignore[arg-type]  # it needs but this attribute


class _NoLimit:
    local_part_limit = 0


def read(text: str) -> Path | str:
    """Return the path in ``text``, or the reply that refuses it."""
    try:
        return read_path("TO:", text, slow)
    except CommandError as error:
        return str(error)[:9]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TO:<alice@trust.example>", Path("alice@trust.example", {})),
        ("to: <alice@trust.example>", Path("alice@trust.example", {})),
        ("TO:alice@trust.example", Path("alice@trust.example", {})),
        ("TO:<>", Path("", {})),
        ("TO:<postmaster>", Path("postmaster", {})),
        (
            "TO:<a+b.c=d@trust.example> size=10 BODY=8bitmime SMTPUTF8",
            Path("a+b.c=d@trust.example", {"SIZE": "10", "BODY": "8BITMIME", "SMTPUTF8": None}),
        ),
        ("TO:<a@[192.0.2.1]> SIZE=1", Path("a@[192.0.2.1]", {"SIZE": "1"})),
        ('TO:<"a b"@trust.example>', Path('"a b"@trust.example', {})),
        ("TO:<@relay.test:a@trust.example>", Path("a@trust.example", {})),
        ("TO:<größe@müller.test>", Path("größe@müller.test", {})),
        ("TO:<a..b@docomo.example>", Path("a..b@docomo.example", {})),
        ("TO:<a@trust.example", Path("a@trust.example", {})),
        ("TO:<a@@trust.example>", "553 5.1.3"),
        ("TO:<" + "a" * 600 + "@trust.example>", "553 5.1.3"),
        ("TO:<" + "(" * 500 + "@trust.example>", "553 5.1.3"),
        ("TO:", "553 5.1.3"),
        ("TO:<a@b.test>x", Path("a@b.test", {"X": None})),
        ("TO:<a@b.test> =x", "501 5.5.4"),
        ("TO:<a@b.test> X=", "501 5.5.4"),
        ("FROM:<a@b.test>", "501 5.5.4"),
        ("", "501 5.5.4"),
    ],
)
def test_paths(text: str, expected: Path | str) -> None:
    """Plain, bare, unfinished, quoted, routed and international addresses are read, with their parameters; the rest is refused."""
    assert read(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("", None), (" SIZE=0", 0), (" SIZE=35000001", 35_000_001)])
def test_the_announced_size(text: str, expected: int | None) -> None:
    """SIZE is a number or not there."""
    assert size_parameter(read_path("TO:", f"TO:<a@b.test>{text}", slow)) == expected


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "\u0663", "9" * 21, ""])
def test_a_size_that_is_no_number(value: str) -> None:
    """Anything but a number of at most twenty digits is refused."""
    with pytest.raises(CommandError, match=r"501 5\.5\.4"):
        size_parameter(Path("a@b.test", {"SIZE": value}))


@pytest.mark.rule("INT-5")
@given(text=st.text(st.sampled_from('<>@a.":,()[]\\ \t\u00e9='), max_size=80))
def test_no_argument_makes_it_fail(text: str) -> None:
    """Whatever stands behind TO: is a path or a refusal."""
    found = read(f"TO:{text}")
    assert isinstance(found, Path) or found[:3] in {"501", "553"}


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("shape", ["(", "<", "@", '"', "\\", "a.", "[", ",", "<@a,", '<"a"', " ", "a=b "])
def test_no_argument_takes_long(shape: str) -> None:
    """The longest argument of any shape is read within a tenth of a second."""
    began = time.process_time()
    read("TO:<" + shape * (2000 // len(shape)))
    read("TO:<a@b.test> " + shape * (2000 // len(shape)))
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("250 OK", "250 2.0.0 OK"),
        ("250 2.1.0 Ok", "250 2.1.0 Ok"),
        ("354 End data", "354 End data"),
        ("454 TLS not available", "454 4.7.0 TLS not available"),
        ("501 Syntax: STARTTLS", "501 5.5.4 Syntax: STARTTLS"),
        ("220 Ready to start TLS", "220 2.0.0 Ready to start TLS"),
        ("299 What", "299 What"),
    ],
)
def test_every_reply_has_an_enhanced_status_code(reply: str, expected: str) -> None:
    """A reply without an enhanced status code gets the one of its kind; 3xx replies have none (RFC 2034)."""
    assert enhanced(reply) == expected
