"""Every test of the desk runs on both engines."""

from tests.stores import engine, postgresql_server, postgresql_template, sqlite_template, store_url

__all__ = ["engine", "postgresql_server", "postgresql_template", "sqlite_template", "store_url"]
