"""Mistakes that no single key shows: addresses that loop, ports taken twice, files that cannot be read (OPS-2).

Each check is a generator of mistakes; ``CHECKS`` names them all, and ``HINTS`` those that only warn.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from maild.config.bank_holidays import bank_holidays
from maild.config.files import KeyPath, TomlFile, is_there
from maild.config.mistakes import Mistake
from maild.config.models import MaildFile
from maild.config.resources import shipped
from maild.config.settings import Endpoint, MaildirRelay, Settings, TcpEndpoint
from maild.errors import ConfigError

EVERYWHERE = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - compared with, not bound
NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)


NO_DISK = frozenset({"bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "mqueue", "proc", "securityfs", "sysfs", "tracefs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the checks look at: the file as read, the form it has, the settings it makes, and the machine."""

    file: TomlFile
    form: MaildFile
    settings: Settings
    env: Mapping[str, str]
    mounts: str = ""
    first_free_port: int = 1024

    def mistake(self, text: str, *key: str | int) -> Mistake:
        """Return a mistake at ``key``."""
        return self.file.mistake(key, text)


Check = Callable[[Situation], Iterator[Mistake]]


def addresses(at: Situation) -> Iterator[Mistake]:
    """Yield addresses of ours that would write to each other."""
    form = at.form.addresses
    if form.service in form.helpdesk:
        yield at.mistake(f'"{form.service}" is a helpdesk address too; allowed is an address of its own', "addresses", "service")
    for index, address in enumerate(form.helpdesk):
        if form.plus_addressing and address.startswith(form.service.partition("@")[0] + "+") and _same_domain(address, form.service):
            yield at.mistake(f'"{address}" is a plus-address of the service address; choose another', "addresses", "helpdesk", index)
    for role in ("postmaster", "abuse"):
        person = getattr(form, role)
        roles = {f"{name}@{address.rpartition('@')[2]}" for name in ("postmaster", "abuse") for address in (*form.helpdesk, form.service)}
        if person in {*form.helpdesk, form.service, *roles}:
            yield at.mistake(f'"{person}" is an address of maild itself; allowed is the address of a person', "addresses", role)


def endpoints(at: Situation) -> Iterator[Mistake]:
    """Yield endpoints that are taken twice."""
    named: list[tuple[KeyPath, Endpoint]] = [(("listener", i, "listen"), table.listen) for i, table in enumerate(at.form.listener)]
    named += [((name, "listen"), getattr(at.form, name).listen) for name in ("web", "metrics") if getattr(at.form, name).listen]
    for (first, one), (second, other) in itertools.combinations(named, 2):
        if _clash(one, other):
            first_line = at.file.mistake(first, "").line
            yield at.mistake(f'"{other}" is taken by the listener of line {first_line}; each needs a port or socket of its own', *second)


def names(at: Situation) -> Iterator[Mistake]:
    """Yield names that are given twice."""
    given = [table.name for table in at.form.listener]
    for index, name in enumerate(given):
        if name and name in given[:index]:
            yield at.mistake(f'"{name}" is the name of two listener tables', "listener", index, "name")


def files(at: Situation) -> Iterator[Mistake]:
    """Yield files that are named and cannot be read."""
    named: list[tuple[KeyPath, str]] = [(("relay", key), getattr(at.form.relay, key)) for key in ("tls_ca", "password_file")]
    for index, table in enumerate(at.form.listener):
        named += [(("listener", index, key), getattr(table, key)) for key in ("tls_certificate", "tls_key")]
    for key, name in named:
        trouble = _unreadable(at.settings.config_dir / name) if name else ""
        if trouble:
            yield at.mistake(f'"{name}" cannot be read: {trouble}', *key)


def tls(at: Situation) -> Iterator[Mistake]:
    """Yield keys without certificates, and demands for TLS without them."""
    for index, table in enumerate(at.form.listener):
        if table.tls_key and not table.tls_certificate:
            yield at.mistake("needs tls_certificate beside it", "listener", index, "tls_key")
        if table.require_tls and not table.tls_certificate:
            yield at.mistake("needs tls_certificate beside it", "listener", index, "require_tls")
    yield from _certificates(at)


def _certificates(at: Situation) -> Iterator[Mistake]:
    """Yield files that hold no certificate, or another's key."""
    import ssl  # lazy: most configurations name no certificate

    folder = at.settings.config_dir
    for index, table in enumerate(at.form.listener):
        chain, key = folder / table.tls_certificate, folder / (table.tls_key or table.tls_certificate)
        if table.tls_certificate and not (_unreadable(chain) or _unreadable(key)):
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
            except (ssl.SSLError, ValueError) as error:
                yield at.mistake(f"cannot be used: {error}", "listener", index, "tls_certificate")
    authorities = at.form.relay.tls_ca
    if authorities and not _unreadable(folder / authorities):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(folder / authorities)
        except ssl.SSLError as error:
            yield at.mistake(f'"{authorities}" cannot be used: {error}', "relay", "tls_ca")


