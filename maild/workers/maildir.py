"""Mails out into a Maildir: what a newcomer looks at before there is a relay (OUT-4)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path

from maild.workers.outcome import Delivered, Outcome, Transient


class MaildirRelay:
    """Writes each mail as a file into a Maildir; the same mail again replaces its file (OUT-4)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, envelope_from: str, to: str, raw: bytes, *, smtputf8: bool, timeout: float) -> Outcome:
        """Return Delivered once the file and its folder are synced to disk."""
        del smtputf8  # a file takes any address
        name = _file_name(to, raw)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.to_thread(self._write, name, _return_path(envelope_from) + raw)
        except TimeoutError:
            return Transient(reply="the Maildir did not answer in time", alert=True)
        except OSError as error:
            return Transient(reply=f"the Maildir cannot be written: {error.strerror}", alert=True)
        return Delivered(reply=f"250 2.0.0 new/{name}", queue_id=name)

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, octets: bytes) -> None:
        try:
            self._put(name, octets)
        except FileNotFoundError:
            for folder in ("tmp", "new", "cur"):
                (self._path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._put(name, octets)

    def _put(self, name: str, octets: bytes) -> None:
        unfinished, new = self._path / "tmp" / name, self._path / "new"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(descriptor)
        os.rename(unfinished, new / name)
        _sync_folder(new)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _return_path(envelope_from: str) -> bytes:
    """Return the trace line of a final delivery (RFC 5321 §4.4), which shows the VERP sender."""
    bare = re.sub(r"[\x00-\x1f\x7f<>]", "", envelope_from)
    return f"Return-Path: <{bare}>\r\n".encode("utf-8", "replace")


def _file_name(to: str, raw: bytes) -> str:
    """Return a name that sorts by date and is the same for the same mail: its Date, and a digest of Message-ID and recipient."""
    head = b"\r\n" + raw[: raw.find(b"\r\n\r\n") + 2]
    identity = _header(head, b"Message-ID") or raw
    digest = hashlib.blake2b(to.encode("utf-8", "replace") + b"\0" + identity, digest_size=12).hexdigest()
    seconds = 0
    with suppress(ValueError):
        seconds = int(parsedate_to_datetime(_header(head, b"Date").decode("ascii", "replace")).timestamp())
    return f"{seconds}.{digest}.maild"


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b": ")
    if start < 0:
        return b""
    start += len(name) + 4
    return head[start : head.find(b"\r\n", start)].strip()
