"""The census: sessions are ended by sweeps, and cut when a peer does not even take its goodbye."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from maild.config.listeners import LimitRules
from maild.intake.census import GOODBYE_SECONDS, Census, sweep_interval
from maild.intake.session import Conversation
from tests.intake.reception import House, open_house


def census_of(house: House) -> Census:
    """Return the census of a house."""
    return house.listeners._house.census


@pytest.mark.rule("INT-4")
async def test_a_peer_that_reads_nothing_is_cut(tmp_path: Path) -> None:
    """A peer that asks and asks and reads no answer holds its place no longer than its time and a goodbye."""
    async with open_house(tmp_path, limits=LimitRules(junk=10**9, commands=10**9)) as house, house.peer() as peer:
        census = census_of(house)
        (session,) = census.sessions
        assert isinstance(session, Conversation)
        assert isinstance(session.transport, asyncio.WriteTransport)
        while not session.transport.get_write_buffer_size():
            peer.writer.write(b"HELP\r\n" * 10_000)
            await house.turn()
        late = asyncio.get_running_loop().time() + 1000
        census.sweep(late)
        await house.turn()
        assert house.listeners.sessions == 1  # the goodbye is still to be sent
        census.sweep(late + GOODBYE_SECONDS + 1)
        await house.until_empty()
        peer.reset()


@pytest.mark.rule("INT-4")
async def test_sweeps_end_resting_sessions_while_stopping(tmp_path: Path) -> None:
    """A session whose mail was under way when the stop came is ended once it rests."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        census = census_of(house)
        census.stopping = True
        census.sweep(asyncio.get_running_loop().time())
        assert [await peer.reply(), await peer.reply()] == ["421 4.3.2 Shutting down, please try again later", ""]
        async with house.peer(greet=False) as late:
            assert await late.reply() == "421 4.3.2 Shutting down, please try again later"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (LimitRules(), 1.0),
        (LimitRules(idle_seconds=0.4), 0.1),
        (LimitRules(session_seconds=2), 0.5),
        (LimitRules(data_grace_seconds=1), 0.25),
    ],
)
def test_sweeps_are_as_frequent_as_the_shortest_limit_needs(limits: LimitRules, expected: float) -> None:
    """A second lies between two sweeps, or a quarter of the shortest limit."""
    assert sweep_interval(limits) == pytest.approx(expected)
