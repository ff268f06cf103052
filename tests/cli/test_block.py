"""``maild block``: a sender's mail is filed and nothing else, within a second and over a restart."""

from __future__ import annotations

import itertools
import json
import signal

import pytest

from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import header, letter
from tests.support.sink import RecordingSink
from tests.support.waiting import wait_until

__all__ = ["make_daemon", "sink"]

MALLORY = "mallory@elsewhere.example"
_matters = itertools.count()


def outcome(daemon: Daemon, mail_id: str) -> tuple[str, str | None]:
    """Return what became of a mail, and why."""
    daemon.wait_done()
    ((disposition, reason),) = daemon.rows("SELECT disposition, reason FROM inbox WHERE mail_id = :which", which=mail_id)
    return disposition, reason


def write(daemon: Daemon, sender: str = MALLORY) -> str:
    """Return what becomes of one more mail of ``sender``."""
    return outcome(daemon, daemon.send(letter(sender=sender, body=f"This is matter {next(_matters)}."), mail_from=sender))[0]


@pytest.mark.rule("OPS-10", "INT-11")
def test_a_blocked_sender_is_filed_within_a_second_over_a_restart_and_until_removed(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """It is accepted and accounted for, and nobody is written to."""
    daemon = make_daemon()
    with daemon:
        assert f"{MALLORY} is blocked\n" == daemon.command_line("block", MALLORY.upper()).stdout
        assert f"{MALLORY} was blocked already\n" == daemon.command_line("block", MALLORY).stdout
        wait_until(lambda: write(daemon) == "filed", "the block", deadline=10)
        tickets = daemon.stats()["opened"]
    with daemon:
        mail_id = daemon.send(letter(sender=MALLORY), mail_from=MALLORY)
        assert ("filed", "blocked") == outcome(daemon, mail_id)
        stats = daemon.stats()
        assert (tickets, {}) == (stats["opened"], stats["unaccounted"])
        listed = [json.loads(line) for line in daemon.command_line("block", "--list", "--json").stdout.splitlines()]
        assert [MALLORY] == [each["pattern"] for each in listed]
        assert f"{MALLORY} is taken again\n" == daemon.command_line("block", "--remove", MALLORY).stdout
        wait_until(lambda: write(daemon) == "opened", "the end of the block", deadline=10)
        assert "Nobody is blocked.\n" == daemon.command_line("block").stdout
        opened = daemon.stats()["opened"]
    acknowledged = [each for each in sink.to(MALLORY) if "We have received" in header(each.raw, "Subject")]
    assert opened == len(acknowledged)


@pytest.mark.rule("OPS-10", "OPS-2")
def test_a_domain_is_blocked_with_what_is_under_it_and_a_reload_forgets_no_block(make_daemon: MakeDaemon) -> None:
    """What the configuration blocks counts beside it."""
    with make_daemon({"senders": {"blocked": ["spam.example"]}}) as daemon:
        assert "elsewhere.example is blocked\n" == daemon.command_line("block", "@Elsewhere.example").stdout
        wait_until(lambda: write(daemon, "m@sub.elsewhere.example") == "filed", "the block", deadline=10)
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: daemon.log("config_reloaded"), "the reload")
        assert ["filed", "filed", "opened"] == [write(daemon, sender) for sender in (MALLORY, "x@spam.example", "alice@trust.example")]
        assert {"spam.example", "elsewhere.example"} == {each["pattern"] for each in daemon.json("block")}


@pytest.mark.rule("OPS-10")
@pytest.mark.parametrize(
    "text",
    [
        "not an address",
        "@",
        "a b@elsewhere.example",
        "helpdesk@desk.example",
        "desk.example",
        "*",
        "",
        "uk",
        "12",
        "a@b",
        "a@b..example",
        "x" * 300,
    ],
)
def test_what_is_no_address_or_is_ours_cannot_be_blocked(make_daemon: MakeDaemon, text: str) -> None:
    """A slip of the hand blocks nobody."""
    daemon = make_daemon()
    with daemon:
        assert 2 == daemon.command_line("block", text).exit_code
        assert "Nobody is blocked.\n" == daemon.command_line("block").stdout


@pytest.mark.rule("OPS-10")
def test_one_wrong_name_among_right_ones_blocks_nobody_and_remove_needs_a_name(make_daemon: MakeDaemon) -> None:
    """All names are read before the first is blocked."""
    daemon = make_daemon()
    with daemon:
        refused = daemon.command_line("block", MALLORY, "nonsense")
        assert (2, True) == (refused.exit_code, '"nonsense" must be an address' in refused.stderr)
        assert "Nobody is blocked.\n" == daemon.command_line("block").stdout
        refused = daemon.command_line("block", "--remove")
        assert (2, True) == (refused.exit_code, "say which address or domain is to be taken again" in refused.stderr)
