"""The Maildir that the daemon of the demo sends into: each mail taken once, in the order in which it was sent."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.support.daemon import Daemon


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, and what kind it is of ours."""

    raw: bytes
    template: str
    path: Path

    @property
    def to(self) -> str:
        """Return its recipient."""
        return self.header("To")

    @property
    def text(self) -> str:
        """Return its plain text."""
        part = self._message().get_body(("plain",))
        return str(part.get_content()) if part is not None else ""

    def header(self, name: str) -> str:
        """Return a header as a person sees it."""
        return str(self._message()[name] or "")

    def _message(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass(slots=True)
class Outbox:
    """A Maildir, and what was taken out of it."""

    folder: Path
    taken: set[str] = field(default_factory=set)

    def waiting(self, daemon: Daemon) -> list[Mail]:
        """Return the mails that were sent and not taken, in their order."""
        files = sorted(self.folder.glob("new/*"), key=lambda path: path.stat().st_mtime_ns)
        fresh = {Mail(raw=path.read_bytes(), template="", path=path) for path in files}
        by_id = {mail.header("Message-ID"): mail for mail in fresh}
        queue = [(each["message_id"], each["template"]) for each in daemon.json("queue", "list") if each["message_id"] not in self.taken]
        return [Mail(raw=by_id[id_].raw, template=template, path=by_id[id_].path) for id_, template in queue if id_ in by_id]

    def take(self, daemon: Daemon) -> list[Mail]:
        """Return the mails that were sent since the last time."""
        found = self.waiting(daemon)
        self.taken.update(mail.header("Message-ID") for mail in found)
        return found
