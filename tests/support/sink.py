"""A relay for tests that keeps what it takes: a real server on loopback in threads of its own, with a script for what it says.

It outlives any daemon that sends to it, so that what was sent twice is seen twice. ``tests/workers/sink.py`` is its sister for tests that
run inside one event loop.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.letters import header
from tests.support.waiting import DEADLINE

TAKEN = "250 2.0.0 Ok: queued as"
DROP = "drop"  # close the connection without a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail as the relay got it, dots removed. ``number`` counts from 1 over all connections."""

    number: int
    envelope_from: str
    to: str
    raw: bytes

    @property
    def message_id(self) -> str:
        """Return its Message-ID."""
        return header(self.raw, "Message-ID")


Script = Callable[[Delivery], str]


def take_all(delivery: Delivery) -> str:
    """Say yes to every mail."""
    return f"{TAKEN} Q{delivery.number}"


class RecordingSink:
    """The relay. ``script`` decides what is said to the final dot of each mail; the mail counts as got before it is asked."""

    def __init__(self, script: Script = take_all) -> None:
        self.script = script
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sink", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port on loopback."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return what ``relay.to`` says in the configuration."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return every mail that came, in order, those refused too."""
        with self._changed:
            return tuple(self._deliveries)

    def to(self, address: str) -> list[Delivery]:
        """Return the mails that came for ``address``."""
        return [each for each in self.deliveries if each.to == address]

    def doubled(self) -> dict[str, int]:
        """Return each Message-ID that came more than once, with how often."""
        return {id_: count for id_, count in Counter(each.message_id for each in self.deliveries).items() if count > 1}

    def wait_for(self, count: int, *, deadline: float = DEADLINE) -> tuple[Delivery, ...]:
        """Return the mails when there are at least ``count``.

        Raises:
            TimeoutError: there were fewer after ``deadline`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._deliveries) >= count, deadline):
                raise TimeoutError(f"{len(self._deliveries)} of {count} mails came within {deadline:g} s")
            return tuple(self._deliveries)

    def take(self, envelope_from: str, to: str, raw: bytes) -> str:
        """Keep one mail and return the reply to its final dot."""
        with self._changed:
            delivery = Delivery(number=len(self._deliveries) + 1, envelope_from=envelope_from, to=to, raw=raw)
            self._deliveries.append(delivery)
            self._changed.notify_all()
        return self.script(delivery)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def recording_sink(script: Script = take_all) -> Iterator[RecordingSink]:
    """Run a relay for the block."""
    sink = RecordingSink(script)
    try:
        yield sink
    finally:
        sink.close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, sink: RecordingSink) -> None:
        self.sink = sink
        super().__init__(("127.0.0.1", 0), _Conversation)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: daemons are killed here in the middle of a word."""


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Talk until QUIT, or until either side goes."""
        self._sender = self._to = ""
        self._say("220 sink.example ESMTP")
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].upper().partition(b":")[0] if line.strip() else b""
            if verb == b"QUIT":
                return self._say("221 2.0.0 bye")
            if verb == b"DATA":
                if not self._data():
                    return None
            else:
                self._command(verb, line)
        return None

    def _command(self, verb: bytes, line: bytes) -> None:
        if verb == b"EHLO":
            return self._say("250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8")
        if verb == b"MAIL":
            self._sender = _path(line)
        elif verb == b"RCPT":
            self._to = _path(line)
        return self._say("250 2.1.0 Ok")

    def _data(self) -> bool:
        """Return whether the conversation goes on."""
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # cut off before the final dot: no mail
            lines.append(line[1:] if line.startswith(b".") else line)
        reply = self.server.sink.take(self._sender, self._to, b"".join(lines))
        if reply == DROP:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        self._say(reply)
        return True

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")


def _path(line: bytes) -> str:
    return line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")
