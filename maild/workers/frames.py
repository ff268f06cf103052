"""What the daemon and its parser process say to each other: frames of kind, length and payload, and values pickled with care.

The child takes whatever its parent pickled. The parent takes from the child, which has read hostile bytes, only values of ``maild.mail``,
``maild.policy`` and a few of the standard library: nothing that could run code.
"""

from __future__ import annotations

import io
import pickle
import struct
from enum import Enum, IntEnum
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


class _Pickler(pickle.Pickler):
    """A pickler that knows read-only mappings, which frozen rules are full of."""

    def reducer_override(self, value: object) -> Any:
        """Return how to make ``value`` again, for read-only mappings."""
        if isinstance(value, MappingProxyType):
            return frozen_mapping, (dict(value),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """An unpickler for what the child sends: classes of ours that hold values, and no function but one."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the class ``name`` of ``module`` where it is one that a reading may be made of."""
        if (module, name) in _VALUES:
            return super().find_class(module, name)
        if module.startswith(("maild.mail.", "maild.policy.")) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (issubclass(found, Enum) or hasattr(found, "__dataclass_fields__")):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


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
