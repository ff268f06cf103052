"""``maild quarantine``: what could not be processed, edited and put back, retried, or given up."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from maild.desk import quarantine
from maild.store import inbox
from maild.store.database import engine_of, run_once
from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import HELPDESK, letter

__all__ = ["make_daemon", "sink"]
BODY = "The printer is broken."


@pytest.fixture
def daemon(make_daemon: MakeDaemon) -> Daemon:
    """A daemon that does not run yet, with one mail in quarantine."""
    daemon = make_daemon()
    headers = {"Return-Path": "<alice@trust.example>", "Delivered-To": HELPDESK}
    assert 0 == daemon.command_line("inject", stdin=letter(body=BODY, headers=headers)).exit_code
    from maild.cli.common import office

    house = office(daemon.folder)
    (row,) = run_once(house.engine, inbox.pending, 0, 10)
    house.write(quarantine.put_aside, house.desk(), row, "ValueError: a fault of ours")
    return daemon


def quarantined(daemon: Daemon) -> list[str]:
    """Return the ids of the mails in quarantine."""
    return [row["id"] for row in daemon.json("quarantine", "list")]


@pytest.mark.rule("INT-9", "INT-10")
def test_a_mail_is_exported_edited_and_put_back(daemon: Daemon, tmp_path: Path) -> None:
    """The file is the mail as it came, for its owner only; edited, it becomes a ticket of the same sender, and the first stays."""
    (mail_id,) = quarantined(daemon)
    file = tmp_path / "mail.eml"
    assert 0 == daemon.command_line("quarantine", "export", mail_id, str(file)).exit_code
    assert (0o600, daemon.command_line("quarantine", "show", mail_id).stdout_bytes) == (
        stat.S_IMODE(file.stat().st_mode),
        file.read_bytes(),
    )
    file.write_bytes(file.read_bytes().replace(b"broken", b"on fire"))
    result = daemon.command_line("quarantine", "retry", mail_id, "--file", str(file))
    assert (0, f"is processed in the place of {mail_id}\n") == (result.exit_code, result.stdout.partition(" ")[2])
    with daemon:
        daemon.wait_done()
        (ticket,) = daemon.json("ticket", "list")
        assert "alice@trust.example" == ticket["requester"]
        assert "The printer is on fire." == daemon.json("ticket", "show", ticket["reference"])[0]["description"]
        assert {"accepted": 2, "opened": 1, "ignored": 1, "quarantined": 0} == {
            key: daemon.stats()[key] for key in ("accepted", "opened", "ignored", "quarantined")
        }
    raw = run_once(engine_of(f"sqlite:///{daemon.folder}/state/maild.db"), inbox.raw_of, 1)
    assert BODY.encode() in raw


@pytest.mark.rule("INT-9")
def test_a_running_daemon_takes_a_retried_mail_up(daemon: Daemon) -> None:
    """The fault was repaired, and the mail becomes what it ought to have been."""
    with daemon:
        (mail_id,) = quarantined(daemon)
        assert 1 == daemon.stats()["quarantined"]
        assert f"{mail_id} is processed again\n" == daemon.command_line("quarantine", "retry", mail_id).stdout
        daemon.wait_done()
        assert (1, []) == (daemon.stats()["opened"], quarantined(daemon))


@pytest.mark.rule("INT-9", "INT-11")
def test_a_mail_is_given_up(daemon: Daemon) -> None:
    """It counts as ignored, and the books still add up."""
    (mail_id,) = quarantined(daemon)
    assert f"{mail_id} is dropped\n" == daemon.command_line("quarantine", "drop", mail_id).stdout
    counted = daemon.stats()
    assert (1, 1, {"ignored(dropped)": 1}, {}) == (counted["accepted"], counted["ignored"], counted["reasons"], counted["unaccounted"])


@pytest.mark.rule("INT-9")
@pytest.mark.parametrize("arguments", [("show",), ("export",), ("retry",), ("drop",)])
def test_what_is_not_in_quarantine_is_refused(daemon: Daemon, arguments: tuple[str, ...]) -> None:
    """With its id, exit status 1."""
    result = daemon.command_line("quarantine", *arguments, "Mnothing")
    assert (1, "Error: Mnothing is not in quarantine\n") == (result.exit_code, result.stderr)


def test_nothing_is_overwritten(daemon: Daemon, tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    (mail_id,) = quarantined(daemon)
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    result = daemon.command_line("quarantine", "export", mail_id, str(file))
    assert (1, "mine", True) == (result.exit_code, file.read_text(), "cannot be written: File exists" in result.stderr)
    assert 2 == daemon.command_line("quarantine", "retry", mail_id, mail_id, "--file", str(file)).exit_code
