"""``maild clock --simulate`` (REM-3, CONTRACTS 2)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maild.cli.clock import clock
from maild.cli.main import maild
from maild.cli.simulated import answers
from maild.config.load import load
from maild.config.settings import CalendarSettings
from maild.policy.events import JournalEntry, TimerKind
from maild.policy.ticket import Question, Rfi, State, changes
from maild.store import migrate, tickets, timers
from maild.store.database import engine_of, run_once
from maild.store.group import Transaction
from tests.config.folder import write_folder
from tests.policy.helpdesk import ticket

EXAMPLES = json.loads((Path(__file__).parents[1] / "corpus" / "business_time.json").read_text(encoding="utf-8"))
QUESTION = {"region": "ENG", "start_local": "2026-12-24T15:00", "hours": 24, "mode": "business"}


def run(*arguments: str, lines: str) -> tuple[int, list[str]]:
    """Return the exit status and the lines that the command prints."""
    result = CliRunner().invoke(clock, arguments, input=lines)
    return result.exit_code, result.output.splitlines()


@pytest.mark.rule("REM-3")
def test_each_question_is_answered_in_its_place() -> None:
    """JSON lines go in and come out in the same order, with when the hours are over."""
    questions = [{key: example[key] for key in QUESTION} for example in EXAMPLES]
    status, printed = run("--simulate", "--json", "-", lines="\n".join(map(json.dumps, questions)))
    told = [json.loads(line) for line in printed]
    assert status == 0
    assert [answer["due_local"] for answer in told] == [example["due_local"] for example in EXAMPLES]
    assert [{key: answer[key] for key in QUESTION} for answer in told] == questions


@pytest.mark.rule("REM-3")
def test_answer_names_the_days_skipped_and_why() -> None:
    """The answer is the question with the due time and each skipped day."""
    (answer,) = answers([json.dumps(QUESTION)], CalendarSettings())
    assert answer == {
        **QUESTION,
        "due_local": "2026-12-29T15:00",
        "skipped": [
            {"day": "2026-12-25", "why": "Christmas Day"},
            {"day": "2026-12-26", "why": "Boxing Day"},
            {"day": "2026-12-27", "why": "Sunday"},
            {"day": "2026-12-28", "why": "Boxing Day (observed)"},
        ],
    }


@pytest.mark.rule("REM-3")
def test_days_of_the_configuration_count() -> None:
    """A configured local closure moves the due time, and the default region is the configuration's."""
    settings = CalendarSettings(region="NIR", add_days={date(2026, 3, 18): "flood"})
    question = {"start_local": "2026-03-16T10:00", "hours": 24}
    (answer,) = answers([json.dumps(question)], settings)
    assert (answer["due_local"], [skip["why"] for skip in answer["skipped"]]) == ("2026-03-19T10:00", ["Saint Patrick's Day", "flood"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"region": "GB"}, "needs its part of the country: ENG, SCT, WLS, NIR"),
        ({"region": "ZZ"}, "unknown region 'ZZ'"),
        ({"region": 7}, "region must be text"),
        ({"start_local": "tomorrow"}, "start_local must be wall time like 2026-12-24T15:00, not 'tomorrow'"),
        ({"start_local": "2026-12-24T15:00Z"}, "without an offset"),
        ({"start_local": "0001-01-01T00:00"}, "from 1980 to 2199"),
        ({"hours": -1}, "hours must be a number from 0 to 87840"),
        ({"hours": "24"}, "hours must be a number"),
        ({"hours": True}, "hours must be a number"),
        ({"hours": float("nan")}, "hours must be a number"),
        ({"hours": 10**400}, "hours must be a number"),
        ({"mode": "working"}, "mode must be business or elapsed, not 'working'"),
    ],
)
def test_question_that_cannot_be_answered_is_told_why(change: dict[str, Any], said: str) -> None:
    """A bad value is named with the line it stands on, and the next line is answered all the same."""
    bad, good = answers([json.dumps({**QUESTION, **change}), "", json.dumps(QUESTION)], CalendarSettings())
    assert bad["error"].startswith("line 1: ")
    assert said in bad["error"]
    assert good["due_local"] == "2026-12-29T15:00"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is no JSON: "),
        ("[" * 5000, "is no JSON: "),
        ("[1]", "is no JSON object"),
        ("\ufffd", "is no JSON: "),
        ('{"hours": ' + "9" * 9000 + "}", "is no JSON: "),
        ('"' + "x" * 20_000 + '"', "longer than 10000 characters"),
    ],
)
def test_line_that_is_no_question_is_told_so(line: str, said: str) -> None:
    """What is no JSON object gets an answer with nothing but the error."""
    (answer,) = answers([line], CalendarSettings())
    assert list(answer) == ["error"]
    assert answer["error"].startswith(f"line 1: {said}")


def test_people_get_sentences() -> None:
    """Without --json each answer is a sentence, and so is each mistake."""
    status, printed = run("--simulate", lines=json.dumps(QUESTION) + "\nnonsense\n" + json.dumps({**QUESTION, "hours": 1}) + "\n")
    assert status == 1
    assert printed[0].startswith("2026-12-24T15:00 and 24 hours (business): 2026-12-29T15:00; skipped: 2026-12-25 Christmas Day, ")
    assert printed[1].startswith("line 2: is no JSON")
    assert printed[2].endswith("skipped: no day")


