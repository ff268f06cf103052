"""What the commands share: the configuration, the store, the clock, and two ways to print — tables for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

import click

from maild.clock import Clock, FileClock, SystemClock
from maild.config.load import Loaded, load
from maild.errors import ConfigError
from maild.policy.ticket import instant
from maild.store.database import Engine, engine_of, run_once

if TYPE_CHECKING:
    from maild.desk.desk import Desk

T = TypeVar("T")

config_option = click.option(
    "--config", "config_dir", type=click.Path(path_type=Path), default="config", show_default=True, help="Folder with maild.toml."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A configuration and its store, for one command."""

    loaded: Loaded
    engine: Engine
    clock: Clock

    def desk(self) -> Desk:
        """Return the desk that the configuration makes: the daemon's, with this command's clock."""
        from maild.config.keys import read_keys  # lazy: most commands decide nothing
        from maild.house import desk_of

        return desk_of(self.loaded, read_keys(self.loaded.settings.keys_file), self.clock)

    def read(self, use_case: Callable[..., T], *args: Any) -> T:
        """Return what the use case reads."""
        return run_once(self.engine, use_case, *args, readonly=True)

    def write(self, use_case: Callable[..., T], *args: Any) -> T:
        """Return the use case's result after its commit."""
        return run_once(self.engine, use_case, *args)


def office(config_dir: Path, *, make: bool = False) -> Office:
    """Return the office of the configuration in ``config_dir``; ``make`` makes the store where there is none.

    Raises:
        ConfigMistakes: the configuration is not valid.
        ConfigError: there is no store yet.
    """
    loaded = load(config_dir)
    settings = loaded.settings
    engine = engine_of(settings.database)
    if make and not engine.exists():
        from maild.store import migrate  # lazy: once in a store's life

        migrate.prepare(engine, settings.database)
    if not engine.exists():
        raise ConfigError(f"there is no store at {settings.database} yet: start it once with: maild run --config {quote(str(config_dir))}")
    clock: Clock = FileClock(settings.clock_file) if settings.clock_file is not None else SystemClock()
    return Office(loaded=loaded, engine=engine, clock=clock)


def operator() -> str:
    """Return the name of the operating system's user who runs the command (PRV-4)."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def when(value: int | datetime | None) -> str | None:
    """Return an instant, as the store keeps it or aware, in ISO form, UTC."""
    if value is None:
        return None
    at = instant(value) if isinstance(value, int) else value
    return at.isoformat(timespec="milliseconds")


def show(records: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str], empty: str) -> None:
    """Print records: JSON lines with all their keys, or a table with ``columns``, or the sentence ``empty``."""
    if as_json:
        for record in records:
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    rows = list(records)
    if not rows:
        click.echo(empty)
        return
    _table(rows, columns)


def plain(value: Any) -> str:
    """Return a value as a table shows it: lists joined, control characters left out."""
    if value is None:
        return ""
    text = ", ".join(plain(item) for item in value) if isinstance(value, list | tuple) else str(value)
    return "".join(character for character in text if character.isprintable())


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich import box  # lazy: a program's JSON does not need it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(row.get(column))) for column in columns))
    width = None if os.isatty(1) else 160
    Console(width=width).print(table)
