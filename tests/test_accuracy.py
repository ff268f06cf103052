"""How well mails are read never falls below what was reached; ``python -m tests.accuracy`` prints the table."""

from __future__ import annotations

import json

import pytest

from tests.accuracy import CORPUS, RECORDED, falls, figures, measure


@pytest.mark.rule("MDS-2", "MDS-3")
def test_no_mail_of_the_corpus_is_read_worse_than_before() -> None:
    """Fields, whole Minimum Data Sets and new texts: each figure at least as recorded."""
    assert [] == falls(figures(measure(CORPUS)), json.loads(RECORDED.read_text(encoding="utf-8")))


def test_a_fall_is_seen() -> None:
    """A control: one field less right, or one more invented, is a fall."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert ["right"] == falls({**recorded, "right": recorded["right"] - 1}, recorded)
    assert ["invented"] == falls({**recorded, "invented": recorded["invented"] + 1}, recorded)
