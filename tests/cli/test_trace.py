"""``maild trace``: one mail's whole way, found by any of its names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Daemon, write_config
from tests.support.letters import SERVICE, letter
from tests.support.sink import Delivery, recording_sink

MESSAGE_ID = "<printer.1@trust.example>"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon to which one incomplete request came, twice, and whose relay put the acknowledgement off once."""
    with recording_sink(put_off_once) as relay:
        folder: Path = tmp_path_factory.mktemp("trace") / "maild"
        daemon = Daemon(write_config(folder, {"relay": {"to": relay.url, "back_off": ["1s"]}}))
        with daemon:
            daemon.send(letter(message_id=MESSAGE_ID))
            daemon.wait_done()
            daemon.send(letter(message_id=MESSAGE_ID))
            daemon.send(letter(sender="bob@trust.example", to=SERVICE, subject="Hello"), to=(SERVICE,))
            daemon.wait_done()
            yield daemon


def put_off_once(delivery: Delivery) -> str:
    """Say no to the first attempt of all."""
    return "451 4.7.1 Try again later" if delivery.number == 1 else f"250 2.0.0 Ok: queued as 4QUEUE{delivery.number}"


def traced(daemon: Daemon, what: str) -> list[dict[str, Any]]:
    """Return what trace says of ``what``."""
    return daemon.json("trace", what)


@pytest.mark.rule("OPS-10", "INT-3", "INT-8")
def test_an_accepted_mail_by_its_id(daemon: Daemon) -> None:
    """What became of it, the journal entry it made, and the mails it caused with every attempt and the relay's words."""
    ((mail_id,),) = daemon.rows("SELECT mail_id FROM inbox WHERE disposition = 'opened'")
    mail, ack, rfi = traced(daemon, mail_id)
    (ticket,) = daemon.json("ticket", "list")
    assert ("opened", ticket["reference"], "smtp1", "alice@trust.example") == tuple(
        mail[key] for key in ("disposition", "reference", "source", "mail_from")
    )
    assert (["RequestReceived"], [ack["id"], rfi["id"]]) == ([entry["kind"] for entry in mail["journal"]], mail["caused"])
    assert [("ack", f"mail:{mail_id}"), ("rfi", f"mail:{mail_id}")] == [(each["template"], each["cause"]) for each in (ack, rfi)]
    assert [("transient", "451 4.7.1 Try again later"), ("delivered", "250 2.0.0 Ok: queued as 4QUEUE2")] == [
        (attempt["outcome"], attempt["reply"]) for attempt in ack["attempts"]
    ]
    assert ("delivered", "4QUEUE2", [("delivered", "250 2.0.0 Ok: queued as 4QUEUE3")]) == (
        rfi["state"],
        ack["queue_id"],
        [(attempt["outcome"], attempt["reply"]) for attempt in rfi["attempts"]],
    )


@pytest.mark.rule("OPS-10")
@pytest.mark.parametrize("name", [MESSAGE_ID, MESSAGE_ID.strip("<>")])
def test_a_message_id_finds_the_duplicate_too(daemon: Daemon, name: str) -> None:
    """With its brackets or without; the copy names the first."""
    found = traced(daemon, name)
    first, second = (mail for mail in found if mail["direction"] == "in")
    assert ("opened", "duplicate", first["id"]) == (first["disposition"], second["disposition"], second["reason"])
    assert ["ack", "rfi"] == [mail["template"] for mail in found if mail["direction"] == "out"]


@pytest.mark.rule("OPS-10")
def test_the_relays_queue_id_finds_the_mail_and_what_caused_it(daemon: Daemon) -> None:
    """What an administrator of the relay would ask for leads back to the user's mail; so do our own names of the mail out."""
    by_queue_id = traced(daemon, "4QUEUE3")
    assert [("in", None), ("out", "rfi")] == [(mail["direction"], mail.get("template")) for mail in by_queue_id]
    rfi = by_queue_id[1]
    assert by_queue_id == traced(daemon, rfi["id"]) == traced(daemon, rfi["message_id"])


@pytest.mark.rule("OPS-10")
def test_a_reference_finds_every_mail_of_the_ticket(daemon: Daemon) -> None:
    """In the order in which they came and left."""
    (ticket,) = daemon.json("ticket", "list")
    assert [("in", None), ("out", "ack"), ("out", "rfi")] == [
        (mail["direction"], mail.get("template")) for mail in traced(daemon, ticket["reference"])
    ]


@pytest.mark.rule("OPS-10", "SVC-2")
def test_a_mail_without_a_ticket_has_a_way_too(daemon: Daemon) -> None:
    """Unprompted mail shows its notice."""
    ((mail_id,),) = daemon.rows("SELECT mail_id FROM inbox WHERE disposition = 'answered'")
    mail, notice = traced(daemon, mail_id)
    assert (None, "unprompted", "bob@trust.example") == (mail["reference"], notice["template"], notice["to"])


@pytest.mark.rule("OPS-10")
def test_people_read_it_line_by_line(daemon: Daemon) -> None:
    """Each line begins with its instant; what is unknown is said so."""
    output = daemon.command_line("trace", "4QUEUE2").stdout
    for said in ("accepted by smtp1 from <alice@trust.example>", "transient: 451 4.7.1 Try again later", "the relay's id is 4QUEUE2"):
        assert said in output
    result = daemon.command_line("trace", "nothing")
    assert (1, "Error: nothing is known of nothing\n") == (result.exit_code, result.stderr)
