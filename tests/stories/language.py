"""The language of stories: a text that a service-desk manager can read, taken apart into lines of steps.

    # a silent user over the late May bank holiday
    at     2026-05-21 15:00
    mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
    expect mail to alice template ack, rfi      state Awaiting User Info

Two spaces or more part the steps of a line; a verb may stand apart from its words. ``#`` begins a comment, ``# rules:`` names the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VERBS = frozenset(
    {
        "agent",
        "alert",
        "at",
        "bounce",
        "click",
        "config",
        "daemon",
        "deliver",
        "expect",
        "flags",
        "journal",
        "look",
        "mail",
        "page",
        "relay",
        "scan",
        "state",
        "ticket",
        "tickets",
        "timer",
        "told",
        "wait",
        "wall",
    }
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_GAP = re.compile(r'((?:"(?:[^"\\]|\\.)*"|\S| (?! ))+)')


class StoryError(Exception):
    """A story cannot be read; the text names its file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens or is expected: the verb, its words (quotes taken off), and where it stands."""

    verb: str
    words: tuple[str, ...]
    line: int
    text: str
    first: bool  # of its line: "at" jumps there, and behind an expectation it is part of it

    def after(self, name: str, default: str | None = None) -> str:
        """Return the word behind the word ``name``.

        Raises:
            StoryError: there is none, and no default.
        """
        if name in self.words[:-1]:
            return self.words[self.words.index(name) + 1]
        if default is None:
            raise StoryError(f"line {self.line}: {name} what? {self.text}")
        return default


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A title, the rules that it shows, and its steps."""

    title: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]


def read(path: Path) -> Story:
    """Return the story in a file.

    Raises:
        StoryError: a line begins with no verb.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.lstrip("# ") for line in lines if line.startswith("#")]
    rules = [word for line in comments if line.startswith("rules:") for word in line.removeprefix("rules:").replace(",", " ").split()]
    title = next((line for line in comments if not line.startswith("rules:")), path.stem)
    steps = [
        step for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#") for step in _steps(line, number)
    ]
    return Story(title=title, rules=tuple(rules), steps=tuple(steps))


def _steps(line: str, number: int) -> list[Step]:
    phrases = [phrase.strip() for phrase in _GAP.findall(line) if phrase.strip()]
    merged: list[str] = []
    for phrase in phrases:
        if merged and merged[-1] in VERBS:
            merged[-1] = f"{merged[-1]} {phrase}"
        else:
            merged.append(phrase)
    return [_step(phrase, number, first=index == 0) for index, phrase in enumerate(merged)]


def _step(phrase: str, number: int, *, first: bool) -> Step:
    verb, *words = _TOKEN.findall(phrase)
    if verb not in VERBS:
        raise StoryError(f"line {number}: {verb!r} is no verb of stories: {phrase}")
    return Step(verb=verb, words=tuple(_bare(word) for word in words), line=number, text=phrase, first=first)


def _bare(word: str) -> str:
    if not word.startswith('"'):
        return word
    return word[1:-1].replace("\\n", "\n").replace('\\"', '"')
