"""What the file says becomes frozen settings and rules; paths become absolute, and defaults that depend on the machine are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from maild.config import models, settings
from maild.config.bank_holidays import working_calendar
from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.config.resources import shipped
from maild.policy import rules

T = TypeVar("T")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RELAY_PORT = 25


def settings_of(form: models.MaildFile, config_dir: Path, env: Mapping[str, str]) -> settings.Settings:
    """Return the settings that ``form`` makes; relative paths start in the configuration folder, those of data in the state folder."""
    state = config_dir / (form.state_dir or env.get("STATE_DIRECTORY", "").partition(":")[0] or "state")
    return settings.Settings(
        config_dir=config_dir,
        state_dir=state,
        database=_database(form.database, state),
        domain=form.domain or form.addresses.service.rpartition("@")[2],
        keys_file=keys_file(form.keys_file, config_dir, env),
        listeners=_listeners(form, config_dir, state),
        intake=_fill(settings.IntakeSettings, form.limits),
        relay=_relay(form.relay, config_dir, state),
        contacts=_fill(settings.ContactSettings, form.contacts),
        mail=_fill(settings.MailSettings, form.mail, templates_dir=_path(form.mail.templates, config_dir) or shipped("templates")),
        calendar=calendar_of(form.calendar),
        links=_fill(settings.LinkSettings, form.links),
        web=_fill(settings.WebSettings, form.web, endpoint=_endpoint(form.web.listen, state)),
        metrics=settings.MetricsSettings(endpoint=_endpoint(form.metrics.listen, state)),
        logging=_fill(settings.LoggingSettings, form.logging),
        retention=_fill(settings.RetentionSettings, form.retention),
        alerts=_fill(settings.AlertSettings, form.alerts),
        clock_file=_path(form.testing.clock_file, config_dir),
    )


def rules_of(form: models.MaildFile) -> rules.Rules:
    """Return the rules that ``form`` makes.

    Raises:
        ConfigError: a region is unknown.
    """
    return rules.Rules(
        addresses=_addresses(form.addresses),
        reference=_fill(rules.ReferenceRules, form.reference),
        caps=_fill(rules.CapRules, form.caps),
        senders=_fill(rules.SenderRules, form.senders),
        languages=_fill(rules.LanguageRules, form.languages),
        spans=_fill(rules.SpanRules, form.procedure, send_window=_window(form.calendar)),
        unprompted=rules.Unprompted(form.addresses.unprompted),
        combine_ack_and_rfi=form.mail.combine_ack_and_rfi,
        regions=_regions(form.calendar),
    )


def calendar_of(form: models.Calendar) -> settings.CalendarSettings:
    """Return the working calendar's settings."""
    return _fill(
        settings.CalendarSettings,
        form,
        weekend=frozenset(WEEK.index(day) for day in form.weekend),
        send_window=(form.send_window[0], form.send_window[1]) if len(form.send_window) == 2 else None,
    )


def _fill(cls: type[T], form: models.Section, **others: Any) -> T:
    """Return a ``cls`` from the keys of ``form`` that bear its fields' names, and ``others``."""
    names = {field.name for field in fields(cls)} - others.keys()  # type: ignore[arg-type]  # each is a dataclass
    return cls(**{name: _frozen(getattr(form, name)) for name in names if name in type(form).model_fields}, **others)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return MappingProxyType(value) if isinstance(value, dict) else value


def _window(form: models.Calendar) -> tuple[time, time] | None:
    window = [time.fromisoformat(each) for each in form.send_window]
    return (window[0], window[1]) if len(window) == 2 else None


def _path(text: str, folder: Path) -> Path | None:
    return folder / text if text else None


def _database(url: str, state: Path) -> str:
    scheme, _, path = url.partition(":///")
    return f"{scheme}:///{state / path}" if scheme == "sqlite" else url


def keys_file(named: str | None, config_dir: Path, env: Mapping[str, str]) -> Path:
    """Return where the signing keys are: in the file that is named, else among systemd's credentials, else beside maild.toml."""
    credential = Path(env["CREDENTIALS_DIRECTORY"], "keys.toml") if env.get("CREDENTIALS_DIRECTORY") else None
    if not named and credential and credential.exists():
        return credential
    return config_dir / (named or "keys.toml")


def _endpoint(endpoint: settings.Endpoint | None, state: Path) -> settings.Endpoint | None:
    return settings.UnixEndpoint(path=state / endpoint.path) if isinstance(endpoint, settings.UnixEndpoint) else endpoint


def _listeners(form: models.MaildFile, config_dir: Path, state: Path) -> tuple[ListenerRules, ...]:
    limits = LimitRules(
        size=form.limits.message_size,
        hops=form.limits.received_lines,
        connections=form.limits.connections,
        connections_per_peer=form.limits.connections_per_peer,
        recipients=form.limits.recipients,
        commands=form.limits.commands,
        idle_seconds=form.limits.idle.total_seconds(),
        session_seconds=form.limits.session.total_seconds(),
        data_rate=form.limits.data_rate,
    )
    return tuple(
        ListenerRules(
            name=table.name or f"{table.protocol}{number}",
            protocol=ListenerProtocol(table.protocol),
            listen=str(_endpoint(table.listen, state)),
            networks=tuple(table.networks),
            starttls_cert=_path(table.tls_certificate, config_dir),
            starttls_key=_path(table.tls_key, config_dir),
            require_starttls=table.require_tls,
            socket_mode=int(table.socket_mode, 8),
            limits=limits,
        )
        for number, table in enumerate(form.listener, start=1)
    )


def _relay(form: models.Relay, config_dir: Path, state: Path) -> settings.RelaySettings:
    return _fill(settings.RelaySettings, form, target=_relay_target(form, config_dir, state))


def _relay_target(form: models.Relay, config_dir: Path, state: Path) -> settings.SmtpRelay | settings.MaildirRelay:
    if form.to.startswith("maildir:"):
        return settings.MaildirRelay(path=state / form.to.removeprefix("maildir:"))
    where = urlsplit(form.to)
    return settings.SmtpRelay(
        host=where.hostname or "",
        port=where.port or RELAY_PORT,
        tls=settings.RelayTls(form.tls),
        tls_ca=_path(form.tls_ca, config_dir),
        user=form.user,
        password_file=_path(form.password_file, config_dir),
    )


def _addresses(form: models.Addresses) -> rules.AddressRules:
    helpdesk = tuple(dict.fromkeys(form.helpdesk))
    domains = sorted({address.rpartition("@")[2] for address in (*helpdesk, form.service)})
    persons = {f"{role}@{domain}": getattr(form, role) for role in ("postmaster", "abuse") for domain in domains}
    return _fill(rules.AddressRules, form, helpdesk=helpdesk, persons=MappingProxyType(persons))


def _regions(form: models.Calendar) -> rules.RegionRules:
    calendar = calendar_of(form)
    regions = {form.region, *form.region_by_domain.values()}
    return rules.RegionRules(
        default=form.region,
        by_domain=MappingProxyType(form.region_by_domain),
        calendars=MappingProxyType({region: working_calendar(calendar, region) for region in sorted(regions)}),
    )
