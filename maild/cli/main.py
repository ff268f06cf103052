"""The group of all commands. A command's module is imported when the command runs, so that each starts with only what it needs."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from typing import Any, NamedTuple

import click

from maild import __version__
from maild.errors import MaildError


class Row(NamedTuple):
    """Where a command is, and its line in the help."""

    place: str
    about: str


COMMANDS = {
    "init": Row("maild.cli.init:init", "Write a working configuration into a new folder."),
    "run": Row("maild.cli.run:run", "Run the helpdesk."),
    "check": Row("maild.cli.check:check", "Print all mistakes of a configuration and its templates."),
    "explain": Row("maild.cli.explain:explain", "Say what maild would do with a mail, and why."),
    "inject": Row("maild.cli.inject:inject", "Take one mail from a file or standard input."),
    "ticket": Row("maild.cli.ticket:ticket", "List, show and work on tickets."),
    "queue": Row("maild.cli.queue:queue", "List and handle mails on their way out."),
    "quarantine": Row("maild.cli.quarantine:quarantine", "List and handle mails that could not be processed."),
    "needs-a-look": Row("maild.cli.look:needs_a_look", "List mails of people that changed no state."),
    "clock": Row("maild.cli.clock:clock", "Show a ticket's coming dates, and the days skipped on the way."),
    "trace": Row("maild.cli.trace:trace", "Show one mail's whole way, with the relay's replies."),
    "block": Row("maild.cli.block:block", "File an address's or domain's mail without ticket or answer."),
    "pause": Row("maild.cli.pause:pause", "Pause a part of the work."),
    "resume": Row("maild.cli.pause:resume", "Let a paused part go on."),
    "migrate": Row("maild.cli.migrate:migrate", "Bring the database of an older maild forward."),
    "stats": Row("maild.cli.stats:stats", "Count what was accepted, and what became of it."),
}


_DRIVERS = frozenset({"sqlite3", "sqlalchemy", "psycopg"})


class LazyGroup(click.Group):
    """A group that knows its commands from a table and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that are installed."""
        return [name for name, row in COMMANDS.items() if find_spec(row.place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported, or None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].about) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what somebody can act on, files and stores among it, is printed as a sentence, with exit status 1."""
        try:
            return super().invoke(ctx)
        except MaildError as error:
            raise click.ClickException(str(error) or type(error).__doc__ or type(error).__name__) from error
        except OSError as error:
            if error.filename is None:  # no file's trouble: a pipe's reader that went, or a bug
                raise
            raise click.ClickException(f"{os.fsdecode(error.filename)}: {error.strerror}") from error
        except BaseException as error:
            trouble = _store_trouble(error)
            if not trouble:
                raise
            raise click.ClickException(trouble) from error


def _store_trouble(error: BaseException) -> str:
    """Return what to tell of a store that cannot be used, "" for any other error; no command imports a driver for it."""
    module = type(error).__module__
    if module.partition(".")[0] not in _DRIVERS and type(error).__name__ != "StoreBroken":
        return ""
    what = str(getattr(error, "orig", None) or error)  # without SQLAlchemy's statement and address
    if what.startswith("no such table"):
        return f"the store is empty or of another program ({what}); start it once with: maild run"
    return f"the store cannot be used: {what}; restore it from your backup, or move it away to begin anew"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="maild")
def maild() -> None:
    """Run and look after maild, the helpdesk that runs on email.

    Begin with: maild init FOLDER, then maild run --config FOLDER. Every command has its own help with examples: maild COMMAND --help.
    """
