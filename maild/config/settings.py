"""What the configuration says to the parts that do IO: where to listen, store, send and log.

``maild.policy.rules.Rules`` is the other half: what decisions depend on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType

from maild.config.listeners import ListenerRules

Network = IPv4Network | IPv6Network
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpEndpoint:
    """A TCP address; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return host:port, with brackets round an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnixEndpoint:
    """A unix socket."""

    path: Path

    def __str__(self) -> str:
        """Return unix:PATH."""
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemdEndpoint:
    """A socket inherited from systemd, by its FileDescriptorName (INT-1)."""

    name: str

    def __str__(self) -> str:
        """Return systemd:NAME."""
        return f"systemd:{self.name}"


Endpoint = TcpEndpoint | UnixEndpoint | SystemdEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """When mail is put off: too little free disk (452), or too many unprocessed mails (INT-4)."""

    min_free_disk: int = 500_000_000
    backlog: int = 20_000


class RelayTls(StrEnum):
    """How the relay is spoken to."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpRelay:
    """The smarthost that takes mail out (OUT-1)."""

    host: str
    port: int
    tls: RelayTls = RelayTls.OPPORTUNISTIC
    tls_ca: Path | None = None
    user: str = ""
    password_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirRelay:
    """A Maildir into which mails are written instead of being sent (OUT-4)."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """Where mails out go, how many at a time, and when a transient failure is tried again (OUT-1, OUT-3).

    ``per_minute`` and ``per_day`` of 0 mean no limit. The last span of ``back_off`` is repeated until ``give_up`` has passed.
    """

    target: SmtpRelay | MaildirRelay
    connections: int = 4
    per_minute: int = 0
    per_day: int = 0
    timeout: timedelta = timedelta(minutes=1)
    back_off: tuple[timedelta, ...] = BACK_OFF
    give_up: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings:
    """What stands in the footer of mails to requesters (ACK-1)."""

    helpdesk_name: str = "The helpdesk"
    phone: str = ""
    complaints: str = ""
    escalation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How mails to requesters are written (ACK-4 to ACK-6)."""

    templates_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """The working calendar: zone, bank-holiday regions, and days that the administrator adds or removes (REM-2, REM-3, REM-6, REM-8)."""

    zone: str = "Europe/London"
    region: str = "ENG"
    region_by_domain: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    add_days: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    remove_days: tuple[date, ...] = ()
    weekend: frozenset[int] = frozenset({5, 6})  # Monday is 0
    send_window: tuple[str, str] | None = None  # local "HH:MM", from and until
    catch_up: timedelta = timedelta(minutes=75)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """The links of the resolution mail (RES-1, RES-2)."""

    mailto: bool = True
    https: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """The web server of the links; off while ``endpoint`` is None (RES-2)."""

    endpoint: Endpoint | None = None
    base_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where /metrics, /healthz and /readyz answer; off while ``endpoint`` is None (OPS-5)."""

    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """How much is logged, in which form, and whether addresses stand in it (OPS-5)."""

    level: str = "info"
    form: str = "auto"  # "auto" | "json" | "text"
    addresses: str = "hashed"  # "hashed" | "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long things are to be kept; None where the administrator has not said (PRV-2)."""

    raw_mails: timedelta | None = None
    tickets: timedelta | None = None
    tokens: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """The route of alerts that needs no relay: a command that gets the text on standard input (OPS-9)."""

    command: tuple[str, ...] = ()
    repeat: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the parts which do IO need.

    ``database`` is a SQLAlchemy URL with an absolute path; ``domain`` stands in Message-IDs, EHLO and Received lines.
    """

    config_dir: Path
    state_dir: Path
    database: str
    domain: str
    keys_file: Path
    listeners: tuple[ListenerRules, ...]
    intake: IntakeSettings
    relay: RelaySettings
    contacts: ContactSettings
    mail: MailSettings
    calendar: CalendarSettings
    links: LinkSettings
    web: WebSettings
    metrics: MetricsSettings
    logging: LoggingSettings
    retention: RetentionSettings
    alerts: AlertSettings
    clock_file: Path | None = None
