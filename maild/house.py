"""What the daemon is made of: configuration → collaborators, each made once and handed to those who need it."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from maild.clock import Clock, FileClock, SystemClock
from maild.config.keys import Keys
from maild.config.load import Loaded
from maild.config.settings import Settings
from maild.desk.acceptance import Door
from maild.desk.desk import Desk, Links
from maild.intake.addresses import shown
from maild.intake.sockets import Listeners
from maild.policy.rules import RegionRules, Rules
from maild.render.context import Contacts
from maild.render.renderer import Renderer
from maild.store.database import Database
from maild.workers.alarm import Alarm, AlarmRules, Lasting
from maild.workers.clockwork import Clockwork
from maild.workers.courier import Courier, CourierRules
from maild.workers.lookout import Lookout
from maild.workers.parser import ParserProcess
from maild.workers.processor import Processor
from maild.workers.relay import make_relay
from maild.workers.timekeeping import ClockWatch
from maild.workers.wake import Wake

if TYPE_CHECKING:
    from maild.web.app import Site
    from maild.web.pages import Pages
    from maild.web.server import WebServer

RELAY_PATIENCE = timedelta(minutes=15)  # how long the relay may take nothing
STORE_PATIENCE = timedelta(seconds=30)


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the configuration names: the machine's, but for tests."""
    return FileClock(settings.clock_file) if settings.clock_file is not None else SystemClock()


def desk_of(loaded: Loaded, keys: Keys, clock: Clock) -> Desk:
    """Return the desk that the configuration makes; the command line uses the same."""
    from zoneinfo import ZoneInfo

    settings, rules = loaded.settings, loaded.rules
    zone = ZoneInfo(settings.calendar.zone)
    renderer = Renderer(zone=zone, contacts=contacts_of(loaded), template_dirs=(settings.mail.templates_dir,))
    links = Links(mailto=settings.links.mailto, base_url=settings.web.base_url if settings.links.https else "")
    return Desk(rules=rules, keyring=keys.ring, fingerprint_key=keys.fingerprint, renderer=renderer, clock=clock, links=links)


def contacts_of(loaded: Loaded) -> Contacts:
    """Return who we are and how to reach us, as mails and pages say it."""
    contacts = loaded.settings.contacts
    return Contacts(
        name=contacts.helpdesk_name,
        helpdesk=loaded.rules.addresses.helpdesk[0],
        phone=contacts.phone,
        complaints=contacts.complaints,
        escalation=contacts.escalation,
    )


def pages_of(loaded: Loaded) -> Pages:
    """Return the pages of the links."""
    from zoneinfo import ZoneInfo

    from maild.web.pages import Pages  # lazy: off by default

    settings = loaded.settings
    return Pages(zone=ZoneInfo(settings.calendar.zone), contacts=contacts_of(loaded), template_dirs=(settings.mail.templates_dir,))


def reading_rules(rules: Rules) -> Rules:
    """Return the part of the rules that reading a mail needs: no calendars."""
    from dataclasses import replace

    return replace(rules, regions=RegionRules())


@dataclass(slots=True, kw_only=True)
class House:
    """Everything that runs; ``owner`` is this daemon's name on what it claims."""

    owner: str
    loaded: Loaded
    database: Database
    desk: Desk
    door: Door
    parser: ParserProcess
    processor: Processor
    courier: Courier
    clockwork: Clockwork
    alarm: Alarm
    lookout: Lookout
    queued: Wake
    listeners: Listeners | None = None
    web: Web | None = None
    health: Monitored | None = None


@dataclass(slots=True, kw_only=True)
class Web:
    """The web server, what its pages work with, and where it listens."""

    site: Site
    server: WebServer
    addresses: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Monitored:
    """The server of /metrics, /healthz and /readyz, and where it listens."""

    server: WebServer
    addresses: tuple[str, ...]


