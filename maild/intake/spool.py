"""The bytes of a mail between the wire and the store: in memory while small, in an unnamed file of the state directory when not.

Memory stays flat whatever the lines look like, and nothing over the size limit is ever kept (INT-5). A file of the spool has no
name, so a crash leaves nothing behind: what counts is what the store has committed.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from maild.errors import DiskLow, MailTooLarge, PermanentFailure, TemporaryFailure, TooManyHops
from maild.intake.trace import HopCounter

HEAD_SIZE = 64 * 1024
CHUNK_SIZE = 256 * 1024
IN_MEMORY = 1024 * 1024
IN_MEMORY_TOGETHER = 64 * 1024 * 1024

Refusal = PermanentFailure | TemporaryFailure


class Body:
    """The raw bytes of one mail, as they came, below our Received line.

    Attributes:
        size: the number of bytes.
        head: the first 64 kB.
    """

    __slots__ = ("_content", "_spool", "head", "size")

    def __init__(self, content: bytes | IO[bytes], *, head: bytes, size: int, spool: Spool | None = None) -> None:
        self.size = size
        self.head = head
        self._content = content
        self._spool = spool

    @classmethod
    def of(cls, raw: bytes) -> Body:
        """Return a body that holds ``raw`` in memory."""
        return cls(raw, head=raw[:HEAD_SIZE], size=len(raw))

    def chunks(self, size: int = CHUNK_SIZE) -> Iterator[bytes]:
        """Yield the bytes in order, at most ``size`` at a time; may read a file, so it belongs in a thread. May be called again."""
        if isinstance(self._content, bytes):
            for start in range(0, len(self._content), size):
                yield self._content[start : start + size]
            return
        offset = 0
        while chunk := os.pread(self._content.fileno(), size, offset):
            offset += len(chunk)
            yield chunk

    def close(self) -> None:
        """Let go of the bytes; harmless when done twice."""
        if isinstance(self._content, bytes):
            if self._spool is not None:
                self._spool.hold(-self.size)
        else:
            self._content.close()
        self._spool = None
        self._content = b""


class Spool:
    """Where mails wait for the store.

    Attributes:
        held: bytes of all mails that are in memory just now; above ``together`` every mail over ``small`` goes to a file.
    """

    __slots__ = ("_lock", "directory", "held", "in_memory", "small", "together")

    def __init__(self, directory: Path, *, small: int = HEAD_SIZE, in_memory: int = IN_MEMORY, together: int = IN_MEMORY_TOGETHER) -> None:
        self.directory = directory
        self.small = small
        self.in_memory = in_memory
        self.together = together
        self.held = 0
        self._lock = threading.Lock()

    def draft(self, *, heading: bytes = b"", limit: int, hops: int) -> Draft:
        """Return an empty mail that begins with ``heading`` and may then grow to ``limit`` bytes and ``hops`` Received lines."""
        return Draft(self, heading=heading, limit=limit, hops=hops)

    def hold(self, size: int) -> None:
        """Note that ``size`` bytes more (or fewer) are in memory."""
        with self._lock:
            self.held += size


class Draft:
    """A mail that is coming in; large ones are written by threads, so a lock keeps ``discard`` off a file that is being written.

    Attributes:
        size: bytes that came, without the heading.
        refusal: why the mail cannot be taken; from then on its bytes are counted and dropped.
    """

    __slots__ = ("_file", "_head", "_heading", "_hop_counter", "_hops", "_kept", "_limit", "_lock", "_pieces", "_spool", "refusal", "size")

    def __init__(self, spool: Spool, *, heading: bytes, limit: int, hops: int) -> None:
        self.size = 0
        self.refusal: Refusal | None = None
        self._spool = spool
        self._heading = len(heading)
        self._limit = limit
        self._hops = hops
        self._hop_counter = HopCounter()
        self._pieces = [heading]
        self._kept = len(heading)
        self._head = b""
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        spool.hold(self._kept)

    @property
    def spooled(self) -> bool:
        """Return whether the next bytes go to a file, so that adding them belongs in a thread."""
        if self.refusal is not None:
            return False
        spool = self._spool
        return self._file is not None or self._kept > (spool.in_memory if spool.held <= spool.together else spool.small)

    def add(self, piece: bytes) -> None:
        """Take the next bytes; never raises, but sets ``refusal``."""
        self.size += len(piece)
        if self.refusal is not None:
            return
        self._hop_counter.feed(piece)
        if self.size > self._limit:
            self._refuse(MailTooLarge(f"over {self._limit} bytes"))
        elif self._hop_counter.hops > self._hops:
            self._refuse(TooManyHops(f"over {self._hops} Received lines"))
        else:
            self._keep(piece)

    def finish(self) -> Body:
        """Return the mail as it came; the body now holds the bytes."""
        size = self._heading + self.size
        if self._file is not None:
            content, self._file = self._file, None
            return Body(content, head=self._head, size=size)
        raw = b"".join(self._pieces)
        self._pieces.clear()
        self._kept = 0
        return Body(raw, head=raw[:HEAD_SIZE], size=size, spool=self._spool)

    def discard(self) -> None:
        """Let go of the bytes; harmless after ``finish``."""
        with self._lock:
            self._forget_pieces()
            if self._file is not None:
                self._file.close()
                self._file = None

    def _keep(self, piece: bytes) -> None:
        if not self.spooled:
            self._pieces.append(piece)
            self._kept += len(piece)
            self._spool.hold(len(piece))
            return
        try:
            with self._lock:
                self._write(piece)
        except OSError as error:
            self._refuse(DiskLow(str(error)))

    def _write(self, piece: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._spool.directory, buffering=0)  # noqa: SIM115  # the body closes it
            piece = b"".join((*self._pieces, piece))
            self._forget_pieces()
        if len(self._head) < HEAD_SIZE:
            self._head += piece[: HEAD_SIZE - len(self._head)]
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _refuse(self, why: Refusal) -> None:
        self.refusal = why
        self.discard()

    def _forget_pieces(self) -> None:
        self._spool.hold(-self._kept)
        self._kept = 0
        self._pieces.clear()
