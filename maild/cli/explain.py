"""``maild explain``: what maild would do with a raw mail, and why; nothing is changed (OPS-3, CONTRACTS 1)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from maild.cli.common import office
from maild.cli.examples import examples
from maild.cli.explanation import Explainer, failure, print_for_people
from maild.clock import SystemClock
from maild.config.load import FILE, load_rules
from maild.config.resources import shipped
from maild.policy.reading import Reading


class EmptyFolder(str):
    """The name of a folder that holds no mail, in the place of its mails."""

    __slots__ = ()


@click.command("explain", epilog=examples("maild explain mail.eml", "maild explain --json --config /etc/maild folder-of-mails"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mail.")
@click.option("--config", "config_dir", type=click.Path(path_type=Path), help="Folder with maild.toml; ./config, else the shipped sample.")
@click.option("--db", is_flag=True, help="Look tickets up in the configured store.")
@click.option("--mail-from", help="Envelope sender where the mail has no Return-Path.")
@click.option("--rcpt-to", multiple=True, help="Envelope recipient where the mail has no Delivered-To.")
@click.argument("files", nargs=-1, required=True)
def explain(
    as_json: bool, config_dir: Path | None, db: bool, mail_from: str | None, rcpt_to: tuple[str, ...], files: tuple[str, ...]
) -> None:
    """Say what maild would do with each FILE (or each file of a folder, or each path on standard input for -), and why.

    Nothing is changed, and no daemon is needed. A mail that cannot be read is told in its place, and the exit status is then 1.
    """
    house = office(config_dir or Path("config")) if db else None
    rules = house.loaded.rules if house is not None else load_rules(config_dir or _default_config())
    explainer = Explainer(rules, now=SystemClock().now(), mail_from=mail_from, rcpt_to=rcpt_to, office=house)
    count = unread = 0
    for answer, reading in (_explain(explainer, path) for path in _paths(files)):
        count, unread = count + 1, unread + (reading is None)
        if as_json:
            sys.stdout.buffer.write(_line(answer))
        else:
            print_for_people(answer, reading, rules)
    if unread or not count:
        sys.stdout.flush()
        click.echo(f"{unread} of {count} mails could not be read." if count else "There was no mail to explain.", err=True)
        raise SystemExit(1)


def _default_config() -> Path:
    here = Path("config")
    return here if (here / FILE).is_file() else shipped("config")


def _line(answer: dict[str, Any]) -> bytes:
    """Return the answer as a line of JSON in UTF-8; what is no character, as of odd file names, as its escape."""
    return (json.dumps(answer, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _explain(explainer: Explainer, path: str) -> tuple[dict[str, Any], Reading | None]:
    """Return the explanation of one file; what cannot be read is said in its place, and has no reading."""
    if isinstance(path, EmptyFolder):
        return failure(path, "holds no mail"), None
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        return failure(path, f"cannot be read: {error.strerror}"), None
    except ValueError as error:  # a NUL in the path
        return failure(path, f"cannot be read: {error}"), None
    return explainer.explain(path, raw)


def _paths(files: Iterable[str]) -> Iterator[str]:
    for name in files:
        if name == "-":
            lines = (line.rstrip(b"\r\n") for line in sys.stdin.buffer)
            yield from (os.fsdecode(line) for line in lines if line.strip())
        elif Path(name).is_dir():
            yield from _mails_in(Path(name))
        else:
            yield name


def _mails_in(folder: Path) -> list[str]:
    """Return the mails of a folder in the order of their names: its .eml files, where it has none every file.

    Links that lead nowhere count, so that they are told; a folder that cannot be read stands for itself.
    """
    try:
        names = sorted(path for path in folder.iterdir() if os.path.isfile(path) or not os.path.exists(path))
    except OSError:
        return [str(folder)]
    mails = [path for path in names if path.suffix.lower() == ".eml"] or names
    return [str(path) for path in mails] or [EmptyFolder(folder)]
