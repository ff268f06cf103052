"""The web server: uvicorn in the daemon's loop, on sockets that the daemon opened; signals stay the daemon's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from maild.web.connections import Connections, WebLimits
from maild.web.protocol import WebConfig, WebProtocol

BACKLOG = 128
KEEP_ALIVE_SECONDS = 5
GRACE_SECONDS = 1
DEFAULT = WebLimits()


class WebServer:
    """Serves the application until it is told to stop."""

    def __init__(self, app: ASGIApp, sockets: Sequence[socket.socket], limits: WebLimits = DEFAULT) -> None:
        self._sockets = list(sockets)
        for each in self._sockets:
            each.listen(BACKLOG)  # who comes between the ready line and the first turn of the loop waits, and is not refused
        config = WebConfig(
            app,
            http=WebProtocol,
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=limits.total + 1,  # where all work: 503; those that wait make room before
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self.connections = config.connections = Connections(limits)
        self._server = _Server(config)
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Serve until ``stop``."""
        try:
            await self._server.serve(sockets=self._sockets)
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Return when requests that are under way have been answered, or their grace is over."""
        self._server.should_exit = True
        try:
            async with asyncio.timeout(GRACE_SECONDS + 1):
                await self._stopped.wait()
        except TimeoutError:
            self._server.force_exit = True


class _Server(uvicorn.Server):
    """A server that leaves signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
