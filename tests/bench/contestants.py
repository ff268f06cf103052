"""Who is measured over SMTP: maild as it is installed, and the bare pipeline. Each has a folder and a sink of its own."""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import CACHE, ROOT, cpu_seconds, memory, python, running, said, tell
from tests.conftest import postgres_bin
from tests.servers.postgresql import PostgresqlServer

CAPS = {
    "sender_per_hour": 10_000_000,
    "sender_per_day": 10_000_000,
    "ticket_per_hour": 10_000_000,
    "global_per_minute": 10_000_000,
}
PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one batch of mails cost: mails a second from the first command to the last acknowledgement, CPU of the tree, waits for 250."""

    rate: float
    cpu: float  # seconds a mail
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server and the sink that takes its acknowledgements."""

    name: str
    process: subprocess.Popen[str]
    port: int
    sink: subprocess.Popen[str]

    def batch(self, *, connections: int, count: int, known: bool, seed: str) -> Sample:
        """Return what ``count`` mails cost."""
        tell(self.sink, f"expect {count}")
        command = python("tests.bench.load", self.port, connections, count, "known" if known else "new", seed)
        before = cpu_seconds(self.process.pid)
        load = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT)
        if load.returncode:
            raise RuntimeError(f"{self.name}: {load.stderr}")
        ended = self._last_answer()
        cpu = cpu_seconds(self.process.pid) - before
        seen = json.loads(load.stdout)
        waits = sorted(seen["waits"])
        return Sample(
            rate=count / (ended - seen["began"]),
            cpu=cpu / count,
            p50=statistics.median(waits),
            p99=waits[int(len(waits) * 0.99)],
        )

    def _last_answer(self) -> float:
        """Return when the sink had taken the last acknowledgement; without one the sink, and with it the benchmark, is given up."""
        patience = threading.Timer(PATIENCE, self.sink.kill)
        patience.start()
        try:
            return float(said(self.sink, "done")[0])
        finally:
            patience.cancel()

    def memory(self) -> int:
        """Return the bytes of memory of the process and its descendants."""
        return memory(self.process.pid)


def fresh(name: str) -> Path:
    """Return an empty folder on the disk of the repository: a file system in memory would make every sync free."""
    folder = CACHE / "run" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def sink(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a sink; gives the process and its port."""
    with running(python("tests.bench.sink"), errors=folder / "sink.log") as process:
        yield process, int(said(process, "ready")[0])


@contextmanager
def bare(how: str = "text") -> Iterator[Contestant]:
    """Run the pipeline without policy; ``how`` says how it makes its acknowledgement."""
    folder = fresh(f"bare-{how}")
    with sink(folder) as (taker, relay), running(python("tests.bench.bare", folder, relay, how), errors=folder / "bare.log") as process:
        name = "bare pipeline" if how == "text" else "bare pipeline, EmailMessage"
        yield Contestant(name, process, int(said(process, "ready")[0]), taker)


@contextmanager
def maild(name: str = "maild", *, root: Path = ROOT, database: str = "") -> Iterator[Contestant]:
    """Run the daemon with the configuration that ``maild init`` writes, but for the port, the relay, the caps and the ``database``.

    ``root`` is the checkout that the daemon is run from.
    """
    folder = fresh(name.replace(" ", "-"))
    with sink(folder) as (taker, relay):
        configure(folder, relay, root=root, database=database)
        command = python("maild", "run", "--config", folder / "config")
        with running(command, errors=folder / "maild.log", cwd=root) as process:
            yield Contestant(name, process, smtp_port(process), taker)


@contextmanager
def maild_at(revision: str) -> Iterator[Contestant]:
    """Run the daemon as it was at a revision of this repository."""
    commit = _git("rev-parse", "--short", f"{revision}^{{commit}}").decode().strip()
    root = fresh(f"at-{commit}")
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(root, filter="data")
    with maild(f"maild at {commit}", root=root) as contestant:
        yield contestant


def _git(*arguments: str) -> bytes:
    return subprocess.run(("git", *arguments), check=True, capture_output=True, cwd=ROOT).stdout


@contextmanager
def maild_on_postgresql() -> Iterator[Contestant]:
    """Run the daemon on a PostgreSQL of its own that syncs as installed; the processor time is without the server's.

    Raises:
        RuntimeError: PostgreSQL is not installed.
    """
    binaries = postgres_bin()
    if binaries is None:
        raise RuntimeError("it is not installed (tests/servers/install.sh installs it on Debian)")
    server = PostgresqlServer(binaries, durable=True)
    try:
        with maild("maild on PostgreSQL", database=server.database()) as contestant:
            yield contestant
    finally:
        server.close()


def smtp_port(process: subprocess.Popen[str]) -> int:
    """Return the port on which the daemon says it listens (CONTRACTS 3)."""
    found = dict(word.partition("=")[::2] for word in said(process, "ready"))
    return int(found["smtp"].rpartition(":")[2])


def configure(folder: Path, relay: int, *, root: Path = ROOT, database: str = "") -> None:
    """Write the configuration."""
    config = folder / "config"
    subprocess.run(python("maild", "init", config), check=True, capture_output=True, cwd=root)
    file = config / "maild.toml"
    tables = {
        "relay": f'to = "smtp://127.0.0.1:{relay}"\ntls = "none"\n',
        "caps": "".join(f"{name} = {value}\n" for name, value in CAPS.items()),
    }
    text = file.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = text.replace(f"\n[{name}]\n", f"\n[{name}]\n{lines}")
    if database:
        text = f'database = "{database}"\n{text}'
    listener = '\n[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:0"\n'
    file.write_text(text.replace("\n[relay]\n", f"{listener}\n[relay]\n"), encoding="utf-8")
