"""One storm of mails against a real daemon, a calm daemon beside it on the same machine, and what is seen of both."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.configuration import write_config
from tests.support.daemon import ROOT, Daemon
from tests.support.letters import COMPLETE, letter
from tests.support.sink import RecordingSink, recording_sink
from tests.support.waiting import wait_until

KINDS = ("crowd", "one", "same")
CONNECTIONS = 20
CALM = 400  # mails before the storm, which nobody answers
CAPS = {"sender_per_hour": 10, "sender_per_day": 40, "ticket_per_hour": 10, "global_per_minute": 300}
NURSE = "nurse@ward.example"


@dataclass(slots=True)
class Storm:
    """One storm, and what was seen of it."""

    kind: str
    count: int
    daemon: Daemon
    calm_daemon: Daemon
    sink: RecordingSink
    calm: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    idle: int = 0
    peak: int = 0
    nurse: str = ""
    stats: dict[str, Any] = field(default_factory=dict)
    kept: int = 0

    @property
    def patience(self) -> float:
        """Return the seconds after which it is given up; the machine may have much else to do."""
        return 120 + self.count / 8

    def blow(self) -> None:
        """Let it pass: a nurse's mail in the middle, all of it processed at the end, and another daemon beside it that has its calm."""
        self._send(self.daemon, CALM, "calm")
        self.daemon.wait_done(deadline=self.patience)
        self.idle, done = _memory(self.daemon), threading.Event()
        watch = threading.Thread(target=self._watch, args=(done,))
        blowing = threading.Thread(target=lambda: self.waits.extend(self._send(self.daemon, self.count, self.kind)))
        beside = threading.Thread(target=self._be_calm, args=(blowing,))
        for thread in (watch, blowing, beside):
            thread.start()
        wait_until(lambda: self._accepted() >= CALM + self.count // 2, "half of the storm", deadline=self.patience)
        self.nurse = self.daemon.send(letter(sender=NURSE, body=COMPLETE), mail_from=NURSE)
        wait_until(lambda: self.sink.to(NURSE), "the nurse's acknowledgement", deadline=self.patience)
        for thread in (blowing, beside):
            thread.join()
        self.daemon.wait_done(deadline=self.patience)
        done.set()
        watch.join()
        self.stats = self.daemon.stats()
        self.kept = self.daemon.rows("SELECT count(DISTINCT seq) FROM raw")[0][0]

    def _be_calm(self, blowing: threading.Thread) -> None:
        """Send a few mails at a time to the daemon that has no storm, for as long as the other has one: both on the same machine."""
        while blowing.is_alive() or len(self.calm) < 100:
            self.calm += self._send(self.calm_daemon, CONNECTIONS * 5, "calm")

    def _accepted(self) -> int:
        return int(self.daemon.rows("SELECT max(seq) FROM inbox")[0][0] or 0)

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(0.05):
            self.peak = max(self.peak, _memory(self.daemon))

    def _send(self, daemon: Daemon, count: int, kind: str) -> list[float]:
        """Return how long each mail waited for its 250."""
        address = daemon.where()
        assert address is not None
        command = [sys.executable, "-m", "tests.faults.storm", str(address[1]), str(CONNECTIONS), str(count), kind]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=self.patience)
        assert done.returncode == 0, done.stderr
        waits: list[float] = json.loads(done.stdout)["waits"]
        return waits

    def __str__(self) -> str:
        """Return the figures."""
        slow, calm = p99(self.waits) * 1000, p99(self.calm) * 1000
        return (
            f"{self.kind}: {len(self.waits)} mails, 250 after {slow:.0f} ms (p99), in calm {calm:.0f} ms; "
            f"memory {self.idle} kB, at most {self.peak - self.idle} kB more; {len(self.sink.deliveries)} mails out"
        )


def _memory(daemon: Daemon) -> int:
    """Return the kilobytes that the daemon and its parser hold."""
    total = 0
    for pid in (daemon.pid, *daemon.children()):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("VmRSS") else 0
    return total


def p99(waits: list[float]) -> float:
    """Return the wait that one mail in a hundred exceeds."""
    return sorted(waits)[min(len(waits) - 1, int(len(waits) * 0.99))]


@contextmanager
def blown(kind: str, count: int, folder: Path) -> Iterator[Storm]:
    """Give a storm that is over, its daemon still running."""
    tables = {"caps": CAPS, "logging": {"form": "json", "level": "warning"}}
    with (
        recording_sink() as sink,
        Daemon(write_config(folder / "calm", tables)) as calm,
        Daemon(write_config(folder / "maild", {"relay": {"to": sink.url}, **tables})) as daemon,
    ):
        storm = Storm(kind, count, daemon, calm, sink)
        storm.blow()
        print(storm)
        yield storm
