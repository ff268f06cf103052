"""Reading a configuration folder: what a valid one becomes, and what is said about each way to break it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import trustme

from maild.config.listeners import ListenerProtocol
from maild.config.load import load
from maild.config.mistakes import ConfigMistakes
from maild.config.settings import MaildirRelay, RelayTls, SmtpRelay, TcpEndpoint, UnixEndpoint
from maild.policy.rules import Unprompted
from tests.config.folder import ADDRESSES, write_folder

KEYS_OF_LISTENER = "name, protocol, listen, networks, tls_certificate, tls_key, require_tls, socket_mode"


def mistakes_of(folder: Path, env: dict[str, str] | None = None) -> list[str]:
    """Return the lines that `maild check` would print."""
    with pytest.raises(ConfigMistakes) as caught:
        load(folder, env=env or {})
    return [str(mistake) for mistake in caught.value.mistakes]


def test_four_addresses_are_a_configuration(tmp_path: Path) -> None:
    """Four addresses are a whole configuration: SMTP and LMTP on loopback, SQLite, a Maildir, the procedure's spans."""
    loaded = load(write_folder(tmp_path), env={})
    settings, rules = loaded.settings, loaded.rules
    assert [("smtp1", "127.0.0.1:2525"), ("lmtp2", "127.0.0.1:2424")] == [(each.name, each.listen) for each in settings.listeners]
    assert f"sqlite:///{tmp_path}/state/maild.db" == settings.database
    assert MaildirRelay(path=tmp_path / "state" / "outgoing") == settings.relay.target
    assert tmp_path / "keys.toml" == settings.keys_file
    assert "desk.example" == settings.domain
    assert settings.web.endpoint is None
    assert (timedelta(hours=24), 3, timedelta(hours=72)) == (rules.spans.reminder_working, rules.spans.reminders, rules.spans.reopen_window)
    assert rules.unprompted == Unprompted.NOTICE
    assert {"postmaster@desk.example": "pat@person.example", "abuse@desk.example": "pat@person.example"} == dict(rules.addresses.persons)


