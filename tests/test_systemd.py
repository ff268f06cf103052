"""The systemd units: hardened, and consistent with the program."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parent.parent / "systemd"


def unit(name: str) -> configparser.ConfigParser:
    """Return a unit; of a key that stands several times the last counts."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep case
    parser.read(UNITS / name, encoding="utf-8")
    return parser


@pytest.mark.rule("OPS-7")
@pytest.mark.systemd
def test_exposure_is_low() -> None:
    """``systemd-analyze security`` gives the service at most 2.0."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / "maild.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    match = re.search(r"exposure level for maild.service: ([0-9.]+)", done.stdout)
    assert match, done.stdout + done.stderr
    assert float(match[1]) <= 2.0


@pytest.mark.rule("OPS-7")
@pytest.mark.systemd
def test_units_are_understood() -> None:
    """Systemd finds no fault in the units but that maild is not installed here."""
    command = ["systemd-analyze", "verify", "--man=no", str(UNITS / "maild.service"), str(UNITS / "maild.socket")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "maild" in line]
    assert [] == [line for line in ours if "is not executable" not in line]


@pytest.mark.rule("OPS-7")
def test_keys_are_credentials_and_state_is_private() -> None:
    """Keys come by LoadCredential under the name that maild looks for, state has its own folder for one user only."""
    service = unit("maild.service")["Service"]
    assert "keys.toml:/etc/maild/keys.toml" == service["LoadCredential"]
    assert ("maild", "0700", "0077") == (service["StateDirectory"], service["StateDirectoryMode"], service["UMask"])
    assert "notify" == service["Type"]
    assert "/bin/kill -HUP $MAINPID" == service["ExecReload"]


@pytest.mark.rule("INT-1")
def test_socket_is_the_services() -> None:
    """The socket unit hands its socket to the service under a name that a listener can take."""
    socket = unit("maild.socket")["Socket"]
    assert ("maild.service", "lmtp") == (socket["Service"], socket["FileDescriptorName"])
