"""The form of ``maild.toml``: every key, its kind, its default and one sentence about it.

The defaults are those of the settings and rules they become; ``docs/configuration.md`` is written from here.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from maild.config import settings as to
from maild.config.listeners import LimitRules
from maild.config.values import (
    AddressText,
    DatabaseText,
    Day,
    DomainText,
    Duration,
    Listen,
    NetworkText,
    PatternText,
    RelayText,
    SenderText,
    Size,
    Span,
    TimeText,
    ZoneText,
    write_span,
)
from maild.policy import rules as policy

_LIMITS = LimitRules()
_INTAKE = to.IntakeSettings()
_CAPS = policy.CapRules()
_SENDERS = policy.SenderRules()
_SPANS = policy.SpanRules()
_REFERENCE = policy.ReferenceRules()
_CALENDAR = to.CalendarSettings()
_RELAY = to.RelaySettings(target=to.MaildirRelay(path=Path()))
_ALERTS = to.AlertSettings()


class Section(BaseModel):
    """A table of the file: unknown keys are mistakes, and so are values of another kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class Addresses(Section):
    """Our own addresses (INT-2)."""

    helpdesk: list[AddressText] = Field(min_length=1, description="The addresses that users write to.")
    service: AddressText = Field(description="The one address that all mail of ours comes from; not a helpdesk address.")
    service_name: str = Field("Helpdesk", max_length=64, description="The name beside the service address.")
    postmaster: AddressText = Field(description="The person who gets mail to postmaster at our domains.")
    abuse: AddressText = Field(description="The person who gets mail to abuse at our domains.")
    plus_addressing: bool = Field(True, description="Whether mail to service+anything@ arrives here: replies then carry signed evidence.")
    unprompted: Literal["notice", "ticket"] = Field(
        "notice", description="What mail to the service address that belongs to no ticket gets: a notice, or a ticket after all."
    )


class Reference(Section):
    """The form of references (REF-6)."""

    prefix: str = Field(_REFERENCE.prefix, pattern=r"^[A-Za-z]{1,10}$", description="The letters before the number.")
    digits: int = Field(_REFERENCE.digits, ge=4, le=12, description="The digits of the number; it widens when they overflow.")
    old_patterns: list[PatternText] = Field([], description="Regular expressions of old forms, each with one group round the digits.")


class Procedure(Section):
    """The procedure's spans (REM-1, REM-4, RES-3, RFI-4, MDS-5)."""

    reminder_working: Duration = Field(_SPANS.reminder_working, description="Working time from an RFI or reminder to the next one.")
    reminders: int = Field(_SPANS.reminders, ge=0, le=10, description="How many reminders go out before a silent ticket is resolved.")
    reopen_window: Duration = Field(_SPANS.reopen_window, description="How long a resolved ticket can be re-opened.")
    reopen_window_working: bool = Field(_SPANS.reopen_window_working, description="Whether that window counts working time.")
    rfi_unsent: Duration = Field(
        _SPANS.rfi_unsent, description="How long an RFI may wait for the relay before the helpdesk gets the ticket."
    )
    closing_mail: bool = Field(_SPANS.closing_mail, description="Whether a short mail tells the requester that the ticket is closed.")


class Caps(Section):
    """How many automatic answers may go out (LOOP-2)."""

    sender_per_hour: int = Field(_CAPS.sender_per_hour, ge=0, description="To one address in an hour.")
    sender_per_day: int = Field(_CAPS.sender_per_day, ge=0, description="To one address in a day.")
    domain_per_hour: dict[DomainText, int] = Field({}, description="To one address of these domains in an hour.")
    ticket_per_hour: int = Field(_CAPS.ticket_per_hour, ge=0, description="On one ticket in an hour.")
    global_per_minute: int = Field(_CAPS.global_per_minute, ge=1, description="The global brake: to everybody in a minute.")
    notices_per_day: int = Field(
        _CAPS.notices_per_day, ge=0, description="'Write to the helpdesk address' notices to one address in a day."
    )


class Senders(Section):
    """Who may do what, and which senders are machines or blocked (REF-4, REF-7, LOOP-1, AGT-4)."""

    outsider_with_reference: Literal["new", "note"] = Field(
        "new", description="What a stranger's mail to the helpdesk with a reference in the subject becomes: a new ticket, or a note."
    )
    participants_limit: int = Field(_SENDERS.participants_limit, ge=1, le=500, description="How many people may take part in one ticket.")
    machine_allow: list[SenderText] = Field(
        [], description="Senders whose automatic mail makes tickets, without answers: addresses or domains."
    )
    blocked: list[SenderText] = Field([], description="Senders whose mail is filed and never answered: addresses or domains.")
    authserv_ids: list[str] = Field([], description="The authserv-ids of our own relay, whose Authentication-Results are believed.")
    authserv_profile: Literal["named", "unnamed"] = Field("named", description="'unnamed' for services that write no authserv-id.")
    relay_hops: int = Field(
        _SENDERS.relay_hops,
        ge=1,
        le=20,
        description="How many Received lines our relays add, maild's own apart; results below are the sender's.",
    )
    demand_for_updates: Literal["off", "aligned"] = Field("off", description="Proof of the sender that an update needs.")
    demand_for_agents: Literal["off", "aligned"] = Field("aligned", description="Proof of the sender that an agent's command needs.")
    demand_for_answers: Literal["off", "aligned"] = Field(
        "off", description="Proof of the sender without which nothing is acknowledged or asked."
    )


