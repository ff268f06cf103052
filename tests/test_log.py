"""The log: one line per fact, with the mail and the reference it is about, and nobody's words in it."""

from __future__ import annotations

import inspect
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from maild import log

CANARY = "canary-7f3a@ward.example"
FACTS: list[Callable[..., None]] = [
    function
    for name, function in inspect.getmembers(log, inspect.isfunction)
    if function.__module__ == log.__name__ and not name.startswith("_") and name not in {"configure", "silence", "about", "address", "text"}
]


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a reader of what was logged as JSON; silence it all afterwards."""
    stream = io.StringIO()
    log.configure(form="json", hash_key=b"k" * 32, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.silence()


def arguments(function: Callable[..., None], text: str) -> dict[str, Any]:
    """Return a value for each parameter, ``text`` wherever text may stand."""
    samples: dict[str, Any] = {"int": 3, "float": 1.5, "datetime": datetime(2026, 5, 21, tzinfo=UTC), "BaseException": ValueError(text)}
    samples |= {"tuple[str, ...]": (text,), "Mapping[str, str]": {"smtp": "127.0.0.1:25"}}
    return {name: samples.get(str(parameter.annotation), text) for name, parameter in inspect.signature(function).parameters.items()}


@pytest.mark.rule("OPS-5")
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_each_fact_is_one_line(lines: Callable[[], list[dict[str, Any]]], fact: Callable[..., None]) -> None:
    """Each fact is one line, under its own name, with the mail and the reference it is about."""
    with log.about(mail="M1", reference="INC0012345"):
        fact(**arguments(fact, "x\r\ny"))
    (line,) = lines()
    assert fact.__name__ == line["event"]
    assert {"mail", "reference"} <= set(line)
    assert ["at", "level", "event"] == list(line)[:3]


@pytest.mark.rule("OPS-5", "PRV-3")
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_no_fact_holds_an_address(lines: Callable[[], list[dict[str, Any]]], fact: Callable[..., None]) -> None:
    """Whatever field an address is given in, the line holds its hash at most."""
    given = arguments(fact, f"550 5.1.1 <{CANARY}>: unknown")
    ours = {
        "mail",
        "reference",
        "outgoing",
        "source",
        "listener",
        "account",
        "event",
        "channel",
        "state",
        "cause",
        "before",
        "reason",
        "first",
    }
    ours |= {"kind", "purpose", "outcome", "command", "template", "alert", "severity", "what", "where", "version", "rules", "disposition"}
    fact(
        **{
            name: "word" if name in ours and isinstance(value, str) else ("word",) if name == "rules" else value
            for name, value in given.items()
        }
    )
    (line,) = lines()
    assert "canary" not in json.dumps(line)


@pytest.mark.rule("PRV-3")
def test_addresses_can_be_switched_on() -> None:
    """Where the administrator wants them, addresses stand in the log; this is the control of the test above."""
    stream = io.StringIO()
    log.configure(form="json", plain_addresses=True, stream=stream)
    log.mail_accepted(mail="M1", source="smtp", sender=CANARY, recipients=1, size=10)
    log.silence()
    assert CANARY in stream.getvalue()


def test_hashes_are_keyed_and_stable(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """One address has one hash in any case, which another key makes another; the null sender is shown as such."""
    first = log.address("Alice@ward.example")
    assert first == log.address("alice@WARD.example")
    assert "<>" == log.address("") == log.address(None)
    log.configure(form="json", hash_key=b"x" * 32, stream=io.StringIO())
    assert first != log.address("alice@ward.example")
    assert [] == lines()


def test_text_on_a_terminal() -> None:
    """In text form a line is key=value, and control characters cannot reach the terminal."""
    stream = io.StringIO()
    log.configure(form="auto", stream=stream)
    assert "" == stream.getvalue()
    log.configure(form="text", stream=stream)
    log.mail_refused(source="smtp1", reply="550 \x1b[2J no\nlevel=info", recipient="a@b.example")
    log.silence()
    (line,) = stream.getvalue().splitlines()
    assert "level=info event=mail_refused source=smtp1" in line
    assert "\x1b" not in line


def test_nothing_is_said_before_configure(capsys: pytest.CaptureFixture[str]) -> None:
    """A command line that configured no log writes none."""
    log.silence()
    log.daemon_stopping(why="test")
    log.store_trouble(why="test")
    log.connection_refused(source="smtp1", peer="192.0.2.1", why="networks")
    assert ("", "") == capsys.readouterr()


def test_the_level_is_the_least(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Below the configured level nothing is written."""
    stream = io.StringIO()
    log.configure(form="json", level="warning", stream=stream)
    log.config_reloaded()
    log.work_paused(what="courier")
    assert ["work_paused"] == [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert [] == lines()


def test_context_ends(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The mail's id stands on lines inside its context, with an inner reference added, and not behind it."""
    with log.about(mail="M1"):
        with log.about(reference="INC0000001"):
            log.mail_filed(reason="list")
        log.mail_filed(reason="list")
    log.mail_filed(reason="list")
    assert [("M1", "INC0000001"), ("M1", None), (None, None)] == [(line.get("mail"), line.get("reference")) for line in lines()]


@pytest.mark.rule("PRV-3")
@pytest.mark.parametrize("name", ["mail.log", "aioimaplib.aioimaplib", "uvicorn.error", "asyncio", "maild.intake.session"])
def test_libraries_are_heard_and_never_at_debug(lines: Callable[[], list[dict[str, Any]]], name: str) -> None:
    """Warnings of libraries come out masked, without the text of exceptions; what they say at INFO and DEBUG never does."""
    logger = logging.getLogger(name)
    logger.debug("body: %s", CANARY)
    logger.info("body: %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logger.exception("failed for %s", CANARY)
    (line,) = lines()
    assert ("error", "library_said", name, "ValueError") == (line["level"], line["event"], line["library"], line["error"])
    assert "canary" not in json.dumps(line)


@pytest.mark.rule("PRV-3")
def test_a_bug_is_named_without_its_text(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """An unexpected exception is logged by its kind and its places in the code."""
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        log.bug_met(where="processor", error=error)
    (line,) = lines()
    assert ("KeyError", "processor") == (line["error"], line["where"])
    assert line["at_line"].startswith("test_log.py:")
    assert "canary" not in json.dumps(line)


def test_a_line_is_cheap() -> None:
    """A line costs far less than a mail: about 10 microseconds, here held under 200 on any machine."""
    log.configure(form="json", hash_key=b"k" * 32, stream=io.StringIO())
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(200):
            log.mail_accepted(mail="M1", source="smtp", sender="alice@ward.example", recipients=1, size=3000)
        spent.append((time.perf_counter() - start) / 200)
    log.silence()
    assert min(spent) < 200e-6
