"""The schema's version: made when the store is new, migrated only when asked, refused when it is newer than we are (OPS-6)."""

from __future__ import annotations

from maild.store.database import Engine


def prepare(engine: Engine, url: str) -> None:
    """Make the schema where the store is empty."""
    from sqlalchemy import create_engine

    from maild.store.schema import metadata

    made = create_engine(url)
    metadata.create_all(made)
    made.dispose()
