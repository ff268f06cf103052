"""SIGHUP: a valid new configuration is taken without dropping a connection; an invalid one is named, and the old one stays (OPS-2)."""

from __future__ import annotations

import signal
import smtplib
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.faults.account import Books, write_row
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import HELPDESK, letter, new_message_id
from tests.support.sender import Ledger, Letter, Sender
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

__all__ = ["make_daemon", "sink"]
OTHER = "it@desk.example"


def reload(daemon: Daemon, event: str = "config_reloaded") -> list[dict[str, Any]]:
    """Send SIGHUP, and return the log's lines of what came of it, the last one last."""
    before = len(daemon.log(event))
    daemon.signal(signal.SIGHUP)
    return wait_until(lambda: lines if len(lines := daemon.log(event)) > before else [], event)


def client_of(daemon: Daemon) -> smtplib.SMTP:
    """Return an open session with the first listener."""
    address = daemon.where()
    assert address is not None
    client = smtplib.SMTP(*address, timeout=DEADLINE)
    client.ehlo("relay.trust.example")
    return client


def codes(client: smtplib.SMTP) -> list[int]:
    """Return the answers to MAIL, and to RCPT for the one address and the other."""
    return [client.mail("alice@trust.example")[0], client.rcpt(OTHER)[0], client.rcpt(HELPDESK)[0]]


def configure(daemon: Daemon, sink: RecordingSink, **tables: Any) -> None:
    """Write the daemon's configuration anew."""
    write_config(daemon.folder, {"relay": {"to": sink.url}, **tables})


