"""``maild clock --simulate`` (REM-3, CONTRACTS 2)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maild.cli.clock import answers, clock
from maild.config.settings import CalendarSettings

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
    assert status == 0
    assert printed[0].startswith("2026-12-24T15:00 and 24 hours (business): 2026-12-29T15:00; skipped: 2026-12-25 Christmas Day, ")
    assert printed[1].startswith("line 2: is no JSON")
    assert printed[2].endswith("skipped: no day")


def test_without_simulate_it_says_what_to_say() -> None:
    """The bare command explains itself and exits with the status of wrong usage."""
    status, printed = run(lines="")
    assert (status, printed[-1]) == (2, "Error: say --simulate, with questions on standard input")
