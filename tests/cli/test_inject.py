"""``maild inject``: an MTA's pipe, with exit statuses that never make it bounce for a fault of ours."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from maild.store import sqlite
from tests.support.daemon import ROOT, Daemon, write_config
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import HELPDESK, letter
from tests.support.waiting import wait_until

__all__ = ["make_daemon", "sink"]


@pytest.fixture
def idle(tmp_path: Path) -> Daemon:
    """A configuration whose daemon does not run, and has never run."""
    return Daemon(write_config(tmp_path / "idle"))


@pytest.mark.rule("INT-7", "INT-3")
def test_a_running_daemon_takes_an_injected_mail_up(make_daemon: MakeDaemon) -> None:
    """The exit status is 0 when the mail is on disk, and the daemon beside makes the ticket without being told."""
    with make_daemon() as daemon:
        result = daemon.command_line("inject", stdin=letter(subject="From a pipe"))
        assert (0, "250 2.0.0 Ok M") == (result.exit_code, result.stdout[:14])
        wait_until(lambda: daemon.rows("SELECT count(*) FROM tickets") == [(1,)], "the ticket")
        mail_id = result.stdout.split()[-1]
        assert [(mail_id, "inject", "opened")] == daemon.rows("SELECT mail_id, source, disposition FROM inbox")
        assert 1 == daemon.stats()["accepted"]


@pytest.mark.rule("INT-7")
def test_a_mail_injected_without_a_daemon_is_taken_up_at_its_start(make_daemon: MakeDaemon) -> None:
    """The first mail of all may come before the daemon has ever run."""
    daemon = make_daemon()
    assert 0 == daemon.command_line("inject", "-", stdin=letter()).exit_code
    with daemon:
        daemon.wait_done()
        assert [("opened",)] == daemon.rows("SELECT disposition FROM inbox")


@pytest.mark.rule("INT-7")
def test_a_file_is_read_and_its_delivery_headers_are_the_envelope(idle: Daemon, tmp_path: Path) -> None:
    """Return-Path and Delivered-To tell the envelope, options overrule them, and <> is the null sender."""
    file = tmp_path / "a.eml"
    file.write_bytes(letter(headers={"Return-Path": "<alice@trust.example>", "Delivered-To": HELPDESK}).replace(b"\r\n", b"\n"))
    assert 0 == idle.command_line("inject", str(file)).exit_code
    assert 0 == idle.command_line("inject", "--mail-from", "<>", "--rcpt-to", "service@desk.example", stdin=letter()).exit_code
    found = idle.rows("SELECT mail_from, rcpt_to FROM inbox ORDER BY seq")
    assert [("alice@trust.example", f'["{HELPDESK}"]'), ("", '["service@desk.example"]')] == found


@pytest.mark.rule("INT-7")
def test_the_program_itself_ends_with_the_status(idle: Daemon) -> None:
    """What an MTA sees is the process's own exit status."""
    command = [sys.executable, "-m", "maild", "inject", "--config", str(idle.folder)]
    done = subprocess.run(command, input=letter(), capture_output=True, cwd=ROOT, check=False, timeout=60)
    assert (0, b"250 2.0.0 Ok M") == (done.returncode, done.stdout[:14])


@pytest.mark.rule("INT-7", "INT-5")
def test_what_will_never_be_taken_ends_with_65(tmp_path: Path) -> None:
    """A mail over the size limit, or one that goes round in circles, bounces at the MTA."""
    daemon = Daemon(write_config(tmp_path / "small", {"limits": {"message_size": "20KB", "received_lines": 10, "min_free_disk": 0}}))
    large = daemon.command_line("inject", stdin=letter(body="x" * 30_000))
    assert (65, "552 5.3.4") == (large.exit_code, large.stderr[:9])
    circling = daemon.command_line("inject", stdin=b"Received: from a by b\r\n" * 11 + letter())
    assert (65, "554 5.4.6") == (circling.exit_code, circling.stderr[:9])
    assert [] == daemon.rows("SELECT mail_id FROM inbox")


@pytest.mark.rule("INT-7", "INT-4")
def test_a_locked_database_is_try_again(idle: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """75, the generic reply, and nothing kept; once it is free the MTA's next attempt succeeds."""
    assert 0 == idle.command_line("inject", stdin=letter()).exit_code
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(idle.folder / "state" / "maild.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = idle.command_line("inject", stdin=letter())
    assert (75, "451 4.3.0") == (result.exit_code, result.stderr[:9])
    holder.execute("ROLLBACK")
    holder.close()
    assert 0 == idle.command_line("inject", stdin=letter()).exit_code
    assert [(2,)] == idle.rows("SELECT count(*) FROM inbox")


@pytest.mark.rule("INT-7", "INT-4")
@pytest.mark.parametrize(("limits", "reply"), [({"min_free_disk": 10**17}, "452 4.3.1"), ({"backlog": 1}, "451 4.3.0")])
def test_no_room_is_try_again(tmp_path: Path, limits: dict[str, int], reply: str) -> None:
    """Too little disk and too long a backlog put a piped mail off as they put off any other."""
    daemon = Daemon(write_config(tmp_path / "full", {"limits": {"min_free_disk": 0, **limits}}))
    results = [daemon.command_line("inject", stdin=letter()) for _ in range(2)]
    assert (75, reply) == (results[-1].exit_code, results[-1].stderr[:9])


@pytest.mark.rule("INT-7")
@pytest.mark.parametrize("mistake", ["configuration", "option", "file", "store"])
def test_a_mistake_of_ours_never_bounces_a_mail(idle: Daemon, tmp_path: Path, mistake: str) -> None:
    """A broken configuration, a wrong option in the MTA's own, a missing file, a store that cannot be made: 75, with the reason."""
    arguments: tuple[str, ...] = ("inject",)
    if mistake == "configuration":
        (idle.folder / "maild.toml").write_text("[limits]\nrecipients = 0\n")
        arguments, said = ("inject",), "limits.recipients: 0 must be at least 1"
    elif mistake == "option":
        arguments, said = ("inject", "--nothing"), "No such option"
    elif mistake == "file":
        arguments, said = ("inject", str(tmp_path / "none.eml")), "none.eml"
    else:
        (idle.folder / "state" / "maild.db").mkdir()
        said = "451 4.3.0"
    result = idle.command_line(*arguments, stdin=letter())
    assert 75 == result.exit_code, result.output
    assert said in result.stderr
