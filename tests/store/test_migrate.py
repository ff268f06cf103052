"""The schema's way: from empty and from every older version to the tables of today, on both engines, and never backwards."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, inspect, text

from maild.cli.main import maild
from maild.errors import ConfigError
from maild.store import migrate
from maild.store.database import engine_of
from maild.store.migrate import driver_url
from maild.store.schema import metadata
from tests.servers.postgresql import PostgresqlServer
from tests.support.configuration import write_config

SCRIPTS = Path(migrate.__file__).with_name("migrations")
VERSIONS = [script.revision for script in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    return server.database()


def upgrade_to(url: str, version: str) -> None:
    """Bring an empty database to an older version."""
    engine = create_engine(driver_url(url))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Return the rows of the last statement."""
    engine = create_engine(driver_url(url))
    rows: list[tuple[Any, ...]] = []
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def shape(url: str) -> dict[str, Any]:
    """Return the tables as the database describes them: columns, keys, and indexes with their conditions."""
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        found = {name: _table(connection, name) for name in inspect(connection).get_table_names() if name != "alembic_version"}
    engine.dispose()
    return found


def _table(connection: Connection, name: str) -> dict[str, Any]:
    inspector = inspect(connection)
    return {
        "columns": {each["name"]: (str(each["type"]), each["nullable"]) for each in inspector.get_columns(name)},
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "unique": sorted(tuple(each["column_names"]) for each in inspector.get_unique_constraints(name)),
        "indexes": {
            str(each["name"]): (each["column_names"], _plain(each.get("dialect_options", {})))
            for each in inspector.get_indexes(name)
            if not each.get("duplicates_constraint")
        },
    }


def _plain(options: dict[str, Any]) -> str:
    """Return the condition of a partial index, however it is written."""
    condition = "".join(str(value) for name, value in options.items() if name.endswith("_where"))
    return re.sub(r"[^a-z_, ']|\b(text|character|varying|any|array|in)\b|inbox\.|outbox\.", "", condition.lower()).replace(" ", "")


@pytest.mark.rule("OPS-6", "SCL-1")
@pytest.mark.parametrize("version", [*VERSIONS, None])
def test_every_version_migrates_to_the_tables_of_today(empty_url: str, tmp_path: Path, version: str | None, request: Any) -> None:
    """From empty or from any older version, the tables are the schema's own: nothing is missing, nothing is left over."""
    if version is not None:
        upgrade_to(empty_url, version)
    migrate.upgrade(empty_url)
    engine = create_engine(driver_url(empty_url))
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    fresh = _fresh(request, tmp_path, empty_url)
    assert shape(fresh) == shape(empty_url)
    engine.dispose()


def _fresh(request: pytest.FixtureRequest, tmp_path: Path, url: str) -> str:
    """Return the URL of a database made from the schema alone."""
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}" if url.startswith("sqlite") else request.getfixturevalue("postgresql_server").database()
    engine = create_engine(driver_url(fresh))
    metadata.create_all(engine)
    engine.dispose()
    return str(fresh)


@pytest.mark.rule("OPS-6")
def test_what_is_stored_is_kept(empty_url: str) -> None:
    """A mail out that was queued under the first schema is still queued under today's."""
    upgrade_to(empty_url, VERSIONS[0])
    names = (
        "id, mail_id, template, envelope_from, rcpt_to, lane, priority, message_id, nonce, smtputf8, data, state, attempts, unsettled,"
        " created_at, next_at"
    )
    values = "1, 'M1', 'ack', 's', 'a@trust.example', 'x', 1, '<1@x>', 'n', 0, 'bytes', 'queued', 0, 0, 1, 1"
    execute(empty_url, f"INSERT INTO outbox ({names}) VALUES ({values})")
    migrate.upgrade(empty_url)
    assert [("M1", "queued", None)] == execute(empty_url, "SELECT mail_id, state, cause FROM outbox")


@pytest.mark.rule("OPS-6")
@pytest.mark.parametrize(
    ("version", "said"), [("0001", "run maild migrate"), ("9999", "newer than .*, the newest this maild knows: install a newer maild")]
)
def test_another_schema_is_refused_with_what_to_do(empty_url: str, version: str, said: str) -> None:
    """An older one is not migrated unasked, a newer one not touched."""
    migrate.upgrade(empty_url)
    execute(empty_url, f"UPDATE alembic_version SET version_num = '{version}'")
    with pytest.raises(ConfigError, match=f"the store has schema {version}.*{said}"):
        migrate.prepare(engine_of(empty_url), empty_url)
    assert [(version,)] == execute(empty_url, "SELECT version_num FROM alembic_version")


@pytest.mark.rule("OPS-6")
def test_maild_migrate_brings_it_forward(tmp_path: Path) -> None:
    """The command says from where to where, changes nothing the second time, and refuses beside a daemon."""
    folder = write_config(tmp_path / "maild")
    url = f"sqlite:///{folder / 'state' / 'maild.db'}"
    upgrade_to(url, "0001")
    said = [CliRunner().invoke(maild, ["migrate", "--config", str(folder)]).stdout for _ in range(2)]
    assert [f"the store has schema {migrate.HEAD} (before: 0001)\n", f"the store has schema {migrate.HEAD}\n"] == said
    unlock = engine_of(url).lock()
    result = CliRunner().invoke(maild, ["migrate", "--config", str(folder)])
    assert (1, True) == (result.exit_code, "another maild daemon runs on this database" in result.stderr)
    unlock()


@pytest.mark.rule("OPS-6")
def test_the_newest_version_is_the_one_that_is_wanted() -> None:
    """The migrations are one line, and end where the code says."""
    assert (migrate.HEAD, sorted(VERSIONS)) == (VERSIONS[-1], VERSIONS)
