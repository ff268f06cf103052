"""``python -m tests.faults.table``: run every fault test and write the table of ``docs/reliability.md`` from what they saw."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.faults.account import LOG, Row, rows_of

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "reliability.md"
MODULES = ("kill", "postgresql", "disk", "locked", "relay", "connections", "reload", "two_daemons")  # whose tests write rows
BEGIN, END = "<!-- begin: written by python -m tests.faults.table -->", "<!-- end -->"
HEADER = ("| fault | what the peer was told | mails | lost | doubled | normal again | |", "|---|---|---:|---:|---:|---:|---|")


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown, by the name of the fault; of several runs of one fault the last counts."""
    latest = {row.fault: row for row in rows}
    return "\n".join((*HEADER, *(_line(latest[name]) for name in sorted(latest, key=_order))))


def _order(fault: str) -> tuple[bool, bool, str]:
    """Return the place of a fault: our own deaths first, the relay's troubles last."""
    return "is killed" not in fault, fault.startswith("the relay"), fault


def _line(row: Row) -> str:
    seconds = "at once" if not row.normal_after else f"{row.normal_after:.1f} s"
    return f"| {row.fault} | {row.told} | {row.mails} | {row.lost} | {row.doubled} | {seconds} | {row.note} |"


def written(document: str, rows: Iterable[Row]) -> str:
    """Return the document with the table of these rows."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(rows)}\n\n{END}{after}"


def read(document: str) -> list[tuple[str, ...]]:
    """Return the cells of each line of the document's table."""
    inside = document.partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in inside.splitlines() if line.startswith("| ") and line not in HEADER]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def run(log: Path, arguments: Sequence[str] = ()) -> int:
    """Return pytest's exit status after a run of the fault tests, whose rows are then in ``log``."""
    modules = [str(ROOT / "tests" / "faults" / f"test_{name}.py") for name in MODULES]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *modules, *arguments]
    return subprocess.run(command, env={**os.environ, LOG: str(log)}, cwd=ROOT, check=False).returncode


def main() -> int:
    """Return 0 where every fault test passed; only then the table is written."""
    with tempfile.TemporaryDirectory(prefix="maild-table-") as folder:
        log = Path(folder) / "rows.jsonl"
        status = run(log, sys.argv[1:])
        if status == 0:
            DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), rows_of(log)), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
