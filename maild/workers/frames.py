"""What the daemon and its parser process say to each other: frames of kind, length and payload, and values pickled with care.

The child takes whatever its parent pickled. The parent takes from the child, which has read hostile bytes, only values of ``maild.mail``,
``maild.policy`` and a few of the standard library: nothing that could run code.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum, IntEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any

HEADER = struct.Struct(">BI")
MOST = 256 * 1024 * 1024
CHUNK = 256 * 1024

_VALUES = frozenset(
    {
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("maild.workers.frames", "frozen_mapping"),
        ("maild.workers.frames", "frozen_value"),
    }
)


class Kind(IntEnum):
    """What a frame carries. Down: rules, a batch of mails, or one mail in chunks. Up: ready, or what became of one mail."""

    RULES = 1
    BATCH = 2
    LARGE = 3
    CHUNK = 4
    END = 5
    READY = 10
    READ = 11
    FAILED = 12


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def frozen_mapping(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """Return ``items`` as the read-only mapping that it was before it was pickled."""
    return MappingProxyType(items)


def frozen_value(kind: type, *values: object) -> object:
    """Return the frozen dataclass that holds ``values`` in the order of its fields, without running its checks again."""
    setters = _setters.get(kind) or _learn(kind)
    if len(setters) != len(values):
        raise ValueError(f"{kind.__name__} has {len(setters)} fields")
    made: object = _new(kind)
    for set_field, value in zip(setters, values):  # noqa: B905  # counted above, in a third of the time
        set_field(made, value)
    return made


_new = object.__new__
# What fills the slots of a frozen dataclass: four times as fast as the state that dataclasses pickle.
_setters: dict[type, tuple[Callable[[object, object], None], ...]] = {}


def _learn(kind: type) -> tuple[Callable[[object, object], None], ...]:
    _setters[kind] = tuple(getattr(kind, field.name).__set__ for field in fields(kind))
    return _setters[kind]


_Values = Callable[[object], tuple[object, ...]]
_takers: dict[type, _Values | None] = {}


def _taker(kind: type) -> _Values | None:
    """Return what takes the values out of a dataclass with slots, None for other types."""
    names = tuple(field.name for field in fields(kind)) if is_dataclass(kind) and hasattr(kind, "__slots__") else ()
    _takers[kind] = None if not names else attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    return _takers[kind]


class _Pickler(pickle.Pickler):
    """A pickler that knows read-only mappings, which frozen rules are full of, and has a short way for dataclasses."""

    def reducer_override(self, value: object) -> Any:
        """Return how to make ``value`` again, for read-only mappings and dataclasses."""
        kind = type(value)
        if kind is MappingProxyType:
            return frozen_mapping, (dict(value),)  # type: ignore[call-overload]  # it is a mapping
        take = _takers[kind] if kind in _takers else _taker(kind)
        return NotImplemented if take is None else (frozen_value, (kind, *take(value)))


class _Unpickler(pickle.Unpickler):
    """An unpickler for what the child sends: classes of ours that hold values, and no function but one."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the class ``name`` of ``module`` where it is one that a reading may be made of."""
        found = _found.get((module, name))
        if found is None:
            found = _found[module, name] = self._find(module, name)
        return found

    def _find(self, module: str, name: str) -> Any:
        if (module, name) in _VALUES:
            return super().find_class(module, name)
        if module.startswith(("maild.mail.", "maild.policy.")) and "." not in name:
            found = super().find_class(module, name)
            if (
                isinstance(found, type)
                and found.__module__ == module
                and (issubclass(found, Enum) or hasattr(found, "__dataclass_fields__"))
            ):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


_found: dict[tuple[str, str], Any] = {}  # bounded: only what ``_find`` lets through


def packed(value: object) -> bytes:
    """Return ``value`` as bytes."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def from_parent(data: bytes) -> Any:
    """Return the value that our own parent process packed."""
    return pickle.loads(data)  # noqa: S301  the pipe is our parent's alone


def from_child(data: bytes) -> Any:
    """Return the value that the child packed.

    Raises:
        pickle.UnpicklingError: it is made of anything but values.
    """
    return _Unpickler(io.BytesIO(data)).load()
