"""A configuration folder for tests: valid as it is, and broken by what a test writes into it."""

from __future__ import annotations

from pathlib import Path

from maild.config.keys import write_keys

ADDRESSES = """\
[addresses]
helpdesk = ["helpdesk@desk.example"]
service = "service@desk.example"
postmaster = "pat@person.example"
abuse = "pat@person.example"
"""


def write_folder(folder: Path, *, top: str = "", rest: str = "", addresses: str = ADDRESSES) -> Path:
    """Return ``folder`` with a maild.toml of ``top``, ``addresses`` and ``rest``, and a keys file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "maild.toml").write_text(top + addresses + rest, encoding="utf-8")
    if not (folder / "keys.toml").exists():
        write_keys(folder / "keys.toml")
    return folder
