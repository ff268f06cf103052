"""Who is connected to the pages, and who must go: so that connections which send no request shut nobody out (RES-2).

A connection waits while it owes us a whole request, and works while we answer one. It may take only so long over either. Where there are
too many, of one peer or in all, the one that has waited longest makes room for the new one; one that works is never cut for another.
Nothing here does IO or reads a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from maild.config.listeners import LOOPBACK


class Connection(Protocol):
    """A connection, as it is counted."""

    peer: str

    def cut(self) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """How many connections there may be, and how long each may take, in seconds; a reverse proxy beside us may have any number."""

    total: int = 200
    per_peer: int = 50
    request_seconds: float = 10
    answer_seconds: float = 30
    trusted: Sequence[IPv4Network | IPv6Network] = LOOPBACK


class Connections:
    """The connections of the web server."""

    def __init__(self, limits: WebLimits) -> None:
        self.limits = limits
        self._waiting: dict[Connection, None] = {}  # the one that has waited longest first
        self._all: set[Connection] = set()
        self._of_peer: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, new: Connection) -> None:
        """Count a connection in; where that is one too many, those that have waited longest go."""
        self._all.add(new)
        self._of_peer[new.peer] += 1
        self._waiting[new] = None
        if new.peer and self._of_peer[new.peer] > self.limits.per_peer:
            self._cut(next(each for each in self._waiting if each.peer == new.peer))
        if len(self._all) > self.limits.total:
            self._cut(next(iter(self._waiting)))

    def works(self, connection: Connection) -> None:
        """Note that a whole request has come."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """Note that its request has been answered: it stands behind all that wait."""
        if connection in self._all:
            self._waiting.pop(connection, None)
            self._waiting[connection] = None

    def leave(self, connection: Connection) -> None:
        """Count a connection out."""
        if connection in self._all:
            self._all.remove(connection)
            self._waiting.pop(connection, None)
            self._of_peer[connection.peer] -= 1
            if not self._of_peer[connection.peer]:
                del self._of_peer[connection.peer]

    def _cut(self, connection: Connection) -> None:
        self.leave(connection)
        connection.cut()


def counted_as(address: object, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return what a peer's connections are counted under: its address, of IPv6 the /64; "" for a trusted proxy or a unix socket."""
    try:
        found = ip_address(str(address[0]).partition("%")[0]) if isinstance(address, tuple) and address else None
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found is None or any(found in network for network in trusted):
        return ""
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
