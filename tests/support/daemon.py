"""A whole maild under test: configured, started as its own process, talked to over real sockets, killed or stopped.

    daemon = Daemon(write_config(tmp_path / "maild", {"relay": {"to": sink.url}}))
    with daemon:                       # started, and ready when this returns
        mail_id = daemon.send(letter(subject="Printer down"))
        daemon.wait_done()             # no mail unprocessed, none on its way out
        assert daemon.rows("SELECT state FROM tickets") == [("New",)]

Nothing here is a stand-in: ``maild run`` by ``python -m``, its ready line, the commands' own code, the store's own file.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from maild.cli.main import maild
from maild.clock import SystemClock
from maild.config.load import load
from maild.desk.desk import new_mail_id
from maild.mail.envelope import Envelope
from maild.mail.survey import trace
from maild.store import inbox, outbox
from maild.store.database import engine_of, run_once
from maild.store.group import Transaction
from maild.store.migrate import driver_url
from tests.support.configuration import Tables, write_config
from tests.support.letters import HELPDESK
from tests.support.sender import Address, send
from tests.support.waiting import DEADLINE, pause, wait_until

ROOT = Path(__file__).resolve().parents[2]
RUN = ("-m", "maild", "run")
READY_SECONDS = 60.0
STOP_SECONDS = 10.0  # CONTRACTS 3
CLOCK_SECONDS = 0.25  # the clock file is read again at least every 200 ms


class NotReady(Exception):
    """The daemon ended before it was ready; the text is what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is still to be done."""

    unprocessed: int
    unsent: int


class Daemon:
    """One daemon on one configuration folder; may be started again after it was stopped or killed.

    Args:
        folder: the configuration, as ``write_config`` makes it.
        command: arguments to Python instead of ``-m maild run``, for a launcher that plants faults; ``--config FOLDER`` is added.
        environment: variables for the daemon and the commands.
        prefix: what stands before Python, for a tracer.
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: Sequence[str] = RUN,
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.command = tuple(command)
        self.environment = {"MAILD_TESTING": "1", **(environment or {})}
        self.prefix = tuple(prefix)
        self.ready_line = ""
        self._process: subprocess.Popen[str] | None = None
        self._log = folder / "daemon.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None and self.running:
            assert self.stop() == 0, self.log_text()
        else:
            self.kill()

    # --- the process ---

    @property
    def running(self) -> bool:
        """Return whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Return the daemon's process id, also where a tracer started it."""
        assert self._process is not None
        return _children(self._process.pid)[0] if self.prefix else self._process.pid

    def spawn(self) -> None:
        """Start the process, in a process group of its own, and do not wait."""
        assert not self.running
        self.ready_line = ""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*self.prefix, sys.executable, *self.command, "--config", str(self.folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def start(self, *, deadline: float = READY_SECONDS) -> float:
        """Return the seconds that it took until the ready line.

        Raises:
            NotReady: the process ended first.
        """
        began = time.monotonic()
        self.spawn()
        self.wait_ready(deadline=deadline)
        return time.monotonic() - began

    def wait_ready(self, *, deadline: float = READY_SECONDS) -> None:
        """Return when the ready line has come.

        Raises:
            NotReady: the process ended first.
            TimeoutError: it took too long.
        """
        assert self._process is not None
        output = self._process.stdout
        assert output is not None
        if not select.select([output], [], [], deadline)[0]:
            self.kill()
            raise TimeoutError(f"not ready after {deadline:g} s: {self.log_text()[-2000:]}")
        line = output.readline().strip()
        if not line.startswith("ready"):
            self.reap()
            raise NotReady(line or self.log_text()[-2000:])
        self.ready_line = line

    def reap(self, *, deadline: float = STOP_SECONDS) -> int:
        """Return the exit status of the process, which is about to end; negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        assert self._process is not None
        status = self._process.wait(deadline)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self.ready_line = ""
        return status

    def stop(self) -> int:
        """Return the exit status after SIGTERM, which must come within 10 s (CONTRACTS 3)."""
        self.signal(signal.SIGTERM)
        return self.reap()

    def kill(self) -> None:
        """Kill the whole process group, the parser process included, as a power cut would: nobody says goodbye."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # it may have killed itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self.reap()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the daemon alone."""
        os.kill(self.pid, number)

    def children(self) -> list[int]:
        """Return the process ids of the daemon's children: the parser process."""
        return _children(self.pid)

    # --- mail ---

    def addresses(self, protocol: str = "smtp") -> list[str]:
        """Return where the daemon listens, as the ready line says it."""
        words = dict(word.partition("=")[::2] for word in self.ready_line.split()[1:])
        return [address for address in words.get(protocol, "").split(",") if address]

    def where(self) -> Address | None:
        """Return host and port of the first SMTP listener, None while the daemon is not ready."""
        if not (found := self.addresses()):
            return None
        host, _, port = found[0].rpartition(":")
        return host.strip("[]"), int(port)

    def send(self, raw: bytes, *, to: tuple[str, ...] = (HELPDESK,), mail_from: str = "alice@trust.example") -> str:
        """Return the mail id that the 250 names."""
        address = self.where()
        assert address is not None, "the daemon is not ready"
        return send(address, raw, to=to, mail_from=mail_from)

    def leave(self, raw: bytes, *, to: tuple[str, ...] = (HELPDESK,), mail_from: str = "alice@trust.example") -> str:
        """Return the id of a mail that stands in the store unprocessed, as a daemon leaves it that dies right after its 250."""
        mail_id = new_mail_id()
        seen = trace(raw)
        envelope = Envelope(mail_from=mail_from, rcpt_to=to, source="smtp1", received_at=SystemClock().now())
        arrival = inbox.Arrival(
            mail_id=mail_id,
            envelope=envelope,
            size=len(raw),
            sender_key=seen.sender_key or mail_id,
            message_id=seen.message_id,
            answers=seen.answers,
        )
        run_once(engine_of(self._database()), inbox.add, arrival, lambda: iter((raw,)))
        return mail_id

    # --- what there is to see ---

    def command_line(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Return what a command of maild says and how it ends, run in this process by its own code."""
        name, *rest = arguments
        nested = 1 if rest and not rest[0].startswith("-") and name in {"ticket", "queue", "quarantine", "clock"} else 0
        whole = [name, *rest[:nested], "--config", str(self.folder), *rest[nested:]]
        return CliRunner().invoke(maild, whole, input=stdin, env=self.environment, catch_exceptions=False)

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects that a command prints with --json."""
        result = self.command_line(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def stats(self) -> dict[str, Any]:
        """Return what ``maild stats`` counts."""
        return self.json("stats")[0]

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a SELECT finds in the store."""
        engine = create_engine(driver_url(self._database()))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql), parameters)]
        finally:
            engine.dispose()

    def left(self) -> Left:
        """Return how much work is left: mails not processed and mails not sent."""
        return run_once(engine_of(self._database()), _left, readonly=True)

    def wait_done(self, *, deadline: float = DEADLINE) -> None:
        """Return when no mail is unprocessed and none is on its way out.

        Raises:
            TimeoutError: something was left after ``deadline`` seconds.
        """
        done = Left(unprocessed=0, unsent=0)
        try:
            wait_until(lambda: self.left() == done or not self.running, "the daemon's work", deadline=deadline, every=0.03)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {self.left()}\n{self.log_text()[-3000:]}") from None
        assert self.running, f"the daemon has ended: {self.log_text()[-3000:]}"

    def log_text(self) -> str:
        """Return all that the daemon wrote to standard error, over all its lives."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def log(self, event: str | None = None) -> list[dict[str, Any]]:
        """Return the log's lines as objects, of one event where it is named."""
        lines = (json.loads(line) for line in self.log_text().splitlines() if line.startswith("{") and line.endswith("}"))
        return [line for line in lines if event is None or line.get("event") == event]

    def _database(self) -> str:
        return load(self.folder, env=self.environment).settings.database


class ClockFile:
    """A clock for daemon and commands, moved by the test: ``tables`` goes into the configuration."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.path = path
        self._now = now
        self._write()

    @property
    def tables(self) -> Tables:
        """Return the configuration's table that names this clock."""
        return {"testing": {"clock_file": str(self.path)}}

    @property
    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move the clock, and return when every daemon must have looked at it again."""
        self._now = now
        self._write()
        pause(CLOCK_SECONDS)

    def advance(self, span: timedelta) -> None:
        """Move the clock on by ``span``."""
        self.set(self._now + span)

    def _write(self) -> None:
        fresh: IO[str]
        unfinished = self.path.with_suffix(".new")
        with unfinished.open("w") as fresh:
            fresh.write(self._now.isoformat())
        unfinished.rename(self.path)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def _left(tx: Transaction) -> Left:
    return Left(unprocessed=inbox.pending_count(tx), unsent=outbox.waiting(tx))


__all__ = ["ClockFile", "Daemon", "Left", "NotReady", "write_config"]
