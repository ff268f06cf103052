"""The package as it is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_carries_what_is_read_at_run_time(wheel: Path) -> None:
    """Templates, sample configuration, migrations and the licence are in the wheel; tests and keys are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"maild/data/templates/en/ack.txt", "maild/data/config/maild.toml", "maild/py.typed", "maild/__main__.py"} <= names
    assert any(name.startswith("maild/store/migrations/versions/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert [] == [name for name in names if name.startswith("tests/") or name.endswith("keys.toml")]


@pytest.mark.rule("OPS-1")
def test_an_installed_maild_works_without_its_checkout(wheel: Path, tmp_path: Path) -> None:
    """From the wheel alone ``maild init`` writes a configuration that ``maild check`` accepts, templates included."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = "import sys; sys.path.insert(0, 'site'); from maild.__main__ import main; main()"
    for arguments in (["init", "c"], ["check", "--config", "c"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert 0 == done.returncode, done.stdout + done.stderr
    assert "The configuration is valid." in done.stdout


def test_lock_names_no_host() -> None:
    """The lock has a hash for every package and names no index."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    packages = [block for block in text.split("\n") if "==" in block]
    assert len(packages) > 60
    assert all(block.endswith("\\") for block in packages)
