"""What one mail may cost at most: the loop held by 1 MB of any shape, memory for 30 MB of empty lines and after 10,000 mails, the start."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contestants import Contestant, configure, fresh, maild, sink, smtp_port
from tests.bench.mails import HELPDESK, SHAPES, Mail, empty_lines, on_the_wire, shaped
from tests.bench.processes import ROOT, cpu_seconds, memory, python, running, said

MIB = 1024 * 1024
LINES = 30_000_000
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a mail of one shape did to the loop: processor time of its longest callback, and the longest wait of another connection."""

    shape: str
    cpu: float
    wait: float


def holds() -> list[Held]:
    """Return, for each shape of 1 MB, how long the loop was held."""
    folder = fresh("held")
    found = []
    with sink(folder) as (_, relay):
        configure(folder, relay)
        with running(python("tests.bench.watched", folder / "config"), errors=folder / "maild.log") as process:
            port = smtp_port(process)
            for number, shape in enumerate(SHAPES):
                found.append(_held(process, port, shape, number))
    return found


def _held(process: subprocess.Popen[str], port: int, shape: str, number: int) -> Held:
    mail = shaped(shape, number)
    _longest(process)
    with _pinger(port) as longest_wait:
        _send(port, mail)
        _at_rest(process.pid)
    return Held(shape=shape, cpu=_longest(process), wait=longest_wait())


def _longest(process: subprocess.Popen[str]) -> float:
    process.send_signal(signal.SIGUSR1)
    return float(said(process, "longest")[0])


def _send(port: int, mail: Mail) -> None:
    with _dialogue(port) as ask:
        ask(f"MAIL FROM:<{mail.sender}>\r\n".encode())
        ask(f"RCPT TO:<{HELPDESK}>\r\n".encode())
        ask(b"DATA\r\n")
        ask(on_the_wire(mail))


@contextmanager
def _dialogue(port: int) -> Iterator[Callable[[bytes], bytes]]:
    """Give a function that says something to the server and returns its reply; EHLO has been said."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        reader = connection.makefile("rb")

        def ask(text: bytes) -> bytes:
            connection.sendall(text)
            return answer()

        def answer() -> bytes:
            line = b"-" * 4
            while line[3:4] == b"-":
                line = reader.readline()
            if line[:1] not in (b"2", b"3"):
                raise ConnectionError(f"the server said {line!r}")
            return line

        answer()
        ask(b"EHLO load.example\r\n")
        yield ask


@contextmanager
def _pinger(port: int) -> Iterator[Callable[[], float]]:
    """Say EHLO again and again beside what happens in the block; gives a function for the longest wait, to be called afterwards."""
    waits = [0.0]
    over = threading.Event()

    def ping() -> None:
        while not over.is_set():
            with _dialogue(port) as ask:
                for _ in range(1000):
                    began = time.perf_counter()
                    ask(b"EHLO load.example\r\n")
                    waits[0] = max(waits[0], time.perf_counter() - began)
                    if over.wait(0.002):
                        return

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield lambda: waits[0]
    finally:
        over.set()
        thread.join()


def _at_rest(pid: int) -> None:
    """Return when the tree has done next to nothing for a second, so that the mail is processed."""
    deadline = time.monotonic() + PATIENCE
    before = cpu_seconds(pid)
    while time.monotonic() < deadline:
        threading.Event().wait(1.0)
        now = cpu_seconds(pid)
        if now - before < 0.3:
            return
        before = now


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Bytes of memory of the whole tree before something, and at most or after."""

    before: int
    after: int

    @property
    def more(self) -> int:
        """Return how much it grew."""
        return self.after - self.before


def lines() -> Grown:
    """Return the memory before a mail of 30 MB of empty lines, and the most while it was taken and processed."""
    with maild("lines") as contestant:
        contestant.batch(connections=1, count=200, known=False, seed="w")
        _at_rest(contestant.process.pid)
        before = contestant.memory()
        with _peak(contestant.process.pid) as peak:
            _send(contestant.port, empty_lines(LINES, 1))
            _at_rest(contestant.process.pid)
        return Grown(before=before, after=peak())


@contextmanager
def _peak(pid: int) -> Iterator[Callable[[], int]]:
    """Look at the memory of the tree 50 times a second; gives a function for the most."""
    most = [0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], memory(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lambda: most[0]
    finally:
        over.set()
        thread.join()


def after_many(few: int = 1_000, many: int = 10_000) -> Grown:
    """Return the memory after ``few`` mails and after ``many``."""
    with maild("many") as contestant:
        _send_many(contestant, few, "a")
        before = contestant.memory()
        _send_many(contestant, many - few, "b")
        return Grown(before=before, after=contestant.memory())


def _send_many(contestant: Contestant, count: int, seed: str) -> None:
    contestant.batch(connections=10, count=count, known=False, seed=seed)
    _at_rest(contestant.process.pid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Seconds until ``maild run`` says ready, on an empty folder and on what it left, and of ``maild clock --simulate`` in all."""

    first: float
    again: float
    clock: float


def starts() -> Started:
    """Return how long the commands take to start."""
    folder = fresh("start")
    configure(folder, 25)
    return Started(first=_until_ready(folder), again=min(_until_ready(folder) for _ in range(3)), clock=min(_clock() for _ in range(3)))


def _until_ready(folder: Path) -> float:
    began = time.perf_counter()
    with running(python("maild", "run", "--config", folder / "config"), errors=folder / "maild.log") as process:
        smtp_port(process)
        return time.perf_counter() - began


def _clock() -> float:
    question = '{"region": "ENG", "start_local": "2026-12-24T15:00", "hours": 24, "mode": "business"}\n'
    began = time.perf_counter()
    command = python("maild", "clock", "--simulate", "--json", "-")
    subprocess.run(command, input=question, text=True, capture_output=True, check=True, cwd=ROOT)
    return time.perf_counter() - began
