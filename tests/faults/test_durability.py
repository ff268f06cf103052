"""Every 250 is said after the sync of its commit, as the kernel saw it; two planted faults show that the checks notice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.durability import Call, order, power_cuts, promises, read_trace, tracer
from tests.faults.kill import LAUNCH
from tests.support.daemon import RUN, Daemon, write_config
from tests.support.letters import letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender

pytestmark = [pytest.mark.strace, pytest.mark.slow]
CONNECTIONS, MAILS = 3, 8


@pytest.fixture(autouse=True)
def tracing_allowed() -> None:
    """Skip where this machine lets nobody trace his own processes."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here (ptrace is forbidden)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A traced run: what the kernel was told, which file is the store, and which bytes were sent under which mail id."""

    calls: list[Call]
    database: Path
    sent: dict[str, bytes]


def observe(folder: Path, command: Sequence[str]) -> Observed:
    """Return what a traced daemon did while three senders sent their mails at the same time."""
    log = folder / "trace"
    daemon = Daemon(write_config(folder / "maild"), command=command, prefix=tracer(log))
    ledger = Ledger()
    with daemon:
        senders = [Sender(_letters(number), daemon.where, ledger) for number in range(CONNECTIONS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        daemon.wait_done()
    sent = {mail_id: ledger.letters[message_id].raw for message_id, ids in ledger.taken.items() for mail_id in ids}
    return Observed(calls=read_trace(log), database=daemon.folder / "state" / "maild.db", sent=sent)


def _letters(number: int) -> list[Letter]:
    made = []
    for each in range(MAILS):
        sender, message_id = f"user{each}.{number}@trust.example", new_message_id()
        raw = letter(sender=sender, message_id=message_id, body="It is broken.\n" * 40 * each)
        made.append(Letter(message_id=message_id, raw=raw, mail_from=sender))
    return made


@pytest.mark.rule("INT-3", "STO-1", "STO-2")
def test_every_250_follows_the_sync_of_its_commit(tmp_path: Path) -> None:
    """Each 250 leaves after a sync of the log behind the mail's commit, and a power cut at that moment leaves the mail in the store."""
    seen = observe(tmp_path, RUN)
    assert sorted(mail_id for mail_id, _ in promises(seen.calls)) == sorted(seen.sent)
    assert len(seen.sent) == CONNECTIONS * MAILS
    assert order(seen.calls, seen.database) == []
    assert power_cuts(seen.calls, seen.database, seen.sent, tmp_path) == []


@pytest.mark.rule("INT-3", "STO-2")
def test_the_checks_notice_a_store_that_does_not_sync(tmp_path: Path) -> None:
    """With SQLite's synchronous switched off, both checks report every mail."""
    seen = observe(tmp_path, (*LAUNCH, "--fault", "synchronous-off"))
    reported = (len(order(seen.calls, seen.database)), len(power_cuts(seen.calls, seen.database, seen.sent, tmp_path)))
    assert reported == (CONNECTIONS * MAILS, CONNECTIONS * MAILS)


@pytest.mark.rule("INT-3")
def test_the_checks_notice_a_250_before_the_commit(tmp_path: Path) -> None:
    """With 250 said before the commit, both checks report every mail."""
    seen = observe(tmp_path, (*LAUNCH, "--fault", "early-250"))
    reported = (len(order(seen.calls, seen.database)), len(power_cuts(seen.calls, seen.database, seen.sent, tmp_path)))
    assert reported == (CONNECTIONS * MAILS, CONNECTIONS * MAILS)