def build(loaded: Loaded, keys: Keys, database: Database) -> House:
    """Return everything that runs, made from a configuration; nothing is started."""
    settings = loaded.settings
    clock = clock_of(settings)
    desk = desk_of(loaded, keys, clock)
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"  # containers share names and process ids
    queued = Wake()
    parser = ParserProcess(reading_rules(loaded.rules))
    processor = Processor(database=database, desk=desk, parser=parser, owner=owner, mails_queued=queued)
    door = Door(
        addresses=loaded.rules.addresses,
        state_dir=settings.state_dir,
        min_free=settings.intake.min_free_disk,
        backlog=settings.intake.backlog,
        waiting=processor.__len__,
        monotonic=clock.monotonic,
    )
    relay = make_relay(settings.relay, hello=settings.domain)
    courier = Courier(database=database, desk=desk, relay=relay, rules=courier_rules(settings), owner=owner, wake=queued)
    watch = ClockWatch() if settings.clock_file is None else None  # a clock that tests move is never where it was (OPS-12)
    clockwork = Clockwork(database=database, desk=desk, mails_queued=queued, catch_up=settings.calendar.catch_up, watch=watch)
    return House(
        owner=owner,
        loaded=loaded,
        database=database,
        desk=desk,
        door=door,
        parser=parser,
        processor=processor,
        courier=courier,
        clockwork=clockwork,
        alarm=_alarm(settings, database, desk, courier),
        lookout=Lookout(database=database, desk=desk, configured=loaded.rules.senders.blocked),
        queued=queued,
    )


def _alarm(settings: Settings, database: Database, desk: Desk, courier: Courier) -> Alarm:
    """Return the worker that passes alerts on, with what it watches by itself (OPS-9)."""
    alarm = Alarm(database=database, alerts=desk.alerts, clock=desk.clock, rules=alarm_rules(settings))
    alarm.watch("relay", Lasting(lambda: courier.trouble, RELAY_PATIENCE))
    alarm.watch("store", Lasting(lambda: database.trouble, STORE_PATIENCE))
    return alarm


def alarm_rules(settings: Settings) -> AlarmRules:
    """Return how alerts are passed on, by the configuration."""
    return AlarmRules(command=settings.alerts.command, repeat=settings.alerts.repeat, place=settings.domain)


def courier_rules(settings: Settings) -> CourierRules:
    """Return how the courier behaves, by the configuration."""
    relay = settings.relay
    return CourierRules(
        connections=relay.connections,
        back_off=relay.back_off,
        lifetime=relay.give_up,
        per_minute=relay.per_minute,
        per_day=relay.per_day,
    )


def web_of(house: House) -> Web | None:
    """Return the web server, its sockets open, where one is configured; another address takes a restart."""
    endpoint = house.loaded.settings.web.endpoint
    if endpoint is None:
        return None
    from maild.web.app import Site  # lazy: off by default
    from maild.web.server import WebServer

    assert house.listeners is not None
    sockets = house.listeners.open(str(endpoint))
    site = Site(database=house.database, desk=house.desk, pages=pages_of(house.loaded), mails_queued=house.queued.set)
    return Web(site=site, server=WebServer(site.app(), sockets), addresses=tuple(shown(each) for each in sockets))


def health_of(house: House) -> Monitored | None:
    """Return the server of metrics and health, its sockets open, where one is configured (OPS-5)."""
    endpoint = house.loaded.settings.metrics.endpoint
    if endpoint is None:
        return None
    from maild.web.health import Condition, Health  # lazy: off by default
    from maild.web.server import WebServer

    def condition() -> Condition:
        resting = (("processor", house.processor), ("timers", house.clockwork), ("courier", house.courier))
        taken = (("the daemon is stopping", house.door.stopping), ("intake is paused", house.door.paused))
        return Condition(reasons=[why for why, so in taken if so], notes=[f"{name} is paused" for name, part in resting if part.paused])

    assert house.listeners is not None
    sockets = house.listeners.open(str(endpoint))
    health = Health(database=house.database, now=house.desk.now, state_dir=house.loaded.settings.state_dir, condition=condition)
    return Monitored(server=WebServer(health.app(), sockets), addresses=tuple(shown(each) for each in sockets))