def test_every_section_is_read(tmp_path: Path) -> None:
    """What each section says arrives in the settings and rules, with paths made absolute."""
    (tmp_path / "secret").write_text("x")
    trustme.CA().issue_cert("mx.desk.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "cert.pem")
    folder = write_folder(
        tmp_path,
        top='state_dir = "data"\ndatabase = "postgresql://maild@db.example/maild"\ndomain = "Mail.Desk.example"\n',
        rest="""\
plus_addressing = false
unprompted = "ticket"
[[listener]]
name = "relay"
protocol = "lmtp"
listen = "unix:lmtp.sock"
[[listener]]
protocol = "smtp"
listen = "[::1]:25"
networks = ["192.0.2.0/24"]
tls_certificate = "cert.pem"
require_tls = true
[limits]
message_size = "10MB"
idle = "30s"
[procedure]
reminder_working = "16h"
[calendar]
region = "SCT"
region_by_domain = { "ward.example" = "NIR" }
add_days = { 2026-12-24 = "closed" }
remove_days = [2026-12-28]
weekend = ["Fri", "Sat"]
send_window = ["07:00", "19:00"]
[reference]
old_patterns = ["HD-([0-9]{6})"]
[relay]
to = "smtp://relay.example:587"
tls = "starttls"
user = "maild"
password_file = "secret"
back_off = ["1m", "1h"]
[web]
listen = "unix:web.sock"
[caps]
domain_per_hour = { "big.example" = 200 }
""",
    )
    loaded = load(folder, env={})
    settings, rules = loaded.settings, loaded.rules
    assert tmp_path / "data" == settings.state_dir
    assert "postgresql://maild@db.example/maild" == settings.database
    assert "mail.desk.example" == settings.domain
    lmtp, smtp = settings.listeners
    assert (ListenerProtocol.LMTP, f"unix:{tmp_path}/data/lmtp.sock") == (lmtp.protocol, lmtp.listen)
    assert ("smtp2", "[::1]:25", tmp_path / "cert.pem", True) == (smtp.name, smtp.listen, smtp.starttls_cert, smtp.require_starttls)
    assert (smtp.limits.size, smtp.limits.idle_seconds) == (10_000_000, 30.0)
    assert (
        SmtpRelay(host="relay.example", port=587, tls=RelayTls.STARTTLS, user="maild", password_file=tmp_path / "secret")
        == settings.relay.target
    )
    assert (timedelta(minutes=1), timedelta(hours=1)) == settings.relay.back_off
    assert UnixEndpoint(path=tmp_path / "data" / "web.sock") == settings.web.endpoint
    assert (frozenset({4, 5}), ("07:00", "19:00")) == (settings.calendar.weekend, settings.calendar.send_window)
    assert {date(2026, 12, 24): "closed"} == dict(settings.calendar.add_days)
    assert timedelta(hours=16) == rules.spans.reminder_working
    assert {"SCT", "NIR"} == set(rules.regions.calendars)
    assert not rules.calendar("NIR").is_working(date(2026, 12, 24))
    assert rules.calendar("SCT").is_working(date(2026, 12, 28))
    assert (rules.addresses.plus_addressing, rules.unprompted) == (False, Unprompted.TICKET)
    assert 200 == rules.caps.domain_per_hour["big.example"]


def test_relay_in_short(tmp_path: Path) -> None:
    """``relay = "maildir:PATH"`` is the whole of the relay's table. (OUT-4)"""
    loaded = load(write_folder(tmp_path, top='relay = "maildir:/var/tmp/out"\n'), env={})
    assert MaildirRelay(path=Path("/var/tmp/out")) == loaded.settings.relay.target


def test_systemd_says_where_state_and_keys_are(tmp_path: Path) -> None:
    """Under systemd the state folder and the keys are those that the unit gives. (OPS-7)"""
    folder = write_folder(tmp_path / "etc")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (folder / "keys.toml").rename(credentials / "keys.toml")
    env = {"STATE_DIRECTORY": str(tmp_path / "lib"), "CREDENTIALS_DIRECTORY": str(credentials)}
    settings = load(folder, env=env).settings
    assert (tmp_path / "lib", credentials / "keys.toml") == (settings.state_dir, settings.keys_file)


def test_clock_file_is_for_tests(tmp_path: Path) -> None:
    """A clock file is taken with MAILD_TESTING=1, and refused without."""
    folder = write_folder(tmp_path, rest='[testing]\nclock_file = "now"\n')
    assert tmp_path / "now" == load(folder, env={"MAILD_TESTING": "1"}).settings.clock_file
    assert ["maild.toml:7: testing.clock_file: is for tests only: refused unless MAILD_TESTING=1 is in the environment"] == mistakes_of(
        folder
    )


@pytest.mark.rule("PRV-2")
def test_lifetimes_are_asked_for(tmp_path: Path) -> None:
    """As long as a lifetime is not set, the administrator is asked; set lifetimes are settings."""
    asked = [warning.key for warning in load(write_folder(tmp_path / "a"), env={}).warnings]
    assert ["retention.raw_mails", "retention.tickets", "retention.tokens", "senders.authserv_ids"] == asked
    rest = '[retention]\nraw_mails = "90d"\ntickets = "2557d"\ntokens = "400d"\n[senders]\nauthserv_ids = ["relay.example"]\n'
    loaded = load(write_folder(tmp_path / "b", rest=rest), env={})
    assert ["retention"] == [warning.key for warning in loaded.warnings]
    assert "nothing is removed" in loaded.warnings[0].text  # a lifetime is on record, and nobody is told that it is obeyed already
    assert timedelta(days=90) == loaded.settings.retention.raw_mails


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('[[imap]]\nname = "a"\nhost = "imap.example"\nuser = "u"\npassword_file = "keys.toml"\n', "imap"),
        ('[mail]\nbare_text = "reply"\n', "mail.bare_text"),
        ("[web]\nself_service = true\n", "web.self_service"),
        ('[web]\nagent_header = "X-Agent"\n', "web.agent_header"),
        ('[web]\ntrusted_proxies = ["192.0.2.1"]\n', "web.trusted_proxies"),
    ],
)
def test_what_nothing_obeys_is_no_key(tmp_path: Path, table: str, key: str) -> None:
    """A key that would be taken and not obeyed is named as a mistake."""
    (found,) = mistakes_of(write_folder(tmp_path, rest=table))
    assert f": {key}: is no key here; " in found


