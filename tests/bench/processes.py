"""Processes of the benchmarks, and what the kernel says of them: processor time and memory of a whole tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"
_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return the process and its descendants."""
    found = [pid]
    for each in found:
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time of the process, its living descendants, and those it has waited for."""
    total = 0
    for each in tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def memory(pid: int) -> int:
    """Return the bytes of memory of the tree, shared pages counted in proportion (PSS)."""
    total = 0
    for each in tree(pid):
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024


@contextmanager
def running(
    command: Sequence[str], *, errors: Path, environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the block ends; what it says on standard error goes to a file, as under a service manager."""
    with errors.open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            bufsize=1,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def python(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module with our own interpreter."""
    return [sys.executable, "-m", module, *(str(argument) for argument in arguments)]


def said(process: subprocess.Popen[str], word: str) -> list[str]:
    """Return the words behind ``word`` on the next line that begins with it.

    Raises:
        RuntimeError: the process ended first.
    """
    assert process.stdout is not None
    for line in process.stdout:
        words = line.split()
        if words[:1] == [word]:
            return words[1:]
    raise RuntimeError(f"{process.args!r} ended; its standard error says why")


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Write a line to the process's standard input."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
