"""The documents that are written from the models."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from maild.config import reference, settings
from maild.config.listeners import ListenerRules
from maild.config.load import load
from maild.config.resources import shipped
from maild.policy import rules
from tests.config.folder import write_folder

ROOT = Path(__file__).resolve().parents[2]


def test_documents_are_current(tmp_path: Path) -> None:
    """config/maild.toml and docs/configuration.md are what ``python -m maild.config.reference`` writes."""
    (tmp_path / "config").mkdir()
    (tmp_path / "docs").mkdir()
    reference.write(tmp_path)
    for name in ("config/maild.toml", "docs/configuration.md"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (ROOT / name).read_text(encoding="utf-8"), name


def test_the_sample_is_valid(tmp_path: Path) -> None:
    """The sample configuration is valid, and says the same as one of four addresses."""
    text = reference.sample(
        helpdesk="helpdesk@desk.example", service="service@desk.example", postmaster="pat@person.example", abuse="pat@person.example"
    )
    loaded = load(write_folder(tmp_path, addresses=text), env={})
    plain = load(write_folder(tmp_path), env={})
    assert (plain.settings, plain.rules) == (loaded.settings, loaded.rules)


def test_every_commented_key_can_be_taken(tmp_path: Path) -> None:
    """Each key of the sample is one, and its default is a value that it takes: all of them at once make no mistake of form."""
    text = (ROOT / "config" / "maild.toml").read_text(encoding="utf-8")
    everything = re.sub(r"(?m)^# (\[\[?\w+\]\]?|\w+ = .*)$", r"\1", text)
    everything = everything.replace('clock_file = ""', "")
    everything = everything.replace('database = "sqlite:///maild.db"', 'database = "sqlite:///other.db"')
    loaded = load(write_folder(tmp_path, addresses=everything), env={})
    assert f"sqlite:///{tmp_path}/state/other.db" == loaded.settings.database


@pytest.mark.parametrize(
    "kind", [rules.CapRules, rules.ReferenceRules, rules.SenderRules, rules.LanguageRules, rules.SpanRules, rules.AddressRules]
)
def test_every_rule_can_be_configured(kind: type) -> None:
    """Every rule has a key in the file. (REM-4)"""
    files = "".join((ROOT / "config" / name).read_text(encoding="utf-8") for name in ("maild.toml", "mds.toml"))
    keys = set(re.findall(r"(?m)^(?:# )?(\w+) = ", files))
    assert set() == {field.name for field in dataclasses.fields(kind)} - keys - {"persons"}


def test_settings_hold_no_mutable_value(tmp_path: Path) -> None:
    """Settings and rules are frozen all the way down."""

    def look(value: object) -> None:
        assert not isinstance(value, list | dict | set), value
        if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                look(getattr(value, field.name))
        elif isinstance(value, tuple):
            for item in value:
                look(item)

    loaded = load(
        write_folder(
            tmp_path,
        ),
        env={},
    )
    look(loaded.settings)
    look(loaded.rules)
    assert isinstance(loaded.settings.listeners[0], ListenerRules)
    assert isinstance(loaded.settings, settings.Settings)


def test_shipped_folders_are_there() -> None:
    """The templates and the sample configuration are found."""
    assert (shipped("templates") / "en" / "ack.txt").is_file()
    assert (shipped("config") / "maild.toml").is_file()