BROKEN = {
    "no TOML": ("x = = 1\n", "", "maild.toml:1: is no TOML: Invalid value"),
    "an open string": ("", '[contacts]\nphone = "0113\n', "maild.toml:7: is no TOML: Illegal character '\\n'"),
    "a key twice": ("", 'abuse = "x@y.example"\n', 'maild.toml:6: is no TOML: "abuse" stands here a second time'),
    "an unknown key": (
        "",
        "[limits]\nrecipient = 5\n",
        "maild.toml:7: limits.recipient: is no key here; did you mean recipients? allowed: ",
    ),
    "an unknown table": ("", "[lmits]\nx = 5\n", "maild.toml:6: lmits: is no key here; did you mean limits? allowed: addresses, alerts, "),
    "text for a number": ("", '[limits]\nrecipients = "many"\n', 'maild.toml:7: limits.recipients: "many" must be a whole number'),
    "number for text": ("", "[contacts]\nphone = 113\n", "maild.toml:7: contacts.phone: 113 must be a text in quotation marks"),
    "text for yes or no": ("", '[links]\nmailto = "yes"\n', 'maild.toml:7: links.mailto: "yes" must be true or false'),
    "out of range": ("", "[procedure]\nreminders = 99\n", "maild.toml:7: procedure.reminders: 99 must be at most 10"),
    "a bad span": (
        "",
        '[procedure]\nrfi_unsent = "15 minutes"\n',
        'maild.toml:7: procedure.rfi_unsent: "15 minutes" must be a span in quotation marks: "30s", "15m", "24h" or "5d"',
    ),
    "a bad size": (
        "",
        '[limits]\nmessage_size = "35 MiB"\n',
        'maild.toml:7: limits.message_size: "35 MiB" must be a number of bytes, or a size in quotation marks: "500kB", "35MB" or "2GB"',
    ),
    "a bad choice": (
        "",
        '[logging]\nlevel = "loud"\n',
        "maild.toml:7: logging.level: \"loud\" must be 'debug', 'info', 'warning' or 'error'",
    ),
    "six days of waiting": ("", '[relay]\ngive_up = "6d"\n', "maild.toml:7: relay.give_up: "),
    "a bad network": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\nnetworks = ["127.0.0.0/8", "10.0.0.1/8"]\n',
        'maild.toml:9: listener[1].networks[2]: "10.0.0.1/8" must be a network like "192.0.2.0/24" or "2001:db8::/32", or one address',
    ),
    "a bad endpoint": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1"\n',
        'maild.toml:8: listener[1].listen: "127.0.0.1" must be "ADDRESS:PORT", "unix:/path/of/socket" or "systemd:NAME"',
    ),
    "a listener without endpoint": (
        "",
        '\n[[listener]]\nprotocol = "smtp"\n',
        'maild.toml:7: listener[1].listen: is missing: "ADDRESS:PORT", "unix:/path" or "systemd:NAME" (a socket inherited from systemd).',
    ),
    "one port, two listeners": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\n[[listener]]\nprotocol = "lmtp"\nlisten = "0.0.0.0:2525"\n',
        'maild.toml:11: listener[2].listen: "0.0.0.0:2525" is taken by the listener of line 8; each needs a port or socket of its own',
    ),
    "one name, two listeners": (
        "",
        '[[listener]]\nname = "a"\nprotocol = "smtp"\nlisten = "h:1"\n[[listener]]\nname = "a"\nprotocol = "smtp"\nlisten = "h:2"\n',
        'maild.toml:11: listener[2].name: "a" is the name of two listener tables',
    ),
    "web on the port of SMTP": (
        "",
        '[web]\nlisten = "127.0.0.1:2525"\n',
        'maild.toml:7: web.listen: "127.0.0.1:2525" is taken by ',
    ),
    "a certificate that is not there": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\ntls_certificate = "none.pem"\n',
        'maild.toml:9: listener[1].tls_certificate: "none.pem" cannot be read: No such file or directory',
    ),
    "a key without certificate": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\ntls_key = "maild.toml"\n',
        "maild.toml:9: listener[1].tls_key: needs tls_certificate beside it",
    ),
    "TLS without certificate": (
        "",
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\nrequire_tls = true\n',
        "maild.toml:9: listener[1].require_tls: needs tls_certificate beside it",
    ),
    "a bad pattern": (
        "",
        "[reference]\nold_patterns = ['HD-([0-9]{6}']\n",
        'maild.toml:7: reference.old_patterns[1]: "HD-([0-9]{6}" is no ',
    ),
    "a pattern without group": (
        "",
        "[reference]\nold_patterns = ['HD-[0-9]{6}']\n",
        'maild.toml:7: reference.old_patterns[1]: "HD-[0-9]{6}" needs exactly one group',
    ),
    "a slow pattern": (
        "",
        "[reference]\nold_patterns = ['HD-([0-9]+)']\n",
        'maild.toml:7: reference.old_patterns[1]: "HD-([0-9]+)" repeats without a bound',
    ),
    "an unknown region": ("", '[calendar]\nregion = "ENGLAND"\n', "maild.toml:7: calendar.region: unknown region 'ENGLAND': use ENG, SCT"),
    "half a region": (
        "",
        '[calendar]\nregion = "GB"\n',
        "maild.toml:7: calendar.region: region 'GB' needs its part of the country: ENG, SCT",
    ),
    "an unknown zone": (
        "",
        '[calendar]\nzone = "Europe/Leeds"\n',
        'maild.toml:7: calendar.zone: "Europe/Leeds" must be a time zone like "Europe/London"',
    ),
    "a day that is none": (
        "",
        '[calendar]\nadd_days = { "2026-02-30" = "closed" }\n',
        'maild.toml:7: calendar.add_days.2026-02-30: "2026-02-30" must be a day like 2026-12-24',
    ),
    "a window back to front": (
        "",
        '[calendar]\nsend_window = ["19:00", "07:00"]\n',
        "maild.toml:7: calendar.send_window: must be two local times, the earlier one first",
    ),
    "a Maildir nowhere": (
        "",
        '[relay]\nto = "maildir:/dev/null/out"\n',
        'maild.toml:7: relay.to: "maildir:/dev/null/out" cannot be written: ',
    ),
    "a bad relay": (
        "",
        '[relay]\nto = "relay.example:25"\n',
        'maild.toml:7: relay.to: "relay.example:25" must be "smtp://HOST:PORT" or "maildir:PATH"',
    ),
    "a relay's port too high": (
        "",
        '[relay]\nto = "smtp://relay.example:65536"\n',
        'maild.toml:7: relay.to: "smtp://relay.example:65536" must be ',
    ),
    "a user without password": ("", '[relay]\nuser = "maild"\n', "maild.toml:7: relay.user: needs password_file beside it"),
    "a password in the clear": (
        "",
        '[relay]\nuser = "maild"\npassword_file = "keys.toml"\ntls = "none"\n',
        'maild.toml:9: relay.tls: "none" would send the password in the clear',
    ),
    "links without a web server": (
        "",
        '[links]\nhttps = true\n[web]\nbase_url = "https://desk.example"\n',
        "maild.toml:7: links.https: needs listen under [web]",
    ),
    "https links without an address": (
        "",
        '[links]\nhttps = true\n[web]\nlisten = "127.0.0.1:8080"\n',
        'maild.toml:7: links.https: needs base_url = "https://…" under [web]',
    ),
    "more in an hour than in a day": (
        "",
        "[caps]\nsender_per_hour = 50\n",
        "maild.toml:6: caps.sender_per_day: 40 is less than sender_per_hour, 50",
    ),
    "no links at all": (
        "",
        "[links]\nmailto = false\n",
        "maild.toml:7: links.mailto: is false, and so is https: no requester could re-open",
    ),
    "a language without folder": ("", '[languages]\ndefault = "tlh"\n', 'maild.toml:7: languages.default: "tlh" must look like '),
    "a language of nobody": (
        "",
        '[languages]\nby_domain = { "ward.example" = "xx" }\n',
        'maild.toml:7: languages.by_domain.ward.example: "xx" has no',
    ),
    "templates nowhere": ("", '[mail]\ntemplates = "none"\n', 'maild.toml:7: mail.templates: "none" is no folder'),
    "more for one than for all": (
        "",
        "[limits]\nconnections = 10\nconnections_per_peer = 20\n",
        "maild.toml:8: limits.connections_per_peer: 20 is more than connections, 10",
    ),
    "another database": (
        'database = "mysql://db.example/maild"\n',
        "",
        'maild.toml:1: database: "mysql://db.example/maild" must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"',
    ),
    "a password in the URL": (
        'database = "postgresql://maild:hunter2@db.example/maild"\n',
        "",
        'maild.toml:1: database: must not hold a password: name a file, "postgresql://USER@HOST/NAME?passfile=FILE"',
    ),
    "state nowhere": ('state_dir = "/dev/null/x"\n', "", "maild.toml:1: state_dir: /dev/null/x cannot be written"),
    "keys nowhere": ('keys_file = "none.toml"\n', "", "maild.toml:1: keys_file: "),
    "a table for a list": ("", "[listener]\nprotocol = 'smtp'\n", "maild.toml:6: listener: must be a list"),
}


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_named(tmp_path: Path, name: str) -> None:
    """A mistake is named with its file, line and key, what is wrong and what is allowed."""
    top, rest, expected = BROKEN[name]
    found = mistakes_of(write_folder(tmp_path, top=top, rest=rest))
    assert [expected] == [line[: len(expected)] for line in found]


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"service@', '"helpdesk@', 'maild.toml:3: addresses.service: "helpdesk@desk.example" is a helpdesk address too'),
        ('["helpdesk@', '["service+h@', 'maild.toml:2: addresses.helpdesk[1]: "service+h@desk.example" is a plus-address of the service'),
        ('"pat@person', '"abuse@desk', 'maild.toml:4: addresses.postmaster: "abuse@desk.example" is an address of maild itself'),
        ('"pat@person', '"service@desk', 'maild.toml:5: addresses.abuse: "service@desk.example" is an address of maild itself'),
        ('"pat@person.example"', '"pat"', 'maild.toml:5: addresses.abuse: "pat" must be an email address like "helpdesk@trust.example"'),
        ('["helpdesk@desk.example"]', "[]", "maild.toml:2: addresses.helpdesk: [] must have at least 1 item"),
        ('["helpdesk@desk.example"]', '"helpdesk@desk.example"', "maild.toml:2: addresses.helpdesk: "),
        (
            "postmaster",
            "postmstr",
            "maild.toml:1: addresses.postmaster: is missing: the person who gets mail to postmaster at our domains.",
        ),
    ],
)
def test_mistakes_of_addresses(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """Addresses that are missing, wrong, or would make maild write to itself are named."""
    found = mistakes_of(write_folder(tmp_path, addresses=ADDRESSES.replace(old, new)))
    assert any(line.startswith(expected) for line in found), found


@pytest.mark.rule("OPS-2")
def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Wrong kinds, unknown keys and contradictions come out together, in the order of lines."""
    folder = write_folder(
        tmp_path,
        addresses=ADDRESSES.replace('"service@', '"helpdesk@').replace("abuse =", "abuze ="),
        rest='[limits]\nrecipients = "x"\n[calendar]\nregion = "XX"\n[[listener]]\nlisten = "nowhere"\n',
    )
    assert [
        "maild.toml:1: addresses.abuse",
        "maild.toml:3: addresses.service",
        "maild.toml:5: addresses.abuze",
        "maild.toml:7: limits.recipients",
        "maild.toml:9: calendar.region",
        "maild.toml:10: listener[1].protocol",
        "maild.toml:11: listener[1].listen",
    ] == [":".join(line.split(":")[:3]) for line in mistakes_of(folder)]


def test_no_file_and_no_utf8(tmp_path: Path) -> None:
    """A missing file and one in another encoding are mistakes like others."""
    assert [f"maild.toml: there is none in {tmp_path}; write a configuration with: maild init {tmp_path}"] == mistakes_of(tmp_path)
    (tmp_path / "maild.toml").write_bytes(b"# ok\n# caf\xe9\n")
    assert ["maild.toml:2: is not in UTF-8"] == mistakes_of(tmp_path)


def test_secrets_are_not_repeated(tmp_path: Path) -> None:
    """A password that stands where its file's name belongs is not printed."""
    folder = write_folder(tmp_path, rest='[relay]\nto = "smtp://relay.example"\npassword_file = ["hunter2"]\n')
    assert ["maild.toml:8: relay.password_file: must be a text in quotation marks"] == mistakes_of(folder)


def test_an_endpoint_keeps_its_port_zero(tmp_path: Path) -> None:
    """Port 0 lets the system choose, for any number of listeners."""
    rest = '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:0"\n[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:0"\n'
    settings = load(write_folder(tmp_path, rest=rest + '[metrics]\nlisten = "127.0.0.1:0"\n'), env={}).settings
    assert ["127.0.0.1:0", "127.0.0.1:0"] == [listener.listen for listener in settings.listeners]
    assert TcpEndpoint(host="127.0.0.1", port=0) == settings.metrics.endpoint


def test_a_folder_for_a_file(tmp_path: Path) -> None:
    """What is there and cannot be read as a file is named too."""
    folder = write_folder(tmp_path, rest='[relay]\nuser = "u"\npassword_file = "."\n')
    assert ['maild.toml:8: relay.password_file: "." cannot be read: Is a directory'] == mistakes_of(folder)


def test_no_item_is_named_by_a_wrong_number(tmp_path: Path) -> None:
    """Where one listener is wrong, the others are not counted anew: what needs the whole list waits until it is right."""
    rest = '[[listener]]\nprotocol = "smtp"\nlisten = "x"\n[[listener]]\nprotocol = "smtp"\nlisten = "h:1"\ntls_key = "maild.toml"\n'
    folder = write_folder(tmp_path, rest=rest)
    assert ["listener[1].listen"] == [line.split(": ")[1] for line in mistakes_of(folder)]
    (folder / "maild.toml").write_text((folder / "maild.toml").read_text().replace('"x"', '"h:2"'))
    assert ["listener[2].tls_key"] == [line.split(": ")[1] for line in mistakes_of(folder)]