class Languages(Section):
    """The language of mails to requesters; each has its folder of templates (ACK-4)."""

    default: str = Field("en", pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="The language where no domain says otherwise.")
    by_domain: dict[DomainText, str] = Field({}, description="The language of requesters at these domains.")


class Calendar(Section):
    """Working days (REM-2, REM-3, REM-6, REM-8)."""

    zone: ZoneText = Field(_CALENDAR.zone, description="The zone whose midnights bound working days.")
    region: str = Field(_CALENDAR.region, description="Whose bank holidays count: ENG, SCT, WLS, NIR, or a country and part like DE-BY.")
    region_by_domain: dict[DomainText, str] = Field({}, description="The region of requesters at these domains.")
    add_days: dict[Day, str] = Field({}, description="Further days on which the clock stands still, with their names.")
    remove_days: list[Day] = Field([], description="Days that are worked although they are holidays.")
    weekend: list[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]] = Field(
        ["Sat", "Sun"], max_length=6, description="The weekend."
    )
    send_window: list[TimeText] = Field(
        [], max_length=2, description='Local times between which reminders go out, as ["07:00", "19:00"]; empty for any time.'
    )
    catch_up: Span = Field(_CALENDAR.catch_up, description="How long timers wait for delayed mail after a downtime of over 10 minutes.")


class ListenerTable(Section):
    """A door for mail (INT-1); any number of ``[[listener]]`` tables."""

    name: str = Field("", max_length=40, description="The name in logs and metrics; by default the protocol and its number.")
    protocol: Literal["smtp", "lmtp"] = Field(examples=["smtp"], description="What is spoken.")
    listen: Listen = Field(
        examples=["127.0.0.1:2525"], description='"ADDRESS:PORT", "unix:/path" or "systemd:NAME" (a socket inherited from systemd).'
    )
    networks: list[NetworkText] = Field(["127.0.0.0/8", "::1"], description="Who may connect over TCP; others get 421.")
    tls_certificate: str = Field("", description="PEM file with the certificate chain; STARTTLS is offered where it is set.")
    tls_key: str = Field("", description="PEM file with its key, where it is not in the same file.")
    require_tls: bool = Field(False, description="Whether mail is refused before STARTTLS.")
    socket_mode: str = Field("0660", pattern=r"^0[0-7]{3}$", description="The permissions of a unix socket.")


class Limits(Section):
    """The caps of all listeners together (INT-4, INT-5)."""

    message_size: Size = Field(_LIMITS.size, ge=10_000, le=1_000_000_000, description="The largest mail; a larger one gets 552.")
    recipients: int = Field(_LIMITS.recipients, ge=1, description="Recipients of one mail; the next gets 452.")
    commands: int = Field(_LIMITS.commands, ge=10, description="Commands until a mail is taken.")
    connections: int = Field(_LIMITS.connections, ge=1, description="Connections at a time; further ones get 421.")
    connections_per_peer: int = Field(_LIMITS.connections_per_peer, ge=1, description="Connections at a time from one address.")
    session: Duration = Field(timedelta(seconds=_LIMITS.session_seconds), description="The longest session.")
    idle: Duration = Field(timedelta(seconds=_LIMITS.idle_seconds), description="How long a peer may be silent.")
    data_rate: int = Field(_LIMITS.data_rate, ge=1, description="The bytes a second that a mail must come with after its first minute.")
    received_lines: int = Field(_LIMITS.hops, ge=10, description="Received lines of a mail; more are a loop (554).")
    min_free_disk: Size = Field(_INTAKE.min_free_disk, ge=0, description="Free disk below which mail is put off with 452.")
    backlog: int = Field(_INTAKE.backlog, ge=1, description="Unprocessed mails above which intake slows down.")


class Relay(Section):
    """Where mails out go (OUT-1 to OUT-4). ``relay = "maildir:PATH"`` is short for ``to`` alone."""

    to: RelayText = Field("maildir:outgoing", description='"smtp://HOST:PORT", or "maildir:PATH" to write them into a Maildir instead.')
    tls: Literal["none", "opportunistic", "starttls", "tls"] = Field("opportunistic", description="How the relay is spoken to.")
    tls_ca: str = Field("", description="PEM file with the authorities to trust; the system's where empty.")
    user: str = Field("", description="The login at the relay; empty for none.")
    password_file: str = Field("", description="File with the password.")
    connections: int = Field(_RELAY.connections, ge=1, le=100, description="Connections at a time.")
    per_minute: int = Field(_RELAY.per_minute, ge=0, description="Mails in a minute; 0 for no limit.")
    per_day: int = Field(_RELAY.per_day, ge=0, description="Mails in a day; 0 for no limit.")
    timeout: Duration = Field(_RELAY.timeout, description="How long one answer of the relay is waited for.")
    back_off: list[Duration] = Field(
        [write_span(span) for span in _RELAY.back_off],  # type: ignore[misc]  # validated like what a file says
        min_length=1,
        description="The waits after transient failures; the last is repeated.",
    )
    give_up: Span = Field(_RELAY.give_up, le=timedelta(days=5), description="When a mail that meets only transient failures is given up.")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"to": value} if isinstance(value, str) else value


