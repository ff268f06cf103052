"""How the help looks: examples at its end, and lists of commands that are not cut."""

from __future__ import annotations

import click


def examples(*lines: str) -> str:
    """Return an epilog that click prints line by line."""
    return "\b\n" + "\n".join(("Examples:", *(f"  {line}" for line in lines)))


class Commands(click.Group):
    """A group whose help has the whole first sentence of each command."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=200)) for name, command in sorted(self.commands.items())])
