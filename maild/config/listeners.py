"""What a listener is allowed to do, as frozen values: the configuration makes them, the intake obeys them.

Nothing here reads a file or opens a socket; a reload makes new values, and new sessions take them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

LOOPBACK: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class ListenerProtocol(StrEnum):
    """What a listener speaks."""

    SMTP = "smtp"
    LMTP = "lmtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """The caps of a listener's sessions (INT-4, INT-5); sizes in bytes, spans in seconds.

    Attributes:
        size: the largest mail, without the Received line that maild adds.
        hops: the most Received lines that a mail may bring.
        connections: sessions of all listeners together.
        connections_per_peer: sessions from one address; the peer is normally one relay on this host, so nearly all.
        recipients: recipients of one mail.
        commands: commands until a mail is taken.
        junk: commands that bring no mail nearer (NOOP, RSET, VRFY, HELP) until a mail is taken.
        errors: commands that are wrong until a mail is taken.
        idle_seconds: wait for the next command, or for the next bytes of a mail.
        idle_seconds_busy: the same when three quarters of ``connections`` are in use.
        session_seconds: one session in all.
        data_grace_seconds: what a mail may take however slowly it comes ...
        data_rate: ... and the bytes a second that it needs after that.
        store_seconds: wait for the store before the peer is told to try again.
    """

    size: int = 35_000_000
    hops: int = 100
    connections: int = 560
    connections_per_peer: int = 520
    recipients: int = 100
    commands: int = 2500
    junk: int = 100
    errors: int = 20
    idle_seconds: float = 300.0
    idle_seconds_busy: float = 10.0
    session_seconds: float = 1800.0
    data_grace_seconds: float = 60.0
    data_rate: int = 500
    store_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRules:
    """One listener (INT-1).

    Attributes:
        name: unique; stands in the envelope as the mail's source.
        listen: ``127.0.0.1:25``, ``[::1]:25``, ``unix:/run/maild/lmtp.sock``, or ``systemd:NAME`` for an inherited socket.
        networks: who may connect by TCP; a unix socket is guarded by its mode.
        starttls_cert: certificate chain in PEM; STARTTLS is offered where it is given.
        starttls_key: the key, where it is not in the same file.
        require_starttls: refuse mail before STARTTLS.
        socket_mode: permissions of a unix socket.
    """

    name: str
    protocol: ListenerProtocol = ListenerProtocol.SMTP
    listen: str
    networks: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    starttls_cert: Path | None = None
    starttls_key: Path | None = None
    require_starttls: bool = False
    socket_mode: int = 0o660
    limits: LimitRules = field(default_factory=LimitRules)
