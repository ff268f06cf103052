"""Alerts on their way to an administrator: the log, a metric, and a command, none of which needs the relay (OPS-9).

A command that hangs or fails holds up nothing: alerts are said to it one after the other, each within a time limit.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from maild import log, metrics
from maild.clock import Clock
from maild.desk import alerts as rules
from maild.desk.alerts import Alerts, Ruling, Turn, Word
from maild.errors import TemporaryFailure
from maild.store import alerts as store
from maild.store.alerts import Aside, Standing
from maild.store.database import Database
from maild.store.group import Transaction

POLL_SECONDS = 0.3
COMMAND_SECONDS = 30.0
MOST_WAITING = 100  # words for the command

Watch = Callable[[datetime], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRules:
    """The administrator's command, how often what lasts is said again, and where this is."""

    command: tuple[str, ...] = ()
    repeat: timedelta = timedelta(hours=4)
    place: str = ""


class Lasting:
    """A watch for what is an alert only when it lasts: ``look`` says what is wrong, "" when nothing is, None when nobody can say yet."""

    def __init__(self, look: Callable[[], str | None], span: timedelta) -> None:
        self._look = look
        self._span = span
        self._since: datetime | None = None

    def __call__(self, now: datetime) -> str | None:
        """Return what has been wrong for the span, "" when nothing is, None in between."""
        why = self._look()
        if not why:
            self._since = None
            return why
        self._since = self._since or now
        return why if now - self._since >= self._span else None


class Alarm:
    """The worker that passes alerts on. ``rules`` may change while it runs."""

    def __init__(self, *, database: Database, alerts: Alerts, clock: Clock, rules: AlarmRules) -> None:
        self._database = database
        self._alerts = alerts
        self._clock = clock
        self.rules = rules
        self._standing: dict[str, Standing] = {}
        self._unwritten: set[str] = set()  # raised while the store did not work
        self._watches: dict[str, Watch] = {}
        self._texts: asyncio.Queue[tuple[Turn, Standing, str]] = asyncio.Queue(MOST_WAITING)

    def watch(self, alert: str, look: Watch) -> None:
        """Have ``look`` asked whether the alert stands: why, "" where all is well, None where nobody can say yet."""
        self._watches[alert] = look

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(metrics.value, "alerts_active", "brake")  # its library is imported now, and not in the middle of a storm
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak(), name="alert-command")
            known = False
            while True:
                known = known or await self._try(self._take_up())
                if known:
                    await self.turn()
                await asyncio.sleep(POLL_SECONDS)

    async def turn(self) -> None:
        """Pass on what was said since the last turn, what the watches see, and what time has done."""
        now = self._clock.now()
        words = {word.alert: word for word in self._alerts.take()}
        for alert, look in self._watches.items():
            why = look(now)
            if why is not None:
                words[alert] = Word(alert=alert, why=why)
        await self._try(self._look_aside(words))
        for word in words.values():
            await self._follow(word.alert, rules.rule(word, self._standing.get(word.alert), now=now, repeat=self.rules.repeat), now)
        for standing in [each for alert, each in self._standing.items() if alert not in words]:
            await self._follow(standing.alert, rules.age(standing, now=now, repeat=self.rules.repeat), now)

    async def _take_up(self) -> None:
        self._standing = {each.alert: each for each in await self._database.read(store.standing)}
        for alert in self._standing:
            metrics.gauge("alerts_active", 1, _label(alert))

    async def _look_aside(self, words: dict[str, Word]) -> None:
        quarantined, uncertain = await self._database.read(_aside)
        for alert, aside, hint in (("quarantine", quarantined, "quarantine"), ("uncertain", uncertain, "queue")):
            why = f"{aside.count} in all, {aside.mail_id} the last; maild {hint} list shows them" if aside.count else ""
            words[alert] = Word(alert=alert, why=why, mark=aside.last)

    async def _follow(self, alert: str, ruling: Ruling, now: datetime) -> None:
        before = self._standing.get(alert)
        if before == ruling.after and alert not in self._unwritten:
            return
        ours = await self._write(alert, before, ruling.after)
        if not ours:  # another daemon was first, and has said it
            await self._try(self._take_up())
            return
        if ruling.after is None:
            self._standing.pop(alert, None)
        else:
            self._standing[alert] = ruling.after
        shown = ruling.after or before
        if ruling.turn is not Turn.NOTHING and shown is not None:
            self._say(ruling.turn, shown, now)

    async def _write(self, alert: str, before: Standing | None, after: Standing | None) -> bool:
        """Return whether it is ours to say: no other daemon was first. Where the store does not work it is."""
        try:
            ours = await self._database.run(_written, alert, before, after, alert in self._unwritten)
        except TemporaryFailure:
            self._unwritten.add(alert)
            return True
        self._unwritten.discard(alert)
        return ours

    def _say(self, turn: Turn, standing: Standing, now: datetime) -> None:
        if turn is Turn.RECOVERED:
            log.alert_recovered(alert=standing.alert)
        else:
            log.alert_raised(alert=standing.alert, severity=standing.severity, why=standing.why)
            metrics.count("alerts", _label(standing.alert))
        metrics.gauge("alerts_active", any(_label(each) == _label(standing.alert) for each in self._standing), _label(standing.alert))
        if self.rules.command and not self._texts.full():
            self._texts.put_nowait((turn, standing, rules.text_of(turn, standing, now=now, place=self.rules.place)))

    async def _speak(self) -> None:
        while True:
            turn, standing, text = await self._texts.get()
            problem = await run_command(self.rules.command, turn, standing, text)
            if problem:
                log.alert_command_failed(alert=standing.alert, why=problem)

    async def _try(self, step: Awaitable[None]) -> bool:
        """Return whether the store let the step be done; its own trouble is another watch's business."""
        try:
            await step
        except TemporaryFailure:
            return False
        return True


async def run_command(command: tuple[str, ...], turn: Turn, standing: Standing, text: str, *, limit: float = COMMAND_SECONDS) -> str:
    """Return "" when the command has taken ``text`` on its standard input and ended with 0, else what went wrong; never raises."""
    if not command:
        return ""
    about = {"MAILD_ALERT": standing.alert, "MAILD_SEVERITY": standing.severity, "MAILD_TURN": turn.value}
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, env={**os.environ, **about})
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {getattr(error, 'strerror', '')}"
    try:
        async with asyncio.timeout(limit):
            await process.communicate(text.encode("utf-8", "replace"))
    except TimeoutError:
        return f"still running after {limit:g} s"
    except OSError as error:
        return type(error).__name__
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return f"exit status {process.returncode}" if process.returncode else ""


def _label(alert: str) -> str:
    """Return the kind of an alert: metrics have few labels."""
    return alert.partition(":")[0]


def _aside(tx: Transaction) -> tuple[Aside, Aside]:
    return store.quarantined(tx), store.uncertain(tx)


def _written(tx: Transaction, alert: str, before: Standing | None, after: Standing | None, anew: bool) -> bool:
    """Return whether the change was made to what we know; ``anew`` writes it whatever stands there."""
    if anew:
        store.end(tx, alert)
    if after is None:
        return store.end(tx, alert) or anew
    return store.begin(tx, after) if before is None or anew else store.change(tx, before, after)
