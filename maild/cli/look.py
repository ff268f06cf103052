"""``maild needs-a-look``: mails of people that changed no state (STA-3)."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option, json_option, office, show, when
from maild.cli.examples import examples
from maild.errors import Refused
from maild.store import tickets
from maild.store.group import Row


@click.command("needs-a-look", epilog=examples("maild needs-a-look", "maild needs-a-look --done 7"))
@config_option
@json_option
@click.option("--done", type=int, metavar="NUMBER", help="Take this entry off the list.")
def needs_a_look(config_dir: Path, as_json: bool, done: int | None) -> None:
    """List mails of people that changed no state, and why each is here."""
    house = office(config_dir)
    if done is not None:
        if not house.write(tickets.looked_at, done):
            raise Refused(f"there is no entry {done}")
        return
    rows = house.read(tickets.needing_a_look)
    columns = ("number", "id", "from", "to", "reason", "reference", "received_at")
    show((_record(row) for row in rows), as_json=as_json, columns=columns, empty="Nothing needs a look.", zone=house.zone)


def _record(row: Row) -> dict[str, object]:
    return {
        "id": row[1],
        "from": row[2],
        "to": row[3],
        "reason": row[4],
        "reference": row[5],
        "received_at": when(row[6]),
        "number": row[0],
    }
