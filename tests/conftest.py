"""What every test shares: markers for real servers, and nothing else.

A test that needs a server is skipped with the reason where the server is missing, and fails under CI, where it must be there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# One deadline for all machines: none, since a busy machine is no bug. CI draws the same examples each time.
settings.register_profile("maild", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "maild")


def postgres_bin() -> Path | None:
    """Return the folder with initdb and postgres, newest version first, or None where PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].partition(".")[0]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _program(*names: str) -> Callable[[], bool]:
    """Return a probe for a program under one of ``names``, in sbin too."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/dovecot"
    return lambda: any(shutil.which(name, path=path) for name in names)


SERVERS: dict[str, Callable[[], bool]] = {
    "postgres": lambda: postgres_bin() is not None,
    "postfix": _program("postfix"),
    "dovecot": _program("dovecot"),
    "swaks": _program("swaks"),
    "chromium": _program("chromium", "chromium-browser"),
    "strace": _program("strace"),
    "systemd": _program("systemd-analyze"),
}
OPTIONAL = frozenset({"systemd"})  # not a server: a tool that judges a file


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose server is missing; under CI=true it fails instead."""
    for name, present in SERVERS.items():
        if item.get_closest_marker(name) is None or present():
            continue
        reason = f"skipped: {name} is not installed (tests/servers/install.sh installs it on Debian)"
        if os.environ.get("CI") == "true" and name not in OPTIONAL:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
