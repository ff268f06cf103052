"""Other helpdesks, each with an interpreter of its own under ``.cache/bench/peers``, made when it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contestants import Sample, fresh
from tests.bench.processes import CACHE, ROOT, running, said, tell

NAMES = {"django-helpdesk": "tests.bench.peer_django_helpdesk", "roundup": "tests.bench.peer_roundup"}
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A helpdesk that imports mails one after the other, in process."""

    name: str
    process: subprocess.Popen[str]

    def batch(self, *, count: int, known: bool, seed: str) -> Sample:
        """Return what ``count`` mails cost, each stored as a ticket and acknowledged."""
        tell(self.process, f"batch {'known' if known else 'new'} {count} {seed}")
        seconds, cpu, answered = said(self.process, "done")
        if int(answered) != count:
            raise RuntimeError(f"{self.name} answered {answered} of {count} mails")
        return Sample(rate=count / float(seconds), cpu=float(cpu) / count, p50=0.0, p99=0.0)


@contextmanager
def peer(name: str) -> Iterator[Peer]:
    """Run the helpdesk ``name``.

    Raises:
        RuntimeError: it cannot be installed here, or does not start.
    """
    interpreter = _installed(name)
    folder = fresh(name)
    command = [str(interpreter), "-m", NAMES[name], str(folder)]
    with running(command, errors=folder / "peer.log", environment={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}) as process:
        said(process, "ready")
        yield Peer(name, process)


def _installed(name: str) -> Path:
    home = CACHE / "peers" / name
    done = home / ".installed"
    if not done.exists():
        shutil.rmtree(home, ignore_errors=True)
        print(f"Installing {name} into {os.path.relpath(home, ROOT)}", file=sys.stderr)
        for command in ([sys.executable, "-m", "venv", str(home)], [str(home / "bin/python"), "-m", "pip", "install", "-q", name]):
            made = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            if made.returncode:
                raise RuntimeError(f"cannot be installed: {(made.stderr.strip() or 'no reason given').splitlines()[-1]}")
        done.touch()
    return home / "bin/python"
