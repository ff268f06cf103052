"""A wire between maild and a server that can be cut at a chosen word: real bytes, and the moment of the cut is no luck."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.waiting import DEADLINE


class Cutter:
    """A TCP relay to ``target``.

    Attributes:
        word: what the client must say for the wire to be cut, b"" for never; reset by the cut.
        heard: whether the server hears the word and does what it asks; only its answer is lost then.
        cuts: how often it was cut.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.word = b""
        self.heard = True
        self.cuts = 0
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="cutter", daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port on loopback."""
        return int(self._server.getsockname()[1])

    def sever(self) -> None:
        """Cut every connection now."""
        with self._lock:
            for each in tuple(self._open):
                _end(each)
            self._open.clear()

    def close(self) -> None:
        """Listen no more, and cut what is open."""
        self._server.close()
        self.sever()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
                server = socket.create_connection(self._target, timeout=DEADLINE)
            except OSError:
                return
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.word and self.word in data:
                    self._cut(client, server, data)
                    return
                server.sendall(data)
        _end(client)
        _end(server)

    def _cut(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        self.word = b""
        self.cuts += 1
        _end(client)
        if self.heard:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        else:
            _end(server)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            with suppress(OSError):
                sink.sendall(data)
    _end(sink)
    _end(source)


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def cutter(port: int) -> Iterator[Cutter]:
    """Run a wire to a local ``port`` for the block."""
    wire = Cutter(("127.0.0.1", port))
    try:
        yield wire
    finally:
        wire.close()
