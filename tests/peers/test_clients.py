"""Other people's clients: swaks, Python's smtplib, and a daemon that systemd starts at the first connection."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import trustme

from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon
from tests.support.letters import HELPDESK, SERVICE, letter
from tests.support.sink import RecordingSink
from tests.support.waiting import DEADLINE, wait_until

NOBODY = "nobody@desk.example"


def swaks(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what swaks said and how it ended."""
    command = ["swaks", "--from", "alice@trust.example", "--helo", "relay.trust.example", "--timeout", "30", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _has_tls() -> bool:
    """Return whether this swaks speaks TLS: Debian only suggests the library for it."""
    done = subprocess.run(["swaks", "--support"], capture_output=True, text=True, check=False)
    return "TLS supported" in done.stdout + done.stderr


def certificate(folder: Path) -> tuple[trustme.CA, dict[str, str]]:
    """Return an authority, and the listener's keys that name a certificate of it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    return authority, {"tls_certificate": str(folder / "cert.pem"), "tls_key": str(folder / "key.pem")}


@pytest.mark.swaks
@pytest.mark.rule("INT-1", "INT-2", "INT-3")
def test_swaks(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Plain, over STARTTLS, in one go, by LMTP on a unix socket; a recipient that is not ours, and a mail that is too large."""
    _, tls = certificate(tmp_path)
    lmtp = tmp_path / "lmtp.sock"
    listeners = [{"protocol": "smtp", "listen": "127.0.0.1:0", **tls}, {"protocol": "lmtp", "listen": f"unix:{lmtp}"}]
    with make_daemon({"listener": listeners, "limits": {"message_size": 20_000}}) as daemon:
        server = ("--server", daemon.addresses()[0])
        ways = {
            "plain": server,
            **({"STARTTLS": (*server, "--tls")} if _has_tls() else {}),
            "pipelined": (*server, "--pipeline"),
            "LMTP": ("--protocol", "LMTP", "--socket", str(lmtp)),
        }
        for number, (name, way) in enumerate(ways.items()):
            sender = ("--from", f"user{number}@trust.example", "--header", f"Subject: By swaks, {name}")
            done = swaks(*way, *sender, "--to", HELPDESK)
            assert (0, True) == (done.returncode, " 250 2.0.0 Ok M" in done.stdout), done.stdout + done.stderr
        refused = swaks(*server, "--to", NOBODY)
        assert (24, True) == (refused.returncode, "550 5.1.1" in refused.stdout)
        too_large = swaks(*server, "--to", HELPDESK, "--body", "x" * 30_000)
        assert (26, True) == (too_large.returncode, "552 5.3.4" in too_large.stdout)
        daemon.wait_done()
        assert (len(ways), {"opened"}) == (daemon.stats()["accepted"], {row[0] for row in daemon.rows("SELECT disposition FROM inbox")})
        assert len(ways) - 3 == sum(b"with ESMTPS" in bytes(row[0]) for row in daemon.rows("SELECT data FROM raw WHERE part = 0"))


@pytest.mark.rule("INT-1", "INT-2", "INT-8")
def test_smtplib(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Sendmail with a recipient that is refused, several mails in one session, STARTTLS with a certificate that is verified, LMTP."""
    authority, tls = certificate(tmp_path)
    lmtp = tmp_path / "lmtp.sock"
    listeners = [{"protocol": "smtp", "listen": "127.0.0.1:0", **tls}, {"protocol": "lmtp", "listen": f"unix:{lmtp}"}]
    with make_daemon({"listener": listeners}) as daemon:
        host, _, port = daemon.addresses()[0].rpartition(":")
        context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        with smtplib.SMTP(host, int(port), timeout=DEADLINE) as client:
            client.starttls(context=context)
            refused = client.sendmail("alice@trust.example", [HELPDESK, NOBODY, SERVICE], letter())
            assert {NOBODY: (550, b"5.1.1 No such recipient here")} == refused
            assert {} == client.sendmail("", HELPDESK, letter(sender="bob@trust.example"))
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("alice@trust.example", NOBODY, letter())
            assert {} == client.sendmail("carol@trust.example", HELPDESK, letter(sender="carol@trust.example"))
        with smtplib.LMTP(str(lmtp)) as local:
            raw = letter(sender="dave@trust.example")
            local.ehlo()
            local.mail("dave@trust.example")
            assert [250, 550, 250] == [local.rcpt(each)[0] for each in (HELPDESK, NOBODY, SERVICE)]
            local.data(raw)
            assert (250, b"2.0.0 Ok M") == ((reply := local.getreply())[0], reply[1][:10])  # data() has read the first of the two
        daemon.wait_done()
        assert 4 == daemon.stats()["accepted"]


class Activated(Daemon):
    """A daemon that takes the place of the program before it, process id included."""

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid


@pytest.mark.systemd
@pytest.mark.rule("INT-1", "OPS-7")
def test_systemd_hands_the_sockets_over(tmp_path: Path, sink: RecordingSink) -> None:
    """The first connection starts the daemon; it is greeted and its mail is taken, on both inherited sockets by their names."""
    if shutil.which("systemd-socket-activate") is None:
        pytest.skip("skipped: systemd-socket-activate is not installed")
    ports = [_free_port(), _free_port()]
    listeners = [{"protocol": "smtp", "listen": "systemd:smtp"}, {"protocol": "lmtp", "listen": "systemd:lmtp"}]
    folder = write_config(tmp_path / "maild", {"listener": listeners, "relay": {"to": sink.url}})
    activate = ["systemd-socket-activate", "--fdname=smtp:lmtp", "-E", "MAILD_TESTING=1", *(f"--listen=127.0.0.1:{port}" for port in ports)]
    activate += [f"-E{name}={os.environ[name]}" for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG") if name in os.environ]
    daemon = Activated(folder, prefix=activate)
    daemon.spawn()
    try:
        wait_until(lambda: _listening(ports[0]), "the sockets", every=0.05)
        client = smtplib.SMTP("127.0.0.1", ports[0], timeout=DEADLINE)
        daemon.wait_ready()
        assert f"ready smtp=127.0.0.1:{ports[0]} lmtp=127.0.0.1:{ports[1]}" == daemon.ready_line
        client.ehlo()
        assert {} == client.sendmail("alice@trust.example", HELPDESK, letter())
        with smtplib.LMTP("127.0.0.1", ports[1]) as local:
            assert {} == local.sendmail("bob@trust.example", HELPDESK, letter(sender="bob@trust.example"))
        client.quit()
        daemon.wait_done()
        assert (2, 0) == (daemon.stats()["opened"], daemon.stop())
    finally:
        daemon.kill()


def _listening(port: int) -> bool:
    """Return whether somebody listens on the port, without a connection to it."""
    tables = Path("/proc/net/tcp").read_text().splitlines()
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in tables[1:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
