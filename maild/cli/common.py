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
from zoneinfo import ZoneInfo

import click

from maild.clock import Clock, FileClock, SystemClock
from maild.config.load import Loaded, load
from maild.errors import ConfigError
from maild.policy.ticket import instant
from maild.store.database import Engine, engine_of, run_once

if TYPE_CHECKING:
    from maild.desk.desk import Desk

T = TypeVar("T")
_TIMES = frozenset({"updated_at", "received_at", "next_at", "since"})
_WRITTEN_TIMES = frozenset({"due_local"})
_WHOLE = _TIMES | _WRITTEN_TIMES | {"id", "reference", "state"}

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

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the times that people read."""
        return ZoneInfo(self.loaded.settings.calendar.zone)

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


def local(text: str | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """Return an instant in ISO form as people read it: wall time to the minute, or to the second."""
    if text is None:
        return ""
    return f"{datetime.fromisoformat(text).astimezone(zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def times_in(zone: ZoneInfo) -> str:
    """Return the line that names the zone of all times above it."""
    return f"Times are those of {zone.key}."


def show(
    records: Iterable[Mapping[str, Any]],
    *,
    as_json: bool,
    columns: Sequence[str] = (),
    empty: str = "",
    zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008  # an immutable value
) -> None:
    """Print records: JSON lines with all their keys, or a table with ``columns`` whose times are of ``zone``, or the sentence ``empty``."""
    if as_json:
        for record in records:
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    rows = [{key: local(value, zone) if key in _TIMES else value for key, value in record.items()} for record in records]
    if not rows:
        click.echo(empty)
        return
    _table(rows, columns)
    if any(row[key] for row in rows for key in columns if key in _TIMES | _WRITTEN_TIMES):
        click.echo(times_in(zone))


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
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*(Text(plain(row.get(column))) for column in columns))
    Console(width=table_width()).print(table)


def table_width() -> int | None:
    """Return how wide a table may be: as the terminal, which None stands for, or 160 characters in a file or pipe."""
    return None if os.isatty(1) else 160
