"""``maild check`` and ``maild init`` as an administrator meets them, and the command line's start."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from maild.cli.main import COMMANDS, maild
from maild.config.keys import read_keys
from maild.config.load import load
from tests.config.folder import write_folder

runner = CliRunner()


@pytest.mark.rule("OPS-2")
def test_check_prints_all_mistakes(tmp_path: Path) -> None:
    """Mistakes of the file and of a template come out together, one a line, and the exit status is 1."""
    folder = write_folder(tmp_path, rest='[mail]\ntemplates = "own"\n[limits]\nrecipients = 0\nsize = 1\n')
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "ack.txt").write_text("Subject: Thank you\n\n{{ nothing_of_this_name }}\n")
    result = runner.invoke(maild, ["check", "--config", str(folder)])
    assert 1 == result.exit_code
    starts = [
        f"{tmp_path}/own/en/ack.txt:",
        "maild.toml:9: limits.recipients: 0 must be at least 1",
        "maild.toml:10: limits.size: is no key here; allowed: backlog, ",
    ]
    lines = [line for line in result.stdout.splitlines() if not line.startswith("warning: ")]
    assert starts == [line[: len(start)] for line, start in zip(lines, starts, strict=True)]
    assert "3 mistakes\n" == result.stderr


@pytest.mark.rule("OPS-2", "PRV-2")
def test_check_of_a_valid_configuration(tmp_path: Path) -> None:
    """A valid configuration is called so; what is still to be decided is a warning, exit status 0."""
    result = runner.invoke(maild, ["check", "--config", str(write_folder(tmp_path))])
    assert 0 == result.exit_code
    lines = result.stdout.splitlines()
    assert "The configuration is valid." == lines[-1]
    assert "warning: maild.toml:1: retention.raw_mails: is not set: say how long raw mails and attachments are kept" in lines[0]


@pytest.mark.rule("OPS-1")
def test_init_writes_what_check_accepts(tmp_path: Path) -> None:
    """``maild init`` writes a configuration that is valid, with keys and state for the owner's eyes only."""
    folder = tmp_path / "new" / "config"
    result = runner.invoke(maild, ["init", str(folder), "--helpdesk", "it@ward.example", "--service", "maild@ward.example"])
    assert 0 == result.exit_code, result.output
    loaded = load(folder, env={})
    assert ("it@ward.example",) == loaded.rules.addresses.helpdesk
    assert 0o600 == stat.S_IMODE((folder / "keys.toml").stat().st_mode)
    assert 0o700 == stat.S_IMODE((folder / "state").stat().st_mode)
    assert 32 == len(read_keys(folder / "keys.toml").fingerprint)
    assert f"Its answers appear under {folder}/state/outgoing/new." in result.stdout
    assert 0 == runner.invoke(maild, ["check", "--config", str(folder)]).exit_code


@pytest.mark.rule("OPS-1")
def test_first_mail_is_a_program(tmp_path: Path) -> None:
    """What ``maild init`` tells a newcomer to type is a valid program for the configured port."""
    output = runner.invoke(maild, ["init", str(tmp_path / "c")]).stdout
    program = output.partition("python3 -c '")[2].partition("'\n")[0]
    compile(program, "first mail", "exec")
    assert 'SMTP("127.0.0.1", 2525)' in program


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """A configuration that is there is refused, or with --keep left as it is."""
    folder = write_folder(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert 1 == runner.invoke(maild, ["init", str(folder)]).exit_code
    assert 0 == runner.invoke(maild, ["init", "--keep", str(folder)]).exit_code
    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (folder / "maild.toml").unlink()
    result = runner.invoke(maild, ["init", str(folder)])
    assert 1 == result.exit_code
    assert "keys.toml is there already" in result.stderr


def test_init_says_where_mail_goes_with_a_relay(tmp_path: Path) -> None:
    """With a relay the answers go there; with a unix socket only, no port is named."""
    rest = '[relay]\nto = "smtp://relay.example"\n'
    assert "at relay.example, the relay." in runner.invoke(maild, ["init", "--keep", str(write_folder(tmp_path / "a", rest=rest))]).stdout
    rest = '[[listener]]\nprotocol = "smtp"\nlisten = "unix:in.sock"\n'
    output = runner.invoke(maild, ["init", "--keep", str(write_folder(tmp_path / "b", rest=rest))]).stdout
    assert "Send mail to helpdesk@desk.example through one of your listeners.\n" == output


@pytest.mark.rule("OPS-2")
def test_a_broken_configuration_stops_init(tmp_path: Path) -> None:
    """A command that needs the configuration prints its mistakes and nothing else."""
    result = runner.invoke(maild, ["init", "--keep", str(write_folder(tmp_path, rest="[limits]\nrecipients = 0\n"))])
    assert 1 == result.exit_code
    assert "Error: maild.toml:7: limits.recipients: 0 must be at least 1\n" == result.stderr


def test_help_lists_every_command_that_is_there() -> None:
    """The help has one line for each command, and an unknown command is refused."""
    lines = runner.invoke(maild, ["--help"]).stdout.splitlines()
    listed = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :]]
    assert set(listed) <= set(COMMANDS)
    assert {"init", "run", "check", "clock"} <= set(listed)
    assert 2 == runner.invoke(maild, ["nothing"]).exit_code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_can_be_loaded(name: str) -> None:
    """Each command of the table is there under its name, and describes itself."""
    result = runner.invoke(maild, [name, "--help"])
    assert 0 == result.exit_code, result.output
    assert result.stdout.startswith(f"Usage: maild {name} ")


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["--help"], {"pydantic", "sqlalchemy", "jinja2", "structlog", "aiosmtpd", "holidays", "starlette"}),
        (["clock", "--simulate", "/dev/null"], {"pydantic", "sqlalchemy", "jinja2", "structlog", "aiosmtpd", "starlette"}),
    ],
)
@pytest.mark.rule("OPS-1")
def test_a_command_imports_what_it_needs(command: list[str], unneeded: set[str]) -> None:
    """A command starts without the libraries that only others need."""
    code = f"import sys\nsys.argv[1:] = {command!r}\nfrom maild.__main__ import main\n"
    code += "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, timeout=60)
    assert set() == unneeded & set(done.stderr.split())
