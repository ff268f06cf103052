"""``maild queue``: mails on their way out."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option, json_option, office, show, when
from maild.store import outbox
from maild.store.group import Row, Transaction


@click.group("queue")
def queue() -> None:
    """List and handle mails on their way out."""


@queue.command("list")
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Delivered mails too.")
def list_(config_dir: Path, as_json: bool, everything: bool) -> None:
    """List what waits, failed, or is uncertain; oldest first. With --json delivered mails are listed too."""
    rows = office(config_dir).read(_rows, everything or as_json)
    columns = ("id", "reference", "template", "to", "state", "attempts", "next_at", "reply")
    show((_record(row) for row in rows), as_json=as_json, columns=columns, empty="Nothing is on its way out.")


def _rows(tx: Transaction, everything: bool) -> list[Row]:
    return outbox.listing(tx, everything=everything)


def _record(row: Row) -> dict[str, object]:
    return {
        "id": row[1],
        "reference": row[2],
        "template": row[3],
        "to": row[4],
        "message_id": row[5],
        "state": row[6],
        "attempts": row[7],
        "next_at": when(row[8]),
        "reply": row[9],
    }
