"""``maild queue``: mails on their way out."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option, json_option, office, operator, show, when
from maild.cli.examples import Commands, examples
from maild.desk import tools
from maild.desk.desk import Desk
from maild.store import handling, outbox
from maild.store.group import Row, Transaction
from maild.store.handling import Act


@click.group("queue", cls=Commands)
def queue() -> None:
    """List and handle mails on their way out."""


@queue.command("list", epilog=examples("maild queue list", "maild queue list --all"))
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Delivered mails too.")
def list_(config_dir: Path, as_json: bool, everything: bool) -> None:
    """List the mails that wait, failed, or are uncertain, oldest first. With --json delivered mails are listed too.

    A mail is uncertain when nobody knows whether the relay took it: it was tried twice, and is sent again by retry alone.
    """
    house = office(config_dir)
    rows = house.read(_rows, everything or as_json)
    columns = ("id", "reference", "template", "to", "state", "attempts", "next_at", "reply")
    show((_record(row) for row in rows), as_json=as_json, columns=columns, empty="Nothing is on its way out.", zone=house.zone)


_mail_ids = click.argument("mail_ids", nargs=-1, metavar="[MAIL_ID]...")
_all = click.option("--all", "everything", is_flag=True, help="Every mail to which it can be done.")


@queue.command("hold", epilog=examples("maild queue hold M4afd848c30cbae49"))
@config_option
@_all
@_mail_ids
def hold(config_dir: Path, everything: bool, mail_ids: tuple[str, ...]) -> None:
    """Hold queued mails until release; later mails of the same ticket to the same person wait behind them."""
    _handle(config_dir, Act.HOLD, mail_ids, everything)


@queue.command("release", epilog=examples("maild queue release --all"))
@config_option
@_all
@_mail_ids
def release(config_dir: Path, everything: bool, mail_ids: tuple[str, ...]) -> None:
    """Let held mails leave."""
    _handle(config_dir, Act.RELEASE, mail_ids, everything)


@queue.command("retry", epilog=examples("maild queue retry M4afd848c30cbae49"))
@config_option
@_all
@_mail_ids
def retry(config_dir: Path, everything: bool, mail_ids: tuple[str, ...]) -> None:
    """Send deferred, failed or uncertain mails at once; an uncertain one may then arrive twice."""
    _handle(config_dir, Act.RETRY, mail_ids, everything)


@queue.command("drop", epilog=examples("maild queue drop M4afd848c30cbae49"))
@config_option
@click.argument("mail_ids", nargs=-1, required=True, metavar="MAIL_ID...")
def drop(config_dir: Path, mail_ids: tuple[str, ...]) -> None:
    """Never send these mails; their tickets learn that they did not arrive."""
    _handle(config_dir, Act.DROP, mail_ids, everything=False)


def _handle(config_dir: Path, act: Act, mail_ids: tuple[str, ...], everything: bool) -> None:
    """Do ``act`` to every mail, or to none where one is refused."""
    if not mail_ids and not everything:
        raise click.UsageError("name mails by their ids, or say --all")
    house = office(config_dir)
    desk, by = house.desk(), operator()
    chosen = mail_ids or tuple(house.read(handling.possible, act))
    house.write(_do_all, desk, act, chosen, by)
    for mail_id in chosen:
        click.echo(f"{mail_id}: {act}")


def _do_all(tx: Transaction, desk: Desk, act: Act, mail_ids: tuple[str, ...], by: str) -> None:
    for mail_id in mail_ids:
        tools.handle(tx, desk, act, mail_id, by)


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
