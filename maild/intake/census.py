"""Who is connected: the caps on connections, the deadlines of sessions, and the way down (INT-4)."""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from maild.config.listeners import LimitRules, ListenerRules

GOODBYE_SECONDS = 5.0  # what a peer has to take its last reply before the connection is cut
BUSY = 0.75

STOPPING = "421 4.3.2 Shutting down, please try again later"


class Guest(Protocol):
    """A session, as the census sees it."""

    peer: str
    source: str

    def overdue(self, now: float, *, busy: bool) -> str | None:
        """Return the reply with which the session ends at ``now``, None while it may go on."""

    def at_rest(self) -> bool:
        """Return whether no mail is under way."""

    def dismiss(self, reply: str, now: float) -> None:
        """Say ``reply`` and close; cut the connection where that was said ``GOODBYE_SECONDS`` ago."""

    def cut(self) -> None:
        """Cut the connection."""


class Census:
    """All sessions of all listeners.

    Attributes:
        stopping: no mail is begun any more.
    """

    def __init__(self) -> None:
        self.sessions: set[Guest] = set()
        self.stopping = False
        self._per_peer: Counter[str] = Counter()
        self._cap = 1
        self._deserted = asyncio.Event()
        self._deserted.set()

    def enter(self, guest: Guest, rules: ListenerRules) -> str | None:
        """Return None and count ``guest`` in, or return the reply that turns it away."""
        refusal = self._refusal(guest.peer, rules)
        if refusal is None:
            self.sessions.add(guest)
            self._deserted.clear()
            self._per_peer[guest.peer] += 1
            self._cap = rules.limits.connections
        return refusal

    def leave(self, guest: Guest) -> None:
        """Count ``guest`` out."""
        if guest not in self.sessions:
            return
        self.sessions.discard(guest)
        self._per_peer[guest.peer] -= 1
        if not self._per_peer[guest.peer]:
            del self._per_peer[guest.peer]
        if not self.sessions:
            self._deserted.set()

    def by_source(self) -> Counter[str]:
        """Return the number of sessions of each listener."""
        return Counter(guest.source for guest in self.sessions)

    def sweep(self, now: float) -> None:
        """End the sessions whose time is over; waits are shorter while most connections are in use."""
        busy = len(self.sessions) > BUSY * self._cap
        for guest in tuple(self.sessions):
            reply = guest.overdue(now, busy=busy)
            if reply is not None:
                guest.dismiss(reply, now)
        if self.stopping:
            self.dismiss_resting(now)

    def dismiss_resting(self, now: float) -> None:
        """End the sessions that have no mail under way."""
        for guest in tuple(self.sessions):
            if guest.at_rest():
                guest.dismiss(STOPPING, now)

    async def empty(self, seconds: float) -> bool:
        """Return whether all sessions have ended within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._deserted.wait()
        except TimeoutError:
            return False
        return True

    def cut(self) -> None:
        """Cut the connections of all sessions."""
        for guest in tuple(self.sessions):
            guest.cut()

    def _refusal(self, peer: str, rules: ListenerRules) -> str | None:
        if not allowed(peer, rules):
            return "421 4.3.2 Not accepting connections from your network"
        if self.stopping:
            return STOPPING
        if len(self.sessions) >= rules.limits.connections:
            return "421 4.3.2 Too many connections, please try again later"
        if self._per_peer[peer] >= rules.limits.connections_per_peer:
            return "421 4.7.0 Too many connections from your address, please try again later"
        return None


def allowed(peer: str, rules: ListenerRules) -> bool:
    """Return whether ``peer`` may connect (INT-1): "" is a unix socket, which its mode guards."""
    if not peer:
        return True
    address = ip_address(peer.partition("%")[0])
    return any(address in network for network in rules.networks)


def peer_name(peername: object) -> str:
    """Return the peer's address as text, IPv4 in its own form also on a dual socket; "" for a unix socket."""
    if not isinstance(peername, tuple):
        return ""
    host = str(peername[0])
    address = ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped) if mapped else host


def sweep_interval(limits: LimitRules) -> float:
    """Return the seconds between two sweeps: a second, or less where a limit is that short."""
    shortest = min(limits.idle_seconds, limits.idle_seconds_busy, limits.session_seconds, limits.data_grace_seconds)
    return min(1.0, shortest / 4)
