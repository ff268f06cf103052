"""The parser process, seen from the daemon: mails go in, readings come out, and a mail that kills the child costs nothing but itself.

One long-lived child (``workers/child.py``), started by exec and never forked, under a limit of memory and of processor time per mail.
A batch is answered mail by mail, so that the mail under way when the child dies is known; the child is started anew and the rest of the
batch is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import maild
from maild.errors import TemporaryFailure
from maild.mail.envelope import Envelope
from maild.policy.rules import Rules
from maild.workers.frames import CHUNK, HEADER, MOST, Kind, frame, from_child, packed

if TYPE_CHECKING:
    from maild.policy.reading import Reading

MEMORY = 768 * 1024 * 1024
DEADLINE = timedelta(seconds=5)
_START_SECONDS = 30
_WALL = 8  # a machine this many times overloaded is no fault of the mail: the processor time counts first


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserDied:
    """The child died over this mail: it overran its time or memory, or crashed the interpreter."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserFailed:
    """Reading this mail raised: a fault of ours. ``trace`` says where, without the mail's text."""

    trace: str


Result: TypeAlias = "Reading | ParserDied | ParserFailed"


class _DiedError(Exception):
    """The child is gone; the text says how."""


class ParserProcess:
    """One parser process; calls are served one after the other.

    Args:
        rules: what the child reads with; ``reload`` sends new ones.
        reader: ``module:function`` that the child calls with (raw, envelope, rules).
        deadline: processor time for one mail of usual size.
        memory: bytes of address space the child may have.
    """

    def __init__(
        self,
        rules: Rules,
        *,
        reader: str = "maild.policy.reader:read_for_desk",
        deadline: timedelta = DEADLINE,
        memory: int = MEMORY,
        path: Sequence[Path] = (),
    ) -> None:
        self._rules = packed(rules)
        self._arguments = (reader, str(memory), str(deadline.total_seconds()))
        self._wall = deadline.total_seconds() * _WALL
        self._path = os.pathsep.join(str(folder) for folder in (Path(maild.__file__).parents[1], *path))
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Return the child's process id, or None while there is no child."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Start the child, so that the first mail need not wait.

        Raises:
            TemporaryFailure: it does not start.
        """
        async with self._turn:
            await self._running()

    async def reload(self, rules: Rules) -> None:
        """Have every mail from now on read with ``rules``."""
        async with self._turn:
            self._rules = packed(rules)
            if self._child is not None:
                try:
                    await self._send((frame(Kind.RULES, self._rules),))
                except _DiedError:
                    await self._end()

    async def read_batch(self, mails: Iterable[tuple[Envelope, bytes]]) -> list[Result]:
        """Return what each of ``mails`` says, in their order.

        A mail over which the child dies is answered with ``ParserDied``; those after it are read by a new child.

        Raises:
            TemporaryFailure: no child starts.
        """
        waiting = list(mails)
        results: list[Result] = []
        async with self._turn:
            while len(results) < len(waiting):
                await self._some(waiting[len(results) :], results)
        return results

    async def read_large(self, envelope: Envelope, chunks: AsyncIterator[bytes]) -> Result:
        """Return what the one mail in ``chunks`` says; this process never holds the whole of it.

        Raises:
            TemporaryFailure: no child starts.
        """
        async with self._turn, self._kept():
            child = await self._running()
            try:
                await self._send((frame(Kind.LARGE, packed(envelope)),))
                size = 0
                async for chunk in chunks:
                    size += len(chunk)
                    await self._send(frame(Kind.CHUNK, chunk[at : at + CHUNK]) for at in range(0, len(chunk), CHUNK))
                await self._send((frame(Kind.END),))
                return await self._result(child, size)
            except _DiedError as error:
                await self._end()
                return ParserDied(reason=str(error))

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            await self._end()

    async def _some(self, mails: list[tuple[Envelope, bytes]], results: list[Result]) -> None:
        """Have ``mails`` read by one child, as far as it lives, and add the results."""
        async with self._kept():
            child = await self._running()
            try:
                await self._send((frame(Kind.BATCH, packed(mails)),))
                for _, raw in mails:
                    results.append(await self._result(child, len(raw)))
            except _DiedError as error:
                await self._end()
                results.append(ParserDied(reason=str(error)))

    @contextlib.asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        """End the child when the work in between is broken off: what it would answer next belongs to nobody."""
        try:
            yield
        except BaseException:
            if self._child is not None and self._child.returncode is None:
                self._child.kill()
            self._child = None
            raise

    async def _running(self) -> Process:
        """Return the child, started where there is none."""
        if self._child is not None and self._child.returncode is None:
            return self._child
        await self._end()
        environment = {"PYTHONPATH": self._path, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
        command = (sys.executable, "-P", "-m", "maild.workers.child", *self._arguments)
        self._child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._frame(self._child)
            await self._send((frame(Kind.RULES, self._rules),))
        except (_DiedError, TimeoutError) as error:
            await self._end()
            raise TemporaryFailure(f"the parser process does not start: {error}") from error
        return self._child

    async def _send(self, frames: Iterable[bytes]) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            for one in frames:
                self._child.stdin.write(one)
                async with asyncio.timeout(self._wall):
                    await self._child.stdin.drain()
        except (ConnectionError, TimeoutError) as error:
            raise _DiedError(await self._how(self._child)) from error

    async def _result(self, child: Process, size: int) -> Result:
        try:
            async with asyncio.timeout(self._wall * (1 + size / CHUNK / 32)):
                kind, payload = await self._frame(child)
        except TimeoutError as error:
            raise _DiedError("no answer in time") from error
        if kind == Kind.FAILED:
            return ParserFailed(trace=payload.decode("utf-8", "replace"))
        try:
            reading: Reading = from_child(payload)
        except (pickle.UnpicklingError, ValueError, TypeError, AttributeError, EOFError, ImportError) as error:
            raise _DiedError("an answer that is no reading") from error
        return reading

    async def _frame(self, child: Process) -> tuple[int, bytes]:
        assert child.stdout is not None
        try:
            kind, length = HEADER.unpack(await child.stdout.readexactly(HEADER.size))
            if length > MOST:
                raise _DiedError("an answer beyond all bounds")
            return kind, await child.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _DiedError(await self._how(child)) from error

    async def _how(self, child: Process) -> str:
        """Return how the child ended; one that closed its pipe and lives on is killed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await child.wait()
        status = child.returncode
        if status is None:
            return "hung"
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
