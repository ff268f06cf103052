"""The page on the procedure: every sentence of it, and rules that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rules_index import ID, INDEX, read_index

PAGE = Path(__file__).resolve().parent.parent / "docs" / "procedure.md"


def test_the_page_names_only_rules_that_are_in_the_index() -> None:
    """A rule that was renumbered is found here."""
    known = {row.id for row in read_index(INDEX.read_text(encoding="utf-8"))}
    assert set() == set(ID.findall(PAGE.read_text(encoding="utf-8"))) - known


def test_every_answer_names_its_rule() -> None:
    """But for what is said to people alone."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and not line.startswith("| the ")]
    assert [] == [row for row in rows if not re.search(ID, row) and "nothing to do" not in row]
