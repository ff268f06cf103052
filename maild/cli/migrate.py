"""``maild migrate``: bring the schema of the store forward; a daemon that finds an older one asks for it and does nothing else (OPS-6)."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option
from maild.cli.examples import examples
from maild.config.load import load
from maild.store import migrate as schema
from maild.store.database import engine_of


@click.command("migrate", epilog=examples("maild migrate --config /etc/maild"))
@config_option
def migrate(config_dir: Path) -> None:
    """Bring the database of an older maild forward to what this one knows; what is stored is kept.

    With SQLite the daemon must be stopped; make a backup first.
    """
    settings = load(config_dir).settings
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = settings.database
    engine = engine_of(url)
    unlock = engine.lock()
    try:
        before = schema.stored_version(engine)
        schema.upgrade(url)
    finally:
        unlock()
    click.echo(f"the store has schema {schema.HEAD}" + (f" (before: {before})" if before not in (None, schema.HEAD) else ""))
