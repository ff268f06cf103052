"""``maild init``: a working configuration in a new folder, and how to send the first mail."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import click

from maild.cli.examples import examples
from maild.config.build import settings_of
from maild.config.checks import Situation, addresses
from maild.config.files import TomlFile, validate
from maild.config.keys import write_keys
from maild.config.load import FILE, MDS, SAMPLES, TEAMS, examine, load
from maild.config.models import MaildFile
from maild.config.reference import sample
from maild.config.resources import shipped
from maild.config.settings import MaildirRelay, Settings

KEYS = "keys.toml"
OWNER_ONLY = 0o700
OPTIONS = {
    "addresses.helpdesk[1]": "--helpdesk",
    "addresses.service": "--service",
    "addresses.postmaster": "--person",
    "addresses.abuse": "--person",
}


@click.command(
    "init",
    epilog=examples(
        "maild init var/maild",
        "maild init /etc/maild --helpdesk helpdesk@trust.example --service service@trust.example --person pat@trust.example",
    ),
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--helpdesk", default="helpdesk@helpdesk.example", show_default=True, help="The address that users write to.")
@click.option("--service", default="service@helpdesk.example", show_default=True, help="The address that all mail comes from.")
@click.option("--person", default="postmaster@person.example", show_default=True, help="Who gets mail to postmaster and abuse.")
@click.option("--keep", is_flag=True, help="Leave a configuration that is there as it is.")
@click.option("--keys", "keys_only", is_flag=True, help="Write only the keys that a configuration lacks; links already mailed act no more.")
def init(folder: Path, helpdesk: str, service: str, person: str, keep: bool, keys_only: bool) -> None:
    """Write a working configuration into FOLDER: its TOML files, keys, and the state folder. Nothing is overwritten."""
    if keys_only:
        click.echo(f"Wrote {write_missing_keys(folder)}.")
        return
    if (folder / FILE).exists():
        if not keep:
            raise click.ClickException(f"{folder / FILE} is there already, and nothing was changed")
    else:
        text = checked(folder, helpdesk=helpdesk, service=service, person=person)
        write_configuration(folder, text)
        click.echo(f"Wrote {folder / FILE} and {folder / KEYS}.")
    loaded = load(folder, env=os.environ)
    loaded.settings.state_dir.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    click.echo(first_mail(loaded.settings, loaded.rules.addresses.helpdesk[0]))


def checked(folder: Path, *, helpdesk: str, service: str, person: str) -> str:
    """Return the text of a maild.toml with these addresses.

    Raises:
        click.UsageError: one is no address, or would have maild write to itself; each is named by its option.
    """
    given = {"helpdesk": [helpdesk], "service": service, "postmaster": person, "abuse": person}
    file = TomlFile(path=folder / FILE, data={"addresses": given}, lines={})
    form, mistakes = validate(file, MaildFile, SAMPLES)
    if form is not None:
        at = Situation(file=file, form=form, settings=settings_of(form, folder.absolute(), {}), env={})
        mistakes += addresses(at)
    said = dict.fromkeys(f"{OPTIONS[mistake.key]}: {mistake.text}" for mistake in mistakes)
    if said:
        raise click.UsageError("\n".join(said))
    return sample(helpdesk=helpdesk, service=service, postmaster=person, abuse=person)


def write_configuration(folder: Path, text: str) -> None:
    """Write ``text`` as maild.toml into ``folder``, with new keys beside it; where that fails nothing of it stays.

    Raises:
        click.ClickException: it cannot be written, or a keys file is there already; old keys are never overwritten.
    """
    made = [parent for parent in (folder, *folder.parents) if not os.path.lexists(parent)]
    written: list[Path] = []
    try:
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        _write_files(folder, text, written)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}") from error


def _write_files(folder: Path, text: str, written: list[Path]) -> None:
    """Write the files of a configuration; each is in ``written`` before it is begun."""
    keys = folder / KEYS
    if os.path.lexists(keys):
        raise click.ClickException(f"{keys} is there already, without a {FILE}; move it away or write {FILE}")
    written.append(keys)
    write_keys(keys)
    for name in (MDS, TEAMS):
        if not (folder / name).exists():
            written.append(folder / name)
            shutil.copyfile(shipped("config") / name, folder / name)
    written.append(folder / FILE)
    (folder / FILE).write_text(text, encoding="utf-8")


def write_missing_keys(folder: Path) -> Path:
    """Return the path of the keys file, newly written, that the configuration in ``folder`` names.

    Raises:
        click.ClickException: it is there already, or cannot be written.
        ConfigMistakes: there is no configuration that names it.
    """
    settings = examine(folder, env=os.environ).settings
    if settings is None:
        load(folder, env=os.environ)  # says why
    path = settings.keys_file if settings is not None else folder / KEYS
    try:
        write_keys(path)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already, and nothing was changed") from None
    return path


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
