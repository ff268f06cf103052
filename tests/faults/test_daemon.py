"""A whole daemon and what may befall it: a second one, a parser that dies, mails that kill, a stop in the middle of work."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
from pathlib import Path

import pytest

from tests.faults.kill import LAUNCH
from tests.support.daemon import RUN, Daemon, NotReady, write_config
from tests.support.fixtures import MakeDaemon, daemon, make_daemon, sink
from tests.support.letters import letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import wait_until

__all__ = ["daemon", "make_daemon", "sink"]

DEADLY = (*LAUNCH, "--deadly")


def states(daemon: Daemon) -> dict[str, str]:
    """Return what became of each mail, by its sender's name."""
    return {
        sender.partition("@")[0]: disposition or state
        for sender, state, disposition in daemon.rows("SELECT sender_key, state, disposition FROM inbox")
    }


# ------------------------------------------------------------------------------------------------------- two daemons


@pytest.mark.rule("STO-2")
def test_a_second_daemon_on_the_same_file_is_refused_with_a_clear_text(daemon: Daemon) -> None:
    """A second daemon ends with status 1 and names the file; the first goes on, and so do the commands."""
    second = Daemon(daemon.folder)
    second.spawn()
    with pytest.raises(NotReady):
        second.wait_ready()
    database = daemon.folder / "state" / "maild.db"
    assert f"Error: {database}: another maild daemon runs on this database" in daemon.log_text()
    daemon.send(letter())
    daemon.wait_done()
    assert daemon.stats()["opened"] == 1


@pytest.mark.rule("STO-2")
def test_a_daemon_that_was_killed_leaves_no_lock(daemon: Daemon) -> None:
    """After SIGKILL the next daemon starts at once."""
    daemon.kill()
    daemon.start()
    assert daemon.running


@pytest.mark.rule("INT-3", "OUT-2")
@pytest.mark.parametrize("point", ["claim.after-commit", "relay.before"])
def test_a_daemon_with_its_predecessor_s_process_id_takes_up_what_that_left(
    make_daemon: MakeDaemon, sink: RecordingSink, point: str
) -> None:
    """In a container every daemon has the same name and process id; what the dead one held is free at once all the same."""
    daemon = make_daemon(command=(*LAUNCH, "--pid", "7", "--kill", point))
    daemon.start()
    daemon.send(letter())
    wait_until(lambda: not daemon.running, "the kill")
    daemon.reap()
    daemon.command = (*LAUNCH, "--pid", "7")
    with daemon:
        daemon.wait_done()
    assert len([each for each in sink.deliveries if b"We have received" in each.raw]) == 1


# ---------------------------------------------------------------------------------------------------- the parser dies


