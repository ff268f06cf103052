"""``maild run``: the daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from maild.daemon import serve


@click.command("run")
@click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default="config", show_default=True, help="Folder with maild.toml."
)
def run(config_dir: Path) -> None:
    """Run the helpdesk until SIGTERM. SIGHUP takes a new configuration."""
    asyncio.run(serve(config_dir, ready=lambda line: click.echo(line)))
