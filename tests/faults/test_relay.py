"""A relay in every kind of trouble: its mails wait and leave once, no ticket notices, and the queue shows the relay's own words."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.faults.account import Books, Stopwatch, write_row
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.letters import header, letter, new_message_id
from tests.support.relays import WELL, Replies, ScriptedRelay, scripted_relay
from tests.support.waiting import wait_until
from tests.workers.sink import DROP, HANG, LAST

BUSY = "421 4.3.2 Service shutting down"
TROUBLE: dict[str, tuple[Replies, str]] = {
    "answers 421 when it is called": ({"CONNECT": (BUSY,)}, "421 4.3.2 Service shutting down"),
    "answers 554 when it is called": ({"CONNECT": ("554 5.7.1 Not you",)}, "554 5.7.1 Not you"),
    "hangs before its greeting": ({"CONNECT": (HANG,)}, ""),
    "drops the call": ({"CONNECT": (DROP,)}, ""),
    "speaks no SMTP": ({"CONNECT": ("hello there",)}, ""),
    "answers 421 to EHLO": ({"EHLO": (BUSY,)}, "421 4.3.2"),
    "hangs at EHLO": ({"EHLO": (HANG,)}, ""),
    "answers 451 to MAIL": ({"MAIL": ("451 4.3.0 Not now",)}, "451 4.3.0 Not now"),
    "answers 421 to MAIL": ({"MAIL": (BUSY,)}, "421 4.3.2"),
    "hangs at MAIL": ({"MAIL": (HANG,)}, "no answer within 0.5 s"),
    "drops at MAIL": ({"MAIL": (DROP,)}, ""),
    "answers 450 to RCPT (greylisting)": ({"RCPT": ("450 4.2.0 Greylisted",)}, "450 4.2.0 Greylisted"),
    "hangs at RCPT": ({"RCPT": (HANG,)}, "no answer within 0.5 s"),
    "drops at RCPT": ({"RCPT": (DROP,)}, ""),
    "answers 451 to DATA": ({"DATA": ("451 4.3.0 Not now",)}, "451 4.3.0 Not now"),
    "hangs at DATA": ({"DATA": (HANG,)}, "no answer within 0.5 s"),
    "drops at DATA": ({"DATA": (DROP,)}, ""),
    "answers 451 to the final dot": ({".": ("451 4.3.0 Disk full",)}, "451 4.3.0 Disk full"),
    "answers 421 to the final dot": ({".": (BUSY,)}, "421 4.3.2"),
    "closes after each mail": ({".": (f"{LAST}250 2.0.0 Ok: queued as LAST1",)}, ""),
}


@pytest.fixture(scope="module")
def relay() -> Iterator[ScriptedRelay]:
    """A relay that may get into trouble."""
    with scripted_relay() as relay:
        yield relay


@pytest.fixture(scope="module")
def daemon(relay: ScriptedRelay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that waits half a second for an answer of its relay, and tries again soon."""
    folder: Path = tmp_path_factory.mktemp("relay") / "maild"
    with Daemon(write_config(folder, {"relay": {"to": relay.url, "timeout": "0.5s", "back_off": ["0.3s"]}})) as daemon:
        yield daemon


def send(daemon: Daemon, number: int = 1) -> list[tuple[str, str]]:
    """Return Message-ID and mail id of mails that were told 250."""
    taken = []
    for _ in range(number):
        message_id = new_message_id()
        sender = f"{message_id.strip('<>').partition('@')[0]}@trust.example"
        taken.append((message_id, daemon.send(letter(message_id=message_id, sender=sender), mail_from=sender)))
    return taken


def tried(daemon: Daemon, words: str = "") -> list[dict[str, Any]]:
    """Return what waits after an attempt that met trouble, of which the relay said ``words``."""
    rows = daemon.json("queue", "list")
    return [row for row in rows if row["state"] == "queued" and row["attempts"] and words in (row["reply"] or "")]


