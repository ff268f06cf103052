"""``maild inject``: one mail from standard input or a file, on the same path as any other, for an MTA's pipe transport (INT-7).

Whatever is wrong on our side ends with exit status 75, try again: an MTA bounces the mail at any status that it does not know.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from maild.cli.examples import examples
from maild.errors import MaildError, TemporaryFailure

if TYPE_CHECKING:
    from maild.cli.common import Office
    from maild.desk.acceptance import Door

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


class PatientCommand(click.Command):
    """A command that ends with 75 where a mistake of ours would otherwise end it with another status."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Return the context; a wrong option in the MTA's configuration bounces no mail."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            click.echo(error.format_message(), err=True)
            raise SystemExit(TRY_AGAIN) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every error of ours is temporary, and its text goes to standard error."""
        try:
            return super().invoke(ctx)
        except TemporaryFailure as error:
            click.echo(f"{error.reply}: {error}", err=True)
        except MaildError as error:
            click.echo(f"{TemporaryFailure.reply}: {error}", err=True)
        except Exception as error:  # noqa: BLE001  # whatever it is, the mail waits in the MTA's queue
            click.echo(f"{TemporaryFailure.reply}: {type(error).__name__}", err=True)
        raise SystemExit(TRY_AGAIN)


@click.command(
    "inject",
    cls=PatientCommand,
    epilog=examples("maild inject --config /etc/maild --mail-from alice@trust.example --rcpt-to helpdesk@trust.example < mail.eml"),
)
@click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default="config", show_default=True, help="Folder with maild.toml."
)
@click.option("--mail-from", help="Envelope sender, <> for the null sender; by default what Return-Path says.")
@click.option("--rcpt-to", multiple=True, help="Envelope recipient; by default what X-Original-To and Delivered-To say.")
@click.argument("file", type=click.File("rb"), default="-")
def inject(config_dir: Path, mail_from: str | None, rcpt_to: tuple[str, ...], file: BinaryIO) -> None:
    """Take the mail in FILE, or from standard input for -.

    Works beside a running daemon, which takes the mail up at once, and without one. Exit status: 0 taken, 75 try again, 65 never.
    """
    from maild.cli.common import office  # lazy: a broken installation, too, must end with 75

    house = office(config_dir, make=True)
    sender = None if mail_from is None else mail_from.strip().removeprefix("<").removesuffix(">")
    status, reply = asyncio.run(take(house, file, mail_from=sender, rcpt_to=rcpt_to))
    click.echo(reply, err=status != 0)
    raise SystemExit(status)


async def take(house: Office, stream: BinaryIO, *, mail_from: str | None, rcpt_to: tuple[str, ...]) -> tuple[int, str]:
    """Return the exit status and the reply for the mail in ``stream``, committed when the status is 0.

    Raises:
        TemporaryFailure: there is no room for it, or intake is paused.
    """
    from maild.config.listeners import LimitRules
    from maild.desk.acceptance import Acceptance
    from maild.desk.desk import new_mail_id
    from maild.intake import pipe
    from maild.intake.spool import Spool
    from maild.store.database import Database

    settings = house.loaded.settings
    _door(house).room()
    database = Database(house.engine)
    database.start()
    try:
        injection = await pipe.inject(
            stream,
            accept=Acceptance(database, lambda row, raw: None),
            spool=Spool(settings.state_dir),
            limits=next((each.limits for each in settings.listeners), LimitRules()),
            hostname=settings.domain,
            mail_id=new_mail_id(),
            now=house.clock.now(),
            mail_from=mail_from,
            rcpt_to=rcpt_to,
        )
    finally:
        database.close()
    return injection.status, injection.reply


def _door(house: Office) -> Door:
    """Return the door as the daemon would see it now: disk, backlog, and whether intake is paused."""
    from maild.desk.acceptance import Door
    from maild.store import inbox, pauses

    settings = house.loaded.settings
    pending = house.read(inbox.pending_count)
    door = Door(
        addresses=house.loaded.rules.addresses,
        state_dir=settings.state_dir,
        min_free=settings.intake.min_free_disk,
        backlog=settings.intake.backlog,
        waiting=lambda: pending,
        monotonic=house.clock.monotonic,
    )
    door.paused = pauses.INTAKE in house.read(pauses.paused)
    return door
