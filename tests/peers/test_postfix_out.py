"""A real Postfix as the smarthost: greylisting, deferring, rejecting, bouncing; and mails that come back to maild through it."""

from __future__ import annotations

import signal

import pytest

from tests.faults.account import Books
from tests.peers.conftest import MakePostfix
from tests.peers.test_postfix_in import submit, through
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon
from tests.support.letters import header, letter, new_message_id
from tests.support.sink import TAKEN, Delivery, RecordingSink
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.postfix, pytest.mark.slow]


def request(daemon: Daemon, sender: str = "alice@trust.example") -> tuple[str, str]:
    """Return Message-ID and mail id of a request that was told 250."""
    message_id = new_message_id()
    return message_id, daemon.send(letter(sender=sender, message_id=message_id), mail_from=sender)


def world(sink: RecordingSink) -> str:
    """Return Postfix's way to the rest of the world: the sink."""
    return f"smtp:[127.0.0.1]:{sink.port}"


def replies(daemon: Daemon) -> str:
    """Return the relay's words on every mail in the queue."""
    return " | ".join(row["reply"] or "" for row in daemon.json("queue", "list"))


def acks(sink: RecordingSink) -> list[Delivery]:
    """Return the acknowledgements that arrived."""
    return [each for each in sink.deliveries if "We have received" in header(each.raw, "Subject")]


@pytest.mark.rule("OUT-1", "OUT-3", "ACK-2")
def test_mails_leave_through_postfix(make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink) -> None:
    """Twenty people's acknowledgements arrive once each, with our Message-ID and envelope sender; trace knows Postfix's queue id."""
    postfix = make_postfix(transport="discard:", world=world(sink))
    with make_daemon({"relay": {"to": postfix.url}}) as daemon:
        taken = [request(daemon, f"user{number}@trust.example") for number in range(20)]
        daemon.wait_done()
        wait_until(lambda: postfix.waiting() == 0, "an empty queue")
        assert (20, []) == (len(acks(sink)), Books(daemon, taken, sink.deliveries).doubled())
        sent = {row["message_id"]: row for row in daemon.json("queue", "list")}
        for each in acks(sink):
            mail_in, out = daemon.json("trace", _queue_id(daemon, sent[each.message_id]["id"]))
            assert (sent[each.message_id]["id"], "opened") == (out["id"], mail_in["disposition"])
            assert each.envelope_from.startswith("service+b-")


def _queue_id(daemon: Daemon, mail_id: str) -> str:
    (record,) = [record for record in daemon.json("trace", mail_id) if record["direction"] == "out"]
    assert record["queue_id"]
    return str(record["queue_id"])


@pytest.mark.rule("OUT-1", "OUT-2")
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [  # at RCPT, at DATA, and for good
        ("smtpd_recipient_restrictions", "check_recipient_access inline:{{trust.example = 450 4.2.0 Greylisted}}", "450 4.2.0"),
        ("smtpd_data_restrictions", "defer", "450 "),
        ("message_size_limit", "100", ""),
    ],
)
def test_what_postfix_puts_off_leaves_when_it_is_ready(
    make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink, setting: str, value: str, said: str
) -> None:
    """Its words stand in the queue; after the back-off each mail leaves, once. What it refuses for good is not tried again."""
    postfix = make_postfix(transport="discard:", world=world(sink), settings={setting: value})
    with make_daemon({"relay": {"to": postfix.url, "back_off": ["1s"]}}) as daemon:
        taken = [request(daemon), request(daemon, "bob@trust.example")]
        if setting == "message_size_limit":
            daemon.wait_done()
            assert ({"failed"}, ()) == ({row["state"] for row in daemon.json("queue", "list")}, sink.deliveries)
            assert [["undeliverable"]] * 2 == [
                [flag for flag in row["flags"] if flag == "undeliverable"] for row in daemon.json("ticket", "list")
            ]
            return
        wait_until(lambda: said in replies(daemon), f"{said} in the queue", deadline=20)
        postfix.configure(**{setting: "permit"})
        daemon.wait_done()
        wait_until(lambda: postfix.waiting() == 0, "an empty queue")
        assert (2, []) == (len(acks(sink)), Books(daemon, taken, sink.deliveries).doubled())


@pytest.mark.rule("OUT-1", "OUT-3", "BNC-1")
def test_what_postfix_rejects_flags_the_ticket_and_nobody_elses(
    make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink
) -> None:
    """550 at RCPT is final for this person; another's mail in the same moment arrives."""
    access = "check_recipient_access inline:{{alice@trust.example = 550 5.1.1 Who is that}}, permit_mynetworks, reject"
    postfix = make_postfix(transport="discard:", world=world(sink), settings={"smtpd_recipient_restrictions": access})
    with make_daemon({"relay": {"to": postfix.url}}) as daemon:
        request(daemon)
        request(daemon, "bob@trust.example")
        daemon.wait_done()
        wait_until(lambda: acks(sink), "Bob's acknowledgement")
        assert {"alice@trust.example": True, "bob@trust.example": False} == {
            row["requester"]: "undeliverable" in row["flags"] for row in daemon.json("ticket", "list")
        }
        assert "550 5.1.1 <alice@trust.example>: Recipient address rejected: Who is that" in replies(daemon)


@pytest.mark.rule("BNC-1", "RFI-4", "ACK-2")
def test_a_bounce_comes_back_and_is_known(make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink) -> None:
    """Postfix takes the mail and cannot deliver it: its report to our signed envelope sender flags the ticket, and nobody is answered."""
    sink.script = lambda delivery: "550 5.1.1 No such user here" if delivery.to == "alice@trust.example" else f"{TAKEN} Q{delivery.number}"
    with make_daemon() as daemon:
        port = daemon.addresses()[0].rpartition(":")[2]
        postfix = make_postfix(transport=f"smtp:[127.0.0.1]:{port}", world=world(sink))
        relay_to(daemon, postfix.url)
        request(daemon)
        wait_until(lambda: daemon.rows("SELECT count(*) FROM inbox WHERE reason = 'bounce'")[0][0] >= 1, "the report")
        daemon.wait_done()
        wait_until(lambda: postfix.waiting() == 0, "an empty queue")
        (ticket,) = daemon.json("ticket", "list")
        assert "undeliverable" in ticket["flags"]
        assert [] == [each for each in sink.deliveries if "postmaster" in each.to.lower() or "mailer-daemon" in each.to.lower()]
        assert {("", "filed", "bounce")} == {
            tuple(row) for row in daemon.rows("SELECT mail_from, disposition, reason FROM inbox WHERE mail_from = ''")
        }


def relay_to(daemon: Daemon, url: str) -> None:
    """Reload the daemon with another relay."""
    write_config(daemon.folder, {"relay": {"to": url}})
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: daemon.log("config_reloaded"), "the reload")


@pytest.mark.rule("OUT-1", "INT-1", "LOOP-1")
def test_once_round_through_postfix(make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink) -> None:
    """In through Postfix and out through Postfix; an answer to our own mail, by its Reply-To, finds its ticket."""
    with make_daemon() as daemon:
        port = daemon.addresses()[0].rpartition(":")[2]
        postfix = make_postfix(transport=f"smtp:[127.0.0.1]:{port}", world=world(sink))
        relay_to(daemon, postfix.url)
        submit(postfix, letter(), "helpdesk@desk.example")
        (ack,) = wait_until(lambda: acks(sink), "the acknowledgement")
        reply_to = header(ack.raw, "Reply-To").partition("<")[2].rstrip(">") or header(ack.raw, "Reply-To")
        submit(postfix, letter(subject="Room 7", to=reply_to, headers={"In-Reply-To": ack.message_id}), reply_to)
        through(daemon, 2)
        assert [("opened",), ("updated",)] == daemon.rows("SELECT disposition FROM inbox ORDER BY seq")
