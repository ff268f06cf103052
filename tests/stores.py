"""The store as the tests use it: each test that asks for ``store_url`` runs on SQLite and on PostgreSQL (SCL-1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.store import migrate
from maild.store.database import Engine, engine_of
from tests.conftest import postgres_bin
from tests.servers.postgresql import PostgresqlServer, serve


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Return the one PostgreSQL server of this run."""
    binaries = postgres_bin()
    if binaries is None:
        reason = "skipped: postgres is not installed (tests/servers/install.sh installs it on Debian)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    yield from serve(binaries)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a fresh store with its schema, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'maild.db'}"
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.database()
    migrate.prepare(engine_of(url), url)
    return url


@pytest.fixture
def engine(store_url: str) -> Engine:
    """Return the engine of a fresh store."""
    return engine_of(store_url)
