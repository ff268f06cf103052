"""The same mail delivered more than once has one effect, however it comes; another mail with its Message-ID is another mail (INT-8)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.support.daemon import ClockFile, Daemon
from tests.support.fixtures import MakeDaemon, clock, daemon, make_daemon, sink
from tests.support.letters import HELPDESK, SERVICE, letter
from tests.support.sink import RecordingSink

__all__ = ["clock", "daemon", "make_daemon", "sink"]

Counted = dict[str, int]


def outcome(daemon: Daemon) -> Counted:
    """Return, once all work is done, how many tickets there are, how many mails were duplicates, and whether the books balance."""
    daemon.wait_done()
    stats = daemon.stats()
    assert stats["unaccounted"] == {}
    return {"tickets": daemon.rows("SELECT count(*) FROM tickets")[0][0], "duplicates": stats["duplicate"], "accepted": stats["accepted"]}


def acknowledgements(sink: RecordingSink) -> int:
    """Return how many different acknowledgements went out."""
    return len({each.message_id for each in sink.deliveries if b"We have received" in each.raw})


@pytest.mark.rule("INT-8", "INT-11")
@pytest.mark.parametrize("times", [2, 10])
def test_a_mail_delivered_again_is_a_duplicate_of_the_first(daemon: Daemon, sink: RecordingSink, times: int) -> None:
    """A mail that comes two or ten times makes one ticket and one acknowledgement; the others are recorded as its duplicates."""
    raw = letter()
    ids = [daemon.send(raw) for _ in range(times)]
    assert outcome(daemon) == {"tickets": 1, "duplicates": times - 1, "accepted": times}
    assert {row[0] for row in daemon.rows("SELECT reason FROM inbox WHERE disposition = 'duplicate'")} == {ids[0]}
    assert acknowledgements(sink) == 1


@pytest.mark.rule("INT-8")
def test_a_mail_delivered_over_ten_connections_at_once_has_one_effect(daemon: Daemon, sink: RecordingSink) -> None:
    """Ten servers that hand over the same mail in the same moment make one ticket."""
    raw, start = letter(), threading.Barrier(10)

    def deliver() -> None:
        start.wait()
        daemon.send(raw)

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcome(daemon), acknowledgements(sink)) == ({"tickets": 1, "duplicates": 9, "accepted": 10}, 1)


@pytest.mark.rule("INT-8")
def test_a_copy_that_came_another_way_is_the_same_mail(daemon: Daemon) -> None:
    """Trace headers, and what relays add on top, make no other mail of it; nor does another sender in the envelope."""
    raw = letter()
    daemon.send(raw)
    daemon.send(
        b"Received: from a.example by b.example; Mon, 02 Mar 2026 09:01:00 +0000\r\nX-Spam-Score: 1\r\n" + raw, mail_from="x@list.example"
    )
    daemon.send(
        b"Received: from c.example by d.example; Mon, 02 Mar 2026 09:09:00 +0000\r\nDelivered-To: " + HELPDESK.encode() + b"\r\n" + raw
    )
    assert outcome(daemon) == {"tickets": 1, "duplicates": 2, "accepted": 3}


@pytest.mark.rule("INT-8", "REF-3")
@pytest.mark.parametrize("change", ["body", "subject", "sender", "date"])
def test_another_mail_with_a_used_message_id_is_no_duplicate(daemon: Daemon, change: str) -> None:
    """Two mails that differ in body, subject, sender or date are two, though they bear the same Message-ID."""
    other = {"body": "It burns.", "subject": "Fire", "sender": "bob@trust.example", "date": "Mon, 02 Mar 2026 10:00:00 +0000"}
    daemon.send(letter(message_id="<same@trust.example>"))
    daemon.wait_done()
    daemon.send(letter(message_id="<same@trust.example>", **{change: other[change]}))  # type: ignore[arg-type]  # one of the texts
    found = outcome(daemon)
    assert (found["accepted"], found["duplicates"]) == (2, 0)
    assert found["tickets"] == 2 or change == "date"  # the same words a second time may be folded into the first ticket (LOOP-2)


@pytest.mark.rule("INT-8")
@pytest.mark.parametrize("body", ["one\ntwo\n", "one\n\n\ntwo\n", "ünïcödé\n"])
def test_mails_that_differ_in_their_bodies_alone_are_two(daemon: Daemon, body: str) -> None:
    """Without Message-ID and Date the body alone tells mails apart, and whether lines end with CRLF or LF does not."""
    for text in (body, body + "and more\n"):
        for ends in (b"\r\n", b"\n"):
            daemon.send(letter(message_id="", date=None, body=text).replace(b"\r\n", ends))
    found = outcome(daemon)
    assert (found["accepted"], found["tickets"]) == (4, 2)


@pytest.mark.rule("INT-8", "SVC-3")
@pytest.mark.parametrize("to", [(HELPDESK, SERVICE), (SERVICE, HELPDESK)])
def test_a_mail_to_both_addresses_is_one_mail_to_the_helpdesk(daemon: Daemon, sink: RecordingSink, to: tuple[str, ...]) -> None:
    """A mail with one of our addresses in To and the other in Cc makes one ticket, in one delivery or in two, in any order."""
    raw = letter(to=to[0], headers={"Cc": to[1]})
    daemon.send(raw, to=to)
    for each in to:
        daemon.send(raw, to=(each,))
    assert (outcome(daemon), acknowledgements(sink)) == ({"tickets": 1, "duplicates": 2, "accepted": 3}, 1)


@pytest.mark.rule("INT-8", "SVC-2")
def test_a_copy_to_the_helpdesk_makes_the_ticket_that_the_service_address_did_not(daemon: Daemon, sink: RecordingSink) -> None:
    """A mail decided as service-address mail makes its ticket when its copy comes to the helpdesk address; a third copy is a duplicate."""
    raw = letter(to=SERVICE, headers={"Cc": HELPDESK})
    bare = letter(to=SERVICE, message_id="<bare@trust.example>", subject="Scanner down")
    daemon.send(bare, to=(SERVICE,))
    daemon.wait_done()
    before = daemon.rows("SELECT count(*) FROM tickets")[0][0]
    daemon.send(bare, to=(HELPDESK,))
    daemon.send(bare, to=(SERVICE,))
    daemon.send(raw, to=(SERVICE,))
    daemon.send(raw, to=(HELPDESK,))
    found = outcome(daemon)
    assert (before, found["tickets"], acknowledgements(sink)) == (0, 2, 2)
    by_copy = daemon.rows("SELECT disposition FROM inbox WHERE message_id = '<bare@trust.example>' ORDER BY seq")
    assert by_copy == [("answered",), ("opened",), ("duplicate",)]


@pytest.mark.rule("INT-8")
def test_a_mail_without_message_id_and_date_is_the_same_for_an_hour(make_daemon: MakeDaemon, clock: ClockFile) -> None:
    """A mail with neither Message-ID nor Date is a duplicate within the hour, and a mail of its own after it; with a Date it stays one."""
    nameless = letter(message_id="", date=None)
    dated = letter(message_id="", subject="With a date")
    with make_daemon(clock=clock) as daemon:
        for wait in (0, 59, 62, 30):
            clock.advance(timedelta(minutes=wait))
            daemon.send(nameless)
            daemon.send(dated)
            daemon.wait_done()
        found = daemon.rows("SELECT disposition FROM inbox WHERE size < (SELECT max(size) FROM inbox) ORDER BY seq")
        with_date = daemon.rows("SELECT disposition FROM inbox WHERE size = (SELECT max(size) FROM inbox) ORDER BY seq")
    assert [row[0] for row in found] == ["opened", "duplicate", "opened", "duplicate"]
    assert [row[0] for row in with_date] == ["opened", "duplicate", "duplicate", "duplicate"]


@pytest.mark.rule("INT-8", "INT-3")
def test_the_fingerprint_outlives_the_process(make_daemon: MakeDaemon) -> None:
    """A copy that comes after a restart is a duplicate still."""
    raw = letter()
    daemon = make_daemon()
    for _ in range(2):
        with daemon:
            daemon.send(raw)
            found = outcome(daemon)
    assert found == {"tickets": 1, "duplicates": 1, "accepted": 2}