def queued_after(daemon: Daemon, taken: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the queue's records of the mails that these caused."""
    causes = {f"mail:{mail_id}" for _, mail_id in taken}
    caused = {mail_id for mail_id, cause in daemon.rows("SELECT mail_id, cause FROM outbox") if cause in causes}
    return [row for row in daemon.json("queue", "list") if row["id"] in caused]


def ours(relay: ScriptedRelay, since: int) -> Sequence[Any]:
    """Return the mails that the relay has said yes to since then."""
    return relay.taken()[since:]


@pytest.mark.slow
@pytest.mark.rule("OUT-1", "OUT-2", "OUT-3")
@pytest.mark.parametrize("trouble", sorted(TROUBLE))
def test_trouble_of_the_relay_is_waited_out(daemon: Daemon, relay: ScriptedRelay, trouble: str) -> None:
    """While the relay is in trouble its words stand in the queue; when it is well each mail leaves, and the relay says yes to it once."""
    replies, words = TROUBLE[trouble]
    before = len(relay.taken())
    relay.script(replies)
    taken = send(daemon, 3)
    if trouble != "closes after each mail":
        wait_until(lambda: tried(daemon, words), f"an attempt that met: {words or trouble}")
        relay.script(WELL)
    watch = Stopwatch()
    daemon.wait_done()
    books = Books(daemon, taken, ours(relay, before))
    write_row(books.row(f"the relay {trouble}", told="250", since=watch))
    assert {"delivered"} == {row["state"] for row in queued_after(daemon, taken)}


@pytest.mark.slow
@pytest.mark.rule("OUT-2")
@pytest.mark.parametrize("trouble", [DROP, HANG])
def test_a_mail_whose_fate_nobody_knows_is_sent_once_more(daemon: Daemon, relay: ScriptedRelay, trouble: str) -> None:
    """The relay has the whole mail and does not say so: it is sent once more, the same to the last byte."""
    before, mails = len(relay.taken()), len(relay.sink.mails)
    relay.script({".": (trouble, "250 2.0.0 Ok: queued as AGAIN1")})
    taken = send(daemon)
    watch = Stopwatch()
    daemon.wait_done()
    books = Books(daemon, taken, ours(relay, before))
    name = "drops after the final dot" if trouble == DROP else "hangs after the final dot"
    write_row(books.row(f"the relay {name}", told="250", since=watch))
    first = relay.sink.mails[mails]
    assert 2 == relay.sink.mails[mails:].count(first)
    assert {"delivered"} == {row["state"] for row in queued_after(daemon, taken)}


@pytest.mark.rule("OUT-2")
def test_twice_unknown_is_uncertain_and_never_sent_again(daemon: Daemon, relay: ScriptedRelay) -> None:
    """After the second time without an answer the mail is shown as uncertain, and an administrator decides."""
    relay.script({".": (DROP, DROP, "250 2.0.0 Ok: queued as OTHERS1")})
    ((message_id, _),) = send(daemon)
    daemon.wait_done()
    states = [row["state"] for row in daemon.json("queue", "list") if row["to"].startswith(message_id.strip("<>").partition("@")[0])]
    assert "uncertain" == states[0]
    assert 2 == sum(
        1 for raw in relay.sink.mails if message_id in header(raw, "In-Reply-To") and "We have received" in header(raw, "Subject")
    )
    for row in daemon.json("queue", "list"):
        if row["state"] == "uncertain":
            assert 0 == daemon.command_line("queue", "drop", row["id"]).exit_code
    relay.script(WELL)


@pytest.mark.rule("OUT-1", "OUT-3", "BNC-1")
def test_a_recipient_that_is_refused_flags_its_ticket_and_holds_up_nobody(daemon: Daemon, relay: ScriptedRelay) -> None:
    """550 for one person is final for his mail, the helpdesk sees it, and the others' mails leave meanwhile."""
    before = len(relay.taken())
    relay.script({"RCPT": ("550 5.1.1 No such user", "250 2.1.5 Ok")})
    taken = send(daemon, 1)
    wait_until(lambda: [row for row in queued_after(daemon, taken) if row["state"] == "failed"], "the refusal")
    taken += send(daemon, 2)
    daemon.wait_done()
    flagged = [ticket for ticket in daemon.json("ticket", "list") if "undeliverable" in ticket["flags"]]
    assert 1 == len(flagged)
    books = Books(daemon, taken, ours(relay, before))
    write_row(books.row("the relay refuses a recipient for good (550)", told="250", normal_after=0.0))


@pytest.mark.slow
@pytest.mark.rule("OUT-1", "OUT-2")
def test_a_relay_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    """Connection refused: everything is accepted and ticketed, and leaves when somebody listens again, on the same port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Daemon(write_config(tmp_path / "maild", {"relay": {"to": f"smtp://127.0.0.1:{port}", "back_off": ["1s"]}})) as daemon:
        taken = send(daemon, 3)
        wait_until(lambda: tried(daemon, "refused") or tried(daemon), "a refused connection")
        with scripted_relay(port=port) as relay:
            watch = Stopwatch()
            daemon.wait_done()
            write_row(Books(daemon, taken, relay.taken()).row("the relay is not there", told="250", since=watch))


@pytest.mark.slow
@pytest.mark.rule("OUT-1", "OPS-2")
def test_a_relay_with_a_certificate_that_cannot_be_trusted_gets_nothing(tmp_path: Path) -> None:
    """No word goes out over it; when the administrator names the right authority and reloads, the mails leave."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    with scripted_relay(tls=context) as relay:
        tables: dict[str, Any] = {"relay": {"to": relay.url, "tls": "tls", "back_off": ["1s"], "timeout": "5s"}}
        with Daemon(write_config(tmp_path / "maild", tables)) as daemon:
            taken = send(daemon, 2)
            wait_until(lambda: tried(daemon, "certificate"), "the failed handshake")
            assert [] == relay.sink.commands
            write_config(tmp_path / "maild", {"relay": {**tables["relay"], "tls_ca": str(tmp_path / "ca.pem")}})
            daemon.signal(signal.SIGHUP)
            wait_until(lambda: daemon.log("config_reloaded"), "the reload")
            watch = Stopwatch()
            daemon.wait_done()
            write_row(Books(daemon, taken, relay.taken()).row("TLS to the relay fails", told="250", since=watch))
