"""What watches while mails are tried: a deadline in processor time, the log's lines as they are written, and where an error came from."""

from __future__ import annotations

import io
import json
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from maild import log


class TooLong(BaseException):
    """Reading one mail has taken more processor time than the parser process would have been given."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` in the block once this process has used ``seconds`` of processor time; for the main thread."""

    def over(_: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def where(error: BaseException) -> str:
    """Return what kind of error it is and where it came from, innermost place first."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}: {str(error)[:200]!r}"


class CheckedLines(io.StringIO):
    """Takes the log in the place of standard error; ``problems`` are the writes that were not one whole line each."""

    def __init__(self, form: str = "json") -> None:
        super().__init__()
        self.form = form
        self.problems: list[str] = []
        self.events: list[str] = []

    def write(self, text: str) -> int:
        """Look at what is written, and forget it."""
        if text.count("\n") != 1 or not text.endswith("\n") or not text[:-1].isprintable():
            self.problems.append(f"a fact is no line: {text!r}")
        elif self.form == "json":
            self.events.append(json.loads(text)["event"])
        return len(text)

    def listen(self) -> None:
        """Have everything logged here from now on."""
        log.configure(form=self.form, level="debug", hash_key=b"fuzz", stream=self)
