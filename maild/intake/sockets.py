"""The listeners of SMTP and LMTP: started together, reloaded without dropping a session, stopped with a time to drain (INT-1, OPS-2)."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maild import metrics
from maild.clock import Clock
from maild.config.listeners import ListenerProtocol, ListenerRules
from maild.errors import ConfigError
from maild.intake.addresses import BACKLOG, inherited_sockets, open_sockets, remove_socket, shown
from maild.intake.census import Census, sweep_interval
from maild.intake.keeper import Keeper
from maild.intake.lmtp import LmtpSession
from maild.intake.seams import Accept, Gate, NewMailId
from maild.intake.session import Conversation, Reception
from maild.intake.smtp import SmtpSession
from maild.intake.spool import Spool

_SPEAKERS: Mapping[ListenerProtocol, type[Conversation]] = {ListenerProtocol.SMTP: SmtpSession, ListenerProtocol.LMTP: LmtpSession}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all listeners share."""

    hostname: str
    gate: Gate
    keeper: Keeper
    spool: Spool
    census: Census
    clock: Clock
    new_mail_id: NewMailId


class Listener:
    """One listener: its sockets, and what the next session gets.

    Attributes:
        reception: for sessions to come; those that are under way keep theirs.
    """

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.addresses: tuple[str, ...] = ()
        self._servers: list[asyncio.Server] = []

    @property
    def rules(self) -> ListenerRules:
        """Return the rules that the next session gets."""
        return self.reception.rules

    def session(self) -> Conversation:
        """Return a new session."""
        return _SPEAKERS[self.rules.protocol](self.reception)

    async def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to accept connections on ``sockets``."""
        loop = asyncio.get_running_loop()
        for each in sockets:
            start = loop.create_unix_server if each.family == socket.AF_UNIX else loop.create_server
            self._servers.append(await start(self.session, sock=each, backlog=BACKLOG))
        self.addresses = tuple(shown(each) for each in sockets)

    def close(self) -> None:
        """Accept no more connections; the sessions go on."""
        for server in self._servers:
            server.close()
        if self.rules.listen.startswith("unix:"):
            remove_socket(Path(self.rules.listen.removeprefix("unix:")))


class Listeners:
    """All listeners of the daemon."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._listeners: dict[str, Listener] = {}
        self._inherited = inherited_sockets(os.environ, os.getpid())
        self._sweeper: asyncio.TimerHandle | None = None

    def addresses(self, protocol: ListenerProtocol) -> tuple[str, ...]:
        """Return the addresses that speak ``protocol``, with real ports, in the order of the configuration."""
        return tuple(address for each in self._listeners.values() if each.rules.protocol is protocol for address in each.addresses)

    @property
    def sessions(self) -> int:
        """Return the number of sessions."""
        return len(self._house.census.sessions)

    def open(self, listen: str, *, mode: int = 0o660) -> list[socket.socket]:
        """Return the bound sockets of an address that is no listener's, such as the web server's; systemd's included.

        Raises:
            ConfigError: there is no such address, or it is taken.
        """
        return open_sockets(listen, mode=mode, inherited=self._inherited)

    async def reload(self, rules: Sequence[ListenerRules]) -> None:
        """Take new rules: certificates, networks and limits for new sessions, new and vanished listeners. No session is dropped.

        Raises:
            ConfigError: a certificate or an address is not usable; everything stays as it was.
        """
        receptions = {_key(each): self._reception(each) for each in rules}
        if len(receptions) < len(rules):
            raise ConfigError("two listeners have the same address")
        opened = self._open({key: reception for key, reception in receptions.items() if key not in self._listeners})
        for key in self._listeners.keys() - receptions.keys():
            self._listeners.pop(key).close()
        present = self._listeners
        self._listeners = {key: present.get(key) or Listener(reception) for key, reception in receptions.items()}
        for key, listener in self._listeners.items():
            listener.reception = receptions[key]
        for key, sockets in opened.items():
            await self._listeners[key].serve(sockets)
        self._sweep_from_now()

    async def stop(self, drain: float) -> None:
        """Accept nothing new, let mails that are under way come to their end within ``drain`` seconds, and close."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + drain
        census = self._house.census
        for listener in self._listeners.values():
            listener.close()
        census.stopping = True
        census.dismiss_resting(loop.time())
        await census.empty(drain)
        await self._house.keeper.settled(max(0.0, deadline - loop.time()))
        census.cut()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for inherited in self._inherited.values():
            for each in inherited:
                each.close()

    def _reception(self, rules: ListenerRules) -> Reception:
        house = self._house
        return Reception(
            rules=rules,
            hostname=house.hostname,
            gate=house.gate,
            keeper=house.keeper,
            spool=house.spool,
            census=house.census,
            clock=house.clock,
            new_mail_id=house.new_mail_id,
            tls=tls_context(rules),
        )

    def _open(self, receptions: Mapping[str, Reception]) -> dict[str, list[socket.socket]]:
        opened: dict[str, list[socket.socket]] = {}
        try:
            for key, reception in receptions.items():
                rules = reception.rules
                opened[key] = open_sockets(rules.listen, mode=rules.socket_mode, inherited=self._inherited)
        except ConfigError:
            for sockets in opened.values():
                for each in sockets:
                    each.close()
            raise
        return opened

    def _sweep_from_now(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        loop = asyncio.get_running_loop()
        interval = min((sweep_interval(each.rules.limits) for each in self._listeners.values()), default=1.0)

        def sweep() -> None:
            self._sweeper = loop.call_later(interval, sweep)
            self._house.census.sweep(loop.time())
            self._measure()

        self._sweeper = loop.call_later(interval, sweep)
        self._measure()

    def _measure(self) -> None:
        counts = self._house.census.by_source()
        for listener in self._listeners.values():
            metrics.gauge("connections", counts[listener.rules.name], listener.rules.name)


def _key(rules: ListenerRules) -> str:
    """Return what makes a listener the same after a reload: its address, and its name where the port is anybody's."""
    return f"{rules.name} {rules.listen}" if rules.listen.endswith(":0") else rules.listen


async def start_listeners(
    rules: Sequence[ListenerRules],
    *,
    hostname: str,
    accept: Accept,
    gate: Gate,
    clock: Clock,
    new_mail_id: NewMailId,
    spool_directory: Path,
) -> Listeners:
    """Return the listeners, accepting connections.

    Args:
        rules: one for each listener.
        hostname: our name, in the greeting and in Received lines.
        accept: commits a mail.
        gate: knows our recipients, and whether there is room.
        clock: gives the time of acceptance.
        new_mail_id: gives a fresh mail id.
        spool_directory: takes mails over 1 MB while they come in.

    Raises:
        ConfigError: a certificate or an address is not usable.
    """
    house = House(
        hostname=hostname,
        gate=gate,
        keeper=Keeper(accept),
        spool=Spool(spool_directory),
        census=Census(),
        clock=clock,
        new_mail_id=new_mail_id,
    )
    listeners = Listeners(house)
    await listeners.reload(rules)
    return listeners


def tls_context(rules: ListenerRules) -> ssl.SSLContext | None:
    """Return the TLS context of a listener, None where it has no certificate.

    Raises:
        ConfigError: the certificate or its key cannot be used.
    """
    if rules.starttls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(rules.starttls_cert, rules.starttls_key)
    except OSError as error:
        raise ConfigError(f"listener {rules.name}: cannot use the certificate {rules.starttls_cert}: {error}") from error
    return context
