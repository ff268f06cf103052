"""The daemon: one TaskGroup of what ``house.py`` makes; signals, readiness, reload, and the way down.

A task that dies takes the process with it, and systemd brings it back.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from maild import __version__, log
from maild.config.keys import Keys, read_keys
from maild.config.listeners import ListenerProtocol
from maild.config.load import Loaded, load
from maild.config.mistakes import ConfigMistakes
from maild.config.settings import Settings
from maild.desk.acceptance import Acceptance, Door
from maild.desk.desk import new_mail_id
from maild.errors import ConfigError, MaildError, TemporaryFailure
from maild.house import House, alarm_rules, build, courier_rules, desk_of, health_of, pages_of, reading_rules, web_of
from maild.intake.sockets import start_listeners
from maild.store import inbox, migrate, outbox, pauses
from maild.store.database import Database, engine_of
from maild.workers.clockwork import Clockwork
from maild.workers.courier import Courier
from maild.workers.processor import Processor
from maild.workers.relay import make_relay

DRAIN_SECONDS = 6.0
PAUSES_SECONDS = 0.5


async def serve(config_dir: Path, *, ready: Callable[[str], None]) -> None:
    """Run the daemon until it is told to stop; ``ready`` gets the line that says where it listens (CONTRACTS 3).

    Raises:
        ConfigMistakes: the configuration is not valid.
        ConfigError: another daemon runs on the database, or its schema is newer.
    """
    loaded = load(config_dir)
    settings = loaded.settings
    keys = read_keys(settings.keys_file)
    _configure_log(settings, keys)
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = engine_of(settings.database)
    unlock = engine.lock()
    try:
        migrate.prepare(engine, settings.database)
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await _run(build(loaded, keys, Database(engine, on_broken=_teller(broken))), config_dir, ready, broken)
    finally:
        unlock()


def _configure_log(settings: Settings, keys: Keys) -> None:
    log.configure(
        form=settings.logging.form,
        level=settings.logging.level,
        plain_addresses=settings.logging.addresses == "plain",
        hash_key=keys.fingerprint,
    )


def _teller(broken: asyncio.Future[None]) -> Callable[[BaseException], None]:
    loop = asyncio.get_running_loop()

    def tell(error: BaseException) -> None:
        def end() -> None:
            if not broken.done():
                broken.set_exception(MaildError(f"the store is corrupt: {error}"))

        loop.call_soon_threadsafe(end)

    return tell


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
        house.web = web_of(house)
        house.health = health_of(house)
        async with asyncio.TaskGroup() as group:
            workers = [
                group.create_task(worker.run(), name=type(worker).__name__)
                for worker in (house.processor, house.courier, house.clockwork, house.alarm, house.lookout)
            ]
            if house.web is not None:
                workers.append(group.create_task(house.web.server.run(), name="web"))
            if house.health is not None:
                workers.append(group.create_task(house.health.server.run(), name="health"))
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


def _say_ready(house: House, ready: Callable[[str], None]) -> None:
    assert house.listeners is not None
    names = {
        "smtp": ",".join(house.listeners.addresses(ListenerProtocol.SMTP)),
        "lmtp": ",".join(house.listeners.addresses(ListenerProtocol.LMTP)),
        "web": ",".join(house.web.addresses) if house.web is not None else "",
        "metrics": ",".join(house.health.addresses) if house.health is not None else "",
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
    async with asyncio.TaskGroup() as group:
        for part in (house.web, house.health):
            if part is not None:
                group.create_task(part.server.stop())
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
    _refuse_what_needs_a_restart(house.loaded.settings, loaded.settings)
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
    _configure_log(loaded.settings, keys)


def _refuse_what_needs_a_restart(before: Settings, after: Settings) -> None:
    """Return where all that changed can be taken while the daemon runs.

    Raises:
        ConfigError: it cannot.
    """
    fixed = {
        "database": (before.database, after.database),
        "state_dir": (before.state_dir, after.state_dir),
        "testing.clock_file": (before.clock_file, after.clock_file),
        "web.listen": (before.web.endpoint, after.web.endpoint),
        "metrics.listen": (before.metrics.endpoint, after.metrics.endpoint),
    }
    changed = [name for name, (old, new) in fixed.items() if old != new]
    if changed:
        raise ConfigError(f"{', '.join(changed)} cannot change while the daemon runs: restart it")


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
