"""What the installer of the tests' servers takes for present."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "install.sh"


def said(folder: Path, *, perl: str) -> str:
    """Return what the script says where nothing can be installed, with a perl that answers as given."""
    for name, text in (("id", "echo 1000"), ("perl", perl)):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", str(SCRIPT)], env=env, capture_output=True, text=True, check=False, timeout=60)
    assert 0 == done.returncode
    return done.stderr


@pytest.mark.parametrize(("perl", "missing"), [("exit 2", True), ("exit 0", False)])
def test_swaks_without_its_tls_library_is_not_enough(tmp_path: Path, perl: str, missing: bool) -> None:
    """Debian only suggests the library: the script asks perl for Net::SSLeay itself."""
    assert missing == (" libnet-ssleay-perl" in said(tmp_path, perl=perl))
