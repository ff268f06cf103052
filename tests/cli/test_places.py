"""Folders and files that are not there, cannot be read or cannot be written: a sentence that says what to do next, and no traceback."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from maild.cli.main import maild
from tests.config.folder import write_folder
from tests.support.configuration import write_config
from tests.support.daemon import Daemon

NOBODY = 65534


def run(*arguments: object) -> Result:
    """Return what maild says; an exception that no sentence tells is raised."""
    return CliRunner().invoke(maild, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture
def others() -> Iterator[Path]:
    """A folder that everybody may enter; meanwhile this process is a user of no power."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_somebody(*arguments: object) -> Result:
    """Return what maild says to a user who is not root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        return run(*arguments)
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.rule("OPS-1")
@pytest.mark.parametrize("wanted", ["/proc/nope", "/proc/self/nope", "file", "file/below", "link"])
def test_init_into_what_cannot_be_written_names_path_and_reason(tmp_path: Path, wanted: str) -> None:
    """Nothing is left behind."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere/at all")
    result = run("init", tmp_path / wanted)
    assert (True, True) == (result.exit_code in (1, 2), wanted in result.stderr.splitlines()[-1])
    assert ["file", "link"] == sorted(path.name for path in tmp_path.iterdir())
    assert "mine" == (tmp_path / "file").read_text()


@pytest.mark.rule("OPS-1")
def test_init_without_leave_to_write_says_so(others: Path) -> None:
    """The folder and the reason are named."""
    result = as_somebody("init", others / "config")
    assert (1, f"Error: {others}/config cannot be written: Permission denied\n") == (result.exit_code, result.stderr)
    assert [] == list(others.iterdir())


@pytest.mark.rule("OPS-1")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--helpdesk", "notanaddress"), '--helpdesk: "notanaddress" must be an email address'),
        (("--service", ""), '--service: "" must be an email address'),
        (("--person", "a@b@c"), '--person: "a@b@c" must be an email address'),
        (("--helpdesk", 'x"\n@desk.example'), "must be an email address"),
        (("--helpdesk", "x@desk.example", "--service", "x@desk.example"), '--service: "x@desk.example" is a helpdesk address too'),
        (("--helpdesk", "s+x@desk.example", "--service", "s@desk.example"), "--helpdesk: "),
        (("--person", "helpdesk@helpdesk.example"), '--person: "helpdesk@helpdesk.example" is an address of maild itself'),
    ],
)
def test_init_with_addresses_that_cannot_be_leaves_no_file_behind(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    """The option is named, and the next try finds an empty place."""
    result = run("init", tmp_path / "new", *options)
    assert (2, True) == (result.exit_code, says in result.stderr)
    assert [] == list(tmp_path.iterdir())
    assert 0 == run("init", tmp_path / "new").exit_code


@pytest.mark.rule("OPS-1")
def test_init_names_all_wrong_addresses_at_once(tmp_path: Path) -> None:
    """One run shows them all."""
    said = run("init", tmp_path / "new", "--helpdesk", "a", "--service", "b", "--person", "c").stderr
    assert [True] * 3 == [
        f'{option}: "{value}" must be' in said for option, value in zip(("--helpdesk", "--service", "--person"), "abc", strict=True)
    ]


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("command", ["check", "run", "init --keep"])
@pytest.mark.parametrize("place", ["/proc/nope", "/proc", "{folder}/maild.toml", "{folder}/maild.toml/below"])
def test_a_state_folder_that_cannot_be_is_told_before_anything_starts(tmp_path: Path, command: str, place: str) -> None:
    """By its line, its path and the reason."""
    state = place.format(folder=tmp_path)
    folder = write_folder(tmp_path, top=f'state_dir = "{state}"\n')
    result = run(*command.split(), folder) if command.startswith("init") else run(command, "--config", folder)
    assert (1, True) == (result.exit_code, f"maild.toml:1: state_dir: {state} cannot be written: " in result.output)


@pytest.mark.rule("OPS-1")
def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A folder stands where the database ought to be."""
    folder = write_folder(tmp_path)
    (folder / "state" / "maild.db").mkdir(parents=True)
    for arguments in (("run",), ("stats",), ("migrate",)):
        result = run(*arguments, "--config", folder)
        assert (1, True) == (result.exit_code, f"{folder}/state/maild.db" in result.stderr), result.output


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("command", ["check", "run", "stats", "ticket list", "migrate", "explain /dev/null", "clock --simulate /dev/null"])
def test_no_configuration_says_how_to_make_one(tmp_path: Path, command: str) -> None:
    """A folder that is not there, one without maild.toml, and a file where a folder is meant."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    says = {
        "nowhere": f"maild.toml: there is no folder {tmp_path}/nowhere; write a configuration with: maild init {tmp_path}/nowhere",
        "empty": f"maild.toml: there is none in {tmp_path}/empty; write a configuration with: maild init {tmp_path}/empty",
        "file": f"maild.toml: {tmp_path}/file is no folder; --config names the folder that holds maild.toml",
    }
    for place, sentence in says.items():
        result = run(*command.split(), "--config", tmp_path / place)
        assert (1, True) == (result.exit_code, sentence in result.output), result.output


