"""The DATA reader: pieces of 64 kB up to CRLF.CRLF, whatever the lines look like (INT-5).

A mail ends at CRLF ``.`` CRLF and nowhere else (RFC 5321 §2.3.8, §4.1.1.4): a bare CR or LF never ends a line here, so nothing that a
relay passed on as text can become a second mail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from maild.intake.spool import Draft

END = b"\r\n.\r\n"


class Unstuffer:
    """Takes out the dots that the sender put before lines that begin with one (RFC 5321 §4.5.2), piece by piece.

    The text that is fed begins with the CRLF of the DATA command, which is no part of the mail and is left out.
    """

    __slots__ = ("_held", "_skip")

    def __init__(self) -> None:
        self._held = b""
        self._skip = 2

    def feed(self, piece: bytes) -> bytes:
        """Return what can be said of the text so far; a CR or CRLF at the end waits for what follows it."""
        text = self._held + piece if self._held else piece
        wait = 2 if text.endswith(b"\r\n") else 1 if text.endswith(b"\r") else 0
        self._held = text[len(text) - wait :]
        return self._without_start(text[: len(text) - wait].replace(b"\r\n.", b"\r\n"))

    def end(self, piece: bytes) -> bytes:
        """Return the rest of the mail, of which ``piece`` is the last."""
        text = self.feed(piece)
        return text + self._without_start(self._held)

    def _without_start(self, text: bytes) -> bytes:
        if self._skip and text:
            text, self._skip = text[self._skip :], 0
        return text


async def receive(reader: asyncio.StreamReader, draft: Draft) -> None:
    """Read one mail from ``reader`` into ``draft``; what was pipelined behind it stays in ``reader``.

    Args:
        reader: stands at the first byte of the mail, after ``at_line_start``.
        draft: takes the bytes; files are written in a thread.

    Raises:
        asyncio.IncompleteReadError: the peer went away before the end.
    """
    unstuffer = Unstuffer()
    while True:
        try:
            last = await reader.readuntil(END)
        except asyncio.LimitOverrunError as error:
            await _add(draft, unstuffer.feed, await reader.readexactly(error.consumed))
        else:
            await _add(draft, unstuffer.end, last[:-3])
            return


def at_line_start(reader: asyncio.StreamReader) -> None:
    """Put the CRLF that ended the DATA command back before what has come since: the end of an empty mail is CRLF.CRLF too."""
    # StreamReader has no public way to push back; aiosmtpd itself reaches into the buffer at STARTTLS.
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # not in typeshed


async def _add(draft: Draft, unstuff: Callable[[bytes], bytes], piece: bytes) -> None:
    if draft.spooled:
        await asyncio.to_thread(lambda: draft.add(unstuff(piece)))
    else:
        draft.add(unstuff(piece))
