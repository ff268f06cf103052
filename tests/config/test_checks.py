"""Checks of the machine that a configuration is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.config import checks
from maild.config.build import settings_of
from maild.config.files import read_toml, validate
from maild.config.models import MaildFile
from tests.config.folder import write_folder

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/export {folder} nfs4 rw 0 0
tmpfs {folder}/local\\040disk tmpfs rw 0 0
malformed
"""


@pytest.mark.rule("STO-2")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            "state",
            ["maild.toml:1: database: {folder}/state/maild.db is on a network file system (nfs4), where SQLite loses data; use a local "],
        ),
        ("local disk", []),
        ("/var/tmp", []),
    ],
)
def test_sqlite_on_a_network_file_system(tmp_path: Path, state: str, expected: list[str]) -> None:
    """SQLite on a network file system is a mistake, by the innermost mount."""
    folder = write_folder(tmp_path, top=f'state_dir = "{state}"\n')
    file = read_toml(folder / "maild.toml")
    form, _ = validate(file, MaildFile)
    assert form is not None
    mounts = MOUNTS.format(folder=folder)
    at = checks.Situation(file=file, form=form, settings=settings_of(form, folder, {}), env={}, mounts=mounts)
    found = [str(mistake) for mistake in checks.state(at)]
    assert [text.format(folder=folder) for text in expected] == [
        line[: len(text.format(folder=folder))] for line, text in zip(found, expected, strict=True)
    ]


def test_a_path_on_no_known_mount() -> None:
    """Where the machine says nothing, nothing is held against it."""
    assert "" == checks.file_system(Path("/srv/maild.db"), "")