class Contacts(Section):
    """What stands in the footer of mails to requesters (ACK-1)."""

    helpdesk_name: str = Field("The helpdesk", max_length=100, description="How the mails sign.")
    phone: str = Field("", max_length=100, description="The helpdesk's phone number.")
    complaints: str = Field("", max_length=200, description="Where to complain.")
    escalation: str = Field("", max_length=200, description="Where to escalate.")


class Mail(Section):
    """How mails to requesters are written (ACK-4 to ACK-6)."""

    templates: str = Field("", description="Folder with your own templates; those that come with maild where empty.")
    combine_ack_and_rfi: bool = Field(False, description="Whether acknowledgement and RFI are one mail.")


class Links(Section):
    """The links of the resolution mail (RES-1, RES-2)."""

    mailto: bool = Field(True, description="Whether there is a mailto link, which needs no web server.")
    https: bool = Field(False, description="Whether there are https links; they need the web server.")


class Web(Section):
    """The web server for the links of the resolution mail (RES-2)."""

    listen: Listen | None = Field(None, examples=["127.0.0.1:8080"], description='"ADDRESS:PORT" or "unix:/path"; off where absent.')
    base_url: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+(/[^\s?#]*)?)?$", description="The address that users see.")


class Metrics(Section):
    """Where /metrics, /healthz and /readyz answer (OPS-5)."""

    listen: Listen | None = Field(None, examples=["127.0.0.1:9125"], description='"ADDRESS:PORT" or "unix:/path"; off where absent.')


class Logging(Section):
    """The log on standard error (OPS-5)."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    form: Literal["auto", "json", "text"] = Field("auto", description="JSON lines, or key=value; auto is text on a terminal.")
    addresses: Literal["hashed", "plain"] = Field("hashed", description="Whether addresses stand in the log, or keyed hashes of them.")


class Retention(Section):
    """How long things are to be kept (PRV-2): no default; `maild check` asks until all are set. Nothing is removed by them yet."""

    raw_mails: Span | None = Field(None, examples=["90d"], description="Raw mails and attachments, after their ticket's end.")
    tickets: Span | None = Field(None, examples=["2557d"], description="Tickets and their journals, after their end.")
    tokens: Span | None = Field(None, examples=["400d"], description="The records of links and of mails out.")


class Alerts(Section):
    """The route of alerts that needs no relay (OPS-9)."""

    command: list[str] = Field([], description="Command that gets an alert's text on standard input.")
    repeat: Duration = Field(_ALERTS.repeat, description="How often an alert that lasts is repeated.")


class Testing(Section):
    """For tests only: refused unless MAILD_TESTING=1."""

    clock_file: str = Field("", description="File with the ISO instant that the daemon takes for the time.")


class MaildFile(Section):
    """maild.toml."""

    state_dir: str = Field(
        "", description='Folder of the database and what else lasts; by default $STATE_DIRECTORY, else "state" beside this file.'
    )
    database: DatabaseText = Field("sqlite:///maild.db", description='"sqlite:///FILE" (in the state folder) or "postgresql://…".')
    domain: DomainText | None = Field(
        None, examples=["helpdesk.example"], description="The domain in Message-IDs and greetings; by default the service address's."
    )
    keys_file: str = Field("", description='File with the signing keys; by default $CREDENTIALS_DIRECTORY/keys.toml, else "keys.toml".')
    addresses: Addresses
    listener: list[ListenerTable] = Field(
        [{"protocol": "smtp", "listen": "127.0.0.1:2525"}, {"protocol": "lmtp", "listen": "127.0.0.1:2424"}],  # type: ignore[list-item] # validated
        description="SMTP on 127.0.0.1:2525 and LMTP on 127.0.0.1:2424 where there is no such table.",
    )
    limits: Limits = Limits()
    relay: Relay = Relay()
    contacts: Contacts = Contacts()
    procedure: Procedure = Procedure()
    calendar: Calendar = Calendar()
    reference: Reference = Reference()
    senders: Senders = Senders()
    caps: Caps = Caps()
    languages: Languages = Languages()
    mail: Mail = Mail()
    links: Links = Links()
    web: Web = Web()
    metrics: Metrics = Metrics()
    logging: Logging = Logging()
    retention: Retention = Retention()
    alerts: Alerts = Alerts()
    testing: Testing = Testing()
