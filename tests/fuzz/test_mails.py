"""Mutated mails on the daemon's whole way: nothing raises, nothing is lost, and what goes out is what was planned."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from maild.desk import mails as desk
from maild.mail.envelope import Envelope
from maild.policy.reader import read
from maild.render import wire, words
from maild.render.renderer import Renderer
from maild.store import inbox
from tests.fuzz import bench, conduct_checks, mails, outgoing_checks
from tests.fuzz.bench import Case, Finding, Outcome
from tests.fuzz.mutate import MOST_BYTES, mutant
from tests.fuzz.rules import ADDRESSES, FUZZED, HELPDESK
from tests.fuzz.seeds import found, labelled, seeds
from tests.fuzz.shape import letter
from tests.policy.helpdesk import NOW
from tests.servers.postgresql import PostgresqlServer
from tests.stores import postgresql_server

__all__ = ["postgresql_server"]
ROOT = Path(__file__).resolve().parents[2]
TICKETED = frozenset({"opened", "updated", "answered", "duplicate"})
RIGHTLY_FILED = frozenset({"filed", "ignored"})
PLAIN = letter(b"text/plain", b"The printer is broken.\r\n")
COMPLETE = letter(
    b"text/plain",
    b"Contact number: 0113 496 0000\r\nAffected users' email addresses: alice@trust.example\r\n"
    b"Number of affected users: 1\r\n"
    b"Issue description: the printer on ward 7 prints <script>alert(1)</script> only\r\n",
)
Plant = Callable[[pytest.MonkeyPatch], None]


def unmeasured() -> dict[str, str]:
    """Return the environment for a process whose coverage is not measured: what it runs, the other tests run too."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}


