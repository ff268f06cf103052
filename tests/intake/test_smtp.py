"""SMTP over real sockets on loopback, with a store that keeps mails in a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.reception import open_house


@pytest.mark.rule("INT-3")
async def test_the_250_names_the_mail_id(tmp_path: Path) -> None:
    """The 250 names the id under which the mail is kept."""
    async with open_house(tmp_path) as house, house.peer() as peer:
        reply = await peer.mail(b"Subject: x\r\n\r\nhello\r\n")
    assert reply == "250 2.0.0 Ok M1"
    assert [each.text for each in house.store.mails] == [b"Subject: x\r\n\r\nhello\r\n"]
