"""Mutated dialogues with the real listeners: every reply is one, every session ends, and no mail is kept that was not sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maild.intake import data, lmtp, replies, smtp
from maild.intake.data import Unstuffer
from maild.intake.spool import Draft
from tests.fuzz.dialogue import Dialogue, mutant
from tests.fuzz.dialogues import try_dialogues
from tests.fuzz.witness import SECRET, Heard, problems

Plant = Callable[[pytest.MonkeyPatch], None]
HELLO = b"EHLO relay.test\r\nMAIL FROM:<alice@trust.example>\r\nRCPT TO:<helpdesk@trust.example>\r\nRCPT TO:<it@trust.example>\r\nDATA\r\n"


@pytest.mark.rule("INT-4", "INT-5")
@pytest.mark.parametrize("seed", [1, 2])
async def test_mutated_dialogues_find_nothing(seed: int, tmp_path: Path) -> None:
    """Dialogues out of order, cut, doubled, garbled, pipelined and torn: the listener answers each as it should, and serves on."""
    tally = await try_dialogues([mutant(seed, number) for number in range(200)], tmp_path)
    assert (tally.findings, tally.dialogues, tally.kept > 20) == ([], 200, True)


def test_dialogues_are_the_same_everywhere() -> None:
    """A seed and a number give the same dialogue each time, other numbers others."""
    first = [mutant(1, number) for number in range(100)]
    assert first == [mutant(1, number) for number in range(100)]
    assert len({dialogue.sent for dialogue in first}) > 80


# ---------------------------------------------------------------------------------------- the witness sees what is planted


def _ends_at_bare_lines(patch: pytest.MonkeyPatch) -> None:
    receive = data.receive

    async def lenient(reader: asyncio.StreamReader, draft: Draft) -> None:
        reader._buffer[:] = reader._buffer.replace(b"\n.\n", b"\r\n.\r\n")  # type: ignore[attr-defined]  # not in typeshed
        await receive(reader, draft)

    patch.setattr(smtp, "receive", lenient)


def _leaves_dots(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Unstuffer, "feed", lambda self, piece: self._without_start(piece))


def _answers_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lmtp.LmtpSession, "_answer", smtp.SmtpSession._answer)


def _says_why(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("maild.intake.session.enhanced", lambda reply: f"{reply} {SECRET}")


def _leaves_out_the_status(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replies, "_DEFAULTS", {})
    patch.setattr("maild.intake.smtp.SmtpSession.smtp_NOOP", _bare)


async def _bare(self: smtp.SmtpSession, arg: str) -> None:
    await self.push("250 Ok")


def _raises(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("maild.intake.smtp.read_path", None)


PLANTED: dict[str, tuple[Plant, Dialogue, str]] = {
    "end of data at LF.LF": (
        _ends_at_bare_lines,
        Dialogue(pieces=(HELLO + b"a\n.\nMAIL FROM:<eve@evil.example>\r\n.\r\nQUIT\r\n",)),
        "kept",
    ),
    "dots left in": (_leaves_dots, Dialogue(pieces=(HELLO + b"..a\r\n.\r\nQUIT\r\n",)), "kept"),
    "one answer for two recipients": (
        _answers_once,
        Dialogue(pieces=(HELLO.replace(b"EHLO", b"LHLO") + b"a\r\n.\r\nQUIT\r\n",), lmtp=True),
        "answers",
    ),
    "an exception's text": (_says_why, Dialogue(pieces=(HELLO + b"a\r\n.\r\nQUIT\r\n",)), "says too much"),
    "no status code": (_leaves_out_the_status, Dialogue(pieces=(b"NOOP\r\nQUIT\r\n",)), "without a status code"),
    "an exception": (_raises, Dialogue(pieces=(HELLO + b"QUIT\r\n",)), "nobody expected"),
}


@pytest.mark.parametrize("name", PLANTED)
async def test_what_is_planted_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialogue that is sound is found sound, and the same dialogue with a fault planted in the intake is not."""
    plant, dialogue, text = PLANTED[name]
    assert (await try_dialogues([dialogue], tmp_path)).findings == []
    plant(monkeypatch)
    findings = (await try_dialogues([dialogue], tmp_path)).findings
    assert any(text in finding for finding in findings), findings


def test_a_session_that_does_not_end_is_seen() -> None:
    """A connection that the server holds for ever, and a mail kept from a torn one that was never sent, are findings."""
    dialogue = Dialogue(pieces=(b"QUIT\r\n",))
    endless = Heard(["220 mx.trust.example ESMTP maild", "221 2.0.0 Bye"], [], ended=False)
    assert problems(dialogue, endless) == ["the session does not end"]
    assert problems(dialogue, replace(endless, ended=True)) == []