@pytest.mark.slow
@pytest.mark.rule("INT-5", "INT-9", "INT-10", "ACK-2", "REF-8")
def test_five_thousand_mutants_and_fifteen_hundred_dialogues_find_nothing() -> None:
    """Mutants of the whole corpus end in a ticket or where they may, at most 2 % in quarantine, and every mail out is as planned."""
    command = (sys.executable, "-m", "tests.fuzz", "--seed", "20261123", "--mails", "5000", "--dialogues", "1500", "--processes", "2")
    done = subprocess.run(command, cwd=ROOT, env=unmeasured(), capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    print(done.stdout)


@pytest.fixture(scope="module")
def unmutated() -> dict[str, Outcome]:
    """Return what became of every seed as it stands, by its name."""
    return {outcome.case.name: outcome for outcome in mails.outcomes(seeds())}


@pytest.mark.rule("INT-9")
def test_what_was_found_once_is_not_found_again() -> None:
    """Each case that fuzzing has found goes its way, and causes only what it may."""
    tally = mails.try_mails(found())
    assert ([str(finding) for finding in tally.findings], tally.dispositions["quarantined"], tally.mails > 0) == ([], 0, True)


@pytest.mark.slow
@pytest.mark.rule("INT-5", "INT-9", "INT-10", "INT-11", "ACK-2")
def test_every_seed_goes_its_way_without_a_finding(unmutated: dict[str, Outcome]) -> None:
    """The corpus, the torture shapes and what was found before: none raises, none is in quarantine, every mail out is as planned."""
    assert [str(finding) for outcome in unmutated.values() for finding in outcome.findings] == []
    assert (len(unmutated), "quarantined" in {outcome.disposition for outcome in unmutated.values()}) == (len(seeds()), False)


@pytest.mark.slow
@pytest.mark.rule("INT-9", "LOOP-3")
def test_every_seed_is_ticketed_or_rightly_filed(unmutated: dict[str, Outcome]) -> None:
    """What a person calls a person's mail makes or updates a ticket; what is a machine's is filed or ignored."""
    people, machines = labelled("human"), labelled("auto") | labelled("bounce")
    assert people | machines <= unmutated.keys()
    wrong = [name for name in people if unmutated[name].disposition not in TICKETED]
    wrong += [name for name in machines if unmutated[name].disposition not in RIGHTLY_FILED]
    others = {name: each for name, each in unmutated.items() if each.case.way != "postmaster"}
    wrong += [name for name, each in others.items() if each.disposition not in (TICKETED if each.human else RIGHTLY_FILED)]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.rule("SCL-1", "INT-9")
def test_postgresql_takes_every_seed_and_some_mutants(postgresql_server: PostgresqlServer) -> None:
    """The other engine, which refuses characters and lengths that SQLite takes, refuses nothing that a mail can cause."""
    cases = [*seeds(), *mails.mutants(20261123, 0, 200)]
    found = mails.outcomes(cases, url=postgresql_server.database())
    assert [str(finding) for outcome in found for finding in outcome.findings] == []


def test_there_are_cases_that_were_found() -> None:
    """The corpus of found cases is kept, and is among the seeds."""
    assert {case.name for case in found()} & {case.name for case in seeds()}


def test_mutants_are_the_same_everywhere() -> None:
    """A seed and a number give the same bytes each time, other numbers others, and none is larger than the cap."""
    raws = [case.raw for case in seeds()]
    first = [mutant(raws, seed=1, number=number) for number in range(200)]
    assert first == [mutant(raws, seed=1, number=number) for number in range(200)]
    assert (len(set(first)) > 190, max(map(len, first)) <= MOST_BYTES) == (True, True)


# ------------------------------------------------------------------------------------- the checks find what is planted


def _raises(patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise KeyError("planted")

    patch.setattr(bench, "read", fail)


def _takes_long(patch: pytest.MonkeyPatch) -> None:
    def spin(*_: object) -> object:
        while True:
            pass

    patch.setattr(bench, "read", spin)
    patch.setattr(bench, "DEADLINE", timedelta(seconds=0.05))


def _fails_to_decide(patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise ValueError("planted")

    patch.setattr(desk, "receive", fail)


def _adds_a_header(patch: pytest.MonkeyPatch) -> None:
    head = Renderer._head
    patch.setattr(Renderer, "_head", lambda *args, **more: head(*args, **more) + "Bcc: eve@evil.example\r\n")


def _adds_a_recipient(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wire, "header_address", lambda address: f"eve@evil.example, {address}" if address.startswith("alice") else address)


def _writes_long_lines(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wire, "quoted_printable", lambda octets: octets + b"x" * 1_000)


def _trusts_html(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(words, "escape", Markup)


def _changes_bytes(patch: pytest.MonkeyPatch) -> None:
    raw_of = inbox.raw_of
    patch.setattr(inbox, "raw_of", lambda *args: raw_of(*args).replace(b"\r", b""))


def _loses_itself(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inbox, "counts", lambda *_: [(1, "pending", "none", 1)])


PLANTED: dict[str, tuple[Plant, bytes, str]] = {
    "exception while reading": (_raises, PLAIN, "exception"),
    "endless reading": (_takes_long, PLAIN, "deadline"),
    "exception while deciding": (_fails_to_decide, PLAIN, "exception"),
    "header that nobody planned": (_adds_a_header, PLAIN, "outgoing"),
    "recipient that nobody planned": (_adds_a_recipient, PLAIN, "outgoing"),
    "line that is too long": (_writes_long_lines, letter(b"text/plain", "Zoë\r\n".encode()), "outgoing"),
    "HTML that a mail brought": (_trusts_html, COMPLETE, "outgoing"),
    "other bytes in the store": (_changes_bytes, PLAIN, "raw"),
    "mail that is not accounted for": (_loses_itself, PLAIN, "store"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of each kind, planted on purpose, is found, and as what it is."""
    plant, raw, kind = PLANTED[name]
    real: Any = bench.Bench._prelude

    def prelude(self: bench.Bench) -> Any:
        ours = real(self)
        plant(monkeypatch)
        return ours

    monkeypatch.setattr(bench.Bench, "_prelude", prelude)
    tally = mails.try_mails([Case(raw=raw, name="planted")])
    assert (kind in {finding.kind for finding in tally.findings}, tally.mails) == (True, 1)


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        (b"\r\nBcc: eve@evil.example", "the headers are"),
        (b" \x1b[2J", "the header is not 7-bit"),
        (b"\n", "a CR or LF stands alone"),
    ],
)
def test_a_header_that_is_broken_open_is_seen(text: bytes, found_by: str) -> None:
    """What gets into a header of a sound mail is seen, whichever way it got in."""
    outcome = mails.outcomes([Case(raw=PLAIN)])
    assert (outcome[0].findings, "ack" in outcome[0].templates) == ((), True)
    mail = outgoing_checks.Outgoing(
        template="ack",
        envelope_from="service@servicedesk.example",
        rcpt_to="alice@trust.example",
        message_id="<x@servicedesk.example>",
        smtputf8=False,
        data=b"Date: x\r\nFrom: service@servicedesk.example\r\nSubject: hello" + text + b"\r\n\r\nbody\r\n",
    )
    plan = outgoing_checks.Plan(addresses=ADDRESSES, recipients=frozenset(), answers=frozenset())
    assert any(problem.startswith(found_by) for problem in outgoing_checks.problems(mail, plan))


@pytest.mark.rule("LOOP-1", "REF-8")
@pytest.mark.parametrize(
    ("raw", "way", "done", "text"),
    [
        (
            PLAIN.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"),
            "null",
            ("ignored", "", ("ack",)),
            "a machine was answered",
        ),
        (
            PLAIN.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"),
            "null",
            ("opened", "", ()),
            "a machine's mail was opened",
        ),
        (PLAIN, "null", ("opened", "", ("ack", "team")), "the null sender was answered"),
        (b"From: bob@evil.example\r\n" + PLAIN, "helpdesk", ("opened", "", ("ack",)), "a doubtful sender was answered"),
        (b"From: bob@evil.example\r\n" + PLAIN, "helpdesk", ("updated", "", ("team",)), "a doubtful sender updated a ticket"),
    ],
)
def test_conduct_that_is_forbidden_is_seen(raw: bytes, way: str, done: tuple[str, str, tuple[str, ...]], text: str) -> None:
    """An answer to a machine, to the null sender or to a doubtful one is a finding, and so is a ticket that one of them changes."""
    envelope = Envelope(mail_from="" if way == "null" else "alice@trust.example", rcpt_to=(HELPDESK,), source="smtp", received_at=NOW)
    disposition, reason, templates = done
    reading = read(raw, envelope, FUZZED)
    sound = conduct_checks.Done(disposition="filed", reason="", templates=("team",))
    planted = conduct_checks.Done(disposition=disposition, reason=reason, templates=templates)
    assert list(conduct_checks.problems(reading, envelope, sound)) == []
    assert [problem.startswith(text) for problem in conduct_checks.problems(reading, envelope, planted)][:1] == [True]


def test_what_is_found_is_made_small_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a mail only what shows the fault is kept, under a name that says which way it came."""

    def choke(raw: bytes, *more: Any) -> Any:
        if b"choke" in raw:
            raise ValueError("planted")
        return read(raw, *more)

    monkeypatch.setattr(bench, "read", choke)
    case = Case(raw=PLAIN + b"a line\r\n" * 40 + b"choke\r\n" + b"another\r\n" * 40, way="service", name="planted")
    (finding,) = mails.try_mails([case]).findings
    (path,) = mails.keep([finding, finding], tmp_path)
    assert (path.name.startswith("service-"), b"choke" in path.read_bytes(), len(path.read_bytes()) < 30) == (True, True, True)


def test_a_finding_says_what_and_which() -> None:
    """A finding reads as a line that names its mail."""
    finding = Finding(kind="raw", text="other bytes", case=Case(raw=b"abc", name="mutant 1:2"))
    assert str(finding) == "raw: other bytes (mutant 1:2, 3 bytes, to helpdesk)"
