"""``maild ticket …``: the whole life of a ticket by hand, beside a running daemon or without one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from maild.cli.common import operator
from maild.cli.main import maild
from maild.config.load import load
from maild.store import migrate
from maild.store.database import engine_of
from tests.support.configuration import write_config
from tests.support.crowd import NOW
from tests.support.daemon import ClockFile, Daemon
from tests.support.letters import COMPLETE, letter
from tests.support.waiting import wait_until

VALUES = (
    "--value",
    "contact_number=020 7946 0123",
    "--value",
    "affected_users_count=1",
    "--value",
    "affected_users_emails=alice@trust.example",
    "--value",
    "issue_description=the printer on ward 7 prints blank pages since Monday",
)
NEW = ("new", "--requester", "alice@trust.example", "--subject", "Printer down")
TEAMS = """\
[[team]]
key = "helpdesk"
name = "Helpdesk"
[[team]]
key = "messaging"
name = "Messaging"
members = ["dora@desk.example"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with an empty store, and no daemon."""
    made = write_config(tmp_path / "maild")
    url = load(made).settings.database
    migrate.prepare(engine_of(url), url)
    return made


def run(folder: Path, *arguments: str, stdin: str | None = None) -> Result:
    """Return what ``maild ticket`` says."""
    name, *rest = arguments
    return CliRunner().invoke(maild, ["ticket", name, "--config", str(folder), *rest], input=stdin, catch_exceptions=False)


def shown(folder: Path, reference: str = "INC0000001") -> dict[str, object]:
    """Return the ticket as JSON."""
    found: dict[str, object] = json.loads(run(folder, "show", "--json", reference).stdout)
    return found


def everything(folder: Path) -> list[str]:
    """Return all tickets with their journals, mails and timers."""
    references = [json.loads(line)["reference"] for line in run(folder, "list", "--json").stdout.splitlines()]
    return [run(folder, "show", "--json", reference).stdout for reference in references]


@pytest.mark.rule("AGT-6", "MDS-6")
def test_a_ticket_is_opened_resolved_reopened_and_cancelled_by_hand(folder: Path) -> None:
    """Each act prints the state; the journal names who did it."""
    said = [
        run(folder, *NEW, *VALUES, "--agent", "bob", "It is broken.").stdout,
        run(folder, "assign", "INC0000001", "helpdesk", "--to", "carol@desk.example").stdout,
        run(folder, "resolve", "INC0000001", "New toner.", "--agent", "bob").stdout,
        run(folder, "reopen", "INC0000001", "--reason", "not done").stdout,
        run(folder, "cancel", "inc0000001", "--reason", "a duplicate").stdout,
    ]
    states = ["In Progress", "In Progress", "Resolved", "In Progress", "Cancelled"]
    assert [f"INC0000001 is {state}\n" for state in states] == said
    causes = [entry["cause"] for entry in shown(folder)["journal"]]  # type: ignore[attr-defined]  # a list
    assert ["agent:bob", f"agent:{operator()}", "agent:bob", f"agent:{operator()}", f"agent:{operator()}"] == causes


@pytest.mark.rule("MDS-6")
def test_an_incomplete_call_is_refused_with_what_is_missing(folder: Path) -> None:
    """Nothing is opened; --incomplete opens it, flagged."""
    refused = run(folder, *NEW, "It is broken.")
    assert (1, True) == (refused.exit_code, "missing: contact_number" in refused.output)
    assert "There are no tickets." in run(folder, "list").stdout
    assert 0 == run(folder, *NEW, "--incomplete", "It is broken.").exit_code
    assert ["incomplete"] == shown(folder)["flags"]


@pytest.mark.rule("STA-1")
def test_a_refused_act_ends_with_status_1_and_says_why(folder: Path) -> None:
    """For people and for programs."""
    run(folder, *NEW, *VALUES, "It is broken.")
    plain, program = run(folder, "close", "INC0000001"), run(folder, "close", "--json", "INC0000001")
    why = "not possible while the ticket is In Progress"
    assert (1, f"Refused: {why}\n") == (plain.exit_code, plain.stderr)
    assert (1, {"reference": "INC0000001", "state": "In Progress", "refused": why}) == (program.exit_code, json.loads(program.stdout))


def test_the_text_may_come_from_standard_input(folder: Path) -> None:
    """As the last argument "-", or none at all; nothing at all is no text."""
    run(folder, *NEW, *VALUES, "It is broken.")
    assert 0 == run(folder, "note", "INC0000001", stdin="two\nlines\n").exit_code
    journal = shown(folder)["journal"]
    assert "two\nlines" == journal[-1]["data"]["text"]  # type: ignore[index]  # a list
    assert 2 == run(folder, "note", "INC0000001", stdin="  \n").exit_code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("resolve", "INC0000009", "x"), "there is no ticket INC0000009"),
        (("resolve", "hello", "x"), "hello is not a reference"),
        (("rfi", "INC0000001", "--field", "shoe_size"), "no such field: shoe_size"),
        (("assign", "INC0000001", "nobody"), "no such team: nobody"),
        (("new", "--subject", "x", "--value", "shoe_size=9", "y"), "say KEY=VALUE"),
        (("cancel", "INC0000001", "--merged-into", "hello"), "hello is not a reference"),
        (("cancel", "INC0000001", "--merged-into", "INC0000077"), "--merged-into: there is no ticket INC0000077"),
        (("cancel", "INC0000001", "--merged-into", "inc0000001"), "--merged-into: INC0000001 cannot go into itself"),
        (("cancel", "INC0000001", "--merged-into", "INC0000002"), "--merged-into: INC0000002 is of another requester"),
        (("cancel", "INC0000001", "--merged-into", "INC0000003"), "--merged-into: INC0000003 is Cancelled"),
        (("cancel", "INC0000001", "--merged-into", ""), "--merged-into: say the reference of a ticket"),
        (("cancel", "INC0000001", "--reason", " "), "--reason: say something: the text is empty"),
        (("assign", "INC0000001", "helpdesk", "--to", "carol"), '--to: "carol" must be an email address'),
        (("assign", "INC0000001", "helpdesk", "--to", ""), '--to: "" must be an email address'),
        (("assign", "INC0000001", "messaging", "--to", "eve@desk.example"), "--to: eve@desk.example is not in the team messaging"),
        (("assign", "INC0000001", ""), "no such team"),
        (("new", "--requester", "alice", "--subject", "x", "y"), '--requester: "alice" must be an email address'),
        (("new", "--requester", "", "--subject", "x", "y"), '--requester: "" must be an email address'),
        (("new", "--requester", "a@trust..example", "--subject", "x", "y"), "--requester: "),
        (("new", "--requester", "a@trust.example, b@trust.example", "--subject", "x", "y"), "--requester: "),
        (
            ("new", "--requester", "Helpdesk@desk.example", "--subject", "x", "y"),
            "--requester: helpdesk@desk.example is an address of ours",
        ),
        (("new", "--subject", " ", "y"), "--subject: say something: the text is empty"),
        (("new", "--subject", "x", " "), "say something: the text is empty"),
        (("new", "--subject", "x" * 501, "y"), "--subject: has 501 characters, and 500 are kept"),
        (("new", "--subject", "x", "--name", " ", "y"), "--name: say something: the text is empty"),
        (("new", "--subject", "x", "--value", "contact_number=", "y"), "--value contact_number=: the value is empty"),
        (("note", "INC0000001", ""), "say something: the text is empty"),
        (("note", "INC0000001", "x", "--agent", " "), "--agent: say something: the text is empty"),
        (("note", "INC0000001", "x" * 20_001), "has 20001 characters, and 20000 are kept"),
        (("resolve", "INC0000001", " \t "), "say something: the text is empty"),
        (("rfi", "INC0000001", " "), "say something: the text is empty"),
        (("reopen", "INC0000001", "--reason", ""), "--reason: say something: the text is empty"),
        (("extend", "INC0000001", "0"), "0 is not in the range 1<=x<=366"),
        (("extend", "INC0000001", "--", "-3"), "-3 is not in the range 1<=x<=366"),
        (("extend", "INC0000001", "9" * 30), "is not in the range 1<=x<=366"),
        (("extend", "INC0000001", "soon"), "soon' is not a valid integer"),
    ],
)
def test_a_slip_is_told_in_a_sentence(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    """One sentence on standard error, no traceback, and nothing is changed."""
    (folder / "teams.toml").write_text(TEAMS)
    run(folder, *NEW, *VALUES, "It is broken.")
    run(folder, *NEW[:1], "--requester", "bob@trust.example", *NEW[3:], *VALUES, "It is broken.")
    run(folder, *NEW, *VALUES, "It is broken again.")
    run(folder, "cancel", "INC0000003")
    before = everything(folder)
    result = run(folder, *arguments)
    (sentence,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (True, "", before) == (says in sentence, result.stdout, everything(folder))
    assert result.exit_code in (1, 2)


def test_what_is_meant_is_done(folder: Path) -> None:
    """An address in capitals is the same; a person of the team gets the ticket; a duplicate names where it went."""
    (folder / "teams.toml").write_text(TEAMS)
    run(folder, "new", "--requester", " Alice@Trust.example ", *NEW[3:], *VALUES, "It is broken.")
    run(folder, *NEW, *VALUES, "It is broken again.")
    assert 0 == run(folder, "assign", "INC0000001", "messaging", "--to", "Dora@desk.example").exit_code
    assert 0 == run(folder, "cancel", "INC0000002", "--merged-into", "inc0000001").exit_code
    assert ("alice@trust.example", "messaging") == tuple(shown(folder)[key] for key in ("requester", "team"))
    assert ["INC0000001"] == shown(folder, "INC0000002")["linked"]


def test_standard_input_in_another_encoding_is_taken(folder: Path) -> None:
    """What is no UTF-8 is shown as such; there is no traceback."""
    run(folder, *NEW, *VALUES, "It is broken.")
    command = [sys.executable, "-m", "maild", "ticket", "note", "--config", str(folder), "INC0000001", "-"]
    done = subprocess.run(command, input=b"caf\xe9\n", capture_output=True, check=False, timeout=60)
    assert (0, b"") == (done.returncode, done.stderr)
    assert "caf\ufffd" == shown(folder)["journal"][-1]["data"]["text"]  # type: ignore[index]  # a list


@pytest.fixture
def clock(tmp_path: Path) -> ClockFile:
    """A clock file that stands on a Tuesday morning."""
    return ClockFile(tmp_path / "clock", NOW)


@pytest.fixture
def daemon(tmp_path: Path, clock: ClockFile) -> Iterator[Daemon]:
    """A running daemon that takes its time from the clock file."""
    with Daemon(write_config(tmp_path / "running", clock.tables)) as running:
        yield running


@pytest.mark.rule("AGT-6", "RFI-4", "REM-1")
def test_a_running_daemon_notices_what_the_command_line_did(daemon: Daemon, clock: ClockFile) -> None:
    """An RFI from the command line is sent, its clock starts when the relay has it, and the reminder comes a working day later."""
    daemon.send(letter(body=COMPLETE + "Affected users' email addresses: alice@trust.example\r\n"))
    daemon.wait_done()
    assert 0 == daemon.command_line("ticket", "rfi", "INC0000001", "Which floor?").exit_code
    wait_until(lambda: daemon.json("ticket", "show", "INC0000001")[0]["timers"][0]["kind"] == "reminder", "the clock to start")
    due = daemon.json("clock", "INC0000001")[0]
    assert ("reminder 1 of 3", "2026-03-04T09:00:00.000+00:00") == (due["what"], due["due_at"])
    clock.advance(timedelta(days=1))
    wait_until(lambda: "reminder1" in [mail["template"] for mail in daemon.json("queue", "list")], "the reminder")
    daemon.wait_done()


@pytest.mark.rule("OPS-12")
def test_the_clock_can_be_trusted_by_command(folder: Path) -> None:
    """The daemon that is held by a jump of the wall clock looks for this word."""
    result = CliRunner().invoke(maild, ["clock", "--trust", "--config", str(folder)], catch_exceptions=False)
    assert (0, True) == (result.exit_code, result.stdout.startswith("The clock is trusted: it is "))