@pytest.mark.rule("OPS-2", "INT-1", "INT-2")
def test_a_session_goes_on_over_a_reload(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """A mail of which half has come is taken; the address that was added is known to it at once, the one that went is not any more."""
    with make_daemon() as daemon:
        client = client_of(daemon)
        assert [250, 550, 250] == codes(client)
        assert 354 == client.docmd("DATA")[0]
        message_id = new_message_id()
        raw = letter(message_id=message_id)
        client.send(raw[:40])
        configure(daemon, sink, addresses={"helpdesk": [OTHER]})
        reload(daemon)
        client.send(raw[40:] + b".\r\n")
        code, text = client.getreply()
        assert code == 250
        assert [250, 250, 550] == codes(client)
        client.quit()
        daemon.wait_done()
        assert [] == Books(daemon, [(message_id, text.decode().split()[-1])], sink.deliveries).lost()


@pytest.mark.rule("OPS-2", "INT-1", "INT-5")
def test_listeners_come_and_go_and_limits_are_those_of_the_next_session(
    make_daemon: MakeDaemon, sink: RecordingSink, tmp_path: Path
) -> None:
    """A new listener answers, one that went accepts nobody while its sessions go on, and a smaller limit is met by the next session."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    first = {"protocol": "smtp", "listen": "127.0.0.1:0", "name": "first"}
    with make_daemon({"listener": [first]}) as daemon:
        client = client_of(daemon)
        assert b"SIZE 35000000" in client.docmd("EHLO relay.trust.example")[1]
        unix = tmp_path / "lmtp.sock"
        new = [{"protocol": "smtp", "listen": f"127.0.0.1:{port}"}, {"protocol": "lmtp", "listen": f"unix:{unix}"}]
        configure(daemon, sink, listener=new, limits={"message_size": 20_000})
        reload(daemon)
        with smtplib.SMTP("127.0.0.1", port, timeout=DEADLINE) as fresh:
            assert b"SIZE 20000" in fresh.docmd("EHLO relay.trust.example")[1]
        with smtplib.LMTP(str(unix)) as lmtp:
            assert 250 == lmtp.ehlo()[0]
        with pytest.raises(ConnectionRefusedError):
            client_of(daemon)
        assert b"SIZE 35000000" in client.docmd("EHLO relay.trust.example")[1]
        client.sendmail("alice@trust.example", [HELPDESK], letter(body="x" * 30_000))
        client.quit()
        daemon.wait_done()
        assert 1 == daemon.stats()["opened"]


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"limits": {"recipients": 0}}, "limits.recipients: 0 must be at least 1"),
        ({"surprise": {"a": 1}}, "surprise"),
        ({"listener": [{"protocol": "smtp", "listen": "192.0.2.1:25"}]}, "cannot listen on 192.0.2.1:25"),
        ({"relay": {"to": "smtp://127.0.0.1:1", "user": "maild"}}, "relay.user: needs password_file beside it"),
        ({"keys_file": "nowhere.toml"}, "nowhere.toml is missing"),
        ({"calendar": {"region": "ATLANTIS"}}, "ATLANTIS"),
        ({"database": "sqlite:///other.db", "web": {"listen": "127.0.0.1:0"}}, "database, web.listen cannot change while the daemon runs"),
    ],
)
def test_an_invalid_configuration_is_named_and_the_old_one_stays(
    make_daemon: MakeDaemon, sink: RecordingSink, tables: dict[str, Any], named: str
) -> None:
    """The log says what is wrong, an open session and the next one notice nothing, and the mended file is taken."""
    with make_daemon() as daemon:
        client = client_of(daemon)
        configure(daemon, sink, **tables)
        mistakes = " ".join(reload(daemon, "config_refused")[-1]["mistakes"])
        assert named in mistakes
        client.sendmail("alice@trust.example", [HELPDESK], letter())
        client.quit()
        daemon.send(letter(sender="bob@trust.example"))
        assert [] == daemon.log("config_reloaded")
        configure(daemon, sink)
        reload(daemon)
        daemon.wait_done()
        assert 2 == daemon.stats()["opened"]


@pytest.mark.rule("OPS-2")
def test_a_file_that_is_no_toml_is_named_too(make_daemon: MakeDaemon) -> None:
    """With its line; and so is a configuration that has gone."""
    with make_daemon() as daemon:
        file = daemon.folder / "maild.toml"
        whole = file.read_text()
        file.write_text(whole + "\n[limits\n")
        assert "maild.toml" in reload(daemon, "config_refused")[-1]["mistakes"][0]
        file.unlink()
        assert "maild.toml" in reload(daemon, "config_refused")[-1]["mistakes"][0]
        file.write_text(whole)
        reload(daemon)


@pytest.mark.rule("OPS-2", "OUT-1", "OUT-3")
def test_a_new_relay_gets_the_next_mail(make_daemon: MakeDaemon, sink: RecordingSink, tmp_path: Path) -> None:
    """From one relay to a Maildir: what was written before the reload is with the relay, what comes after it is in the Maildir."""
    with make_daemon() as daemon:
        daemon.send(letter())
        daemon.wait_done()
        relayed = len(sink.deliveries)
        configure(daemon, sink, relay={"to": f"maildir:{tmp_path / 'out'}", "connections": 9})
        reload(daemon)
        daemon.send(letter(sender="bob@trust.example"))
        daemon.wait_done()
        assert (relayed, True) == (len(sink.deliveries), any((tmp_path / "out" / "new").iterdir()))


@pytest.mark.rule("OPS-2", "OPS-5")
def test_a_new_level_holds_for_the_next_line(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """Once the log is to hold warnings only, a mail that is taken leaves no line."""
    with make_daemon() as daemon:
        daemon.send(letter())
        configure(daemon, sink, logging={"level": "warning"})
        reload(daemon)
        second = daemon.send(letter(sender="bob@trust.example"))
        daemon.wait_done()
        assert (1, False) == (len(daemon.log("mail_accepted")), second in daemon.log_text())


@pytest.mark.slow
@pytest.mark.rule("OPS-2", "INT-3", "OUT-2")
def test_reloads_in_the_middle_of_traffic(make_daemon: MakeDaemon, sink: RecordingSink) -> None:
    """Twenty reloads, every third invalid, while four relays send without a pause: no connection is dropped, no mail lost or double."""
    ledger, letters = Ledger(), [_letter(number) for number in range(300)]
    with make_daemon() as daemon:
        senders = [_Counting(letters[number::4], daemon.where, ledger, name=f"sender-{number}") for number in range(4)]
        for sender in senders:
            sender.start()
        for number in range(20):
            assert ledger.wait_for(min(len(letters), 10 * number))
            configure(daemon, sink, limits={"recipients": 100 + number if number % 3 else 0})
            reload(daemon, "config_reloaded" if number % 3 else "config_refused")
        for sender in senders:
            sender.join(2 * DEADLINE)
        daemon.wait_done()
        books = Books(daemon, ledger, sink.deliveries)
        assert (len(letters), [1] * 4, []) == (books.mails, [sender.calls for sender in senders], daemon.log("mail_refused"))
        write_row(books.row("20 reloads, 7 of them invalid", told="250; no connection is dropped", normal_after=0.0))


class _Counting(Sender):
    """A relay that counts how often it had to connect."""

    calls = 0

    def _connected(self) -> smtplib.SMTP | None:
        before = self._client
        client = super()._connected()
        self.calls += client is not before
        return client


def _letter(number: int) -> Letter:
    message_id, sender = new_message_id(), f"user{number}@trust.example"
    return Letter(message_id=message_id, raw=letter(message_id=message_id, sender=sender), mail_from=sender)
