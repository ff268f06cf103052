"""The examples at the end of a command's help."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """Return an epilog that click prints line by line."""
    return "\b\n" + "\n".join(("Examples:", *(f"  {line}" for line in lines)))
