"""The schema's version: made when the store is new, migrated forward only when asked, refused when it is newer than we are (OPS-6)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, select, text
from sqlalchemy.engine import URL, make_url

from maild.errors import ConfigError, MaildError
from maild.store.database import Engine, run_once
from maild.store.group import Transaction
from maild.store.statement import Statement

HEAD = "0004"
_SCRIPTS = Path(__file__).with_name("migrations")
_TURN = 0x6D61696C64  # "maild"
_version = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_VERSION = Statement(select(_version.c.version_num))


def prepare(engine: Engine, url: str) -> None:
    """Make the schema where the store is empty, and see that it is the one this maild knows.

    Raises:
        ConfigError: it is older (``maild migrate`` brings it forward) or newer.
        StoreUnavailable: the database is not there.
    """
    version = stored_version(engine)
    if version is None:
        upgrade(url)
    elif version < HEAD:
        raise ConfigError(f"the store has schema {version}, this maild wants {HEAD}: run maild migrate")
    elif version > HEAD:
        raise ConfigError(f"the store has schema {version}, newer than {HEAD}, the newest this maild knows: install a newer maild")


def stored_version(engine: Engine) -> str | None:
    """Return the stored schema's version, None where there is none; costs no Alembic and no inspection."""
    try:
        row = run_once(engine, _read_version)
    except MaildError:
        raise
    except Exception:  # noqa: BLE001  # the table is not there; each driver has its own word for that
        return None
    return str(row[0]) if row else None


def _read_version(tx: Transaction) -> tuple[str, ...] | None:
    return tx.one(_VERSION)


def upgrade(url: str) -> None:
    """Bring the schema forward to the newest version; what is stored is kept."""
    engine = create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # daemons that start at once on a new database take turns
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_TURN})"))
            _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # lazy: only a new store or maild migrate needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def driver_url(url: str) -> URL:
    """Return the URL with the driver that maild uses for it."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed
