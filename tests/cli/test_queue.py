"""``maild queue``: mails on their way out, held, released, retried and dropped by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import COMPLETE, header, letter
from tests.support.sink import Delivery, RecordingSink, take_all
from tests.support.waiting import wait_until

__all__ = ["make_daemon", "sink"]


def greylist(delivery: Delivery) -> str:
    """Put every mail off."""
    return "450 4.2.0 Greylisted, come back"


def queued(daemon: Daemon, template: str = "ack") -> dict[str, object]:
    """Return the queue's record of the mail from this template, once it was tried and put off."""

    def found() -> dict[str, object] | None:
        rows = [row for row in daemon.json("queue", "list") if row["template"] == template and row["state"] == "queued" and row["attempts"]]
        return rows[0] if rows else None

    return wait_until(found, f"the {template} in the queue") or {}


def acks(sink: RecordingSink) -> list[Delivery]:
    """Return Alice's acknowledgements, those put off too."""
    return [each for each in sink.to("alice@trust.example") if "We have received" in header(each.raw, "Subject")]


def in_state(daemon: Daemon, mail_id: object, state: str) -> Callable[[], bool]:
    """Return whether the mail has come to ``state``."""
    return lambda: any(row["id"] == mail_id and row["state"] == state for row in daemon.json("queue", "list"))


@pytest.mark.rule("OPS-10", "OUT-1")
def test_retry_sends_a_deferred_mail_at_once(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """The relay's words stand in the list, and nobody waits out the back-off once the relay is well."""
    sink.script = greylist
    with make_daemon() as daemon:
        daemon.send(letter(body=COMPLETE))
        row = queued(daemon)
        assert (1, "450 4.2.0 Greylisted, come back") == (row["attempts"], daemon.json("queue", "list")[0]["reply"])
        assert "Greylisted" in daemon.command_line("queue", "list").stdout
        sink.script = take_all
        assert f"{row['id']}: retry\n" == daemon.command_line("queue", "retry", str(row["id"])).stdout
        daemon.wait_done()
        assert 2 == len(acks(sink))


@pytest.mark.rule("OPS-10", "OUT-3", "ACK-6")
def test_a_held_mail_holds_those_behind_it(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """An RFI does not overtake the acknowledgement that an administrator holds; released, both arrive in their order."""
    sink.script = greylist
    with make_daemon() as daemon:
        daemon.send(letter(body="It is broken."))
        ack = str(queued(daemon)["id"])
        assert 0 == daemon.command_line("queue", "hold", ack).exit_code
        sink.script = take_all
        daemon.send(letter(sender="bob@trust.example", body=COMPLETE))
        wait_until(lambda: sink.to("bob@trust.example"), "another person's mail")
        assert {"ack": "held", "rfi": "queued"} == {
            row["template"]: row["state"] for row in daemon.json("queue", "list") if row["to"] == "alice@trust.example"
        }
        assert 1 == len(sink.to("alice@trust.example"))
        assert f"{ack}: release\n" == daemon.command_line("queue", "release", "--all").stdout
        daemon.wait_done()
        assert [b"We have received", b"need"] == [
            word
            for each in sink.to("alice@trust.example")[1:]
            for word in (b"We have received", b"need")
            if word in each.raw.split(b"\r\n\r\n")[0]
        ]


@pytest.mark.rule("OPS-10", "RFI-4")
def test_a_dropped_mail_never_leaves_and_its_ticket_knows(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """A dropped RFI asks nobody: the ticket is with the helpdesk at once, flagged, and waits for no answer."""
    sink.script = greylist
    with make_daemon() as daemon:
        daemon.send(letter(body="It is broken."))
        ack = str(queued(daemon)["id"])
        rfi = next(str(row["id"]) for row in daemon.json("queue", "list") if row["template"] == "rfi")
        assert 0 == daemon.command_line("queue", "drop", rfi).exit_code
        (ticket,) = daemon.json("ticket", "list")
        assert ("In Progress", ["undeliverable"]) == (ticket["state"], ticket["flags"])
        sink.script = take_all
        assert 0 == daemon.command_line("queue", "retry", ack).exit_code
        daemon.wait_done()
        assert {ack: "delivered", rfi: "dropped"} == {
            row["id"]: row["state"] for row in daemon.json("queue", "list") if row["to"] == "alice@trust.example"
        }


@pytest.mark.rule("OPS-10")
def test_what_cannot_be_done_is_refused_with_the_reason(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """One mail that refuses leaves all of them as they are."""
    sink.script = greylist
    with make_daemon() as daemon:
        daemon.send(letter(body=COMPLETE))
        ack = str(queued(daemon)["id"])
        result = daemon.command_line("queue", "drop", ack, "Mnothing")
        assert (1, "Error: there is no mail Mnothing on its way out\n") == (result.exit_code, result.stderr)
        result = daemon.command_line("queue", "release", ack)
        assert (1, f"Error: {ack} is queued: only what is held can be released\n") == (result.exit_code, result.stderr)
        assert 2 == daemon.command_line("queue", "hold").exit_code
        assert in_state(daemon, ack, "queued")()


@pytest.mark.rule("OPS-10", "OUT-2")
def test_a_failed_mail_can_be_sent_after_all(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """A mail that was refused for good is sent again on request, with the same bytes."""
    sink.script = lambda delivery: "550 5.7.1 We do not like you"
    with make_daemon() as daemon:
        daemon.send(letter(body=COMPLETE))
        rows = wait_until(lambda: [each for each in daemon.json("queue", "list") if each["state"] == "failed"], "the refusal")
        sink.script = take_all
        ack = next(str(row["id"]) for row in rows if row["template"] == "ack")
        assert 0 == daemon.command_line("queue", "retry", ack).exit_code
        wait_until(in_state(daemon, ack, "delivered"), "the delivery")
        refused, taken = acks(sink)
        assert refused.raw == taken.raw
