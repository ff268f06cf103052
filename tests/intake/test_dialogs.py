"""The dialogs of tests/intake/dialogs, held over loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.config.listeners import ListenerProtocol
from tests.intake.dialog import Dialog, Talk
from tests.intake.reception import Peer, open_house

DIALOGS = [Dialog.read(path) for path in sorted((Path(__file__).parent / "dialogs").glob("*.txt"))]


@pytest.mark.parametrize("dialog", [pytest.param(each, id=each.name, marks=pytest.mark.rule(*each.rules)) for each in DIALOGS])
async def test_dialog(dialog: Dialog, tmp_path: Path) -> None:
    """Each reply of the dialog is as written, and so is what the store took."""
    protocol = ListenerProtocol.LMTP if dialog.name.startswith("lmtp") else ListenerProtocol.SMTP
    async with open_house(tmp_path, limits=dialog.limits) as house:
        peer = await Peer.connect(house.address(protocol))
        try:
            await Talk(house, peer).run(dialog)
        finally:
            await peer.close()
