"""Times as people read them: in the configured zone, to the minute, the zone named once; programs get ISO in UTC."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from maild.cli.common import local, show
from maild.cli.main import maild
from maild.config.load import load
from maild.store import migrate, tickets
from maild.store.database import engine_of, run_once
from maild.store.group import Transaction
from tests.support.configuration import write_config

NOW = datetime(2026, 7, 1, 11, 30, 59, 123000, tzinfo=UTC)
IN_UTC = "2026-07-01T11:30:59.123+00:00"
THERE = "2026-07-01 07:30"  # in New York
NEW = ("ticket", "new", "--requester", "alice@trust.example", "--subject", "Printer down", "--incomplete", "It is broken.")
TABLES = ("ticket list", "queue list", "needs-a-look", "pause", "block", "clock INC0000001")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helpdesk in New York with a ticket, a mail on its way out, one that needs a look, a pause and a block."""
    monkeypatch.setenv("MAILD_TESTING", "1")
    (tmp_path / "now").write_text(NOW.isoformat())
    tables = {"calendar": {"zone": "America/New_York", "region": "US"}, "testing": {"clock_file": tmp_path / "now"}}
    made = write_config(tmp_path / "maild", tables)
    engine = engine_of(load(made).settings.database)
    migrate.prepare(engine, load(made).settings.database)

    def look(tx: Transaction) -> None:
        tickets.need_a_look(
            tx, mail_id="M1", sender="a@trust.example", rcpt_to=("h@desk.example",), reason="x", reference=None, received_at=NOW
        )

    run_once(engine, look)
    for words in (NEW, ("ticket", "rfi", "INC0000001", "Which floor?"), ("pause", "courier"), ("block", "mallory@elsewhere.example")):
        run(made, *words)
    return made


def run(folder: Path, *arguments: str) -> str:
    """Return what a command prints, with both of its outputs."""
    nested = 2 if arguments[0] in ("ticket", "queue") else 1
    result = CliRunner().invoke(maild, [*arguments[:nested], "--config", str(folder), *arguments[nested:]], catch_exceptions=False)
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.mark.rule("AGT-6", "OPS-10")
@pytest.mark.parametrize("command", [*TABLES, "ticket show INC0000001", "stats", "clock --trust"])
def test_people_read_times_in_their_own_zone_to_the_minute(folder: Path, command: str) -> None:
    """The zone is named once, no time is broken over two lines, and none is in UTC."""
    printed = run(folder, *command.split())
    assert 1 == printed.count("America/New_York"), printed
    assert [] == re.findall(r"\d\dT\d\d:\d\d|\d\d:\d\d:\d\d", printed)
    assert (THERE in printed) == (not command.startswith("clock INC"))


@pytest.mark.rule("OPS-10")
def test_a_way_is_told_to_the_second(folder: Path) -> None:
    """What follows within a minute keeps its order for the eye."""
    printed = run(folder, "trace", "INC0000001")
    assert (1, True) == (printed.count("America/New_York"), f"\n{THERE}:59  M" in "\n" + printed)


@pytest.mark.rule("AGT-6")
@pytest.mark.parametrize(("command", "key"), [("ticket list", "updated_at"), ("needs-a-look", "received_at"), ("stats", "clock")])
def test_programs_read_iso_in_utc(folder: Path, command: str, key: str) -> None:
    """With milliseconds and the offset, whatever zone is configured."""
    assert IN_UTC == json.loads(run(folder, *command.split(), "--json").splitlines()[0])[key]


def test_a_table_without_a_time_names_no_zone(capsys: pytest.CaptureFixture[str]) -> None:
    """A column of times may be empty."""
    rows = [{"id": "M1", "next_at": None}]
    show(rows, as_json=False, columns=("id", "next_at"), empty="", zone=ZoneInfo("Europe/London"))
    assert "London" not in capsys.readouterr().out


def test_a_time_in_a_narrow_table_stays_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids and times keep their lines; texts give way."""
    monkeypatch.setattr("maild.cli.common.table_width", lambda: 60)
    rows = [{"reference": "INC0000001", "subject": "words and " * 20, "updated_at": IN_UTC}]
    show(rows, as_json=False, columns=("reference", "subject", "updated_at"), empty="", zone=ZoneInfo("Europe/London"))
    assert "INC0000001" in (printed := capsys.readouterr().out)
    assert "2026-07-01 12:30" in printed
    assert 60 >= max(len(line.rstrip()) for line in printed.splitlines())


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2026-01-02T03:04:59.999+00:00", "2026-01-02 03:04"), ("2026-07-02T23:04:00.000+00:00", "2026-07-03 00:04"), (None, "")],
)
def test_local_times(text: str | None, shown: str) -> None:
    """Winter and summer time, and no time at all."""
    assert shown == local(text, ZoneInfo("Europe/London"))


@pytest.mark.rule("AGT-6")
def test_a_ticket_s_journal_is_told_in_words(folder: Path) -> None:
    """What happened, and who did it, and nothing of how it is kept."""
    shown = run(folder, "ticket", "show", "INC0000001")
    journal = shown.partition("\njournal\n")[2].partition("\nmails\n")[0]
    assert ("Which floor?" in shown, "{" in journal, "AgentAsked" in journal, len(journal.splitlines())) == (False, False, False, 2)
