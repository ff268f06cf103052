"""The schema's version: made when the store is new, migrated forward only when asked, refused when it is newer than we are (OPS-6)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url

from maild.errors import ConfigError

HEAD = "0001"
_SCRIPTS = Path(__file__).with_name("migrations")


def prepare(url: str) -> None:
    """Make the schema where the store is empty, and see that it is the one this maild knows.

    Raises:
        ConfigError: it is older (``maild migrate`` brings it forward) or newer.
    """
    engine = create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            version = version_of(connection)
            if version is None:
                upgrade(connection)
            elif version < HEAD:
                raise ConfigError(f"the store has schema {version}, this maild wants {HEAD}: run maild migrate")
            elif version > HEAD:
                raise ConfigError(f"the store has schema {version}, newer than {HEAD}, the newest this maild knows: install a newer maild")
    finally:
        engine.dispose()


def version_of(connection: Connection) -> str | None:
    """Return the schema's version, None where the store is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def upgrade(connection: Connection) -> None:
    """Bring the schema forward to the newest version; what is stored is kept."""
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
