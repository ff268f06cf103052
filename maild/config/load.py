"""Reading a configuration folder: ``maild.toml`` and the files beside it, with all mistakes at once (OPS-2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Any

from maild.config import checks
from maild.config.build import keys_file, rules_of, settings_of
from maild.config.files import KeyPath, TomlFile, is_there, read_toml, validate
from maild.config.keys import read_keys
from maild.config.mds import read_mds
from maild.config.mistakes import ConfigMistakes, Mistake
from maild.config.models import MaildFile
from maild.config.settings import Settings
from maild.config.teams import read_teams
from maild.policy.mds.fields import MdsRules
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.routing import TeamRules
from maild.policy.rules import Rules

FILE = "maild.toml"
MDS = "mds.toml"
TEAMS = "teams.toml"
MOUNTS = Path("/proc/mounts")
# Stand-ins for what is missing, so that the rest of a file can be checked.
SAMPLES: dict[KeyPath, Any] = {
    ("addresses", "helpdesk"): ["helpdesk@sample.invalid"],
    ("addresses", "service"): "service@sample.invalid",
    ("addresses", "postmaster"): "person@person.invalid",
    ("addresses", "abuse"): "person@person.invalid",
    ("listener",): [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A valid configuration; ``warnings`` are what an administrator should still decide."""

    settings: Settings
    rules: Rules
    warnings: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a configuration folder says, as far as it can be read, and every mistake of it."""

    settings: Settings | None
    rules: Rules | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...] = ()


def load(config_dir: Path, *, env: Mapping[str, str] = os.environ) -> Loaded:
    """Return the configuration in the folder ``config_dir``.

    Raises:
        ConfigMistakes: it has mistakes; the error carries all of them.
    """
    found = examine(config_dir, env=env)
    if found.mistakes or found.settings is None or found.rules is None:
        raise ConfigMistakes(found.mistakes)
    return Loaded(settings=found.settings, rules=found.rules, warnings=found.warnings)


def load_rules(config_dir: Path) -> Rules:
    """Return only what decisions depend on: ``explain`` needs no keys, folders or listeners, and does not look at them.

    Raises:
        ConfigMistakes: a file is wrong.
    """
    form, mistakes = validate(_read_file(config_dir.absolute()), MaildFile, SAMPLES)
    beside, others = _beside(config_dir)
    mistakes += others
    if form is None or mistakes:
        raise ConfigMistakes(mistakes)
    return _rules(form, beside)


def examine(config_dir: Path, *, env: Mapping[str, str] = os.environ) -> Examined:
    """Return what the folder ``config_dir`` says, with every mistake; nothing is raised."""
    config_dir = config_dir.absolute()
    try:
        file = _read_file(config_dir)
    except ConfigMistakes as error:
        return Examined(settings=None, rules=None, mistakes=(*error.mistakes, *_others(config_dir, env)))
    form, mistakes = validate(file, MaildFile, SAMPLES)
    if form is None:
        return Examined(settings=None, rules=None, mistakes=(*mistakes, *_others(config_dir, env)))
    settings = settings_of(form, config_dir, env)
    situation = checks.Situation(file=file, form=form, settings=settings, env=env, mounts=_read(MOUNTS))
    mistakes += [mistake for check in checks.CHECKS for mistake in check(situation)]
    mistakes += _key_mistakes(settings.keys_file)
    beside, others = _beside(config_dir)
    mistakes += others
    return Examined(
        settings=settings,
        rules=None if mistakes else _rules(form, beside),
        mistakes=tuple(mistakes),
        warnings=tuple(warning for hint in checks.HINTS for warning in hint(situation)),
    )


def _others(config_dir: Path, env: Mapping[str, str]) -> tuple[Mistake, ...]:
    """Return the mistakes of the files beside a maild.toml that cannot be read; keys are looked for where they are by default."""
    if not config_dir.is_dir():
        return ()
    return (*_beside(config_dir)[1], *_key_mistakes(keys_file(None, config_dir, env)))


def _read_file(config_dir: Path) -> TomlFile:
    """Return the folder's maild.toml.

    Raises:
        ConfigMistakes: there is none, and the text says how to make one; or it cannot be read.
    """
    path = config_dir / FILE
    if not is_there(path):
        raise ConfigMistakes([Mistake(file=FILE, line=0, key="", text=_absence(config_dir))])
    return read_toml(path)


def _absence(config_dir: Path) -> str:
    """Return what is there in the place of a maild.toml, and what to do."""
    make = f"write a configuration with: maild init {quote(str(config_dir))}"
    if not is_there(config_dir):
        return f"there is no folder {config_dir}; {make}"
    if config_dir.is_dir():
        return f"there is none in {config_dir}; {make}"
    meant = f": --config {quote(str(config_dir.parent))}" if config_dir.name == FILE else ""
    return f"{config_dir} is no folder; --config names the folder that holds {FILE}{meant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What stands in the files beside maild.toml."""

    mds: MdsRules
    teams: TeamRules


def _beside(config_dir: Path) -> tuple[_Beside, list[Mistake]]:
    """Return what the files beside maild.toml say, and their mistakes; where there is no mds.toml the procedure's own set holds."""
    mistakes: list[Mistake] = []
    mds, teams = PROCEDURE, TeamRules()
    try:
        mds, found = read_mds(config_dir / MDS)
        mistakes += found
    except ConfigMistakes as error:
        mistakes += error.mistakes
    try:
        teams, found = read_teams(config_dir / TEAMS, None if mistakes else mds)
        mistakes += found
    except ConfigMistakes as error:
        mistakes += error.mistakes
    return _Beside(mds=mds, teams=teams), mistakes


def _rules(form: MaildFile, beside: _Beside) -> Rules:
    rules = rules_of(form)
    spans = replace(rules.spans, settle=beside.mds.settle, max_rounds=beside.mds.max_rounds)
    return replace(rules, spans=spans, mds=beside.mds, teams=beside.teams)


def _key_mistakes(path: Path) -> tuple[Mistake, ...]:
    if not is_there(path):
        return ()
    try:
        read_keys(path)
    except ConfigMistakes as error:
        return error.mistakes
    return ()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
