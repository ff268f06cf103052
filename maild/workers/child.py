"""The parser process itself: reads mails from its standard input and writes what it read to its standard output, until that ends.

Started as ``python -m maild.workers.child READER MEMORY SECONDS``, never forked; it imports ``maild.mail``, ``maild.policy`` and the
standard library only, holds no key, no database and no connection. The kernel ends it when a mail takes more than its processor time.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO

from maild.mail.envelope import Envelope
from maild.workers.frames import HEADER, Kind, frame, from_parent, packed

_BYTES_PER_DEADLINE = 8 * 1024 * 1024  # so many bytes more, one deadline more

Reader = Callable[[bytes, Envelope, object], object]


def main(arguments: list[str]) -> None:
    """Serve one parent until it closes the pipe."""
    reader, memory, seconds = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)  # sent to the whole group; the daemon drains first, then closes the pipe
    logging.disable()  # libraries log what they choke on, which is the mail (PRV-3)
    source, sink = _own_pipes()
    module, _, name = reader.partition(":")
    read: Reader = getattr(importlib.import_module(module), name)
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sink.write(frame(Kind.READY))
    sink.flush()
    _serve(source, sink, read, float(seconds))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes, moved away from where a stray ``print`` would write."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return source, sink


def _serve(source: BinaryIO, sink: BinaryIO, read: Reader, seconds: float) -> None:
    rules: object = None
    while header := source.read(HEADER.size):
        kind, length = HEADER.unpack(header)
        value = from_parent(source.read(length))
        if kind == Kind.RULES:
            rules = value
        elif kind == Kind.BATCH:
            for envelope, raw in value:
                _answer(sink, read, raw, envelope, rules, seconds)
        else:
            _answer(sink, read, _large(source), value, rules, seconds)
        del value


def _large(source: BinaryIO) -> bytes:
    """Return the mail that comes in chunks; the buffer becomes the bytes without a copy."""
    buffer = io.BytesIO()
    while True:
        kind, length = HEADER.unpack(source.read(HEADER.size))
        if kind == Kind.END:
            return buffer.getvalue()
        buffer.write(source.read(length))


def _answer(sink: BinaryIO, read: Reader, raw: bytes, envelope: Envelope, rules: object, seconds: float) -> None:
    """Read one mail and say what came of it; over its processor time the kernel's SIGPROF ends the process."""
    signal.setitimer(signal.ITIMER_PROF, seconds * (1 + len(raw) / _BYTES_PER_DEADLINE))
    try:
        answer = frame(Kind.READ, packed(read(raw, envelope, rules)))
    except Exception:  # noqa: BLE001  a fault of ours: the mail goes to quarantine with the traceback, the next one is served (INT-9)
        answer = frame(Kind.FAILED, _trace())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    sink.write(answer)
    sink.flush()


def _trace() -> bytes:
    """Return where the fault is: files, lines and the kind of error, not its text, which may quote the mail."""
    kind, _, at = sys.exc_info()
    frames = "".join(traceback.format_tb(at, limit=-8))
    return f"{frames}{kind.__name__ if kind else ''}".encode()


if __name__ == "__main__":
    main(sys.argv[1:])
