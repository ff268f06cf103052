"""Connections that send no request: they are cut in time, make room for others, and shut nobody out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import ip_network

import pytest
from starlette.types import Receive, Scope, Send

from maild.web.connections import Connections, WebLimits, counted_as
from maild.web.server import WebServer

DEADLINE = 10
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(eq=False)
class Caller:
    """A connection that only notes that it was cut."""

    peer: str = "192.0.2.1"
    was_cut: bool = False

    def cut(self) -> None:
        """Note it."""
        self.was_cut = True


class TurnedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        """Return the time."""
        return super().time() + self.ahead


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with as much as the path asks for, when the whole request is there."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * int(scope["path"].strip("/") or 2)})


def serve(limits: WebLimits, play: Callable[[WebServer, tuple[str, int], TurnedLoop], Awaitable[None]]) -> None:
    """Play against a server on loopback, in a loop whose clock can be put forward."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TurnedLoop)
        listener = socket.create_server(("127.0.0.1", 0))
        server = WebServer(page, [listener], limits)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.run())
            await play(server, listener.getsockname(), loop)
            await server.stop()
            await serving

    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        runner.run(run())


async def turns(until: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    async with asyncio.timeout(DEADLINE):
        while not until():  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0)


async def turn() -> None:
    """Let the loop turn a few times."""
    for _ in range(9):
        await asyncio.sleep(0)


async def said(peer: socket.socket, loop: TurnedLoop) -> bytes:
    """Return what a peer is told next, b"" where it is cut."""
    async with asyncio.timeout(DEADLINE):
        try:
            return await loop.sock_recv(peer, 9999)
        except ConnectionResetError:
            return b""


async def call(where: tuple[str, int], loop: TurnedLoop, first: bytes = b"") -> socket.socket:
    """Return a connection that has said something."""
    peer = socket.socket()
    peer.setblocking(False)
    await loop.sock_connect(peer, where)
    peer.send(first)
    return peer


@pytest.mark.rule("RES-2")
def test_three_hundred_half_open_connections_shut_nobody_out() -> None:
    """Whoever sends his request is answered; those that have waited longest have made room, and none was more than the cap."""

    async def play(server: WebServer, where: tuple[str, int], loop: TurnedLoop) -> None:
        with ExitStack() as stack:
            for number in range(300):
                stack.enter_context(closing(await call(where, loop, GET[: number % len(GET)])))
            await turns(lambda: len(server.connections) == 200)
            person = stack.enter_context(closing(await call(where, loop, GET)))
            assert (await said(person, loop)).startswith(b"HTTP/1.1 200")
            assert len(server.connections) <= 200

    serve(WebLimits(trusted=(ip_network("127.0.0.0/8"),)), play)


@pytest.mark.rule("RES-2")
@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nreason=",
        GET + b"GET / HT",
    ],
)
def test_a_connection_without_a_whole_request_is_cut_after_ten_seconds(first: bytes) -> None:
    """Also where it says another byte now and then, and where it has been answered before."""

    async def play(server: WebServer, where: tuple[str, int], loop: TurnedLoop) -> None:
        with closing(await call(where, loop, first)) as peer:
            await turns(lambda: len(server.connections) == 1)
            if first.startswith(GET):
                assert (await said(peer, loop)).startswith(b"HTTP/1.1 200")
            for _ in range(3):
                loop.ahead += 3
                peer.send(b"a")
                await turn()
                assert 1 == len(server.connections)
            loop.ahead += 1.1
            await turns(lambda: len(server.connections) == 0)
            assert b"" == await said(peer, loop)

    serve(WebLimits(), play)


@pytest.mark.rule("RES-2")
def test_a_peer_that_does_not_take_its_answer_is_cut_too() -> None:
    """It asks for much, many times, and reads nothing: after the answer's time it is gone."""

    async def play(server: WebServer, where: tuple[str, int], loop: TurnedLoop) -> None:
        with closing(await call(where, loop, b"GET /9000000 HTTP/1.1\r\nHost: x\r\n\r\n" * 9)):
            await turns(lambda: len(server.connections) == 1)
            for _ in range(60):
                loop.ahead += 31
                await turn()
            await turns(lambda: len(server.connections) == 0)

    serve(WebLimits(), play)


@pytest.mark.rule("RES-2")
def test_one_peer_holds_only_its_share() -> None:
    """Its own oldest goes for its newest; other peers, and what is being answered, stay."""
    census = Connections(WebLimits(total=9, per_peer=2))
    other, busy, idle, new = Caller(peer="198.51.100.7"), Caller(), Caller(), Caller()
    for each in (other, busy, idle):
        census.enter(each)
    census.works(busy)
    census.enter(new)
    assert [False, False, True, False] == [each.was_cut for each in (other, busy, idle, new)]


@pytest.mark.rule("RES-2")
def test_where_all_of_a_peer_s_connections_work_its_next_one_goes() -> None:
    """What is being answered is never cut for another."""
    census = Connections(WebLimits(total=9, per_peer=1))
    busy, new = Caller(), Caller()
    census.enter(busy)
    census.works(busy)
    census.enter(new)
    assert (False, True, 1) == (busy.was_cut, new.was_cut, len(census))


@pytest.mark.rule("RES-2")
def test_in_all_the_one_that_has_waited_longest_makes_room() -> None:
    """One that was answered meanwhile waits from then on; trusted proxies have no share of their own, but count."""
    census = Connections(WebLimits(total=2, per_peer=1))
    first, second, third = Caller(peer=""), Caller(peer=""), Caller(peer="192.0.2.9")
    census.enter(first)
    census.enter(second)
    census.works(first)
    census.waits(first)
    census.enter(third)
    assert [False, True, False] == [each.was_cut for each in (first, second, third)]
    for each in (first, second, third):
        census.leave(each)
    assert 0 == len(census)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3::4", 1, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
        (("127.0.0.1", 1), ""),
        (("::ffff:127.0.0.1", 1, 0, 0), ""),
        ("", ""),
        (None, ""),
    ],
)
def test_what_a_peer_is_counted_as(address: object, expected: str) -> None:
    """IPv6 by the network that one customer gets; a trusted proxy and a unix socket not at all."""
    assert expected == counted_as(address, (ip_network("127.0.0.0/8"),))
