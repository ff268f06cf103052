"""The store as the tests use it: each test that asks for ``store_url`` runs on SQLite and on PostgreSQL (SCL-1)."""

from __future__ import annotations

import os
import shutil
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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with the schema and nothing else."""
    path = tmp_path_factory.mktemp("template") / "maild.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgresqlServer) -> str:
    """Return the name of a PostgreSQL database with the schema and nothing else."""
    url = postgresql_server.database()
    migrate.upgrade(url)
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a fresh store with its schema, on each engine in turn."""
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        return server.database(request.getfixturevalue("postgresql_template"))
    path = tmp_path / "maild.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def engine(store_url: str) -> Engine:
    """Return the engine of a fresh store."""
    return engine_of(store_url)
