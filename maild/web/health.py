"""What a monitor asks: metrics for Prometheus, whether the daemon lives, and whether it is ready, with the reasons (OPS-5, OPS-10).

No answer holds an address, a subject or a reference.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from maild import metrics
from maild.errors import TemporaryFailure
from maild.store import inbox, outbox, timers
from maild.store.database import Database
from maild.store.group import Transaction

PATIENCE_SECONDS = 3.0
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What holds the daemon back: ``reasons`` for which no mail is taken, and ``notes`` on parts that rest."""

    reasons: Sequence[str] = ()
    notes: Sequence[str] = ()


class Health:
    """What the pages of health look at."""

    def __init__(self, *, database: Database, now: Callable[[], datetime], state_dir: Path, condition: Callable[[], Condition]) -> None:
        self._database = database
        self._now = now
        self._state_dir = state_dir
        self._condition = condition

    def app(self) -> ASGIApp:
        """Return the application."""
        pages = {"/metrics": self._metrics, "/healthz": self._alive, "/readyz": self._ready}
        return Starlette(routes=[Route(path, page, methods=["GET"]) for path, page in pages.items()])

    async def _alive(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, request: Request) -> Response:
        condition, trouble = self._condition(), await self._measure()
        reasons = [*condition.reasons, *([trouble] if trouble else [])]
        content = {"ready": not reasons, "reasons": reasons, "notes": list(condition.notes)}
        return JSONResponse(content, status_code=503 if reasons else 200)

    async def _metrics(self, request: Request) -> Response:
        await self._measure()
        return Response(metrics.exposition(), media_type=PROMETHEUS)

    async def _measure(self) -> str:
        """Return why the store could not be asked, "" where the gauges of what waits are set anew."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                counted = await self._database.read(_waiting, self._now())
        except (TemporaryFailure, TimeoutError):
            return "the store does not answer"
        for name, number in counted.items():
            metrics.gauge(name, number)
        metrics.gauge("disk_free_bytes", shutil.disk_usage(self._state_dir).free)
        return ""


def _waiting(tx: Transaction, now: datetime) -> dict[str, int]:
    return {
        "inbox_pending": inbox.pending_count(tx),
        "outbox_pending": outbox.waiting(tx),
        "timers_due": timers.due_count(tx, now),
        "quarantined": len(inbox.quarantined(tx)),
    }
