"""LMTP over real sockets: one reply for each accepted recipient."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.config.listeners import ListenerProtocol
from maild.errors import Overloaded
from tests.intake.reception import open_house
from tests.intake.test_smtp import TEXT, failing


@pytest.mark.rule("INT-1")
@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("fails", [False, True])
async def test_one_reply_for_each_accepted_recipient(tmp_path: Path, count: int, fails: bool) -> None:
    """Each accepted recipient gets its reply, a repeated one each time, a refused one none; the next reply answers the next command."""
    store = failing(Overloaded("full")) if fails else None
    async with open_house(tmp_path, store=store) as house, house.peer(protocol=ListenerProtocol.LMTP) as peer:
        await peer.ask("MAIL FROM:<alice@trust.example>")
        recipients = [f"service+{number}@trust.example" for number in range(count)]
        asked = await peer.ask(*(f"RCPT TO:<{each}>" for each in (*recipients, "no@trust.example", recipients[0])), "DATA")
        assert [each[:3] for each in asked] == ["250"] * count + ["550", "250", "354"]
        await peer.send(TEXT + b".\r\nNOOP\r\n")
        replies = [await peer.reply() for _ in range(count + 2)]
    expected = "451 4.3.0 Temporary failure, please try again later" if fails else "250 2.0.0 Ok M1"
    assert replies == [expected] * (count + 1) + ["250 2.0.0 Ok"]
    assert [each.envelope.rcpt_to for each in house.store.mails] == ([] if fails else [tuple(recipients)])