def senders(at: Situation) -> Iterator[Mistake]:
    """Yield blocks of ourselves."""
    form = at.form.addresses
    own = {*form.helpdesk, form.service}
    domains = {address.rpartition("@")[2] for address in own}
    for index, pattern in enumerate(at.form.senders.blocked):
        if pattern in own | domains or any(domain.endswith("." + pattern) for domain in domains):
            yield at.mistake(f"{pattern} is ours: its mail is never answered as it is", "senders", "blocked", index)


def relay(at: Situation) -> Iterator[Mistake]:
    """Yield a Maildir that cannot be written, and a login without its password."""
    form, target = at.form.relay, at.settings.relay.target
    if isinstance(target, MaildirRelay) and not unwritable(at.settings.state_dir, at.mounts):
        trouble = unwritable(target.path, at.mounts)
        if trouble:
            yield at.mistake(f'"{form.to}" cannot be written: {trouble}', "relay", "to")
    if form.user and not form.password_file:
        yield at.mistake("needs password_file beside it: passwords stand in files of their own", "relay", "user")
    if form.user and form.tls == "none":
        yield at.mistake('"none" would send the password in the clear; allowed with a user: starttls, tls', "relay", "tls")


def limits(at: Situation) -> Iterator[Mistake]:
    """Yield caps that contradict each other."""
    form = at.form.limits
    if form.connections_per_peer > form.connections:
        yield at.mistake(f"{form.connections_per_peer} is more than connections, {form.connections}", "limits", "connections_per_peer")
    if at.form.caps.sender_per_hour > at.form.caps.sender_per_day:
        yield at.mistake(
            f"{at.form.caps.sender_per_day} is less than sender_per_hour, {at.form.caps.sender_per_hour}", "caps", "sender_per_day"
        )


def regions(at: Situation) -> Iterator[Mistake]:
    """Yield regions whose bank holidays nobody knows."""
    form = at.form.calendar
    named: list[tuple[KeyPath, str]] = [(("calendar", "region"), form.region)]
    named += [(("calendar", "region_by_domain", domain), region) for domain, region in form.region_by_domain.items()]
    for key, region in named:
        try:
            bank_holidays(region)
        except ConfigError as error:
            yield at.mistake(str(error), *key)


def send_window(at: Situation) -> Iterator[Mistake]:
    """Yield a window that is not two times, the first before the second."""
    window = at.form.calendar.send_window
    if window and (len(window) != 2 or window[0] >= window[1]):
        yield at.mistake('must be two local times, the earlier one first, like ["07:00", "19:00"]', "calendar", "send_window")


def links(at: Situation) -> Iterator[Mistake]:
    """Yield links that nobody could follow."""
    if at.form.links.https and not at.form.web.base_url.startswith("https://"):
        yield at.mistake('needs base_url = "https://…" under [web]', "links", "https")
    if at.form.links.https and at.form.web.listen is None:
        yield at.mistake("needs listen under [web]", "links", "https")
    if not at.form.links.https and not at.form.links.mailto:
        yield at.mistake("is false, and so is https: no requester could re-open a ticket; allow one of them", "links", "mailto")


def languages(at: Situation) -> Iterator[Mistake]:
    """Yield languages that have no folder of templates."""
    form = at.form.languages
    named: list[tuple[KeyPath, str]] = [(("languages", "default"), form.default)]
    named += [(("languages", "by_domain", domain), language) for domain, language in form.by_domain.items()]
    for key, language in named:
        folders = (at.settings.mail.templates_dir, shipped("templates"))
        if "/" in language or not any(os.path.isdir(folder / language) for folder in folders):
            yield at.mistake(f'"{language}" has no folder in {at.settings.mail.templates_dir}', *key)


def templates(at: Situation) -> Iterator[Mistake]:
    """Yield a templates folder that is not there."""
    if at.form.mail.templates and not os.path.isdir(at.settings.mail.templates_dir):
        yield at.mistake(f'"{at.form.mail.templates}" is no folder', "mail", "templates")


def state(at: Situation) -> Iterator[Mistake]:
    """Yield a state folder that cannot be written, or that is on a network file system (STO-2)."""
    folder = at.settings.state_dir
    trouble = unwritable(folder, at.mounts)
    if trouble:
        yield at.mistake(f"{folder} cannot be written: {trouble}", "state_dir")
    if at.settings.database.startswith("sqlite:"):
        yield from _sqlite(at, Path(at.settings.database.partition(":///")[2]))


