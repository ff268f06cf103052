"""Start the real daemon with faults planted around it: ``python -m tests.faults.launch [OPTIONS] --config DIR``.

Production code has no hook for this. Before ``maild.daemon.serve`` is called, functions and methods of maild are wrapped from outside:
``--kill POINT:COUNT`` ends the whole process group with SIGKILL when a named point is reached for the COUNT-th time, ``--fault NAME``
breaks a promise on purpose, so that the checkers can be seen to notice, ``--deadly`` reads mails with ``tests/faults/readers.py``, and
``--lease SECONDS`` shortens the claims on a shared store, ``--busy SECONDS`` the wait for a locked file.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maild import daemon, house
from maild.desk import deliveries, mails
from maild.desk.acceptance import Acceptance
from maild.intake.keeper import Keeper
from maild.intake.smtp import SmtpSession
from maild.store import inbox, outbox, postgresql, sqlite
from maild.workers import courier, processor
from maild.workers.parser import ParserProcess
from maild.workers.relay import SmtpRelay
from tests.support.daemon import ROOT

# A use case inside a group commit: killed after it ran but before its COMMIT, or right after that COMMIT.
USE_CASES: dict[str, tuple[Any, str]] = {
    "accept": (inbox, "add"),
    "claim": (inbox, "attempt"),
    "receive": (mails, "receive"),
    "send-claim": (outbox, "claim"),
    "settle": (deliveries, "settle"),
}
POINTS = (
    *(f"{name}.{when}" for name in USE_CASES for when in ("before-commit", "after-commit")),
    "accept.before-250",
    "accept.after-250",
    "relay.before",
    "relay.after-250",
)
FAULTS = ("synchronous-off", "early-250", "full")
ROOM = 400  # pages that a full store still has


class Killer:
    """Counts how often its point is reached once ``armed`` exists, and then kills everybody."""

    def __init__(self, point: str, count: int, armed: Path | None) -> None:
        self._point = point
        self._left = count
        self._armed = armed
        self._lock = threading.Lock()

    def reached(self, point: str) -> None:
        """Die, if this is the point and its turn."""
        if point != self._point or (self._armed is not None and not self._armed.exists()):
            return
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                os.killpg(0, signal.SIGKILL)


def plant_kill(killer: Killer) -> None:
    """Wrap maild so that every named point tells ``killer``."""
    under_way = _UnderWay()
    for name, (module, attribute) in USE_CASES.items():
        _after(module, attribute, functools.partial(under_way.add, name))
    for kind in (sqlite.SqliteConnection, postgresql.PostgresqlConnection):
        _watch_commits(kind, under_way, killer)
    _around(Keeper, "keep", after=lambda: killer.reached("accept.before-250"))
    _around(SmtpSession, "_answer", after=lambda: killer.reached("accept.after-250"))
    _around(SmtpRelay, "send", before=lambda: killer.reached("relay.before"), after=lambda: killer.reached("relay.after-250"))


class _UnderWay(threading.local):
    """The use cases that this writer's thread has run since its last COMMIT."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    def add(self, name: str) -> None:
        """Note one."""
        self.names[name] = None


def _watch_commits(kind: type[Any], under_way: _UnderWay, killer: Killer) -> None:
    commit, rollback = kind.commit, kind.rollback

    def commit_watched(self: Any) -> None:
        names = tuple(under_way.names)
        for name in names:
            killer.reached(f"{name}.before-commit")
        commit(self)
        under_way.names.clear()
        for name in names:
            killer.reached(f"{name}.after-commit")

    def rollback_watched(self: Any) -> None:
        rollback(self)
        under_way.names.clear()

    _replace(kind, "commit", commit_watched)
    _replace(kind, "rollback", rollback_watched)


def hasten_leases(seconds: float) -> None:
    """Let claims on a shared store end after ``seconds``, so that nobody waits ten minutes for a dead daemon's mails."""
    for worker in (processor, courier):
        _replace(worker, "LEASE_SECONDS", seconds)


def plant_fault(name: str) -> None:
    """Break one promise of maild, or of the machine."""
    if name in ("synchronous-off", "full"):
        set_up = sqlite._set_up

        def otherwise(raw: Any) -> None:
            set_up(raw)
            if name == "full":
                raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0] + ROOM}")
            else:
                raw.execute("PRAGMA synchronous=OFF")

        _replace(sqlite, "_set_up", otherwise)
    elif name == "early-250":
        accept = Acceptance.__call__
        promised: set[asyncio.Task[str]] = set()

        async def hasty(self: Acceptance, envelope: Any, body: Any, *, mail_id: str) -> str:
            content = _Kept(body)
            task = asyncio.get_running_loop().create_task(_later(accept(self, envelope, content, mail_id=mail_id)))
            promised.add(task)
            task.add_done_callback(promised.discard)
            return mail_id

        _replace(Acceptance, "__call__", hasty)


def plant_reader() -> None:
    """Have mails read by the reader that some mails are deadly to."""
    _replace(house, "ParserProcess", functools.partial(ParserProcess, reader="tests.faults.readers:read", path=(ROOT,)))


class _Kept:
    """A body that survives its session, as the hasty acceptance needs it."""

    def __init__(self, body: Any) -> None:
        self.size, self.head, self._octets = body.size, body.head, b"".join(body.chunks())

    def chunks(self) -> Any:
        return iter((self._octets,))


async def _later(acceptance: Any) -> str:
    """Let the 250 go out first."""
    await asyncio.sleep(0.05)
    result: str = await acceptance
    return result


def _after(owner: Any, name: str, tell: Callable[[], object]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        tell()
        return result

    _replace(owner, name, wrapped)


def _around(owner: Any, name: str, *, before: Callable[[], object] = lambda: None, after: Callable[[], object] = lambda: None) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        before()
        result = await original(*args, **kwargs)
        after()
        return result

    _replace(owner, name, wrapped)


def _replace(owner: Any, name: str, value: Any) -> None:
    """Put ``value`` where maild looks; a name that is gone must not pass unseen."""
    assert hasattr(owner, name), f"{owner} has no {name}"
    setattr(owner, name, value)


def main() -> None:
    """Plant, and run the daemon."""
    if os.environ.get("MAILD_TESTING") != "1":
        sys.exit("this is for tests only: MAILD_TESTING=1 is not set")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--kill", default="", metavar="POINT:COUNT")
    parser.add_argument("--armed", type=Path, help="count only while this file exists")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--busy", type=float, help="seconds that a locked SQLite file is waited for")
    parser.add_argument("--lease", type=float, help="seconds that a claim on a shared store lasts")
    parser.add_argument("--deadly", action="store_true", help="read with tests/faults/readers.py")
    parser.add_argument("--pid", type=int, help="take this for the process id, as the first process of every container has the same")
    asked = parser.parse_args()
    if asked.kill:
        point, _, count = asked.kill.partition(":")
        assert point in POINTS, f"{point} is none of {POINTS}"
        plant_kill(Killer(point, int(count or 1), asked.armed))
    if asked.lease:
        hasten_leases(asked.lease)
    if asked.busy:
        _replace(sqlite, "BUSY_SECONDS", asked.busy)
    if asked.fault:
        plant_fault(asked.fault)
    if asked.pid:
        _replace(os, "getpid", lambda: asked.pid)
    if asked.deadly:
        plant_reader()
    asyncio.run(daemon.serve(asked.config, ready=lambda line: print(line, flush=True)))


if __name__ == "__main__":
    main()
