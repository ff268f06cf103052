"""The yardstick: mail in, durable, acknowledged, and no policy at all, as a competent developer writes it in an afternoon.

A stock aiosmtpd handler inserts each mail into SQLite (WAL, synchronous FULL) in a database thread and says 250 when the commit has
returned; tasks hand a canned acknowledgement to the relay with aiosmtplib, each over one connection that is kept.
``python -m tests.bench.bare FOLDER RELAY_PORT HOW`` prints ``ready PORT`` and serves until it is told to end. HOW is ``text``, where the
acknowledgement is a text with its blanks filled in, as fast as it gets; or ``library``, where it is made with ``EmailMessage``, as the
libraries' own examples do.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

COURIERS = 4
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
_TEXT = "We have received your request and will write to you as soon as we can.\n"
_ACKNOWLEDGEMENT = f"""\
From: Helpdesk <service@helpdesk.example>
To: <{{to}}>
Subject: We have received your request
Message-ID: <{{id}}@helpdesk.example>
In-Reply-To: {{answered}}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{_TEXT}"""


class Store:
    """One table, one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, sender TEXT, rcpt TEXT, at TEXT, raw BLOB)")
        self._thread = ThreadPoolExecutor(1)

    async def add(self, sender: str, rcpt: str, raw: bytes) -> None:
        """Return when the mail is committed."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._insert, sender, rcpt, raw)

    def _insert(self, sender: str, rcpt: str, raw: bytes) -> None:
        self._connection.execute("INSERT INTO mail (sender, rcpt, at, raw) VALUES (?, ?, datetime(), ?)", (sender, rcpt, raw))


class Handler:
    """What aiosmtpd calls."""

    def __init__(self, store: Store, answers: asyncio.Queue[tuple[str, bytes]], make: Callable[[str, str], bytes]) -> None:
        self._store, self._answers, self._make = store, answers, make

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Return 250 after the commit; the acknowledgement is queued."""
        raw, sender = envelope.content, envelope.mail_from
        assert isinstance(raw, bytes)
        assert sender is not None
        await self._store.add(sender, envelope.rcpt_tos[0], raw)
        found = _MESSAGE_ID.search(raw)
        self._answers.put_nowait((sender, self._make(sender, found[1].decode() if found else "")))
        return "250 OK"


def from_text(to: str, answered: str) -> bytes:
    """Return the acknowledgement, its blanks filled in."""
    return _ACKNOWLEDGEMENT.format(to=to, id=uuid.uuid4(), answered=answered).encode()


def from_library(to: str, answered: str) -> bytes:
    """Return the acknowledgement as the standard library makes mails."""
    mail = EmailMessage()
    mail["From"] = "Helpdesk <service@helpdesk.example>"
    mail["To"] = to
    mail["Subject"] = "We have received your request"
    mail["Message-ID"] = f"<{uuid.uuid4()}@helpdesk.example>"
    mail["In-Reply-To"] = answered
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(_TEXT)
    return mail.as_bytes()


async def courier(port: int, answers: asyncio.Queue[tuple[str, bytes]]) -> None:
    """Hand answers to the relay for ever."""
    relay = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    await relay.connect()
    while True:
        to, mail = await answers.get()
        await relay.sendmail("service@helpdesk.example", to, mail)


async def serve(folder: Path, relay_port: int, how: str) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    answers: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    handler = Handler(Store(folder / "bare.db"), answers, from_library if how == "library" else from_text)
    server = await loop.create_server(lambda: SMTP(handler, hostname="bare.example", loop=loop), "127.0.0.1", 0)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    async with asyncio.TaskGroup() as group:
        couriers = [group.create_task(courier(relay_port, answers)) for _ in range(COURIERS)]
        await stop.wait()
        for each in couriers:
            each.cancel()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
