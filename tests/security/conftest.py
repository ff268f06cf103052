"""Attacks are played against a desk on a real store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maild.store.database import engine_of
from tests.desk.house import House
from tests.stores import sqlite_template

__all__ = ["sqlite_template"]


@pytest.fixture
def house(tmp_path: Path, sqlite_template: Path) -> House:
    """Return a helpdesk on a fresh store."""
    shutil.copyfile(sqlite_template, tmp_path / "maild.db")
    return House(engine_of(f"sqlite:///{tmp_path / 'maild.db'}"))
