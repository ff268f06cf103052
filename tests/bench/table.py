"""How the benchmark prints: a heading with its columns, rows below it, and goals with whether they are met."""

from __future__ import annotations

import sys

NAME = 44
_BOLD, _PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


class Table:
    """A table that is printed row by row."""

    def __init__(self, title: str, *columns: str) -> None:
        self._widths = [max(7, len(column)) for column in columns]
        print(f"\n{_BOLD}{title:{NAME}}{_PLAIN}{self._cells(columns)}", flush=True)

    def row(self, name: str, *cells: str) -> None:
        """Print one row."""
        print(f"{name:{NAME}}{self._cells(cells)}", flush=True)

    def _cells(self, cells: tuple[str, ...]) -> str:
        return "".join(f"  {cell:>{width}}" for cell, width in zip(cells, self._widths, strict=True))


def goal(what: str, value: float, met: bool, wanted: str) -> bool:
    """Print a goal and return whether it is met."""
    print(f"  {'met   ' if met else 'MISSED'} {what}: {value:.2f}, wanted {wanted}", flush=True)
    return met
