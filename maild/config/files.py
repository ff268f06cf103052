"""A TOML file, its lines, and its reading into a pydantic model with every mistake named (OPS-2)."""

from __future__ import annotations

import codecs
import copy
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias, UnionType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from maild.config import lines
from maild.config.mistakes import ConfigMistakes, Mistake, dotted, explain

M = TypeVar("M", bound=BaseModel)
KeyPath = tuple[str | int, ...]

_WIDE = "UTF-16"
_TABLE_TWICE = re.compile(r"^Cannot declare \((.*)\) twice")
_QUOTED = r"'([^']*)'"
_KEY_TWICE = ("Cannot overwrite a value", "Duplicate inline table key")
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_.\"'-]+)[ \t]*=")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """One file as read: its data, and the line of each key."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def mistake(self, key: KeyPath, text: str) -> Mistake:
        """Return a mistake at ``key``, or at the table that ought to have it."""
        return Mistake(file=self.path.name, line=lines.line_of(self.lines, key), key=dotted(key), text=text)


def read_toml(path: Path) -> TomlFile:
    """Return the file at ``path``.

    Raises:
        ConfigMistakes: it cannot be read, or is no TOML; the one mistake says where.
    """
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise _broken(path, 0, f"cannot be read: {error.strerror}{_owners(path, error)}") from error
    except UnicodeDecodeError as error:
        wide = error.reason == _WIDE
        line = 1 if wide else error.object.count(b"\n", 0, error.start) + 1
        raise _broken(path, line, "is in UTF-16; save it as UTF-8" if wide else "is not in UTF-8") from error
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        raise _broken(path, line, f"is no TOML: {_reason(_PLACE.sub('', str(error)), text.splitlines()[line - 1 : line])}") from error
    return TomlFile(path=path, data=data, lines=lines.key_lines(text))


def _decoded(raw: bytes) -> str:
    """Return the text; a mark before it, as some editors write, is left out.

    Raises:
        UnicodeDecodeError: it is not in UTF-8; the reason says where it is in UTF-16.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or raw[:200].count(0) > len(raw[:200]) // 4:
        raise UnicodeDecodeError("utf-8", raw, 0, 1, _WIDE)
    return raw.decode("utf-8-sig")


def _reason(said: str, line: list[str]) -> str:
    """Return what the parser said of a line, in an administrator's words where it is a repetition."""
    table, key = _TABLE_TWICE.search(said), _KEY.match(line[0]) if line else None
    if table:
        return f"the table [{'.'.join(re.findall(_QUOTED, table[1]))}] stands here a second time"
    if said.startswith(_KEY_TWICE) and key:
        return f'"{key[1]}" stands here a second time'
    return said


def is_there(path: Path) -> bool:
    """Return whether something stands at ``path``; True where nobody may look, so that reading it says why."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _owners(path: Path, error: OSError) -> str:
    """Return whose a file is that may not be read, "" where that is not the trouble or cannot be seen."""
    try:
        return f"; it belongs to the user {path.owner()}, so run maild as that user" if isinstance(error, PermissionError) else ""
    except (OSError, KeyError):
        return ""


def validate(file: TomlFile, form: type[M], samples: Mapping[KeyPath, Any] | None = None) -> tuple[M | None, list[Mistake]]:
    """Return what ``file`` says in ``form``, and every mistake of it.

    With mistakes, the value is what remains when the wrong keys are left out and ``samples`` stand in for missing ones, so that
    further checks can look at the rest; None where nothing can be made of it.
    """
    try:
        return form.model_validate(file.data), []
    except ValidationError as error:
        errors = [dict(item) for item in error.errors()]
    mistakes = [file.mistake(_place(item), _sentence(form, item)) for item in errors]
    for whole_lists in (False, True):
        try:
            return form.model_validate(_repaired(file.data, errors, samples or {}, whole_lists=whole_lists)), mistakes
        except ValidationError:
            continue
    return None, mistakes


def _broken(path: Path, line: int, text: str) -> ConfigMistakes:
    return ConfigMistakes([Mistake(file=path.name, line=line, key="", text=text)])


def _place(error: Mapping[str, Any]) -> KeyPath:
    return tuple(step for step in error["loc"] if step != "[key]")


def _sentence(form: type[BaseModel], error: Mapping[str, Any]) -> str:
    fields = _form_at(form, _place(error)[:-1]).model_fields
    field = fields.get(str(error["loc"][-1]))
    return explain(error, fields, _wanted(str(error["loc"][-1]), field) if field else "")


def _wanted(name: str, field: FieldInfo) -> str:
    """Return what belongs at a key: its description, or the keys that its table must have."""
    inner = model_in(field.annotation)
    if inner is None or field.description:
        return field.description or ""
    return f"the table [{name}] with {', '.join(key for key, each in inner.model_fields.items() if each.is_required())}"


def _form_at(form: type[BaseModel], path: KeyPath) -> type[BaseModel]:
    """Return the model of the table at ``path``, or the nearest around it."""
    for step in path:
        field = form.model_fields.get(str(step))
        inner = model_in(field.annotation) if field else None
        form = inner or form
    return form


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation holds, itself or in a list, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, GenericAlias | UnionType):
        return next((found for item in get_args(annotation) if (found := model_in(item))), None)
    return None


def _repaired(
    data: Mapping[str, Any], errors: list[dict[str, Any]], samples: Mapping[KeyPath, Any], *, whole_lists: bool
) -> dict[str, Any]:
    """Return the data without what is wrong; no item is left out alone, since those behind it would bear wrong numbers."""
    repaired: dict[str, Any] = copy.deepcopy(dict(data))
    for error in errors:
        place = _place(error)
        items = [step for step in range(len(place)) if isinstance(place[step], int)]
        if items and (whole_lists or isinstance(place[-1], int)):
            _remove(repaired, place[: items[-1] if not whole_lists else items[0]])
        elif error["type"] != "missing":
            _remove(repaired, place)
    for place, value in samples.items():
        _fill(repaired, place, value)
    return repaired


def _remove(data: dict[str, Any], place: KeyPath) -> None:
    holder: Any = data
    try:
        for step in place[:-1]:
            holder = holder[step]
        del holder[place[-1]]
    except (KeyError, IndexError, TypeError):
        return  # it went with the table around it


def _fill(data: dict[str, Any], place: KeyPath, value: Any) -> None:
    holder: Any = data
    for step in place[:-1]:
        holder = holder.setdefault(step, {})
    if not holder.get(place[-1]):
        holder[place[-1]] = value
