"""A whole daemon under the shapes that stall parsers: each is answered or put aside, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import time
from asyncio import events
from pathlib import Path

import pytest

from tests.fuzz.armour import Answered, armour, table, try_shape, try_together
from tests.fuzz.launch import Stopwatch
from tests.support.daemon import Daemon, write_config
from tests.support.letters import letter

SECONDS = 60.0  # wall time, on a machine that others use; the parser process has 5 s of processor time a mail
SHARE = 20.0  # a plain mail behind a shape has waited for one mail's deadline and its own turn at most
HOLD_MS = 100.0
GROWTH = 100 * 1024  # kB
MEMORY = 300 * 1024
ENDED = frozenset({"opened", "filed", "ignored", "duplicate", "quarantined"})


class Siege:
    """One daemon, all shapes, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self._holds = folder / "holds"
        command = ("-m", "tests.fuzz.launch", "--holds", str(self._holds))
        self.daemon = Daemon(write_config(folder / "maild"), command=command)
        self.answers: list[Answered] = []
        self.replies: list[str] = []
        self.latencies: list[float] = []
        self.idle = self.peak = 0

    def run(self) -> None:
        """Send every shape, one after the other, each with somebody's plain mail behind it."""
        with self.daemon:
            self.daemon.send(letter(subject="Before"))
            self.daemon.wait_done()
            self.idle = self._memory()
            for name, make in armour().items():
                self.answers.append(try_shape(self.daemon, name, make(), seconds=SECONDS))
            self.replies, self.latencies = try_together(self.daemon, threads=5, times=2)
            self.daemon.wait_done(deadline=2 * SECONDS)
            self.peak = self._memory()

    def __str__(self) -> str:
        """Return the figures as lines for people."""
        meanwhile = f"{len(self.latencies)} plain mails meanwhile, 250 after {max(self.latencies):.2f} s at most"
        memory = f"peak memory {self.peak // 1024} MiB, {self.idle // 1024} MiB after one mail"
        return f"{table(self.answers, self.longest_hold)}\n{len(self.replies)} of the largest at once: {meanwhile}\n{memory}"

    @property
    def longest_hold(self) -> float:
        """Return for how many milliseconds of processor time one callback held the event loop at most."""
        lines = self._holds.read_text(encoding="utf-8").splitlines()
        return max((float(line.partition(" ")[0]) for line in lines), default=0.0)

    def _memory(self) -> int:
        """Return the most memory that the daemon's own process has had, in kB."""
        status = Path(f"/proc/{self.daemon.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Siege:
    """A daemon that all shapes were sent to."""
    held = Siege(tmp_path_factory.mktemp("siege"))
    held.run()
    print(f"\n{held}")
    return held


@pytest.mark.slow
@pytest.mark.rule("INT-5", "INT-9")
def test_every_shape_is_answered_or_put_aside(siege: Siege) -> None:
    """No shape is refused with a fault of ours, none is left, and none needs more than the three attempts after which it is put aside."""
    assert [each for each in siege.answers if not each.reply.startswith(("250 ", "552 ", "554 "))] == []
    assert [each for each in siege.answers if each.disposition not in ENDED and each.reply.startswith("250 ")] == []
    assert [each for each in siege.answers if each.attempts > 3 or each.seconds > SECONDS] == []


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-9")
def test_somebody_else_s_mail_is_not_held_up(siege: Siege) -> None:
    """A plain mail that comes right behind a shape is a ticket within the time that one mail may take."""
    assert [each for each in siege.answers if each.other > SHARE] == []


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-5")
def test_five_at_a_time_hold_nobody_up(siege: Siege) -> None:
    """While the largest shapes come in over five connections, somebody's plain mails get their 250 as usual, and all are taken."""
    assert {reply[:9] for reply in siege.replies} == {"250 2.0.0"}
    assert (len(siege.latencies) > 0, max(siege.latencies) < SHARE) == (True, True)


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-5")
def test_the_event_loop_is_never_held(siege: Siege) -> None:
    """No shape holds the event loop for more than 100 ms of processor time, whatever its size."""
    assert siege.longest_hold <= HOLD_MS


@pytest.mark.slow
@pytest.mark.rule("INT-5")
def test_memory_stays_flat(siege: Siege) -> None:
    """Mails of up to 35 MB, of whatever lines, five at a time, cost the daemon's process less than 100 MiB, and it stays under 300 MiB."""
    assert (siege.peak - siege.idle < GROWTH, siege.peak < MEMORY) == (True, True), f"{siege.idle} kB, then {siege.peak} kB"


async def test_the_stopwatch_sees_what_holds_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A callback that burns processor time is noted with its name, and waiting is not."""
    monkeypatch.setattr(events.Handle, "_run", events.Handle._run)  # what is planted goes at the end
    stopwatch = Stopwatch(tmp_path / "holds")
    stopwatch.plant()
    stopwatch.ready = True
    await asyncio.sleep(0.2)

    def burn() -> None:
        end = time.thread_time() + 0.03
        while time.thread_time() < end:
            pass

    asyncio.get_running_loop().call_soon(burn)
    await asyncio.sleep(0.01)
    (*_, (milliseconds, _, name)) = [line.partition(" ") for line in (tmp_path / "holds").read_text().splitlines()]
    assert (30 <= float(milliseconds) < 150, "burn" in name) == (True, True)
