"""A real Postfix relays mail in: by SMTP, by LMTP and through a pipe; several recipients, one refused, one mail twice."""

from __future__ import annotations

import shutil
import smtplib
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.account import Books
from tests.peers.conftest import MakePostfix
from tests.servers.postfix import Postfix
from tests.support.configuration import write_config
from tests.support.daemon import ROOT, Daemon
from tests.support.fixtures import MakeDaemon
from tests.support.letters import HELPDESK, SERVICE, letter, new_message_id
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

pytestmark = [pytest.mark.postfix, pytest.mark.slow]
NOBODY = "nobody@desk.example"


def submit(postfix: Postfix, raw: bytes, *to: str, sender: str = "alice@trust.example") -> None:
    """Hand a mail to Postfix, as a user's client would."""
    with smtplib.SMTP(*postfix.address, timeout=DEADLINE) as client:
        client.sendmail(sender, list(to), raw)


def through(daemon: Daemon, count: int) -> None:
    """Return when so many mails have come through and are processed."""
    wait_until(lambda: daemon.rows("SELECT count(*) FROM inbox WHERE state = 'done'") == [(count,)], f"{count} mails", every=0.05)
    daemon.wait_done()


@pytest.mark.rule("INT-1", "INT-2", "INT-8")
@pytest.mark.parametrize("protocol", ["smtp", "lmtp", "lmtp-unix"])
def test_several_recipients_one_refused_one_mail_twice(
    make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink, tmp_path: Path, protocol: str
) -> None:
    """Both of our addresses get the mail once, the sender is told of the third by a delivery report, and the second copy has no effect."""
    folder = Path(tempfile.mkdtemp(prefix="maild-sock-"))
    listen = f"unix:{folder / 'lmtp.sock'}" if protocol == "lmtp-unix" else "127.0.0.1:0"
    listener = {"protocol": protocol.removesuffix("-unix"), "listen": listen, "socket_mode": "0666"}
    folder.chmod(0o755)
    try:
        with make_daemon({"listener": [listener]}) as daemon:
            (where,) = daemon.addresses(listener["protocol"])
            transport = f"lmtp:{where}" if protocol == "lmtp-unix" else f"{listener['protocol']}:[127.0.0.1]:{where.rpartition(':')[2]}"
            postfix = make_postfix(transport=transport, world=f"smtp:[127.0.0.1]:{sink.port}")
            message_id = new_message_id()
            raw = letter(message_id=message_id)
            submit(postfix, raw, HELPDESK, SERVICE, NOBODY)
            through(daemon, 1)
            submit(postfix, raw, HELPDESK)
            through(daemon, 2)
            wait_until(lambda: postfix.waiting() == 0, "an empty queue")
            report = wait_until(lambda: [each.raw for each in sink.deliveries if b"multipart/report" in each.raw], "the delivery report")[0]
            assert b"Status: 5.1.1" in report
            assert f"Final-Recipient: rfc822; {NOBODY}".encode() in report
            (first, second) = daemon.rows("SELECT mail_id, rcpt_to, disposition, reason FROM inbox ORDER BY seq")
            assert (f'["{HELPDESK}", "{SERVICE}"]', "opened", None) == first[1:]
            assert ("duplicate", first[0]) == second[2:]
            books = Books(daemon, [(message_id, first[0]), (message_id, second[0])], sink.deliveries)
            assert ([], []) == (books.lost(), [each for each in books.doubled() if each])
            assert first[0] in postfix.log()
    finally:
        shutil.rmtree(folder)


@pytest.mark.rule("INT-4", "INT-3")
def test_postfix_waits_while_maild_is_away(make_daemon: MakeDaemon, make_postfix: MakePostfix, sink: RecordingSink) -> None:
    """Paused, then stopped, then back: what was put off stays in the queue of Postfix and comes through, each mail once."""
    with make_daemon({"listener": [{"protocol": "smtp", "listen": f"127.0.0.1:{_free_port()}"}]}) as daemon:
        port = daemon.addresses()[0].rpartition(":")[2]
        postfix = make_postfix(transport=f"smtp:[127.0.0.1]:{port}", world=f"smtp:[127.0.0.1]:{sink.port}")
        daemon.command_line("pause", "intake")
        wait_until(lambda: daemon.log("work_paused"), "the pause")
        ids = [new_message_id() for _ in range(6)]
        for number, message_id in enumerate(ids[:3]):
            submit(postfix, letter(message_id=message_id, sender=f"user{number}@trust.example"), HELPDESK)
        wait_until(lambda: postfix.log().count("451 4.3.0 Temporary failure") >= 3, "mails put off")
        assert daemon.stop() == 0
        for number, message_id in enumerate(ids[3:], start=3):
            submit(postfix, letter(message_id=message_id, sender=f"user{number}@trust.example"), HELPDESK)
        wait_until(lambda: "Connection refused" in postfix.log(), "a refused connection")
        daemon.command_line("resume")
        daemon.start()
        through(daemon, 6)
        wait_until(lambda: postfix.waiting() == 0, "an empty queue")
        taken = daemon.rows("SELECT message_id, mail_id FROM inbox")
        books = Books(daemon, [(row[0], row[1]) for row in taken], sink.deliveries)
        assert (set(ids), [], []) == ({row[0] for row in taken}, books.lost(), books.doubled())


