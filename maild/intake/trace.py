"""The Received lines: ours, which every accepted mail gets (RFC 5321 §4.4), and the count of those it brought (INT-5)."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

# A line ends as the normalised copy will have it: at CRLF, at a bare CR, at a bare LF. An empty line holds one of these pairs.
BLANK_LINE = re.compile(rb"\r\n[\r\n]|\r\r|\n[\r\n]")
_EMPTY = (b"\n\n", b"\n\r", b"\r\r")
_OVERLAP = len(b"\nreceived:") - 1  # so much of a piece is looked at again with the next; never a whole match
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._:\[\]-]")
_NAME_LENGTH = 255


class HopCounter:
    """The number of Received lines in a mail's header block, counted while its pieces come in."""

    __slots__ = ("_ended", "_rest", "hops")

    def __init__(self) -> None:
        self.hops = 0
        self._ended = False
        self._rest = b"\n"

    def feed(self, piece: bytes) -> None:
        """Count the Received lines in ``piece``, up to the first empty line of the mail."""
        if self._ended:
            return
        text = self._rest + piece
        end = min((place for place in map(text.find, _EMPTY) if place >= 0), default=len(text))
        self._ended = end < len(text)
        header = text[:end].lower()
        self.hops += header.count(b"\nreceived:") + header.count(b"\rreceived:")
        self._rest = text[-_OVERLAP:]


def received_line(*, helo: str, peer: str, by: str, protocol: str, mail_id: str, at: datetime) -> bytes:
    """Return the Received line that maild puts above a mail, with its CRLF.

    Args:
        helo: the name that the peer gave; what is no letter, digit or ``.-_:[]`` becomes ``?``.
        peer: the peer's address, "" for a unix socket.
        by: our name.
        protocol: ``ESMTP``, ``ESMTPS``, ``LMTP`` ... (RFC 3848).
        mail_id: the id under which the mail is kept.
        at: aware instant.
    """
    name = _NOT_A_NAME.sub("?", helo[:_NAME_LENGTH]) or "unknown"
    source = f" ([{'IPv6:' if ':' in peer else ''}{peer}])" if peer else ""
    return f"Received: from {name}{source}\r\n\tby {by} with {protocol} id {mail_id};\r\n\t{format_datetime(at)}\r\n".encode()
