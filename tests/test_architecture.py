"""The import contracts: they hold, and they break where somebody breaks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Return the run of import-linter on the checkout at ``root``."""
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    env = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", program], cwd=root, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package and its contracts."""
    shutil.copytree(ROOT / "maild", tmp_path / "maild", ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold() -> None:
    """Imports go down only, and mail and policy import nothing that is impure."""
    done = lint_imports(ROOT)
    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("maild/mail/message.py", "import maild.policy.rules", "Imports go down only BROKEN"),
        ("maild/config/settings.py", "from maild import daemon", "Imports go down only BROKEN"),
        ("maild/render/__init__.py", "import maild.store.schema", "Imports go down only BROKEN"),
        ("maild/policy/rules.py", "from maild import log", "without IO, clock, randomness or logging BROKEN"),
        ("maild/policy/rules.py", "import sqlalchemy", "without IO, clock, randomness or logging BROKEN"),
        ("maild/mail/message.py", "import time", "without IO, clock, randomness or logging BROKEN"),
        ("maild/utils.py", "x = 1", "Imports go down only BROKEN"),
    ],
)
def test_contracts_break(copy: Path, module: str, line: str, broken: str) -> None:
    """An import upwards, an impure import, and a module without a place break a contract."""
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(copy)
    assert 1 == done.returncode
    assert broken in done.stdout, done.stdout
