"""Values that stand in the files as text."""

from __future__ import annotations

from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.config import values
from maild.config.settings import SystemdEndpoint, TcpEndpoint, UnixEndpoint


@pytest.mark.parametrize(
    ("text", "span"),
    [("30s", timedelta(seconds=30)), ("1.5h", timedelta(minutes=90)), ("24 h", timedelta(days=1)), ("5d", timedelta(days=5))],
)
def test_spans(text: str, span: timedelta) -> None:
    """A span is a number and its unit."""
    assert span == values.read_span(text)


@given(st.integers(0, 3_000_000))
def test_a_written_span_is_read_again(seconds: int) -> None:
    """What is written for a span is read as the same."""
    assert timedelta(seconds=seconds) == values.read_span(values.write_span(timedelta(seconds=seconds)))


@given(st.integers(0, 10**12))
def test_a_written_size_is_read_again(size: int) -> None:
    """What is written for a size is read as the same."""
    assert size == values.read_size(values.write_size(size))


def test_spans_are_written_as_people_say_them() -> None:
    """Up to three days are said in hours, more in days."""
    spans = (timedelta(hours=24), timedelta(hours=72), timedelta(days=5), timedelta(minutes=90), timedelta(seconds=61), timedelta(0))
    assert ["24h", "72h", "5d", "90m", "61s", "0s"] == [values.write_span(span) for span in spans]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:25", TcpEndpoint(host="127.0.0.1", port=25)),
        ("[::1]:0", TcpEndpoint(host="::1", port=0)),
        ("unix:/run/maild/in.sock", UnixEndpoint(path=Path("/run/maild/in.sock"))),
        ("systemd:smtp", SystemdEndpoint(name="smtp")),
    ],
)
def test_endpoints_read_what_they_write(text: str, endpoint: Any) -> None:
    """An endpoint is a port, a unix socket or an inherited one, and is written as it is read."""
    assert endpoint == values.read_endpoint(text)
    assert text == str(endpoint)
    assert endpoint == values.read_endpoint(endpoint)


def test_networks_and_days() -> None:
    """A plain address is a network of one; a day is a TOML date or its text."""
    assert ip_network("192.0.2.1/32") == values.read_network("192.0.2.1")
    assert date(2026, 12, 24) == values.read_day(date(2026, 12, 24)) == values.read_day("2026-12-24")


@pytest.mark.parametrize(
    ("reader", "wrong"),
    [
        (values.read_span, ["", "5", 5, "5w", "-1h", "9" * 30 + "s", "99999999d", None, "1h30m"]),
        (values.read_size, ["", "5 MiB", -1, True, 1.5, None]),
        (values.read_endpoint, ["", "localhost", ":25", "h:65536", "h:x", "h:²", "unix:", "systemd:", 25]),
        (values.read_network, ["", "10.0.0.1/8", "everywhere", None, [1]]),
        (values.read_address, ["", "a", "a@b", "a b@c.example", "a@b@c.example", "<a@b.example>", "x" * 250 + "@b.example", 5]),
        (values.read_domain, ["", "-a.example", "a..example", "a.example.", "ä.example", 5]),
        (values.read_day, ["", "2026-02-30", "tomorrow", 20260101]),
        (values.read_time, ["", "7:30", "24:00", "07:60", 730]),
        (values.read_zone, ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", 5]),
        (values.read_relay, ["", "relay.example", "smtp://", "smtp://h:65536", "smtp://u:p@h", "maildir:", 5]),
        (values.read_database, ["", "maild.db", "mysql://x/y", "sqlite://", 5]),
        (values.read_pattern, ["", "(", "x", "(a)(b)", "(a+)+", 5]),
    ],
)
def test_what_is_refused(reader: Any, wrong: list[Any]) -> None:
    """Every reader refuses what it cannot mean, with a sentence and nothing worse."""
    for value in wrong:
        with pytest.raises(ValueError, match=r"must be|is no regular|needs exactly|repeats"):
            reader(value)
