"""The gate: the loop hands use cases to database threads, and gets their results when their group's COMMIT has returned.

The thread takes what queued up while the last commit ran (no timer) and commits it as one group; acceptances first, in groups of their
own. Only this module and the two engines
beside it know SQLite from PostgreSQL; nothing outside ``store/`` commits (invariant 2).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.engine import URL, make_url

from maild.errors import ConfigError, Stopping, StoreUnavailable
from maild.store.group import Connection, Job, Transaction, commit_group
from maild.store.sqlite import FileLock, SqliteConnection, StoreBroken

P = ParamSpec("P")
T = TypeVar("T")
GROUP_LIMIT = 64


class EngineConnection(Connection, Protocol):
    """A connection as the gate needs it, beside what the group commit needs."""

    def begin_read(self) -> Transaction:
        """Open a read-only snapshot."""

    def close(self) -> None:
        """Close the connection."""


class Engine(Protocol):
    """A kind of database: how to connect, and how many writers may work at once."""

    name: str
    writers: int
    shared: bool  # whether other daemons may work on the same store

    def connect(self, *, readonly: bool = False) -> EngineConnection:
        """Open one connection."""

    def exists(self) -> bool:
        """Return whether the store was ever made, as far as one can tell without connecting."""

    def lock(self) -> Callable[[], None]:
        """Take what a daemon must hold; return how to give it back. ConfigError when another daemon holds it."""


class SqliteEngine:
    """SQLite in a file."""

    name = "sqlite"
    writers = 1
    shared = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self, *, readonly: bool = False) -> EngineConnection:
        """Open the file; a reader must find it there."""
        return SqliteConnection(self.path, readonly=readonly)

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def lock(self) -> Callable[[], None]:
        """Lock the file for one daemon."""
        return FileLock(self.path).release


def engine_of(url: str) -> Engine:
    """Return the engine for an SQLAlchemy URL: ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        ConfigError: another dialect, or the extra ``postgres`` is not installed.
    """
    parsed: URL = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteEngine(Path(parsed.database))
    if parsed.get_backend_name() == "postgresql":
        from maild.store.postgresql import PostgresqlEngine  # lazy: psycopg is an extra

        return PostgresqlEngine(parsed)
    raise ConfigError(f"store.url: {parsed.get_backend_name()} is not supported; use sqlite:///… or postgresql://…")


class Database:
    """The gate between the loop and the database threads."""

    def __init__(self, engine: Engine, *, on_broken: Callable[[BaseException], None] | None = None) -> None:
        self.engine = engine
        self._writes, self._reads = Line(), Line()
        self._threads: list[threading.Thread] = []
        self._on_broken = on_broken
        self._trouble: dict[str, str] = {}  # by thread, why its last group could not be done
        self._closed = False

    def start(self) -> None:
        """Open the connections and start the threads."""
        for number in range(self.engine.writers):
            self._spawn(f"writer-{number}", self._writes, self.engine.connect(), _write)
        self._spawn("reader", self._reads, self.engine.connect(readonly=True), _read)

    async def run(self, use_case: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the use case's result after its group's COMMIT has returned.

        Raises:
            StoreUnavailable: nothing of it is stored.
            Stopping: the gate is closed.
        """
        result: T = await self._put(self._writes, use_case, args)
        return result

    async def read(self, use_case: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the use case reads from one snapshot; it may not write."""
        result: T = await self._put(self._reads, use_case, args)
        return result

    async def run_first(self, use_case: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``run`` does, ahead of what is not urgent: somebody waits for his 250."""
        result: T = await self._put(self._writes.front, use_case, args)
        return result

    def submit(self, use_case: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Return a future for what ``run`` would return: several may be waited for while their group commits."""
        return self._put(self._writes, use_case, args)

    def _put(self, where: Line | Front, use_case: Callable[..., Any], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        if self._closed:
            raise Stopping("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        where.put(_Ticketed(Job(use_case, args), future, loop))
        return future

    def close(self) -> None:
        """Let the threads finish what is queued, and end them."""
        self._closed = True
        for line in (self._writes, self._reads):
            line.end()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _spawn(self, name: str, jobs: Line, connection: EngineConnection, work: _Work) -> None:
        thread = threading.Thread(target=self._serve, args=(jobs, connection, work), name=f"maild-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, jobs: Line, connection: EngineConnection, work: _Work) -> None:
        while group := jobs.take():
            work(connection, [ticketed.job for ticketed in group])
            self._note_trouble(group)
            broken = next((t.job.error for t in group if isinstance(t.job.error, StoreBroken)), None)
            if broken is not None and self._on_broken is not None:
                self._on_broken(broken)
            _deliver(group)
        connection.close()

    @property
    def trouble(self) -> str:
        """Return why the last work could not be done, "" where all is well."""
        return (*self._trouble.values(), "")[0]

    def _note_trouble(self, group: list[_Ticketed]) -> None:
        name = threading.current_thread().name
        errors = [ticketed.job.error for ticketed in group if isinstance(ticketed.job.error, StoreUnavailable)]
        if errors:
            self._trouble[name] = str(errors[-1]) or type(errors[-1]).__name__
        else:
            self._trouble.pop(name, None)


class _Ticketed:
    """A job with the future that waits for it."""

    __slots__ = ("future", "job", "loop")

    def __init__(self, job: Job, future: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.job, self.future, self.loop = job, future, loop

    def settle(self) -> None:
        """Hand the result to who waits, unless he was cancelled meanwhile."""
        if self.future.done():
            return
        error = self.job.error
        if error is None:
            self.future.set_result(self.job.result)
        else:
            self.future.set_exception(error if isinstance(error, Exception) else StoreUnavailable("the database is corrupt"))


class Line:
    """Jobs that wait for a thread. Those put in front are taken first, by themselves, and in turns with the others."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first: deque[_Ticketed] = deque()
        self._rest: deque[_Ticketed] = deque()
        self._hurried = False
        self._ended = False
        self.front = Front(self)

    def put(self, job: _Ticketed, *, first: bool = False) -> None:
        """Add a job."""
        with self._changed:
            (self._first if first else self._rest).append(job)
            self._changed.notify()

    def end(self) -> None:
        """Let the threads end when nothing waits any more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def take(self) -> list[_Ticketed]:
        """Return the group that waits now, as soon as there is one; an empty one at the end of all work."""
        with self._changed:
            while not (self._first or self._rest or self._ended):
                self._changed.wait()
            self._hurried = bool(self._first) and not (self._hurried and self._rest)
            waiting = self._first if self._hurried else self._rest
            return [waiting.popleft() for _ in range(min(GROUP_LIMIT, len(waiting)))]


class Front:
    """The front of a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def put(self, job: _Ticketed) -> None:
        """Add a job that goes before those which are not in front."""
        self._line.put(job, first=True)


_Work = Callable[[EngineConnection, list[Job]], None]


def _deliver(group: list[_Ticketed]) -> None:
    """Wake the loop once for all that it waits for."""

    def settle_all() -> None:
        for ticketed in group:
            ticketed.settle()

    loop = group[0].loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle_all)


def _write(connection: EngineConnection, jobs: list[Job]) -> None:
    commit_group(connection, jobs)


def _read(connection: EngineConnection, jobs: list[Job]) -> None:
    for job in jobs:
        try:
            job.run(connection.begin_read())
        except Exception as error:  # noqa: BLE001  # the caller gets it
            job.fail(connection.explain(error))
        finally:
            connection.rollback()


def run_once(engine: Engine, use_case: Callable[..., T], *args: Any, readonly: bool = False) -> T:
    """Return the result of one use case on a connection of its own, for the command line.

    Raises:
        StoreUnavailable: nothing of it is stored.
    """
    connection = engine.connect(readonly=readonly)
    job = Job(use_case, args)
    try:
        (_read if readonly else _write)(connection, [job])
    finally:
        connection.close()
    if job.error is not None:
        raise job.error
    result: T = job.result
    return result