def test_without_simulate_it_wants_a_ticket() -> None:
    """The bare command explains itself and exits with the status of wrong usage."""
    status, printed = run(lines="")
    assert (status, printed[-1]) == (2, "Error: name a ticket, or say --simulate with questions on standard input")


@pytest.mark.rule("REM-3")
def test_simulation_follows_a_configuration(tmp_path: Path) -> None:
    """With --config the days that the administrator added count."""
    folder = write_folder(tmp_path, rest='[calendar]\nadd_days = { 2026-12-29 = "flood" }\n')
    _, printed = run("--simulate", "--json", "--config", str(folder), lines=json.dumps(QUESTION))
    assert json.loads(printed[0])["due_local"] == "2026-12-30T15:00"


# ---------------------------------------------------------------------------------------------------------- a ticket's dates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose store holds three tickets: waiting for its user over Christmas, resolved, and closed."""
    folder = write_folder(tmp_path, rest='[testing]\nclock_file = "now"\n')
    (tmp_path / "now").write_text("2026-12-24T16:00:00+00:00")
    settings = load(folder, env={"MAILD_TESTING": "1"}).settings
    (tmp_path / "state").mkdir()
    engine = engine_of(settings.database)
    migrate.prepare(engine, settings.database)
    asked = datetime(2026, 12, 24, 15, tzinfo=UTC)
    rfi = Rfi(number=1, questions=(Question(key="contact_number"),), started_at=asked, counted_from=asked)
    waiting = ticket(State.AWAITING_USER_INFO, rfi=rfi)
    resolved = ticket(State.RESOLVED, id="b" * 32, number=2, reference="INC0000002")
    closed = ticket(State.CLOSED, id="c" * 32, number=3, reference="INC0000003")

    def fill(tx: Transaction) -> None:
        for each in (waiting, resolved, closed):
            tickets.save(tx, each, JournalEntry(kind="opened", cause="test", data={"set": changes(None, each)}), at=asked)
        timers.start(tx, waiting.id, TimerKind.REMINDER, datetime(2026, 12, 29, 15, tzinfo=UTC), 1)
        timers.start(tx, resolved.id, TimerKind.CLOSE, datetime(2026, 12, 27, 16, tzinfo=UTC), 1)

    run_once(engine, fill)
    return folder


@pytest.mark.rule("REM-3")
def test_coming_dates_of_a_ticket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting ticket's reminders and its resolution are shown with each day skipped and why."""
    monkeypatch.setenv("MAILD_TESTING", "1")
    status, printed = run("--config", str(folder), "--json", "inc0000001", lines="")
    dates = [json.loads(line) for line in printed]
    assert status == 0, printed
    assert [(date["what"], date["due_local"]) for date in dates] == [
        ("reminder 1 of 3", "2026-12-29T15:00"),
        ("reminder 2 of 3", "2026-12-30T15:00"),
        ("reminder 3 of 3", "2026-12-31T15:00"),
        ("resolved without an answer", "2027-01-04T15:00"),
    ]
    assert [skip["why"] for skip in dates[0]["skipped"]] == ["Christmas Day", "Boxing Day", "Sunday", "Boxing Day (observed)"]
    assert [skip["why"] for skip in dates[3]["skipped"]] == ["New Year's Day", "Saturday", "Sunday"]


@pytest.mark.rule("REM-3", "RES-3")
def test_closing_date_of_a_resolved_ticket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolved ticket shows when it will be closed, in elapsed time; a closed one says that no clock runs."""
    monkeypatch.setenv("MAILD_TESTING", "1")
    _, printed = run("--config", str(folder), "INC0000002", lines="")
    assert any("closed" in line and "Sun 27 Dec 2026, 16:00" in line for line in printed)
    assert run("--config", str(folder), "INC0000003", lines="") == (0, ["No clock runs on INC0000003."])


def test_unknown_ticket_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that does not exist, or is none, is named and the exit status is 1."""
    monkeypatch.setenv("MAILD_TESTING", "1")
    for text, said in (("INC0000099", "there is no ticket INC0000099"), ("printer", "printer is not a reference")):
        result = CliRunner().invoke(maild, ["clock", "--config", str(folder), text])
        assert result.exit_code == 1
        assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--simulate", "nowhere.jsonl"), "nowhere.jsonl cannot be read: No such file or directory"),
        (("--simulate", "."), ". cannot be read: Is a directory"),
        (("--simulate", "--trust"), "say --simulate or --trust, not both"),
        (("--trust", "INC0000001"), "--trust is about the machine's clock: it takes no ticket"),
        ((), "name a ticket, or say --simulate"),
        (("",), "name a ticket, or say --simulate"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(arguments: tuple[str, ...], says: str) -> None:
    """No traceback, and an exit status that a script notices."""
    result = CliRunner().invoke(maild, ["clock", *arguments])
    (sentence,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (True, "") == (says in sentence, result.stdout)
    assert result.exit_code in (1, 2)


@pytest.mark.parametrize("wrong", [{"hours": -1}, {"hours": 10**9}, {"region": "XX"}, {"mode": "often"}, {"start_local": "today"}])
def test_a_question_that_cannot_be_answered_ends_with_status_1(wrong: dict[str, object]) -> None:
    """Its line says why, the others are answered, and the exit status tells a script."""
    status, printed = run("--simulate", "--json", "-", lines="\n".join(map(json.dumps, (QUESTION, {**QUESTION, **wrong}, QUESTION))))
    assert (1, [False, True, False]) == (status, ["error" in json.loads(line) for line in printed])
