"""Where the templates and the sample configuration that come with maild are: in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """Return the folder ``name`` ("templates" or "config") that came with maild.

    A wheel carries them inside the package, under ``data``; in a checkout they stand beside it.
    """
    packed = _PACKAGE / "data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
