"""``maild init``: a working configuration in a new folder, and how to send the first mail."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from maild.config.keys import write_keys
from maild.config.load import FILE, MDS, TEAMS, load
from maild.config.reference import sample
from maild.config.resources import shipped
from maild.config.settings import MaildirRelay, Settings

OWNER_ONLY = 0o700


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--helpdesk", default="helpdesk@helpdesk.example", show_default=True, help="The address that users write to.")
@click.option("--service", default="service@helpdesk.example", show_default=True, help="The address that all mail comes from.")
@click.option("--person", default="postmaster@person.example", show_default=True, help="Who gets mail to postmaster and abuse.")
@click.option("--keep", is_flag=True, help="Leave a configuration that is there as it is.")
def init(folder: Path, helpdesk: str, service: str, person: str, keep: bool) -> None:
    """Write a working configuration into FOLDER: its TOML files, keys, and the state folder. Nothing is overwritten."""
    if (folder / FILE).exists():
        if not keep:
            raise click.ClickException(f"{folder / FILE} is there already, and nothing was changed")
    else:
        write_configuration(folder, sample(helpdesk=helpdesk, service=service, postmaster=person, abuse=person))
        click.echo(f"Wrote {folder / FILE} and {folder / 'keys.toml'}.")
    loaded = load(folder, env=os.environ)
    loaded.settings.state_dir.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    click.echo(first_mail(loaded.settings, loaded.rules.addresses.helpdesk[0]))


def write_configuration(folder: Path, text: str) -> None:
    """Write ``text`` as maild.toml into ``folder``, with new keys beside it.

    Raises:
        click.ClickException: a keys file is there already; old keys are never overwritten.
    """
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    try:
        write_keys(folder / "keys.toml")
    except FileExistsError:
        raise click.ClickException(f"{folder / 'keys.toml'} is there already, without a {FILE}; move it away or write {FILE}") from None
    for name in (MDS, TEAMS):
        if not (folder / name).exists():
            shutil.copyfile(shipped("config") / name, folder / name)
    (folder / FILE).write_text(text, encoding="utf-8")


def first_mail(settings: Settings, helpdesk: str) -> str:
    """Return how to send a first mail from another terminal, and where its answer appears."""
    smtp = next((listener for listener in settings.listeners if listener.protocol == "smtp" and ":" in listener.listen), None)
    if smtp is None or smtp.listen.startswith(("unix:", "systemd:")):
        return f"Send mail to {helpdesk} through one of your listeners."
    host, _, port = smtp.listen.rpartition(":")
    host = host.strip("[]")
    target = settings.relay.target
    answers = f"under {target.path}/new" if isinstance(target, MaildirRelay) else f"at {target.host}, the relay"
    return f"""
Send a first mail from another terminal:

  python3 -c 'import smtplib, uuid; smtplib.SMTP("{host}", {port}).sendmail("you@trust.example", "{helpdesk}",
    "From: you@trust.example\\r\\nTo: {helpdesk}\\r\\nSubject: Printer down\\r\\n"
    f"Message-ID: <{{uuid.uuid4()}}@trust.example>\\r\\n\\r\\nIt is broken.")'

or: swaks --server {host}:{port} --from you@trust.example --to {helpdesk} --header "Subject: Printer down" --body "It is broken."

Its answers appear {answers}.
"""
