"""A real Postfix for the tests: its own configuration and queue in a folder of its own, on loopback, started and stopped by the fixture.

It relays mail for the helpdesk's domain to maild, and all other mail to ``world``, a relay of the test's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.waiting import wait_until

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
DOMAIN = "desk.example"
_MAIN = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "myhostname": "relay.trust.example",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "relay_domains": DOMAIN,
    "smtpd_recipient_restrictions": "permit_mynetworks, reject",
    "smtpd_peername_lookup": "no",
    "smtp_host_lookup": "native",
    "disable_dns_lookups": "yes",
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "2s",
    "smtp_connect_timeout": "5s",
    "smtpd_error_sleep_time": "0",
    "default_database_type": "hash",
    "maillog_file_permissions": "0644",
    "smtputf8_enable": "yes",
}
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
tlsmgr unix - - n 1000? 1 tlsmgr
"""


class Postfix:
    """A server that runs until ``close``.

    Attributes:
        transport: how mail for the helpdesk's domain leaves: ``smtp:[127.0.0.1]:25``, ``lmtp:unix:/path`` or the name of a pipe.
        world: where all other mail goes.
        settings: further lines of main.cf.
        services: further lines of master.cf.
    """

    def __init__(self, *, transport: str, world: str = "discard:", services: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="maild-postfix-"))
        self.home.chmod(0o755)
        self.port = _free_port()
        self.transport, self.world, self.services = transport, world, services
        self.settings = dict(settings or {})
        for name in ("queue", "data", "config"):
            (self.home / name).mkdir()
        shutil.chown(self.home / "data", "postfix")
        self._write()

    @property
    def url(self) -> str:
        """Return what ``relay.to`` says in maild's configuration."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def address(self) -> tuple[str, int]:
        """Return where it takes mail."""
        return "127.0.0.1", self.port

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("start")
        wait_until(self._answers, "Postfix", every=0.05)

    def configure(self, **settings: str) -> None:
        """Change settings; a restart, since a reload leaves open connections as they were."""
        self.settings |= settings
        self._run("stop")
        self._write()
        self.start()

    def log(self) -> str:
        """Return its log."""
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def waiting(self) -> int:
        """Return how many mails stand in its queues."""
        folders = ("incoming", "active", "deferred", "maildrop", "hold")
        return sum(1 for name in folders for path in (self.home / "queue" / name).rglob("*") if path.is_file())

    def flush(self) -> None:
        """Try everything that waits at once."""
        self._run("flush")

    def close(self) -> None:
        """Stop it and remove its files."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def _write(self) -> None:
        main = _MAIN | {
            "queue_directory": str(self.home / "queue"),
            "data_directory": str(self.home / "data"),
            "daemon_directory": _daemons(),
            "maillog_file": str(self.home / "log"),
            "maillog_file_prefixes": str(self.home),
            "transport_maps": f"inline:{{ {{{DOMAIN} = {self.transport}}} }}",
            "default_transport": self.world,
        }
        lines = [f"{name} = {value}" for name, value in (main | self.settings).items()]
        (self.home / "config" / "main.cf").write_text("\n".join(lines) + "\n")
        (self.home / "config" / "master.cf").write_text(_SERVICES.format(port=self.port) + self.services)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(self.address, timeout=1) as probe:
                return probe.recv(4) == b"220 "
        except OSError:
            return False

    def _run(self, command: str) -> None:
        subprocess.run(
            ["postfix", "-c", str(self.home / "config"), command],
            check=True,
            capture_output=True,
            env={"PATH": PATH, "LC_ALL": "C"},
            timeout=60,
        )


def _daemons() -> str:
    """Return the folder of Postfix's daemons."""
    done = subprocess.run(["postconf", "-dh", "daemon_directory"], capture_output=True, text=True, check=True, env={"PATH": PATH})
    return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