@pytest.mark.rule("INT-5", "INT-1")
def test_what_postfix_passes_on_is_kept_to_the_last_byte(make_daemon: MakeDaemon, make_postfix: MakePostfix) -> None:
    """8-bit text, dots at the start of lines, long lines, an address in UTF-8: below the trace lines the mail is as it was."""
    body = "Grüße\r\n.\r\n..two dots\r\n" + "y" * 900 + "\r\nthe end\r\n"
    head = (
        "From: Jürgen <jürgen@trüst.example>\r\nTo: helpdesk@desk.example\r\nSubject: Drucker\r\n"
        "Message-ID: <utf8@trust.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n"
    )
    raw = (head + body).encode()
    with make_daemon() as daemon:
        postfix = make_postfix(transport=f"smtp:[127.0.0.1]:{daemon.addresses()[0].rpartition(':')[2]}")
        with smtplib.SMTP(*postfix.address, timeout=DEADLINE) as client:
            client.sendmail("jürgen@trüst.example", [HELPDESK], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        through(daemon, 1)
        kept = b"".join(bytes(row[0]) for row in daemon.rows("SELECT data FROM raw ORDER BY part"))
        assert kept.endswith(raw)
        assert 2 == kept[: -len(raw)].count(b"Received: ")
        assert [("jürgen@trüst.example",)] == daemon.rows("SELECT mail_from FROM inbox")


@pytest.fixture
def pipe_home() -> Iterator[Path]:
    """A folder that the user of Postfix's pipe may use."""
    folder = Path(tempfile.mkdtemp(prefix="maild-pipe-"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.rule("INT-7")
def test_postfix_pipes_into_inject(make_postfix: MakePostfix, sink: RecordingSink, pipe_home: Path) -> None:
    """The pipe transport calls maild inject: a broken configuration makes Postfix wait; mended, the mail is a ticket."""
    daemon = Daemon(write_config(pipe_home / "maild", {"relay": {"to": sink.url}}))
    _give_to_nobody(pipe_home)
    options = f"--config {daemon.folder} --mail-from <${{sender}}> --rcpt-to ${{recipient}}"
    command = f"/usr/bin/env {_python_of_nobody()} -m maild inject {options}"
    service = f"maild unix - n n - 2 pipe\n  directory={ROOT} user=nobody argv={command}\n"
    postfix = make_postfix(transport="maild:", world=f"smtp:[127.0.0.1]:{sink.port}", services=service)
    file = daemon.folder / "maild.toml"
    whole = file.read_text()
    file.write_text(whole.replace("[limits]", "[limits]\nrecipients = 0"))
    submit(postfix, letter(), HELPDESK)
    wait_until(lambda: "status=deferred" in postfix.log(), "the mail put off")
    assert (0, 0) == (postfix.log().count("status=bounced"), len(sink.deliveries))
    file.write_text(whole)
    wait_until(lambda: "status=sent" in postfix.log(), "the mail taken", deadline=60)
    wait_until(lambda: postfix.waiting() == 0, "an empty queue")
    for path in (pipe_home, *pipe_home.rglob("*")):
        shutil.chown(path, "root")
    with daemon:
        through(daemon, 1)
        assert [("opened", "inject", "alice@trust.example", f'["{HELPDESK}"]')] == daemon.rows(
            "SELECT disposition, source, mail_from, rcpt_to FROM inbox"
        )


def _python_of_nobody() -> str:
    """Return how the user nobody runs this Python's maild: this one, or the system's with the same packages."""
    packages = sysconfig.get_path("purelib")
    for python in (sys.executable, "/usr/bin/python3"):
        command = f"PYTHONPATH={packages}:{ROOT} {python}"
        with suppress(OSError):
            probe = ["/usr/bin/env", *command.split(), "-c", "import sqlalchemy, pydantic_core, maild.cli.inject"]
            done = subprocess.run(probe, user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, check=False)
            if done.returncode == 0:
                return command
    pytest.skip("skipped: the user nobody can run no Python that has maild's packages")


def _give_to_nobody(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
