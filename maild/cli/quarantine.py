"""``maild quarantine``: mails that could not be processed by a fault of ours (INT-9)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from maild.cli.common import config_option, json_option, office, show, when
from maild.errors import Refused
from maild.store import inbox
from maild.store.group import Row


@click.group("quarantine")
def quarantine() -> None:
    """List and handle mails that could not be processed."""


@quarantine.command("list")
@config_option
@json_option
def list_(config_dir: Path, as_json: bool) -> None:
    """List the mails in quarantine, with the reason."""
    rows = office(config_dir).read(inbox.quarantined)
    show((_record(row) for row in rows), as_json=as_json, columns=("id", "received_at", "attempts", "size", "reason"), empty="Nothing is in quarantine.")


@quarantine.command("show")
@config_option
@click.argument("mail_id")
def show_(config_dir: Path, mail_id: str) -> None:
    """Write the raw mail to standard output, as it came."""
    house = office(config_dir)
    row = next((row for row in house.read(inbox.quarantined) if row[0] == mail_id), None)
    if row is None:
        raise Refused(f"{mail_id} is not in quarantine")
    sys.stdout.buffer.write(house.read(inbox.raw_of, row[4]))


@quarantine.command("retry")
@config_option
@click.argument("mail_ids", nargs=-1, required=True)
def retry(config_dir: Path, mail_ids: tuple[str, ...]) -> None:
    """Process mails again; the running daemon takes them up at once."""
    house = office(config_dir)
    for mail_id in mail_ids:
        if not house.write(inbox.retry, mail_id):
            raise Refused(f"{mail_id} is not in quarantine")
        click.echo(f"{mail_id} is processed again")


def _record(row: Row) -> dict[str, object]:
    return {"id": row[0], "reason": row[1], "received_at": when(row[2]), "attempts": row[3], "size": row[5]}
