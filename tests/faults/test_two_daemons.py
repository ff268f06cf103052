"""Two daemons that are told to work on one SQLite file: the second refuses, and the first does not notice (STO-2)."""

from __future__ import annotations

import pytest

from tests.faults.account import Books, write_row
from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import letter, new_message_id
from tests.support.sink import RecordingSink

__all__ = ["make_daemon", "sink"]


@pytest.mark.rule("STO-2")
def test_the_second_daemon_refuses(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """It ends with status 1 and says why, before it touches anything; mails to the first one go on as before."""
    with make_daemon() as first:
        taken = []
        for _ in range(3):
            second = Daemon(first.folder)
            second.spawn()
            message_id = new_message_id()
            sender = f"{message_id.strip('<>').partition('@')[0]}@trust.example"
            taken.append((message_id, first.send(letter(message_id=message_id, sender=sender), mail_from=sender)))
            assert 1 == second.reap(deadline=60)
        first.wait_done()
        assert 3 == first.log_text().count("another maild daemon runs on this database")
        write_row(Books(first, taken, sink.deliveries).row("a second daemon on one SQLite file", told="250 by the first", normal_after=0.0))
