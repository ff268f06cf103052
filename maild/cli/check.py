"""``maild check``: every mistake of a configuration and its templates, each with its file and line (OPS-2)."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from maild.cli.examples import examples
from maild.config.load import examine
from maild.config.mistakes import Mistake
from maild.config.settings import Settings
from maild.policy.rules import Rules
from maild.render.check import check_templates
from maild.render.samples import CONTACTS
from maild.web.pages import Pages


@click.command("check", epilog=examples("maild check --config /etc/maild"))
@click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default="config", show_default=True, help="Folder with maild.toml."
)
def check(config_dir: Path) -> None:
    """Print all mistakes of a configuration and its templates; exit status 1 when there is one.

    Each line is FILE:LINE: KEY: what is wrong, and what is allowed. Warnings alone leave the exit status 0.
    """
    found = examine(config_dir, env=os.environ)
    at_hand = found.settings is not None and not any(mistake.key == "mail.templates" for mistake in found.mistakes)
    mistakes = sorted({*found.mistakes, *(template_mistakes(found.settings, found.rules) if found.settings and at_hand else ())})
    for mistake in mistakes:
        click.echo(str(mistake))
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    if mistakes:
        click.echo(f"{len(mistakes)} {'mistake' if len(mistakes) == 1 else 'mistakes'}", err=True)
        raise SystemExit(1)
    click.echo("The configuration is valid.")


def template_mistakes(settings: Settings, rules: Rules | None) -> list[Mistake]:
    """Return the mistakes of the templates, each filled with every sample (ACK-4)."""
    wanted = {rules.languages.default, *rules.languages.by_domain.values()} if rules else ()
    zone, folders = ZoneInfo(settings.calendar.zone), (settings.mail.templates_dir,)
    return check_templates(folders, wanted, zone=zone) + Pages(zone=zone, contacts=CONTACTS, template_dirs=folders).mistakes()
