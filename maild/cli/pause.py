"""``maild pause`` and ``maild resume``: stop and start one part of the work, over restarts too (OPS-10)."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option, office, show, when
from maild.cli.examples import examples
from maild.store import pauses

_parts = click.argument("parts", nargs=-1, type=click.Choice(pauses.PARTS), metavar="[PART]...")


@click.command("pause", epilog=examples("maild pause courier", "maild pause"))
@config_option
@_parts
def pause(config_dir: Path, parts: tuple[str, ...]) -> None:
    """Pause each PART: intake, processor, timers or courier; without a PART, list what is paused.

    Paused intake answers 451, so that mails wait at their senders; a paused processor leaves accepted mails unprocessed; paused timers
    remind, resolve and close nothing; a paused courier sends nothing. What is under way is brought to its end. It holds until resume.
    """
    house = office(config_dir)
    now = house.clock.now()
    for part in parts:
        changed = house.write(pauses.pause, part, now)
        click.echo(f"{part} is paused" if changed else f"{part} was paused already")
    if not parts:
        rows = ({"part": part, "since": when(at)} for part, at in house.read(pauses.paused).items())
        show(rows, as_json=False, columns=("part", "since"), empty="Nothing is paused.", zone=house.zone)


@click.command("resume", epilog=examples("maild resume courier", "maild resume"))
@config_option
@_parts
def resume(config_dir: Path, parts: tuple[str, ...]) -> None:
    """Let each PART go on: intake, processor, timers or courier; without a PART, all that are paused."""
    house = office(config_dir)
    for part in parts or tuple(house.read(pauses.paused)):
        changed = house.write(pauses.resume, part)
        click.echo(f"{part} goes on" if changed else f"{part} was not paused")
