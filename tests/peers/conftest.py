"""What the tests with real peers share: a maild, and a Postfix before or behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.servers.postfix import Postfix
from tests.support.fixtures import make_daemon, sink

__all__ = ["MakePostfix", "make_daemon", "make_postfix", "sink"]
MakePostfix = Callable[..., Postfix]


@pytest.fixture
def make_postfix() -> Iterator[MakePostfix]:
    """A maker of Postfix servers, started; none outlives the test."""
    if os.geteuid() != 0:
        reason = "skipped: Postfix can only be started by root"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    made: list[Postfix] = []

    def make(**options: object) -> Postfix:
        server = Postfix(**options)  # type: ignore[arg-type]  # Postfix's own options
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.close()