@pytest.mark.rule("INT-9")
def test_a_mail_under_which_the_parser_is_killed_is_read_again(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """A parser process that is killed from outside while it reads is started anew, and the mail becomes a ticket."""
    go = tmp_path / "go"
    with make_daemon(command=DEADLY) as daemon:
        daemon.send(letter(headers={"X-Slow": str(go)}))
        (parser,) = wait_until(daemon.children, "a parser process")
        wait_until(lambda: daemon.rows("SELECT attempts FROM inbox") == [(1,)], "the claim")
        os.kill(parser, signal.SIGKILL)
        go.touch()
        daemon.wait_done()
        assert states(daemon) == {"alice": "opened"}


@pytest.mark.rule("INT-9")
def test_a_mail_that_kills_the_parser_goes_to_quarantine_and_the_next_is_served(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """After three deaths the mail is in quarantine with the reason; others are served; when maild is cured, it can be retried."""
    cure = tmp_path / "cure"
    raw = letter(sender="deadly@trust.example", headers={"X-Deadly": "parser", "X-Cured": str(cure)})
    with make_daemon(command=DEADLY) as daemon:
        deadly = daemon.send(raw)
        daemon.send(letter(sender="next@trust.example"))
        daemon.wait_done()
        assert states(daemon) == {"deadly": "quarantined", "next": "opened"}
        (kept,) = daemon.json("quarantine", "list")
        assert (kept["id"], kept["attempts"], kept["reason"]) == (deadly, 3, "the parser did not survive it: SIGKILL")
        assert [line["mail"] for line in daemon.log("mail_quarantined")] == [deadly]
        assert daemon.command_line("quarantine", "show", deadly).stdout_bytes.endswith(raw)
        cure.touch()
        assert daemon.command_line("quarantine", "retry", deadly).exit_code == 0
        daemon.wait_done()
        assert (states(daemon)["deadly"], daemon.json("quarantine", "list"), daemon.stats()["unaccounted"]) == ("opened", [], {})


@pytest.mark.rule("INT-9")
def test_a_mail_that_kills_the_whole_daemon_is_put_aside_and_its_neighbours_are_not(make_daemon: MakeDaemon) -> None:
    """A mail that takes the daemon down is in quarantine at the fourth start; the mails claimed together with it are tickets."""
    daemon = make_daemon(command=DEADLY)
    with daemon:
        pass
    daemon.leave(letter(sender="before@trust.example"))
    daemon.leave(letter(sender="deadly@trust.example", headers={"X-Deadly": "everybody"}))
    daemon.leave(letter(sender="after@trust.example"))
    deaths = 0
    while deaths < 10:
        daemon.start()
        wait_until(lambda: not daemon.running or daemon.left().unprocessed == 0, "an end of it")
        if daemon.running:
            break
        daemon.reap()
        deaths += 1
    daemon.wait_done()
    assert (deaths, states(daemon)) == (3, {"before": "opened", "deadly": "quarantined", "after": "opened"})
    assert daemon.stop() == 0


# ------------------------------------------------------------------------------------------------------ order


@pytest.mark.rule("INT-12")
def test_a_large_mail_and_the_small_one_after_it_keep_their_order(daemon: Daemon) -> None:
    """A person's large mail, which takes long to read, and his small answer to it right behind become one ticket."""
    first = new_message_id()
    daemon.send(letter(message_id=first, body="A long story.\n" * 200_000))
    daemon.send(letter(headers={"In-Reply-To": first}, subject="Re: Printer down", body="I forgot: it is on ward 7."))
    daemon.wait_done()
    assert daemon.rows("SELECT disposition FROM inbox ORDER BY seq") == [("opened",), ("updated",)]


@pytest.mark.rule("INT-12")
def test_a_flood_does_not_delay_somebody_else_s_acknowledgement(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """With three hundred mails of one sender waiting, another person's mail is acknowledged before the flood's second half is."""
    daemon = make_daemon()
    with daemon:
        pass
    for number in range(300):
        daemon.leave(letter(sender="flood@trust.example", subject=f"Printer {number} down"))
    daemon.leave(letter(sender="other@trust.example"))
    with daemon:
        daemon.wait_done(deadline=60)
    order = [each.to for each in sink.deliveries if b"We have received" in each.raw]
    assert (len(order), order.index("other@trust.example") < 150) == (301, True)


# -------------------------------------------------------------------------------------------------- the way down


@pytest.mark.rule("REM-8")
def test_a_stop_right_after_the_ready_line_is_a_clean_stop(make_daemon: MakeDaemon) -> None:
    """A daemon that is told to stop before its workers have looked at anything ends with status 0, time after time."""
    daemon = make_daemon()
    assert [(daemon.start() > 0, daemon.stop()) for _ in range(3)] == [(True, 0)] * 3


@pytest.mark.rule("INT-3", "INT-9")
def test_a_stop_in_the_middle_of_work_loses_nothing_and_costs_no_attempt(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """SIGTERM while a mail is being read ends the daemon with status 0; the next one does the work, as a first attempt."""
    go = tmp_path / "go"
    daemon = make_daemon(command=DEADLY)
    daemon.start()
    daemon.send(letter(sender="slow@trust.example", headers={"X-Slow": str(go)}))
    wait_until(lambda: daemon.rows("SELECT attempts FROM inbox") == [(1,)], "the claim")
    stopped = (daemon.stop(), daemon.rows("SELECT state, attempts FROM inbox"))
    go.touch()
    with daemon:
        daemon.wait_done()
    assert (stopped, daemon.rows("SELECT disposition, attempts FROM inbox")) == ((0, [("pending", 0)]), [("opened", 1)])


@pytest.mark.rule("OUT-2")
def test_a_stop_while_the_relay_says_nothing_leaves_the_mail_as_it_was(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """Stopped again and again while the relay hangs before it has taken anything, a mail stays queued; it goes out once, and at once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon = make_daemon({"relay": {"to": f"smtp://127.0.0.1:{silent.getsockname()[1]}"}})
        for number in range(3):
            daemon.start()
            if number == 0:
                daemon.send(letter())
            wait_until(lambda: daemon.rows("SELECT count(*) FROM outbox WHERE state = 'sending'") != [(0,)], "an attempt")
            assert daemon.stop() == 0
            assert set(daemon.rows("SELECT state, unsettled FROM outbox")) == {("queued", 0)}
    write_config(daemon.folder, {"relay": {"to": sink.url}})
    with daemon:
        daemon.wait_done()
    assert (sink.doubled(), {row[0] for row in daemon.rows("SELECT state FROM outbox")}) == ({}, {"delivered"})


# ---------------------------------------------------------------------------------------------------------- a full disk


@pytest.mark.slow
@pytest.mark.rule("INT-4", "INT-9", "STO-1")
def test_a_full_store_puts_mail_off_and_loses_none(make_daemon: MakeDaemon) -> None:
    """When the store is full senders hear 451 4.3.0 and no word of why; what was told 250 is kept, and with room again all is taken."""
    daemon = make_daemon()
    with daemon:
        pass
    daemon.command = (*LAUNCH, "--fault", "full")
    ledger, wanted = Ledger(), 70
    letters = [_large(number) for number in range(wanted)]
    senders = [Sender(letters[number::4], daemon.where, ledger) for number in range(4)]
    daemon.start()
    for sender in senders:
        sender.start()
    wait_until(lambda: len(daemon.log("mail_refused")) > 4, "refusals")
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        daemon.send(letter(body="x" * 400_000))
    taken = len(ledger)
    assert daemon.stop() == 0
    assert (refused.value.smtp_code, refused.value.smtp_error) == (451, "4.3.0 Temporary failure, please try again later")
    assert 0 < taken < wanted
    assert set(ledger.taken) <= {row[0] for row in daemon.rows("SELECT message_id FROM inbox")}
    daemon.command = RUN
    with daemon:
        for sender in senders:
            sender.join()
        daemon.wait_done()
        stats = daemon.stats()
    assert (stats["opened"], stats["unaccounted"], stats["quarantined"]) == (wanted, {}, 0)
    assert daemon.rows("PRAGMA integrity_check") == [("ok",)]


def _large(number: int) -> Letter:
    """Return a mail of 40 kB from a sender of its own."""
    sender, message_id = f"user{number}@trust.example", new_message_id()
    raw = letter(sender=sender, message_id=message_id, body=f"{number}\n" * 10_000)
    return Letter(message_id=message_id, raw=raw, mail_from=sender)
