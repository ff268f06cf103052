"""A storm: as many mails as a process can send over some connections, and how long each waited for its 250.

``python -m tests.faults.storm PORT CONNECTIONS COUNT KIND`` prints one JSON line. It polls its sockets itself, so that it takes little of
the machine that it shares with the daemon. Kinds: ``crowd`` (every mail another sender, over twenty domains), ``one`` (one sender, every
mail another matter), ``same`` (one sender who says the same each time), ``calm`` (reports of machines, which nobody answers).
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.support.letters import HELPDESK, letter

DOMAINS = 20
TEXT = (
    "Hello, the printer on our ward prints blank pages since this morning.",
    "We have tried to turn it off and on again, and to change the toner.",
    "Please ring 020 7946 0123 when you come.",
    "",
    "Kind regards",
    "Ward 7",
)


@dataclass(slots=True)
class Client:
    """One connection that takes mail after mail from what all share."""

    port: int
    mails: Iterator[tuple[str, bytes]]
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._next: Callable[[], bool] = self._hello
        self._raw = b""
        self._dot_at = 0.0
        self._buffer = b""

    socket: socket.socket = field(init=False)
    _next: Callable[[], bool] = field(init=False)
    _raw: bytes = field(init=False)
    _dot_at: float = field(init=False)
    _buffer: bytes = field(init=False)

    def readable(self) -> bool:
        """Return whether the session goes on, after the next command where a reply was complete."""
        data = self.socket.recv(65536)
        assert data, "the server closed the connection"
        self._buffer += data
        if not self._buffer.endswith(b"\n") or self._buffer.rsplit(b"\n", 2)[-2][3:4] == b"-":
            return True
        reply, self._buffer = self._buffer, b""
        assert reply[:1] in b"23", reply
        return self._next()

    def _say(self, line: str, following: Callable[[], bool]) -> bool:
        self._next = following
        self.socket.sendall(line.encode() + b"\r\n")
        return True

    def _hello(self) -> bool:
        return self._say("EHLO storm.example", self._from)

    def _from(self) -> bool:
        if self._dot_at:
            self.waits.append(time.monotonic() - self._dot_at)
        sender, self._raw = next(self.mails, ("", b""))
        return self._say(f"MAIL FROM:<{sender}>", self._to) if sender else self._say("QUIT", self._close)

    def _to(self) -> bool:
        return self._say(f"RCPT TO:<{HELPDESK}>", self._data)

    def _data(self) -> bool:
        return self._say("DATA", self._text)

    def _text(self) -> bool:
        self._next = self._from
        self.socket.sendall(self._raw + b".\r\n")
        self._dot_at = time.monotonic()
        return True

    def _close(self) -> bool:
        self.socket.close()
        return False


def mails(kind: str, count: int) -> list[tuple[str, bytes]]:
    """Return senders and mails; made beforehand, so that making them takes nothing from the storm."""
    made = []
    for number in range(count):
        sender = f"user{number}@flood{number % DOMAINS}.example" if kind == "crowd" else "monitor@flood.example"
        headers = {"Auto-Submitted": "auto-generated"} if kind == "calm" else {}
        body = "\r\n".join(TEXT)
        matter = "" if kind == "same" else f"This is matter {number}.\r\n"
        made.append((sender, letter(sender=sender, subject="Printer down", body=matter + body, headers=headers)))
    return made


def send(port: int, connections: int, storm: list[tuple[str, bytes]]) -> list[float]:
    """Return each mail's wait for its 250."""
    shared = iter(storm)
    clients = {client.socket.fileno(): client for client in (Client(port, shared) for _ in range(connections))}
    everybody = list(clients.values())
    poll = select.epoll()
    for number in clients:
        poll.register(number, select.EPOLLIN)
    while clients:
        for number, _ in poll.poll():
            if not clients[number].readable():
                del clients[number]
    return [wait for client in everybody for wait in client.waits]


def main(arguments: list[str]) -> None:
    """Send, and print what was seen."""
    port, connections, count, kind = arguments
    storm = mails(kind, int(count))
    began = time.monotonic()
    waits = send(int(port), int(connections), storm)
    print(json.dumps({"seconds": time.monotonic() - began, "waits": waits}))


if __name__ == "__main__":
    main(sys.argv[1:])
