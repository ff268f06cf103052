"""One connection of the web server: uvicorn's, with a time for the whole request, a time for the answer, and a place in the count."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from maild.web.connections import Connections, counted_as

_WHOLE = (h11.DONE, h11.MUST_CLOSE)
_UNANSWERED = (h11.SEND_RESPONSE, h11.SEND_BODY)


class WebConfig(uvicorn.Config):
    """A configuration that knows the connections."""

    connections: Connections


class WebProtocol(H11Protocol):
    """A connection that is cut when it sends no whole request in time, or does not take its answer."""

    peer = ""

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(config, WebConfig)
        self._census = config.connections
        self._deadline: asyncio.TimerHandle | None = None
        self._works = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Count the connection in; its time begins."""
        super().connection_made(transport)
        self.peer = counted_as(transport.get_extra_info("peername"), self._census.limits.trusted)
        self._wait()
        self._census.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection out."""
        self._stop()
        self._census.leave(self)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Read what has come; with the end of a request the time for it is over."""
        super().handle_events()
        if not self._works and self.conn.their_state in _WHOLE and self.conn.our_state in _UNANSWERED:
            self._works = True
            self._census.works(self)
            self._after(self._census.limits.answer_seconds)

    def on_response_complete(self) -> None:
        """Wait for the next request; what the peer has not taken of the answer by then it will not take."""
        self._wait()
        self._census.waits(self)
        super().on_response_complete()

    def cut(self) -> None:
        """End the connection at once, whatever it has not taken yet."""
        self._stop()
        self.transport.abort()

    def _wait(self) -> None:
        self._works = False
        self._after(self._census.limits.request_seconds)

    def _after(self, seconds: float) -> None:
        self._stop()
        self._deadline = self.loop.call_later(seconds, self.cut)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
