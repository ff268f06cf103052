"""The demo is a test: a whole ticket against a real daemon, within a minute."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from tests.demo.play import play

SENTENCES = (
    "We received it on Wednesday 20 May, 15:00.",
    "Please reply with the 3 points below; we cannot continue without them.",
    "Nobody is working on it: please send it again to helpdesk@desk.example.",
    "Reminder 1 of 3: we still need your answer",
    "Spring Bank Holiday",
    "Without an answer by Thursday 28 May, 15:00, we will mark this as resolved.",
    "Resolved because we had no answer",
    "Your reply was kept, but the request is still resolved",
    "It is back with the team; you need do nothing now.",
    "We put a new drum into the printer by the window.",
    "Same problem again? Write a new mail to helpdesk@desk.example and quote this number.",
    "All of it went as the procedure says.",
)


@pytest.mark.slow
@pytest.mark.rule("ACK-1", "RFI-1", "REM-1", "REM-2", "REM-3", "RES-1", "RES-4", "RES-5", "SVC-2", "REF-4")
def test_the_demo_plays_a_whole_ticket_in_under_a_minute(tmp_path: Path) -> None:
    """It ends well, and prints every mail with the sentence that must be there."""
    told = io.StringIO()
    began = time.monotonic()
    result = play(tmp_path, told)
    text = " ".join(line.strip(" |") for line in told.getvalue().splitlines())
    assert (0, []) == (result, [sentence for sentence in SENTENCES if sentence not in text]), told.getvalue()[-3000:]
    assert time.monotonic() - began < 60
