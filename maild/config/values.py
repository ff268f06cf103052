"""The kinds of values that stand in the files as text: spans, sizes, endpoints, networks, addresses, patterns.

Each reader raises ``ValueError`` with a sentence that says what is allowed; pydantic carries it to the one list of mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from maild.config.patterns import answer_fault, bounded, search_fault
from maild.config.settings import Endpoint, Network, SystemdEndpoint, TcpEndpoint, UnixEndpoint
from maild.policy.reference import old_pattern_fault

_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|h|d)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(kB|KB|MB|GB)?")
_ATOM = r"[^\s\x00-\x1f\x7f@<>\",;:()\[\]\\.]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})+")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_RELAY = re.compile(r"maildir:.+|smtp://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?")
_DATABASE = re.compile(r"sqlite:///[^?]+|postgresql(\+psycopg)?://.+")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@|[?&]password=")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {None: 1, "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
LONGEST_SPAN = timedelta(days=36_600)


def read_span(value: object) -> timedelta:
    """Return the span that a text like "15m", "24h" or "5d" names."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
    span = timedelta(seconds=float(match[1]) * _UNITS[match[2]]) if match and len(match[1]) < 12 else LONGEST_SPAN
    if match is None or span >= LONGEST_SPAN:
        raise ValueError('must be a span in quotation marks: "30s", "15m", "24h" or "5d"')
    return span


def read_size(value: object) -> int:
    """Return the bytes that a number or a text like "35MB" names."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
    if match is None:
        raise ValueError('must be a number of bytes, or a size in quotation marks: "500kB", "35MB" or "2GB"')
    return int(float(match[1]) * _BYTES[match[2]])


def read_endpoint(value: object) -> Endpoint:
    """Return the endpoint that "127.0.0.1:2525", "unix:/path" or "systemd:NAME" names."""
    if isinstance(value, TcpEndpoint | UnixEndpoint | SystemdEndpoint):
        return value
    text = value if isinstance(value, str) else ""
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest:
        return UnixEndpoint(path=Path(rest))
    if kind == "systemd" and rest:
        return SystemdEndpoint(name=rest)
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535 or len(port) > 5:
        raise ValueError('must be "ADDRESS:PORT", "unix:/path/of/socket" or "systemd:NAME"')
    return TcpEndpoint(host=host.removeprefix("[").removesuffix("]"), port=int(port))


def read_network(value: object) -> Network:
    """Return the network that "192.0.2.0/24" names; a plain address is a network of one."""
    try:
        return ip_network(value)  # type: ignore[arg-type]  # what is no text or number raises too
    except (ValueError, TypeError) as error:
        raise ValueError('must be a network like "192.0.2.0/24" or "2001:db8::/32", or one address') from error


def read_relay(value: object) -> str:
    """Return a relay as it is written: "maildir:PATH", or "smtp://HOST" with a port where it is not 25."""
    match = _RELAY.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1] or 25) > 65535:
        raise ValueError('must be "smtp://HOST:PORT" or "maildir:PATH"')
    return match[0]


def read_database(value: object) -> str:
    """Return a database's URL."""
    if not isinstance(value, str) or not _DATABASE.fullmatch(value):
        raise ValueError('must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"')
    if _PASSWORD.search(value):
        raise ValueError('must not hold a password: name a file, "postgresql://USER@HOST/NAME?passfile=FILE"')
    return value


def read_address(value: object) -> str:
    """Return an email address in lower case."""
    if not isinstance(value, str) or len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise ValueError('must be an email address like "helpdesk@trust.example"')
    return value.lower()


def read_domain(value: object) -> str:
    """Return a domain name in lower case."""
    if not isinstance(value, str) or len(value) > 253 or not _DOMAIN.fullmatch(value):
        raise ValueError('must be a domain like "trust.example"')
    return value.lower()


def read_day(value: object) -> date:
    """Return the day of a TOML date, or of a text like "2026-12-24" (keys of tables are always text)."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]  # what is no text raises too
    except (ValueError, TypeError) as error:
        raise ValueError("must be a day like 2026-12-24") from error


def read_time(value: object) -> str:
    """Return a local time "HH:MM"."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError('must be a local time like "07:30"')
    return value


def read_zone(value: object) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        return ZoneInfo(value).key  # type: ignore[arg-type]  # what is no text raises too
    except (ValueError, TypeError, OSError, KeyError) as error:  # a ZoneInfoNotFoundError is a KeyError
        raise ValueError('must be a time zone like "Europe/London"') from error


def read_pattern(value: object) -> str:
    """Return the pattern of an old form of references, linear on every subject (REF-6)."""
    fault = old_pattern_fault(value) if isinstance(value, str) else "must be a text"
    if fault:
        raise ValueError(f"{fault}; allowed is one like 'HD-([0-9]{{6}})'")
    return str(value)


def read_sender(value: object) -> str:
    """Return an address or a domain in lower case."""
    try:
        return read_address(value) if isinstance(value, str) and "@" in value else read_domain(value)
    except ValueError as error:
        raise ValueError('must be an address like "mallory@spam.example" or a domain like "spam.example"') from error


def read_duration(value: object) -> timedelta:
    """Return a span that is more than nothing."""
    span = read_span(value)
    if not span:
        raise ValueError("must be more than nothing")
    return span


def read_search(value: object) -> str:
    """Return a regular expression that may be searched for in mail; what it repeats without bound is bounded."""
    return _judged(bounded(value) if isinstance(value, str) else value, search_fault)


def read_answer(value: object) -> str:
    """Return a regular expression that a whole answer may be matched with."""
    return _judged(value, answer_fault)


def _judged(value: object, fault_of: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text in quotation marks")
    fault = "has more than 500 characters" if len(value) > 500 else fault_of(value)
    if fault:
        raise ValueError(fault)
    return value


def _kind(reader: Callable[[object], Any]) -> BeforeValidator:
    return BeforeValidator(reader)


Span = Annotated[timedelta, _kind(read_span)]
Size = Annotated[int, _kind(read_size)]
Listen = Annotated[Any, _kind(read_endpoint)]
NetworkText = Annotated[Any, _kind(read_network)]
RelayText = Annotated[str, _kind(read_relay)]
DatabaseText = Annotated[str, _kind(read_database)]
AddressText = Annotated[str, _kind(read_address)]
DomainText = Annotated[str, _kind(read_domain)]
Day = Annotated[date, _kind(read_day)]
TimeText = Annotated[str, _kind(read_time)]
ZoneText = Annotated[str, _kind(read_zone)]
PatternText = Annotated[str, _kind(read_pattern)]
SenderText = Annotated[str, _kind(read_sender)]
Duration = Annotated[timedelta, _kind(read_duration)]
SearchText = Annotated[str, _kind(read_search)]
AnswerText = Annotated[str, _kind(read_answer)]


def write_span(span: timedelta) -> str:
    """Return the text that ``read_span`` reads as ``span``: in hours up to three days, as people say them."""
    seconds = int(span.total_seconds())
    units = ("d", "h", "m") if span > timedelta(days=3) else ("h", "m")
    unit = next((unit for unit in units if seconds and seconds % _UNITS[unit] == 0), "s")
    return f"{seconds // _UNITS[unit]}{unit}"


def write_size(size: int) -> str:
    """Return the text that ``read_size`` reads as ``size``, in the largest whole unit."""
    unit = next((unit for unit in ("GB", "MB", "kB") if size and size % _BYTES[unit] == 0), None)
    return f"{size // _BYTES[unit]}{unit or ''}"
