"""Senders that behave as a relay does: each mail is tried again, over new connections, until somebody has said 250 to it.

What was told is written in a ledger: every Message-ID with the mail ids of its 250s. Nothing that stands there may ever be lost.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.support.letters import HELPDESK
from tests.support.waiting import DEADLINE, pause

Address = tuple[str, int]
AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that waits in a sender's queue."""

    message_id: str
    raw: bytes
    mail_from: str
    rcpt_to: tuple[str, ...] = (HELPDESK,)


@dataclass(slots=True)
class Ledger:
    """What the daemon said to whom: the 250s with the ids that they named, and the refusals for good."""

    taken: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __len__(self) -> int:
        return len(self.taken)

    def write(self, letter: Letter, code: int, text: str) -> None:
        """Note a reply that ends the mail's way: 250 or 5xx."""
        with self.changed:
            self.letters[letter.message_id] = letter
            if code == 250:
                self.taken.setdefault(letter.message_id, []).append(text.split()[-1])
            else:
                self.refused[letter.message_id] = f"{code} {text}"
            self.changed.notify_all()

    def wait_for(self, count: int, *, deadline: float = DEADLINE, unless: Callable[[], bool] = lambda: False) -> bool:
        """Return whether ``count`` mails are taken, within ``deadline`` seconds and before ``unless`` holds."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.taken) >= count or unless(), deadline)
            return len(self.taken) >= count


class Sender(threading.Thread):
    """One connection's worth of a relay: takes letters from ``queue`` one by one, and is done with each only at its 250.

    ``where`` says where the daemon listens now, None while it does not.
    """

    def __init__(self, queue: Iterable[Letter], where: Callable[[], Address | None], ledger: Ledger, *, name: str = "sender") -> None:
        super().__init__(name=name, daemon=True)
        self._queue: Iterator[Letter] = iter(queue)
        self._where = where
        self._ledger = ledger
        self._stop_asked = threading.Event()
        self._client: smtplib.SMTP | None = None

    def finish(self) -> None:
        """Take no further letter; the one under way is sent to its end."""
        self._stop_asked.set()

    def run(self) -> None:
        """Send until the queue is empty or nothing more is wanted."""
        for letter in self._queue:
            while not self._try(letter):
                self._hang_up()
                pause(AGAIN_SECONDS)
            if self._stop_asked.is_set():
                break
        self._hang_up()

    def _try(self, letter: Letter) -> bool:
        """Return whether the mail's way has ended."""
        try:
            client = self._connected()
            if client is None:
                return False
            code, text = send_one(client, letter)
        except (OSError, smtplib.SMTPException):
            return False
        if code == 250 or 500 <= code < 600:
            self._ledger.write(letter, code, text)
            return True
        return False

    def _connected(self) -> smtplib.SMTP | None:
        if self._client is None and (address := self._where()) is not None:
            self._client = smtplib.SMTP(*address, local_hostname="relay.trust.example", timeout=DEADLINE)
            self._client.ehlo()
        return self._client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def send_one(client: smtplib.SMTP, letter: Letter) -> tuple[int, str]:
    """Return the reply to the mail's final dot, or the first that was no yes."""
    for command in (f"MAIL FROM:<{letter.mail_from}>", *(f"RCPT TO:<{to}>" for to in letter.rcpt_to)):
        code, text = client.docmd(command)
        if code != 250:
            client.docmd("RSET")
            return code, text.decode("utf-8", "replace")
    code, text = client.data(letter.raw)
    return code, text.decode("utf-8", "replace")


def send(address: Address, raw: bytes, *, to: tuple[str, ...] = (HELPDESK,), mail_from: str = "alice@trust.example") -> str:
    """Return the mail id that the 250 names.

    Raises:
        smtplib.SMTPResponseException: the answer was none.
    """
    with smtplib.SMTP(*address, local_hostname="relay.trust.example", timeout=DEADLINE) as client:
        client.ehlo()
        code, text = send_one(client, Letter(message_id="", raw=raw, mail_from=mail_from, rcpt_to=to))
    if code != 250:
        raise smtplib.SMTPResponseException(code, text)
    return text.split()[-1]
