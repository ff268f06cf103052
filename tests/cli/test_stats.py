"""``maild stats``: what it counts is tested where mail is; here is what it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from maild.cli.main import maild
from maild.config.load import load
from maild.store import migrate
from maild.store.database import engine_of
from tests.support.configuration import write_config


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with an empty store, and no daemon."""
    made = write_config(tmp_path / "maild")
    url = load(made).settings.database
    migrate.prepare(engine_of(url), url)
    return made


@pytest.mark.parametrize("days", ["0", "-1", "100000", "9" * 40, "week", ""])
def test_days_that_are_none_are_refused(folder: Path, days: str) -> None:
    """One sentence says which there are."""
    result = CliRunner().invoke(maild, ["stats", "--config", str(folder), f"--days={days}"], catch_exceptions=False)
    assert (2, "") == (result.exit_code, result.stdout)
    assert "Invalid value for '--days'" in result.stderr


@pytest.mark.parametrize("days", ["1", "3660"])
def test_a_day_or_ten_years_are_counted(folder: Path, days: str) -> None:
    """An empty store has nothing in any of them."""
    result = CliRunner().invoke(maild, ["stats", "--config", str(folder), "--days", days], catch_exceptions=False)
    assert (0, True) == (result.exit_code, "accepted        0\n" in result.stdout)
