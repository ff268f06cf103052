"""The composition root: configuration → collaborators → one TaskGroup; signals, readiness, reload, and the way down.

A task that dies takes the process with it, and systemd brings it back.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from maild import __version__, log
from maild.clock import Clock, FileClock, SystemClock
from maild.config.keys import Keys, read_keys
from maild.config.listeners import ListenerProtocol
from maild.config.load import Loaded, load
from maild.config.mistakes import ConfigMistakes
from maild.config.settings import Settings
from maild.desk.acceptance import Acceptance, Door
from maild.desk.desk import Desk, Links, new_mail_id
from maild.errors import MaildError, TemporaryFailure
from maild.intake.addresses import shown
from maild.intake.sockets import Listeners, start_listeners
from maild.policy.rules import RegionRules, Rules
from maild.render.context import Contacts
from maild.render.renderer import Renderer
from maild.store import inbox, migrate, outbox, pauses
from maild.store.database import Database, engine_of
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

DRAIN_SECONDS = 6.0
PAUSES_SECONDS = 0.5
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


@dataclass(slots=True, kw_only=True)
class Web:
    """The web server, what its pages work with, and where it listens."""

    site: Site
    server: WebServer
    addresses: tuple[str, ...]


async def serve(config_dir: Path, *, ready: Callable[[str], None]) -> None:
    """Run the daemon until it is told to stop; ``ready`` gets the line that says where it listens (CONTRACTS 3).

    Raises:
        ConfigMistakes: the configuration is not valid.
        ConfigError: another daemon runs on the database, or its schema is newer.
    """
    loaded = load(config_dir)
    settings = loaded.settings
    keys = read_keys(settings.keys_file)
    log.configure(
        form=settings.logging.form,
        level=settings.logging.level,
        plain_addresses=settings.logging.addresses == "plain",
        hash_key=keys.fingerprint,
    )
    engine = engine_of(settings.database)
    unlock = engine.lock()
    try:
        migrate.prepare(engine, settings.database)
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await _run(_build(loaded, keys, Database(engine, on_broken=_teller(broken))), config_dir, ready, broken)
    finally:
        unlock()


def _teller(broken: asyncio.Future[None]) -> Callable[[BaseException], None]:
    loop = asyncio.get_running_loop()

    def tell(error: BaseException) -> None:
        def end() -> None:
            if not broken.done():
                broken.set_exception(MaildError(f"the store is corrupt: {error}"))

        loop.call_soon_threadsafe(end)

    return tell


def _build(loaded: Loaded, keys: Keys, database: Database) -> House:
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


async def _run(house: House, config_dir: Path, ready: Callable[[str], None], broken: asyncio.Future[None]) -> None:
    settings = house.loaded.settings
    loop = asyncio.get_running_loop()
    stop, reload = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    house.database.start()
    try:
        await _take_up(house)
        await _take_pauses(house)
        await house.lookout.look(brake=True)
        house.listeners = await start_listeners(
            settings.listeners,
            hostname=settings.domain,
            accept=Acceptance(house.database, house.processor.notice),
            gate=house.door,
            clock=house.desk.clock,
            new_mail_id=new_mail_id,
            spool_directory=settings.state_dir,
        )
        house.web = _web(house)
        async with asyncio.TaskGroup() as group:
            workers = [
                group.create_task(worker.run(), name=type(worker).__name__)
                for worker in (house.processor, house.courier, house.clockwork, house.alarm, house.lookout)
            ]
            if house.web is not None:
                workers.append(group.create_task(house.web.server.run(), name="web"))
            workers.append(group.create_task(_watchdog(), name="watchdog"))
            workers.append(group.create_task(_mind_pauses(house), name="pauses"))
            workers.append(group.create_task(_reloader(house, config_dir, reload), name="reload"))
            _look_less_for_garbage()
            _say_ready(house, ready)
            waiter = group.create_task(stop.wait(), name="stop")
            await asyncio.wait((waiter, broken), return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                broken.result()
            await _wind_down(house)
            for worker in workers:
                worker.cancel()
    finally:
        await house.parser.close()
        await house.courier.relay.aclose()
        house.database.close()


def _look_less_for_garbage() -> None:
    """Leave alone what is there for good, and look for cycles among the rest a thirtieth as often: a tenth of the mails in a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _take_up(house: House) -> None:
    """Take up what a daemon that died has left (INT-3); on a shared store its leases have to run out."""
    if not house.database.engine.shared:
        await house.database.run(inbox.free, house.owner)
        await house.database.run(outbox.release_leases, house.owner)


