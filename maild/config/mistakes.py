"""A mistake in the administrator's files, and the error that carries all of them at once (OPS-2)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maild.errors import ConfigError

_SHOWN = 60  # characters of a wrong value that a message repeats
# pydantic's kinds of errors -> what is allowed; {} is filled from the error's context.
_ALLOWED = {
    "string_type": "must be a text in quotation marks",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list in brackets",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "date_type": "must be a day like 2026-12-24",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} item",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must look like {pattern}",
}
_SECRET = ("password", "secret", "token")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One mistake: the file's name, the line (0 for none), the dotted key, and a text that says what is wrong and what is allowed."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        """Return ``file:line: key: text``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(filter(None, (place, self.key, self.text)))


class ConfigMistakes(ConfigError):
    """The configuration has mistakes; ``mistakes`` are all of them, in the order of files and lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as an administrator writes it, items of lists counted from 1: ``listener[2].listen``."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def explain(error: Mapping[str, Any], known: Iterable[str], wanted: str) -> str:
    """Return the sentence for one of pydantic's errors.

    Args:
        error: one item of ``ValidationError.errors()``.
        known: the keys that are allowed beside the one in question.
        wanted: the description of the key in question, or "".
    """
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return f"is missing: {wanted[:1].lower()}{wanted[1:]}" if wanted else "is missing"
    if kind == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), sorted(known))
    context = error.get("ctx", {})
    text = _ALLOWED.get(kind, "{error}" if "error" in context else str(error["msg"])).format(**context)
    secret = "password" in text or any(word in str(step) for step in error["loc"] for word in _SECRET)
    return text if secret or isinstance(value, dict) else f"{_shown(value)} {text}"


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"is no key here; {hint}allowed: {', '.join(known)}"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
