"""Fixtures for tests with a whole daemon; a test module imports those it uses (``from tests.support.fixtures import daemon, sink``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.configuration import Tables, write_config
from tests.support.daemon import ClockFile, Daemon
from tests.support.sink import RecordingSink, recording_sink

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MakeDaemon = Callable[..., Daemon]


@pytest.fixture
def sink() -> Iterator[RecordingSink]:
    """A relay that takes every mail, and can be told to do otherwise."""
    with recording_sink() as relay:
        yield relay


@pytest.fixture
def clock(tmp_path: Path) -> ClockFile:
    """A clock file that stands on Monday 2 March 2026, 9:00 UTC."""
    return ClockFile(tmp_path / "clock", MONDAY)


@pytest.fixture
def make_daemon(tmp_path: Path, sink: RecordingSink) -> Iterator[MakeDaemon]:
    """A maker of daemons that send to ``sink``: ``make_daemon({"caps": {…}}, clock=clock, command=…)``; none outlives the test."""
    made: list[Daemon] = []

    def make(tables: Tables | None = None, *, clock: ClockFile | None = None, **options: object) -> Daemon:
        whole = {"relay": {"to": sink.url}, **(clock.tables if clock is not None else {}), **(tables or {})}
        daemon = Daemon(write_config(tmp_path / f"maild{len(made) or ''}", whole), **options)  # type: ignore[arg-type]  # Daemon's own options
        made.append(daemon)
        return daemon

    yield make
    for daemon in made:
        daemon.kill()


@pytest.fixture
def daemon(make_daemon: MakeDaemon) -> Iterator[Daemon]:
    """A daemon with the default configuration of tests, ready; at the end it must stop cleanly."""
    with make_daemon() as running:
        yield running
