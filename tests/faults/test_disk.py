"""A disk that fills up, for real: a small file system of its own, which only root may make."""

from __future__ import annotations

import os
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.account import Books, Stopwatch, write_row
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.fixtures import sink
from tests.support.letters import HELPDESK, letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

__all__ = ["sink"]
MB = 1_000_000
DISK = 48 * MB
RESERVE = 8 * MB  # limits.min_free_disk
MAILS = 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"skipped: a file system of its own can only be mounted by root ({done.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


class Ballast:
    """A file that leaves so much room on the disk as it is told to."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "ballast"

    def leave(self, room: int) -> None:
        """Grow or shrink until about ``room`` bytes are free."""
        status = os.statvfs(self._file.parent)
        size = self._file.stat().st_size if self._file.exists() else 0
        wanted = max(0, size + status.f_bavail * status.f_frsize - room)
        with self._file.open("ab") as file:
            if wanted < size:
                file.truncate(wanted)
            while wanted > size:
                size += file.write(b"\0" * min(MB, wanted - size))


def replies(daemon: Daemon, raw: bytes) -> list[str]:
    """Return the replies to MAIL and, where that was taken, to the final dot."""
    address = daemon.where()
    assert address is not None
    with smtplib.SMTP(*address, timeout=DEADLINE) as client:
        client.ehlo()
        code, text = client.mail("alice@trust.example")
        said = [f"{code} {text.decode()}"]
        if code == 250:
            client.rcpt(HELPDESK)
            code, text = client.data(raw)
            said.append(f"{code} {text.decode()}")
    return said


def large(number: int, size: int) -> Letter:
    """Return a mail of about ``size`` bytes."""
    message_id, sender = new_message_id(), f"user{number}@trust.example"
    body = ("x" * 70 + "\r\n") * (size // 72)
    return Letter(message_id=message_id, raw=letter(message_id=message_id, sender=sender, body=body), mail_from=sender)


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-3", "STO-1", "OUT-2")
def test_a_full_disk_is_waited_out(disk: Path, sink: RecordingSink, tmp_path: Path) -> None:
    """452 before DATA where room is low, at the final dot where a mail finds none; with room again all is taken."""
    tables = {"relay": {"to": sink.url}, "state_dir": str(disk), "limits": {"min_free_disk": RESERVE}}
    ballast, ledger = Ballast(disk), Ledger()
    letters = [large(number, 3 * MB // 4) for number in range(MAILS)]
    with Daemon(write_config(tmp_path / "maild", tables)) as daemon:
        daemon.send(letter(sender="first@trust.example"))
        daemon.wait_done()

        ballast.leave(RESERVE - MB)
        said = wait_until(lambda: low if (low := replies(daemon, letter()))[0].startswith("452") else None, "452 before DATA")
        assert ["452 4.3.1 Insufficient system storage, please try again later"] == said

        ballast.leave(RESERVE + 2 * MB)
        wait_until(lambda: _room(daemon), "room for a mail to begin")
        said = replies(daemon, large(0, 16 * MB).raw)
        assert ["250 2.1.0 Ok", "452 4.3.1 Insufficient system storage, please try again later"] == said

        senders = [Sender(letters[number::4], daemon.where, ledger, name=f"sender-{number}") for number in range(4)]
        for sender in senders:
            sender.start()
        wait_until(lambda: _put_off(daemon), "senders who find no room")
        assert len(ledger) < MAILS

        ballast.leave(DISK)
        watch = Stopwatch()
        for sender in senders:
            sender.join(2 * DEADLINE)
        daemon.wait_done(deadline=2 * DEADLINE)
        books = Books(daemon, ledger, sink.deliveries)
        assert (MAILS, [], {}) == (books.mails, daemon.json("quarantine", "list"), ledger.refused)
        write_row(books.row("the disk is full", told="452 before DATA, 452 in it", since=watch))
        assert [("ok",)] == daemon.rows("PRAGMA integrity_check")


def _room(daemon: Daemon) -> bool:
    """Return whether a small mail is not put off at MAIL: the daemon looks at its disk once a second."""
    address = daemon.where()
    assert address is not None
    with smtplib.SMTP(*address, timeout=DEADLINE) as client:
        client.ehlo()
        return client.mail("alice@trust.example")[0] == 250


def _put_off(daemon: Daemon) -> bool:
    return sum(str(line["reply"]).startswith(("451", "452")) for line in daemon.log("mail_refused")) > 8