def _sqlite(at: Situation, database: Path) -> Iterator[Mistake]:
    """Yield a database file that cannot be one."""
    if os.path.exists(database) and not os.path.isfile(database):
        yield at.mistake(f"{database} is no file", "database")
    if database.parent != at.settings.state_dir and not os.path.isdir(database.parent):
        yield at.mistake(f"there is no folder {database.parent}", "database")
    kind = file_system(database.resolve(), at.mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        yield at.mistake(
            f"{database} is on a network file system ({kind}), where SQLite loses data; use a local disk or PostgreSQL", "database"
        )


def keys(at: Situation) -> Iterator[Mistake]:
    """Yield a keys file that is missing; its own mistakes are found when it is read."""
    if not is_there(at.settings.keys_file):
        make = f"maild init --keys {quote(str(at.settings.config_dir))}"
        yield at.mistake(f"{at.settings.keys_file} is missing: take it from your backup, or write new keys with: {make}", "keys_file")


def testing(at: Situation) -> Iterator[Mistake]:
    """Yield a clock for tests where nobody tests."""
    if at.form.testing.clock_file and at.env.get("MAILD_TESTING") != "1":
        yield at.mistake("is for tests only: refused unless MAILD_TESTING=1 is in the environment", "testing", "clock_file")


def retention(at: Situation) -> Iterator[Mistake]:
    """Yield lifetimes that nobody has decided, and that those which are decided are on record only (PRV-2)."""
    form = at.form.retention
    for key, what in (("raw_mails", "raw mails and attachments"), ("tickets", "tickets"), ("tokens", "links and the records of mails out")):
        if getattr(form, key) is None:
            yield at.mistake(f'is not set: say how long {what} are kept, like "400d"; until then nothing is removed', "retention", key)
    if any((form.raw_mails, form.tickets, form.tokens)):
        yield at.mistake("is on record, but nothing is removed by it yet: this version has no purge", "retention")


def proof(at: Situation) -> Iterator[Mistake]:
    """Yield a demand for proof that no mail can meet (AGT-4)."""
    form = at.form.senders
    if form.demand_for_agents == "aligned" and form.authserv_profile == "named" and not form.authserv_ids:
        yield at.mistake(
            "is empty: agents' commands by mail will not count; name your relay's authserv-id, or leave agents the command line",
            "senders",
            "authserv_ids",
        )


def ports(at: Situation) -> Iterator[Mistake]:
    """Yield ports that only root may take."""
    for index, table in enumerate(at.form.listener):
        if isinstance(table.listen, TcpEndpoint) and 0 < table.listen.port < at.first_free_port and os.geteuid() != 0:
            yield at.mistake(
                f'"{table.listen}" is a port for root; take one from {at.first_free_port} on, or a socket of systemd\'s (systemd:NAME)',
                "listener",
                index,
                "listen",
            )


def programs(at: Situation) -> Iterator[Mistake]:
    """Yield a command for alerts that is not there."""
    command = at.form.alerts.command
    if command and shutil.which(command[0]) is None:
        yield at.mistake(f'"{command[0]}" is no program on this machine, so nobody would hear of an alert', "alerts", "command")


CHECKS: tuple[Check, ...] = (
    addresses,
    endpoints,
    names,
    files,
    tls,
    senders,
    relay,
    limits,
    regions,
    send_window,
    links,
    languages,
    templates,
    state,
    keys,
    testing,
)
HINTS: tuple[Check, ...] = (retention, proof, ports, programs)


def file_system(path: Path, mounts: str) -> str:
    """Return the kind of file system that holds ``path``, by the text of /proc/mounts; "" where it does not say."""
    kinds = {fields[1].replace("\\040", " "): fields[2] for line in mounts.splitlines() if len(fields := line.split()) > 2}
    return next((kinds[str(folder)] for folder in (path, *path.parents) if str(folder) in kinds), "")


def _same_domain(one: str, other: str) -> bool:
    return one.rpartition("@")[2] == other.rpartition("@")[2]


def _clash(one: Endpoint, other: Endpoint) -> bool:
    if isinstance(one, TcpEndpoint) and isinstance(other, TcpEndpoint):
        same_host = one.host == other.host or bool({one.host, other.host} & EVERYWHERE)
        return same_host and one.port == other.port != 0
    return one == other


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb"):
            return ""
    except OSError as error:
        return error.strerror or "unknown"


def unwritable(folder: Path, mounts: str) -> str:
    """Return why ``folder`` can be neither written nor made, "" where it can."""
    existing = next((parent for parent in (folder, *folder.parents) if os.path.lexists(parent)), folder)
    if not os.path.isdir(existing):  # unlike Path.is_dir, False behind a closed door
        return f"{existing} is no folder"
    kind = file_system(existing.resolve(), mounts)
    if kind in NO_DISK:
        return f"{existing} is on a file system that keeps no files ({kind})"
    may = os.access(existing, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    return "" if may else f"no permission to write into {existing}"
