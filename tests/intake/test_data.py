"""The DATA reader: any content, in any pieces, comes out as it went in."""

from __future__ import annotations

import asyncio
import itertools
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maild.config.listeners import LimitRules
from maild.intake.data import at_line_start, receive
from maild.intake.spool import Body, Spool
from maild.mail.envelope import Envelope
from tests.intake.reception import FakeStore, House, open_house

NASTY = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"..", b"\r\n.", b"\0", b"\xff", b"a", b"Received: x", b"x" * 70]), max_size=60
)


def stuffed(mail: bytes) -> bytes:
    """Return ``mail`` as a sender puts it on the wire; a mail ends with CRLF or is empty."""
    text = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:]
    return text + b".\r\n"


def pieces(wire: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Yield ``wire`` cut at ``cuts``."""
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    for start, end in itertools.pairwise(places):
        yield wire[start:end]


def received(wire: Iterator[bytes], limit: int, spool: Spool) -> tuple[bytes, bytes]:
    """Return the mail that comes out of the pieces, and what is left for the next command."""

    async def run() -> tuple[bytes, bytes]:
        reader = asyncio.StreamReader(limit=limit)
        draft = spool.draft(limit=10**9, hops=10**9)
        reader.feed_data(next(wire))
        at_line_start(reader)
        async with asyncio.TaskGroup() as group:
            done = group.create_task(receive(reader, draft))
            for piece in wire:
                await asyncio.sleep(0)
                reader.feed_data(piece)
        assert done.done()
        body = draft.finish()
        reader.feed_eof()
        mail = b"".join(body.chunks(7))
        body.close()
        return mail, await reader.read()

    return asyncio.run(run())


@pytest.mark.rule("INT-5")
@given(
    mail=NASTY,
    cuts=st.lists(st.integers(0, 10_000), max_size=12),
    limit=st.sampled_from([6, 7, 64, 65536]),
    in_memory=st.sampled_from([0, 20, 2**20]),
)
@settings(max_examples=400)
@example(mail=[], cuts=[], limit=6, in_memory=0)
@example(mail=[b".", b"\r\n"], cuts=[1], limit=6, in_memory=0)
def test_any_mail_comes_through_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, mail: list[bytes], cuts: list[int], limit: int, in_memory: int
) -> None:
    """Whatever a mail holds and wherever the network cuts it, in memory or in a file, the same bytes come out, and what follows is left."""
    text = b"".join([*mail, b"\r\n"]) if mail else b""
    spool = Spool(tmp_path_factory.getbasetemp(), in_memory=in_memory)
    found = received(pieces(stuffed(text) + b"QUIT\r\n", cuts), limit, spool)
    assert found == (text, b"QUIT\r\n")
    assert spool.held == 0


@pytest.mark.rule("INT-5")
def test_every_cut_of_a_short_mail(tmp_path: Path) -> None:
    """A mail full of line ends and dots comes through wherever two cuts fall."""
    text = b".\r\n..\r\n\r\n.a\r\r\n.\n.\r\n"
    wire = stuffed(text) + b"QUIT\r\n"
    cuts = itertools.combinations(range(len(wire) + 1), 2)
    found = {received(pieces(wire, list(pair)), 6, Spool(tmp_path, in_memory=0)) for pair in cuts}
    assert found == {(text, b"QUIT\r\n")}


async def drained(envelope: Envelope, body: Body) -> None:
    """Read a body as a store does, keeping nothing."""
    await asyncio.to_thread(lambda: sum(len(chunk) for chunk in body.chunks()))


class Reader(FakeStore):
    """A store that reads each mail and keeps its size only."""

    sizes: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.sizes = []

    async def __call__(self, envelope: Envelope, body: Body, *, mail_id: str) -> str:
        """Return the id."""
        await drained(envelope, body)
        self.sizes.append(body.size - body.head.index(b"\r\n", body.head.index(b"\t", body.head.index(b";"))) - 2)
        return mail_id


async def send_shape(house: House, shape: bytes, size: int) -> str:
    """Return the reply to a mail of ``size`` bytes made of ``shape``."""
    async with house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        piece = shape * (64 * 1024 // len(shape))
        for _ in range(size // len(piece)):
            await peer.send(piece)
        await peer.send(b"\r\n.\r\n")
        return await peer.reply()


SHAPES = [b"\r\n", b"..\r\n", b"\n", b"\r", b"x", b".\r", b"Received: x\r\n", b"a" * 76 + b"\r\n"]


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("shape", SHAPES)
async def test_a_megabyte_of_any_shape_is_cheap(tmp_path: Path, shape: bytes) -> None:
    """A mail of 1 MB costs under 100 ms of processor, the sender's share included, whatever its lines look like."""
    async with open_house(tmp_path, store=Reader(), limits=LimitRules(hops=10**9)) as house:
        await send_shape(house, shape, 1)
        began = time.process_time()
        reply = await send_shape(house, shape, 1_000_000)
        spent = time.process_time() - began
    assert reply == "250 2.0.0 Ok M2"
    assert spent < 0.1


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("shape", [b"\r\n", b"..\r\n", b"\n", b"x"])
async def test_thirty_megabytes_of_any_shape_cost_no_memory(tmp_path: Path, shape: bytes) -> None:
    """30 MB of empty lines, of dots or without a line end are taken with a few MB of memory."""
    store = Reader()
    async with open_house(tmp_path, store=store) as house:
        tracemalloc.start()
        try:
            reply = await send_shape(house, shape, 30_000_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert reply == "250 2.0.0 Ok M1"
    assert store.sizes[0] > 20_000_000
    assert peak < 8_000_000


@pytest.mark.rule("INT-5")
async def test_a_mail_over_the_limit_is_read_to_its_end_and_not_kept(tmp_path: Path) -> None:
    """Of a mail over the limit nothing is kept, its end is found, and the peer is told then."""
    async with open_house(tmp_path, limits=LimitRules(size=2_000_000)) as house:
        tracemalloc.start()
        try:
            reply = await send_shape(house, b"x\r\n", 20_000_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (reply, house.store.mails) == ("552 5.3.4 Message size exceeds the limit", [])
    assert peak < 8_000_000


@pytest.mark.rule("INT-4", "INT-5")
async def test_a_disk_that_fills_up_is_452(tmp_path: Path) -> None:
    """When the spool cannot be written the peer is told to try again, and small mails are still taken."""
    async with open_house(tmp_path / "missing") as house, house.peer() as peer:
        assert await peer.mail(b"x" * 3_000_000 + b"\r\n") == "452 4.3.1 Insufficient system storage, please try again later"
        assert await peer.mail(b"x\r\n") == "250 2.0.0 Ok M2"
