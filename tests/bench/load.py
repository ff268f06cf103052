"""The load: sends mails over some connections, one command at a time, as fast as the server answers. A process of its own.

``python -m tests.bench.load PORT CONNECTIONS COUNT KIND SEED`` prints one JSON line: when the first command went out (monotonic seconds)
and how long each mail's last dot waited for its 250. It polls its sockets itself: asyncio would take as much of the machine again.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from tests.bench.mails import HELPDESK, Mail, on_the_wire, people


class Client:
    """One connection that takes mail after mail from what all share."""

    def __init__(self, port: int, mails: Iterator[Mail], waits: list[float]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._mails, self._waits = mails, waits
        self._next: Callable[[], bool] = self._hello
        self._mail = Mail("", "", b"")
        self._dot_at = 0.0
        self._buffer = b""

    def readable(self) -> bool:
        """Return whether the session goes on, after the next command where a reply was complete.

        Raises:
            ConnectionError: the server closed the connection, or said no.
        """
        data = self.socket.recv(65536)
        self._buffer += data
        if not data:
            raise ConnectionError("the server closed the connection")
        if not self._buffer.endswith(b"\n") or self._buffer.rsplit(b"\n", 2)[-2][3:4] == b"-":
            return True
        reply, self._buffer = self._buffer, b""
        if reply[:1] not in b"23":
            raise ConnectionError(f"the server said {reply!r}")
        return self._next()

    def _say(self, line: str, following: Callable[[], bool]) -> bool:
        self._next = following
        self.socket.sendall(line.encode() + b"\r\n")
        return True

    def _hello(self) -> bool:
        return self._say("EHLO load.example", self._from)

    def _from(self) -> bool:
        if self._dot_at:
            self._waits.append(time.monotonic() - self._dot_at)
        mail = next(self._mails, None)
        if mail is None:
            return self._say("QUIT", self._close)
        self._mail = mail
        return self._say(f"MAIL FROM:<{mail.sender}>", self._to)

    def _to(self) -> bool:
        return self._say(f"RCPT TO:<{HELPDESK}>", self._data)

    def _data(self) -> bool:
        return self._say("DATA", self._text)

    def _text(self) -> bool:
        self._next = self._from
        self.socket.sendall(self._mail.data)
        self._dot_at = time.monotonic()
        return True

    def _close(self) -> bool:
        self.socket.close()
        return False


def send(port: int, connections: int, mails: Sequence[Mail]) -> tuple[float, list[float]]:
    """Return when the first command went out, and each mail's wait for its 250; ``mails`` are as on the wire."""
    waits: list[float] = []
    shared = iter(mails)
    began = time.monotonic()
    clients = {client.socket.fileno(): client for client in (Client(port, shared, waits) for _ in range(connections))}
    poll = select.epoll()
    for number in clients:
        poll.register(number, select.EPOLLIN)
    while clients:
        for number, _ in poll.poll():
            if not clients[number].readable():
                del clients[number]
    return began, waits


def main(arguments: list[str]) -> None:
    """Send, and print what was seen."""
    port, connections, count, kind, seed = arguments
    mails = [Mail(mail.sender, mail.message_id, on_the_wire(mail)) for mail in people(int(count), known=kind == "known", seed=seed)]
    began, waits = send(int(port), int(connections), mails)
    print(json.dumps({"began": began, "waits": waits}))


if __name__ == "__main__":
    main(sys.argv[1:])
