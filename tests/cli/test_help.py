"""What the help of every command holds: whole sentences, options that say what they are, and examples that work as they stand."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from maild.cli.main import maild

FOREIGN = ("MTA", "sysexits", "pydantic", "TODO", "daemonise")


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the path of every command that does something."""
    context = click.Context(maild)
    for name in maild.list_commands(context):
        command = maild.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.commands)
        else:
            yield (name,)


def command_at(path: tuple[str, ...]) -> click.Command:
    """Return the command at a path."""
    found: click.Command | None = maild
    for name in path:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)
    assert found is not None
    return found


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_the_help_of_a_command_is_whole(path: tuple[str, ...]) -> None:
    """It begins with a sentence, every option is described, and no word of another trade stands in it."""
    text = CliRunner().invoke(maild, [*path, "--help"]).stdout
    command = command_at(path)
    assert (command.help or "").rstrip()[-1] in ".}"
    assert [] == [each.name for each in command.params if isinstance(each, click.Option) and not (each.help or "").endswith((".", "]"))]
    assert [] == [word for word in FOREIGN if word in text]


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_examples_that_can_be_typed(path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example is of this command, and its options and arguments are ones that it takes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mail.eml").touch()
    text = CliRunner().invoke(maild, [*path, "--help"]).stdout
    lines = [line.strip() for line in text.partition("\n  Examples:\n")[2].splitlines() if line.strip()]
    assert lines
    for line in lines:
        typed = shlex.split(line.partition(" < ")[0].rpartition("| ")[2])
        assert ["maild", *path] == typed[: len(path) + 1]
        with command_at(path).make_context(path[-1], typed[len(path) + 1 :]):
            pass


@pytest.mark.parametrize("group", ["", "ticket", "queue", "quarantine"])
def test_no_line_of_a_list_of_commands_is_cut(group: str) -> None:
    """Each says its whole sentence."""
    text = CliRunner().invoke(maild, [*group.split(), "--help"]).stdout
    listed = text.partition("\nCommands:\n")[2]
    assert (True, False) == (bool(listed), "..." in listed)
