"""The scripted relay of ``tests/workers/sink.py`` in a thread of its own, for tests of whole daemons."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.letters import header
from tests.support.sink import Delivery
from tests.support.waiting import DEADLINE
from tests.workers.sink import Sink, sink

Replies = Mapping[str, tuple[str, ...]]
WELL: Replies = {}


class ScriptedRelay:
    """A relay on loopback that says what its script says; ``script`` may change at any time, also for open connections."""

    def __init__(self, replies: Replies = WELL, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._replies, self._tls, self._port = replies, tls, port
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._sink: Sink | None = None
        self._thread = threading.Thread(target=self._serve, name="scripted-relay", daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    @property
    def sink(self) -> Sink:
        """Return what the relay was told."""
        assert self._sink is not None
        return self._sink

    @property
    def url(self) -> str:
        """Return what ``relay.to`` says in the configuration."""
        return f"smtp://127.0.0.1:{self.sink.port}"

    def script(self, replies: Replies) -> None:
        """Say from now on what ``replies`` say, from their beginning; trouble cuts open connections first, so that it is met at once."""

        def change() -> None:
            self.sink.replies = replies
            self.sink.said.clear()
            for transport in tuple(self.sink.open) if replies else ():
                transport.abort()

        self._loop.call_soon_threadsafe(change)

    def taken(self) -> list[Delivery]:
        """Return the mails to which a yes was said at the final dot, in order."""
        return [
            Delivery(number=number, envelope_from="", to=header(raw, "To"), raw=raw)
            for number, (raw, reply) in enumerate(zip(self.sink.mails, self.sink.verdicts, strict=False), start=1)
            if reply.startswith("250") and header(raw, "Message-ID")  # a lone dot ends the DATA of a mail without recipients
        ]

    def close(self) -> None:
        """Stop listening, and cut what is open."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(DEADLINE)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        async with sink(self._replies, tls=self._tls, port=self._port) as relay:
            self._sink = relay
            self._ready.set()
            await self._over.wait()


@contextmanager
def scripted_relay(replies: Replies = WELL, *, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[ScriptedRelay]:
    """Run a scripted relay for the block."""
    relay = ScriptedRelay(replies, tls=tls, port=port)
    try:
        yield relay
    finally:
        relay.close()
