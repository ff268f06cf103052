"""``maild run``: the daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from maild.cli.examples import examples
from maild.daemon import serve


@click.command("run", epilog=examples("maild run --config /etc/maild"))
@click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default="config", show_default=True, help="Folder with maild.toml."
)
def run(config_dir: Path) -> None:
    """Run the helpdesk until it is stopped (Ctrl-C, SIGTERM).

    When it listens it prints one line, "ready" with its addresses; the log goes to standard error. SIGHUP (systemctl reload) takes a
    changed configuration without dropping a connection; one with mistakes is refused, and the old one stays.
    """
    asyncio.run(serve(config_dir, ready=lambda line: click.echo(line)))
