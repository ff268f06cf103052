"""Waiting for what one waits for: a condition, short looks, and a deadline that names what never came."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
DEADLINE = 30.0
LOOK_SECONDS = 0.01

_never = threading.Event()


def wait_until(condition: Callable[[], T], what: str = "the condition", *, deadline: float = DEADLINE, every: float = LOOK_SECONDS) -> T:
    """Return the first true value of ``condition``, looked at every ``every`` seconds.

    Raises:
        TimeoutError: it stayed false for ``deadline`` seconds; the text says ``what`` was waited for.
    """
    end = time.monotonic() + deadline
    while not (value := condition()):
        if time.monotonic() >= end:
            raise TimeoutError(f"waited {deadline:g} s in vain for {what}")
        pause(every)
    return value


async def eventually(condition: Callable[[], T], what: str = "the condition", *, deadline: float = DEADLINE) -> T:
    """Return the first true value of ``condition``, while the loop turns.

    Raises:
        TimeoutError: it stayed false for ``deadline`` seconds.
    """
    end = time.monotonic() + deadline
    while not (value := condition()):
        if time.monotonic() >= end:
            raise TimeoutError(f"waited {deadline:g} s in vain for {what}")
        await asyncio.sleep(LOOK_SECONDS)
    return value


def pause(seconds: float) -> None:
    """Let a moment pass between two looks; tests wait with ``wait_until``, which says what for."""
    _never.wait(seconds)
