"""Storms: thousands of mails at once from a crowd, from one sender, and of one sender who says the same; and one nurse in the middle.

``MAILD_STORM=10000 pytest tests/faults/test_storm.py -s`` blows at full size and prints the figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.configuration import write_config
from tests.support.daemon import ROOT, Daemon
from tests.support.letters import COMPLETE, letter
from tests.support.sink import RecordingSink, recording_sink
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("MAILD_STORM", "600"))
CONNECTIONS = 20
CALM = 400  # mails before the storm, which nobody answers
SECONDS = 120 + COUNT / 8  # this machine may have much else to do
CAPS = {"sender_per_hour": 10, "sender_per_day": 40, "ticket_per_hour": 10, "global_per_minute": 300}
NURSE = "nurse@ward.example"
IN_FLIGHT = 3 * 24 + CONNECTIONS  # what three lanes may have taken before her mail came


@dataclass(slots=True)
class Storm:
    """One storm, and what was seen of it."""

    kind: str
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

    def blow(self) -> None:
        """Let it pass: a nurse's mail in the middle, all of it processed at the end, and another daemon beside it that has its calm."""
        _send(self.daemon, CALM, "calm")
        self.daemon.wait_done(deadline=SECONDS)
        self.idle, done = _memory(self.daemon), threading.Event()
        watch = threading.Thread(target=self._watch, args=(done,))
        blowing = threading.Thread(target=lambda: self.waits.extend(_send(self.daemon, COUNT, self.kind)))
        beside = threading.Thread(target=self._be_calm, args=(blowing,))
        for thread in (watch, blowing, beside):
            thread.start()
        wait_until(lambda: self._accepted() >= CALM + COUNT // 2, "half of the storm", deadline=SECONDS)
        self.nurse = self.daemon.send(letter(sender=NURSE, body=COMPLETE), mail_from=NURSE)
        wait_until(lambda: self.sink.to(NURSE), "the nurse's acknowledgement", deadline=SECONDS)
        for thread in (blowing, beside):
            thread.join()
        self.daemon.wait_done(deadline=SECONDS)
        done.set()
        watch.join()
        self.stats = self.daemon.stats()
        self.kept = self.daemon.rows("SELECT count(DISTINCT seq) FROM raw")[0][0]

    def _be_calm(self, blowing: threading.Thread) -> None:
        """Send a few mails at a time to the daemon that has no storm, for as long as the other has one: both on the same machine."""
        while blowing.is_alive() or len(self.calm) < 100:
            self.calm += _send(self.calm_daemon, CONNECTIONS * 5, "calm")

    def _accepted(self) -> int:
        return int(self.daemon.rows("SELECT max(seq) FROM inbox")[0][0] or 0)

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(0.05):
            self.peak = max(self.peak, _memory(self.daemon))

    def __str__(self) -> str:
        """Return the figures."""
        slow, calm = _p99(self.waits) * 1000, _p99(self.calm) * 1000
        return (
            f"{self.kind}: {len(self.waits)} mails, 250 after {slow:.0f} ms (p99), in calm {calm:.0f} ms; "
            f"memory {self.idle} kB, at most {self.peak - self.idle} kB more; {len(self.sink.deliveries)} mails out"
        )


def _send(daemon: Daemon, count: int, kind: str) -> list[float]:
    """Return how long each mail waited for its 250."""
    address = daemon.where()
    assert address is not None
    command = [sys.executable, "-m", "tests.faults.storm", str(address[1]), str(CONNECTIONS), str(count), kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    waits: list[float] = json.loads(done.stdout)["waits"]
    return waits


def _memory(daemon: Daemon) -> int:
    """Return the kilobytes that the daemon and its parser hold."""
    total = 0
    for pid in (daemon.pid, *daemon.children()):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("VmRSS") else 0
    return total


def _p99(waits: list[float]) -> float:
    return sorted(waits)[min(len(waits) - 1, int(len(waits) * 0.99))]


@pytest.fixture(scope="module", params=["crowd", "one", "same"])
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    """A storm that is over, its daemon still running."""
    tables = {"caps": CAPS, "logging": {"form": "json", "level": "warning"}}
    folder = tmp_path_factory.mktemp("storm")
    with (
        recording_sink() as sink,
        Daemon(write_config(folder / "calm", tables)) as calm,
        Daemon(write_config(folder / "maild", {"relay": {"to": sink.url}, **tables})) as daemon,
    ):
        yield _blown(Storm(request.param, daemon, calm, sink))


def _blown(made: Storm) -> Storm:
    made.blow()
    print(made)
    return made


@pytest.mark.rule("INT-3", "INT-10", "INT-11")
def test_everything_is_kept_and_accounted_for(storm: Storm) -> None:
    """Every mail that was told 250 is there with its bytes, and is a ticket or filed with one."""
    stats, total = storm.stats, CALM + COUNT + 1
    assert (total, {}, 0, 0) == (stats["accepted"], stats["unaccounted"], stats["quarantined"], stats["inbox_pending"])
    assert total == storm.kept
    folded = COUNT - 1 if storm.kind == "same" else 0
    assert (COUNT + 1 - folded, folded) == (stats["opened"], stats["reasons"].get("filed(folded)", 0))


@pytest.mark.rule("LOOP-2", "OPS-9")
def test_answers_are_within_the_caps_and_one_alert_says_so(storm: Storm) -> None:
    """In no minute more than the brake lets pass, to no sender more than his share; and nobody is written to a thousand times."""
    moments = [at for (at,) in storm.daemon.rows("SELECT at FROM answers ORDER BY at")]
    for number, at in enumerate(moments):
        assert sum(1 for each in moments[number : number + 400] if each < at + 60_000_000) <= CAPS["global_per_minute"]
    assert [] == storm.daemon.rows("SELECT address FROM answers GROUP BY address HAVING count(*) > 10")
    raised = [line["alert"] for line in storm.daemon.log("alert_raised")]
    assert raised.count("caps") <= 1
    assert raised.count("brake") <= 1
    assert {"crowd": {"brake"} if COUNT >= 300 else set(), "one": {"caps"}, "same": set()}[storm.kind] == set(raised)


@pytest.mark.rule("INT-12", "ACK-1")
def test_a_normal_user_in_the_middle_is_answered_before_the_second_half_is_decided(storm: Storm) -> None:
    """Her mail waits for what was under way when it came, and not for the crowd behind it nor for the sender before it."""
    ((seq, done_at),) = storm.daemon.rows("SELECT seq, done_at FROM inbox WHERE mail_id = :which", which=storm.nurse)
    ((overtook,),) = storm.daemon.rows("SELECT count(*) FROM inbox WHERE seq > :seq AND done_at < :at", seq=seq, at=done_at)
    assert 1 <= len(storm.sink.to(NURSE))
    assert overtook <= IN_FLIGHT


@pytest.mark.rule("INT-4")
def test_a_250_is_not_much_slower_than_in_calm(storm: Storm) -> None:
    """Beside a daemon that has as many connections and nothing to do, p99 is at most three times as long."""
    calm = max(_p99(storm.calm), 0.02)
    assert _p99(storm.waits) <= 3 * calm, (_p99(storm.waits), calm)


@pytest.mark.rule("INT-4", "INT-5")
def test_memory_stays_within_50_mb_of_idle(storm: Storm) -> None:
    """However many mails wait; and what was taken for them is not kept for ever."""
    assert storm.peak - storm.idle <= 50_000
