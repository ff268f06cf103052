"""The table of ``docs/reliability.md``: made by a run, complete, and without a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.account import Row, rows_of, write_row
from tests.faults.table import BEGIN, DOCUMENT, END, read, written

FAULTS = (
    "is killed (SQLite)",
    "is killed (PostgreSQL)",
    "one of two daemons is killed",
    "the disk is full",
    "locked for a minute",
    "PostgreSQL is stopped",
    "the relay is not there",
    "the relay answers 421",
    "the relay answers 45",
    "the relay refuses a recipient",
    "the relay hangs",
    "TLS to the relay fails",
    "600 connections",
    "2,000 recipients",
    "NOOPs",
    "slow senders",
    "100 MB with SIZE",
    "100 MB without SIZE",
    "a second daemon on one SQLite file",
    "reloads",
)


def row(fault: str, **more: object) -> Row:
    """Return a row without losses."""
    fields = {"fault": fault, "told": "451", "mails": 3, "lost": 0, "doubled": 0, "normal_after": 1.25, **more}
    return Row(**fields)  # type: ignore[arg-type]  # a row's own fields


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_row(fault: str) -> None:
    """Each fault of an ordinary month stands in the table."""
    assert any(fault in cells[0] for cells in read(DOCUMENT.read_text(encoding="utf-8")))


def test_nothing_was_lost_and_nothing_doubled() -> None:
    """In every row."""
    cells = read(DOCUMENT.read_text(encoding="utf-8"))
    assert {("0", "0")} == {(each[3], each[4]) for each in cells}


def test_the_table_is_written_between_its_marks() -> None:
    """What stands around it stays, what stood in it goes, and our own deaths come first."""
    rows = [row("the relay hangs"), row("a drip", normal_after=0.0), row("the daemon is killed", note="once")]
    document = written(f"before\n{BEGIN}\nstale\n{END}\nafter\n", rows)
    assert (True, True, False) == (document.startswith("before\n"), document.endswith("\nafter\n"), "stale" in document)
    assert [
        ("the daemon is killed", "451", "3", "0", "0", "1.2 s", "once"),
        ("a drip", "451", "3", "0", "0", "at once", ""),
        ("the relay hangs", "451", "3", "0", "0", "1.2 s", ""),
    ] == read(document)


def test_rows_are_kept_where_the_run_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One a line; a row that shows a loss is refused."""
    log = tmp_path / "rows.jsonl"
    monkeypatch.setenv("MAILD_RELIABILITY", str(log))
    write_row(row("one"))
    write_row(row("two"))
    assert ["one", "two"] == [each.fault for each in rows_of(log)]
    with pytest.raises(AssertionError):
        write_row(row("three", lost=1))
