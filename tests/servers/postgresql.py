"""A real PostgreSQL for the tests: one server on a unix socket and loopback port of its own, one fresh database per test."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

_FAST = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


class PostgresqlServer:
    """A server that runs until ``stop``; ``durable`` keeps fsync on."""

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self._home = Path(tempfile.mkdtemp(prefix="maild-postgresql-"))
        self.port = _free_port()
        self._number = 0
        self._user = _unprivileged()
        if self._user:
            shutil.chown(self._home, self._user)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "maild", "-E", "UTF8", "--no-sync")
        self._options = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._home}"]
        self._options += [] if durable else list(_FAST)
        self.start()

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = " ".join(f"-c {option}" for option in self._options)
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._home / "log"), "-w", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is like a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def close(self) -> None:
        """Stop it and remove its files."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self._home, ignore_errors=True)

    def database(self, template: str = "template0") -> str:
        """Return the SQLAlchemy URL of a new database: empty, or a copy of the database ``template``."""
        self._number += 1
        name = f"test{self._number}"
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=maild dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return f"postgresql://maild@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self._home)}
        command = [str(self._binaries / program), *arguments]
        subprocess.run(
            command, check=True, user=self._user, cwd=self._home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def _unprivileged() -> str | None:
    """Return the user that a root process must become: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(binaries: Path) -> Iterator[PostgresqlServer]:
    """Yield a server for a whole test run."""
    server = PostgresqlServer(binaries)
    try:
        yield server
    finally:
        server.close()