async def _mind_pauses(house: House) -> None:
    """See what the command line paused and resumed (OPS-10)."""
    while True:
        await asyncio.sleep(PAUSES_SECONDS)
        try:
            await _take_pauses(house)
        except TemporaryFailure as error:
            log.store_trouble(why=error)


async def _take_pauses(house: House) -> None:
    """Pause what is to be paused, and let go on what is not."""
    paused = await house.database.read(pauses.paused)
    if house.door.stopping:
        return
    parts: dict[str, Door | Processor | Clockwork | Courier] = {
        pauses.INTAKE: house.door,
        pauses.PROCESSOR: house.processor,
        pauses.TIMERS: house.clockwork,
        pauses.COURIER: house.courier,
    }
    for name, part in parts.items():
        if part.paused != (name in paused):
            part.paused = name in paused
            (log.work_paused if part.paused else log.work_resumed)(what=name)


def _web(house: House) -> Web | None:
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


def _say_ready(house: House, ready: Callable[[str], None]) -> None:
    assert house.listeners is not None
    names = {
        "smtp": ",".join(house.listeners.addresses(ListenerProtocol.SMTP)),
        "lmtp": ",".join(house.listeners.addresses(ListenerProtocol.LMTP)),
        "web": ",".join(house.web.addresses) if house.web is not None else "",
    }
    endpoints = {name: value for name, value in names.items() if value}
    ready(" ".join(("ready", *(f"{name}={value}" for name, value in endpoints.items()))))
    log.daemon_ready(version=__version__, endpoints=endpoints)
    notify("READY=1")


async def _wind_down(house: House) -> None:
    log.daemon_stopping(why="told to")
    notify("STOPPING=1")
    house.door.stopping = True
    house.courier.paused = True
    assert house.listeners is not None
    if house.web is not None:
        await house.web.server.stop()
    await house.listeners.stop(DRAIN_SECONDS / 2)
    await house.courier.drain(DRAIN_SECONDS / 2)
    try:
        await house.clockwork.rest()
    except TemporaryFailure as error:
        log.store_trouble(why=error)


async def _reloader(house: House, config_dir: Path, reload: asyncio.Event) -> None:
    while True:
        await reload.wait()
        reload.clear()
        notify("RELOADING=1")
        try:
            await _reload(house, load(config_dir))
        except ConfigMistakes as error:
            log.config_refused(mistakes=tuple(str(mistake) for mistake in error.mistakes))
        except MaildError as error:
            log.config_refused(mistakes=(str(error),))
        except Exception as error:  # noqa: BLE001  # whatever is wrong with the new one, the old one serves on
            log.bug_met(where="reload", error=error)
            log.config_refused(mistakes=(f"{type(error).__name__} while it was read",))
        notify("READY=1")


async def _reload(house: House, loaded: Loaded) -> None:
    """Take a valid new configuration; sessions under way go on with what they began with (OPS-2)."""
    keys = read_keys(loaded.settings.keys_file)
    fresh = desk_of(loaded, keys, house.desk.clock)
    assert house.listeners is not None
    await house.listeners.reload(loaded.settings.listeners)
    await house.parser.reload(reading_rules(loaded.rules))
    for name in ("rules", "keyring", "renderer", "links"):
        setattr(house.desk, name, getattr(fresh, name))
    house.lookout.configured = loaded.rules.senders.blocked
    house.lookout.apply()
    house.door.addresses = loaded.rules.addresses
    house.door.min_free, house.door.backlog = loaded.settings.intake.min_free_disk, loaded.settings.intake.backlog
    await _change_relay(house, loaded)
    house.courier.rules = courier_rules(loaded.settings)
    house.alarm.rules = alarm_rules(loaded.settings)
    if house.web is not None:
        house.web.site.pages = pages_of(loaded)
    house.clockwork.reload(loaded.settings.calendar.catch_up)
    house.loaded = loaded
    log.config_reloaded(warnings=len(loaded.warnings))


async def _change_relay(house: House, loaded: Loaded) -> None:
    """Send by the new relay from the next mail on; those under way end with the old one."""
    before, after = house.loaded.settings, loaded.settings
    if (before.relay, before.domain) != (after.relay, after.domain):
        old, house.courier.relay = house.courier.relay, make_relay(after.relay, hello=after.domain)
        await old.aclose()


async def _watchdog() -> None:
    """Tell systemd that the loop turns, as often as it wants to know (OPS-5)."""
    interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000
    while interval:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)), where it listens."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.connect("\0" + path[1:] if path.startswith("@") else path)
            channel.sendall(state.encode())
