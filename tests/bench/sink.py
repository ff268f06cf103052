"""The sink: a relay that takes mail by SMTP and counts which mails were answered. A process of its own.

Prints ``ready PORT``; each line ``expect COUNT`` on its standard input is answered with ``done SECONDS TOTAL`` (monotonic) when so many
mails, by their In-Reply-To, have been answered for the first time since. ``total`` counts every mail taken.
"""

from __future__ import annotations

import select
import socket
import sys
import time

_REPLIES = {
    b"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


class Tally:
    """What was taken, and what is waited for."""

    def __init__(self) -> None:
        self.total = 0
        self._seen: set[bytes] = set()
        self._wanted = 0
        self._taken_at = 0.0

    def take(self, mail: bytes) -> None:
        """Count one mail."""
        self.total += 1
        at = mail.find(b"\r\nIn-Reply-To: ")
        if at < 0:
            return
        answered = mail[at + 15 : mail.find(b"\r\n", at + 2)]
        if answered not in self._seen:
            self._seen.add(answered)
            self._taken_at = time.monotonic()
            self._tell()

    def expect(self, count: int) -> None:
        """Tell when ``count`` mails have been answered from now on."""
        self._seen.clear()
        self._wanted = count
        self._tell()

    def _tell(self) -> None:
        if self._wanted and len(self._seen) >= self._wanted:
            self._wanted = 0
            print("done", self._taken_at, self.total, flush=True)


class Session:
    """One connection of a courier."""

    def __init__(self, tally: Tally, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"220 sink.example ESMTP\r\n")
        self._tally, self._connection = tally, connection
        self._buffer = b""
        self._in_mail = False

    def readable(self) -> bool:
        """Return whether the session goes on, after answers to what has come in whole."""
        try:
            data = self._connection.recv(262_144)
            self._buffer += data
            replies = b"".join(iter(self._step, b""))
            if replies:
                self._connection.sendall(replies)
        except ConnectionError:
            data = b""
        if not data:
            self._connection.close()
        return bool(data)

    def _step(self) -> bytes:
        if self._in_mail:
            piece, end, rest = self._buffer.partition(b"\r\n.\r\n")
        else:
            piece, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return b""
        self._buffer = rest
        if self._in_mail:
            self._in_mail = False
            self._tally.take(piece)
            return b"250 2.0.0 Ok: queued as 4F1A2B3C\r\n"
        verb = piece[:4].upper()
        self._in_mail = verb == b"DATA"
        return _REPLIES.get(verb, b"250 2.1.0 Ok\r\n")


def serve() -> None:
    """Serve until standard input ends."""
    tally = Tally()
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print("ready", listener.getsockname()[1], flush=True)
    sessions: dict[int, Session] = {}
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                connection, _ = listener.accept()
                sessions[connection.fileno()] = Session(tally, connection)
                poll.register(connection.fileno(), select.EPOLLIN)
            elif number in sessions:
                if not sessions[number].readable():
                    del sessions[number]
            elif line := sys.stdin.readline():
                tally.expect(int(line.split()[1]))
            else:
                return


if __name__ == "__main__":
    serve()
