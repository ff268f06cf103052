"""Listening sockets, not yet served: TCP, unix, and those that systemd opened for us (INT-1)."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from maild.errors import ConfigError

FIRST_INHERITED = 3
BACKLOG = 128  # asyncio accepts as many at a go, before anybody else's turn


def open_sockets(listen: str, *, mode: int, inherited: Mapping[str, list[socket.socket]]) -> list[socket.socket]:
    """Return the sockets that ``listen`` names, bound.

    Raises:
        ConfigError: there is no such address, or it is taken.
    """
    kind, _, rest = listen.partition(":")
    try:
        if kind == "unix":
            return [_unix_socket(Path(rest), mode)]
        if kind == "systemd":
            return [each.dup() for each in inherited[rest]]
        return _tcp_sockets(listen)
    except KeyError:
        raise ConfigError(f"cannot listen on {listen}: systemd handed over no socket of that name") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot listen on {listen}: {error}") from error


def inherited_sockets(environ: Mapping[str, str], pid: int, first: int = FIRST_INHERITED) -> dict[str, list[socket.socket]]:
    """Return the sockets that systemd handed to process ``pid``, by name, beginning with descriptor ``first`` (sd_listen_fds(3))."""
    found: dict[str, list[socket.socket]] = {}
    if environ.get("LISTEN_PID") != str(pid):
        return found
    count = int(environ.get("LISTEN_FDS", "0"))
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    for number in range(count):
        inherited = socket.socket(fileno=first + number)
        inherited.set_inheritable(False)
        name = names[number] if number < len(names) and names[number] else "unknown"
        found.setdefault(name, []).append(inherited)
    return found


def shown(bound: socket.socket) -> str:
    """Return the address of a bound socket as people write it, with the real port."""
    if bound.family == socket.AF_UNIX:
        return f"unix:{bound.getsockname()}"
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def remove_socket(path: Path) -> None:
    """Remove the file of a unix socket, if it is still there."""
    if path.is_socket():
        path.unlink(missing_ok=True)


def _tcp_sockets(listen: str) -> list[socket.socket]:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    found = socket.getaddrinfo(host if host not in {"", "*"} else None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[socket.socket] = []
    try:
        for family, _, _, _, address in found:
            opened.append(_tcp_socket(family, address))
    except OSError:
        for each in opened:
            each.close()
        raise
    return opened


def _tcp_socket(family: int, address: tuple[object, ...]) -> socket.socket:
    # With its protocol named: asyncio sets TCP_NODELAY only where it knows it, and without that every pipelined mail waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _unix_socket(path: Path, mode: int) -> socket.socket:
    _remove_stale(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(mode)  # before listen(): nobody can connect in between
    except OSError:
        bound.close()
        raise
    return bound


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody serves any more."""
    if not path.exists():
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise ConfigError(f"cannot listen on unix:{path}: there is a file of that name, which is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise ConfigError(f"cannot listen on unix:{path}: another process serves it")
