"""Sockets as they are opened: what the listeners rely on before a peer has said a word."""

from __future__ import annotations

import asyncio
import socket

from maild.intake.addresses import open_sockets


async def test_replies_leave_at_once() -> None:
    """Connections of a TCP listener do not wait for the peer's ACK with the next reply, which pipelining would feel."""
    (bound,) = open_sockets("127.0.0.1:0", mode=0o660, inherited={})
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(greet, sock=bound):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        assert 0 != await accepted
        writer.close()
        await writer.wait_closed()
