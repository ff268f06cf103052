"""``maild quarantine``: mails that could not be processed by a fault of ours (INT-9)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

import click

from maild.cli.common import config_option, json_option, office, operator, show, when
from maild.cli.examples import Commands, examples
from maild.desk import quarantine as aside
from maild.errors import Refused
from maild.store import inbox
from maild.store.group import Row


@click.group("quarantine", cls=Commands)
def quarantine() -> None:
    """List and handle mails that could not be processed."""


@quarantine.command("list", epilog=examples("maild quarantine list"))
@config_option
@json_option
def list_(config_dir: Path, as_json: bool) -> None:
    """List the mails in quarantine, with the reason."""
    house = office(config_dir)
    rows = house.read(inbox.quarantined)
    show(
        (_record(row) for row in rows),
        as_json=as_json,
        columns=("id", "received_at", "attempts", "size", "reason"),
        empty="Nothing is in quarantine.",
        zone=house.zone,
    )


@quarantine.command("show", epilog=examples("maild quarantine show M4afd848c30cbae49"))
@config_option
@click.argument("mail_id")
def show_(config_dir: Path, mail_id: str) -> None:
    """Write the raw mail to standard output, as it came."""
    sys.stdout.buffer.write(_raw(config_dir, mail_id))


@quarantine.command("export", epilog=examples("maild quarantine export M4afd848c30cbae49 mail.eml"))
@config_option
@click.argument("mail_id")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def export(config_dir: Path, mail_id: str, file: Path | None) -> None:
    """Write the raw mail into a new FILE, by default MAIL_ID.eml, to be edited and put back by retry --file."""
    path = file or Path(f"{mail_id}.eml")
    raw = _raw(config_dir, mail_id)
    try:
        with open(path, "xb", opener=_owner_only) as out:
            out.write(raw)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {path}; put it back with: maild quarantine retry {mail_id} --file {path}")


@quarantine.command(
    "retry", epilog=examples("maild quarantine retry M4afd848c30cbae49", "maild quarantine retry M4afd848c30cbae49 --file mail.eml")
)
@config_option
@click.option("--file", type=click.File("rb"), help="An edited mail, processed in the place of the one in quarantine.")
@click.argument("mail_ids", nargs=-1, required=True, metavar="MAIL_ID...")
def retry(config_dir: Path, file: BinaryIO | None, mail_ids: tuple[str, ...]) -> None:
    """Process mails again; the running daemon takes them up at once.

    With --file the edited mail takes the place of the one MAIL_ID: same envelope, same time of acceptance, an id of its own. The bytes
    that came stay with MAIL_ID.
    """
    house = office(config_dir)
    if file is not None:
        if len(mail_ids) != 1:
            raise click.UsageError("--file takes the place of one mail")
        new_id = house.write(aside.replace, house.desk(), mail_ids[0], file.read(), operator())
        click.echo(f"{new_id} is processed in the place of {mail_ids[0]}")
        return
    for mail_id in mail_ids:
        house.write(aside.put_back, mail_id)
        click.echo(f"{mail_id} is processed again")


@quarantine.command("drop", epilog=examples("maild quarantine drop M4afd848c30cbae49"))
@config_option
@click.argument("mail_ids", nargs=-1, required=True, metavar="MAIL_ID...")
def drop(config_dir: Path, mail_ids: tuple[str, ...]) -> None:
    """Give mails up: they count as ignored, and the clocks that they held go on."""
    house = office(config_dir)
    desk, by = house.desk(), operator()
    for mail_id in mail_ids:
        house.write(aside.drop, desk, mail_id, by)
        click.echo(f"{mail_id} is dropped")


def _raw(config_dir: Path, mail_id: str) -> bytes:
    house = office(config_dir)
    row = next((row for row in house.read(inbox.quarantined) if row[0] == mail_id), None)
    if row is None:
        raise Refused(f"{mail_id} is not in quarantine")
    return house.read(inbox.raw_of, row[4])


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _record(row: Row) -> dict[str, object]:
    return {"id": row[0], "reason": row[1], "received_at": when(row[2]), "attempts": row[3], "size": row[5]}