@pytest.mark.rule("OPS-2")
def test_the_file_itself_is_taken_for_its_folder_by_nobody(tmp_path: Path) -> None:
    """Who names maild.toml is told to name its folder."""
    folder = write_folder(tmp_path)
    said = run("check", "--config", folder / "maild.toml").output
    assert f"{folder}/maild.toml is no folder; --config names the folder that holds maild.toml: --config {folder}" in said


@pytest.mark.rule("OPS-2")
def test_a_file_that_may_not_be_read_names_its_owner(others: Path) -> None:
    """Whoever runs maild as the wrong user learns which is the right one."""
    folder = write_folder(others / "config")
    for name in ("maild.toml", "keys.toml"):
        (folder / name).chmod(0o600)
    says = "cannot be read: Permission denied; it belongs to the user"
    assert says in as_somebody("check", "--config", folder).output
    (folder / "maild.toml").chmod(0o644)
    assert f"keys.toml: {says}" in as_somebody("check", "--config", folder).output
    folder.chmod(0o600)
    assert "cannot be read: Permission denied" in as_somebody("check", "--config", folder).output


@pytest.mark.rule("OPS-2")
def test_a_folder_that_may_not_be_entered_is_no_traceback(others: Path) -> None:
    """Keys, state and templates behind a closed door are named like others."""
    (others / "closed").mkdir(mode=0o700)
    rest = f'[mail]\ntemplates = "{others}/closed/x"\n'
    top = f'state_dir = "{others}/closed/state"\nkeys_file = "{others}/closed/keys.toml"\n'
    folder = write_folder(others / "config", top=top, rest=rest)
    said = as_somebody("check", "--config", folder).output
    assert [True] * 3 == [f"{key}: " in said for key in ("state_dir", "keys.toml", "mail.templates")], said


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("name", ["mds.toml", "teams.toml", "keys.toml"])
def test_a_folder_or_dangling_link_for_a_file_beside_it_is_a_mistake(tmp_path: Path, name: str) -> None:
    """What is there and cannot be read is not taken for absent."""
    folder = write_folder(tmp_path)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("nowhere")
    assert f"{name}: " in run("check", "--config", folder).stdout
    (folder / name).unlink()
    (folder / name).mkdir()
    assert f"{name}: cannot be read: Is a directory" in run("check", "--config", folder).stdout


@pytest.mark.rule("OPS-11")
def test_missing_keys_are_replaced_only_when_told(tmp_path: Path) -> None:
    """The sentence says what to do, and doing it helps; keys that are there are kept."""
    folder = write_folder(tmp_path)
    (folder / "keys.toml").unlink()
    advice = f"take it from your backup, or write new keys with: maild init --keys {folder}"
    for arguments in (("check", "--config"), ("run", "--config"), ("init", "--keep")):
        result = run(*arguments, folder)
        assert (1, True) == (result.exit_code, advice in result.output), result.output
    assert 0 == run("init", "--keys", folder).exit_code
    made = (folder / "keys.toml").read_bytes()
    assert 1 == run("init", "--keys", folder).exit_code
    assert made == (folder / "keys.toml").read_bytes()
    assert 0 == run("check", "--config", folder).exit_code


@pytest.mark.rule("OPS-1")
def test_a_state_folder_that_is_not_there_is_made_by_the_daemon(tmp_path: Path) -> None:
    """A command that needs a store says how to make one."""
    folder = write_config(tmp_path / "maild")
    (folder / "state").rmdir()
    said = run("stats", "--config", folder).stderr
    assert f"Error: there is no store at sqlite:///{folder}/state/maild.db yet: start it once with: maild run --config {folder}\n" == said
    with Daemon(folder) as daemon:
        assert 0 == daemon.stats()["accepted"]
    assert 0o700 == stat.S_IMODE((folder / "state").stat().st_mode)


@pytest.mark.rule("OPS-6")
def test_migrate_makes_a_store_where_there_is_none(tmp_path: Path) -> None:
    """A configuration written by hand needs no first run."""
    folder = write_folder(tmp_path)
    assert 0 == run("migrate", "--config", folder).exit_code
    assert 0 == run("stats", "--config", folder).exit_code


@pytest.mark.rule("STO-1")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"garbage " * 100, "the store cannot be used: file is not a database; restore it from your backup"),
        (b"", "the store is empty or of another program (no such table: inbox)"),
    ],
)
def test_a_store_that_is_none_is_told_in_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    """No traceback, and what to do."""
    folder = write_folder(tmp_path)
    (folder / "state").mkdir()
    (folder / "state" / "maild.db").write_bytes(content)
    for command in ("stats", "run", "migrate") if content else ("stats",):
        result = run(command, "--config", folder)
        assert (1, True) == (result.exit_code, says in result.stderr), result.output
