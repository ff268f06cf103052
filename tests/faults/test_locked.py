"""The database locked by somebody else for a minute, accelerated: senders wait, nothing is lost, nothing counts as an attempt."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.faults.account import Books, Stopwatch, write_row
from tests.faults.kill import LAUNCH
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import wait_until

__all__ = ["make_daemon", "sink"]
MAILS = 40
TWELVE_WAITS = 12  # a minute is twelve times as long as the daemon waits for the lock


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-9", "STO-2", "OUT-2")
def test_a_locked_database_is_waited_out(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """While another process holds the lock senders are told 451; when it lets go all is taken, processed and sent, once."""
    daemon = make_daemon(command=(*LAUNCH, "--busy", "0.1"))
    ledger = Ledger()
    letters = [_letter(number) for number in range(MAILS)]
    with daemon:
        daemon.send(letter(sender="first@trust.example"))
        senders = [Sender(letters[number::4], daemon.where, ledger, name=f"sender-{number}") for number in range(4)]
        holder = _hold(daemon.folder / "state" / "maild.db")
        for sender in senders:
            sender.start()
        wait_until(lambda: len(_refusals(daemon.log("mail_refused"))) >= TWELVE_WAITS, "senders told 451")
        assert 0 == len(ledger)
        holder.execute("ROLLBACK")
        holder.close()
        watch = Stopwatch()
        for sender in senders:
            sender.join()
        daemon.wait_done()
        books = Books(daemon, ledger, sink.deliveries)
        assert (MAILS, {1}) == (books.mails, {row[0] for row in daemon.rows("SELECT attempts FROM inbox")})
        replies = _refusals(daemon.log("mail_refused"))
        assert {"451 4.3.0 Temporary failure, please try again later"} == set(replies)
        write_row(books.row("the database is locked for a minute", told="451 4.3.0", since=watch))


def _letter(number: int) -> Letter:
    message_id, sender = new_message_id(), f"user{number}@trust.example"
    return Letter(message_id=message_id, raw=letter(message_id=message_id, sender=sender), mail_from=sender)


def _refusals(lines: list[dict[str, object]]) -> list[str]:
    return [str(line["reply"]) for line in lines]


def _hold(path: Path) -> sqlite3.Connection:
    holder = sqlite3.connect(path, isolation_level=None, timeout=30)
    holder.execute("BEGIN IMMEDIATE")
    return holder
