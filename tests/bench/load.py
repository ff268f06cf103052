"""The load: sends mails over some connections, as fast as the server answers. A process of its own.

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
    """One connection that takes mail after mail from what all share; it pipelines where the server offers that, as relays do (RFC 2920)."""

    def __init__(self, port: int, mails: Iterator[Mail], waits: list[float]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._mails, self._waits = mails, waits
        self._next: Callable[[], bool] = self._hello
        self._awaited = 1  # replies before the next step
        self._pipelining = False
        self._commands: list[str] = []
        self._mail = Mail("", "", b"")
        self._dot_at = 0.0
        self._buffer = b""

    def readable(self) -> bool:
        """Return whether the session goes on, after the next commands where all replies are there.

        Raises:
            ConnectionError: the server closed the connection, or said no.
        """
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        for line in lines:
            self._pipelining = self._pipelining or line[4:] == b"PIPELINING"
            if line[:1] not in b"23":
                raise ConnectionError(f"the server said {line!r}")
            self._awaited -= line[3:4] == b" "
        return True if self._awaited else self._next()

    def _say(self, following: Callable[[], bool], *commands: str) -> bool:
        self._next, self._awaited = following, len(commands)
        self.socket.sendall("".join(f"{command}\r\n" for command in commands).encode())
        return True

    def _hello(self) -> bool:
        return self._say(self._from, "EHLO load.example")

    def _from(self) -> bool:
        if self._dot_at:
            self._waits.append(time.monotonic() - self._dot_at)
        mail = next(self._mails, None)
        if mail is None:
            return self._say(self._close, "QUIT")
        self._mail = mail
        commands = [f"MAIL FROM:<{mail.sender}>", f"RCPT TO:<{HELPDESK}>", "DATA"]
        if self._pipelining:
            return self._say(self._text, *commands)
        self._commands = commands
        return self._one_by_one()

    def _one_by_one(self) -> bool:
        command = self._commands.pop(0)
        return self._say(self._one_by_one if self._commands else self._text, command)

    def _text(self) -> bool:
        self._next, self._awaited = self._from, 1
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
