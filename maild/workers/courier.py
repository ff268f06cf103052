"""From the outbox to the relay: claims mails, hands them over, settles what became of them (OUT-1, OUT-2, OUT-3).

An attempt is committed before it connects and lasts at most half its lease. If settling fails the courier sends nothing more and retries
the settling: so an outcome is lost only with the process, and such an attempt is repeated once, with the same bytes.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maild import log
from maild.desk import deliveries
from maild.desk.desk import Desk
from maild.errors import TemporaryFailure
from maild.policy.ticket import instant
from maild.store.database import Database
from maild.store.group import Transaction
from maild.store.outbox import Claim
from maild.workers.outcome import Delivered, Interrupted, Outcome, Permanent, Transient, Unknown
from maild.workers.relay import Relay
from maild.workers.wake import Wake

LEASE_SECONDS = 600.0
POLL_SECONDS = 0.5
SETTLE_RETRY_SECONDS = 1.0
DEAD = "not sent: mail to this address has bounced again and again; it is written to when a person writes from it"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierRules:
    """How the courier behaves: hand-overs at a time, spans between attempts (the last repeats), and when it gives up."""

    connections: int = 4
    back_off: tuple[timedelta, ...]
    lifetime: timedelta = timedelta(days=5)
    per_minute: int = 0  # 0: no limit
    per_day: int = 0


class Rate:
    """How many mails may still be handed over now, by limits a minute and a day (OUT-3)."""

    def __init__(self) -> None:
        self._at: deque[float] = deque()

    def room(self, now: float, rules: CourierRules, count: int) -> int:
        """Return how many of ``count`` mails may go out at monotonic time ``now``."""
        if not (rules.per_minute or rules.per_day):
            return count
        while self._at and now - self._at[0] >= 86_400:
            self._at.popleft()
        if rules.per_day:
            count = min(count, rules.per_day - len(self._at))
        if rules.per_minute:
            recent = sum(1 for at in reversed(self._at) if now - at < 60)
            count = min(count, rules.per_minute - recent)
        return max(0, count)

    def count(self, now: float, number: int) -> None:
        """Count mails handed over."""
        self._at.extend([now] * number)


class Courier:
    """The worker that sends."""

    def __init__(self, *, database: Database, desk: Desk, relay: Relay, rules: CourierRules, owner: str, wake: Wake) -> None:
        self._database = database
        self.desk = desk
        self.relay = relay
        self.rules = rules
        self._owner = owner
        self._wake = wake
        self._rate = Rate()
        self._busy = 0  # hand-overs under way
        self._unsettled: set[int] = set()  # mails whose outcome the store would not take yet
        self.trouble: str | None = None  # why the relay took nothing of late, "" where it does its work, None before the first attempt
        self.paused = False

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                claims = await self._claim()
                for claim in claims:
                    self._busy += 1
                    group.create_task(self._deliver(claim), name=f"courier {claim.mail_id}")
                await self._wake.wait(POLL_SECONDS)  # the claim took what there was, or as many as may be under way

    async def drain(self, seconds: float) -> None:
        """Return when no hand-over is under way, or after ``seconds``."""
        self.paused = True
        deadline = self.desk.clock.monotonic() + seconds
        while self._busy and self.desk.clock.monotonic() < deadline:
            await self._wake.wait(0.1)

    async def _claim(self) -> Sequence[Claim]:
        count = self._rate.room(self.desk.clock.monotonic(), self.rules, self.rules.connections - self._busy)
        if self.paused or self._unsettled or count <= 0:
            return ()
        try:
            ready, uncertain = await self._database.run(_claim_rows, self._owner, count, self.desk.clock.now())
        except TemporaryFailure as error:
            log.store_trouble(why=error)
            await asyncio.sleep(POLL_SECONDS)
            return ()
        for claim in uncertain:
            log.mail_uncertain(outgoing=claim.mail_id, template=claim.template, to=claim.rcpt_to)
        if self.rules.per_minute or self.rules.per_day:
            self._rate.count(self.desk.clock.monotonic(), len(ready))
        return ready

    async def _deliver(self, claim: Claim) -> None:
        try:
            outcome = await self._send(claim) if not claim.dead else Permanent(reply=DEAD)
            if not claim.dead:
                self.trouble = "" if isinstance(outcome, Delivered | Permanent) else log.text(outcome.reply, claim.rcpt_to) or "no answer"
            await self._settle(claim, outcome)
        except Interrupted as stop:  # the daemon is on its way down: what is known is recorded, if that works at once
            await self._settled(claim, self._settlement(claim, stop.outcome, at_once=True))
        finally:
            self._busy -= 1
            self._wake.set()

    async def _send(self, claim: Claim) -> Outcome:
        limit = LEASE_SECONDS / 2
        try:
            async with asyncio.timeout(limit + 5):
                return await self.relay.send(claim.envelope_from, claim.rcpt_to, claim.data, smtputf8=claim.smtputf8, timeout=limit)
        except Interrupted:
            raise
        except TimeoutError:
            return Unknown(reply="no outcome within half the lease")
        except Exception as error:  # noqa: BLE001  # a fault of ours must not stop the others' mail
            log.bug_met(where="courier", error=error)
            return Unknown(reply=f"our own fault: {type(error).__name__}")

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome as of now; until that works, nothing more is sent (OUT-2)."""
        settlement = self._settlement(claim, outcome)
        while not await self._settled(claim, settlement):
            self._unsettled.add(claim.id)
            await asyncio.sleep(SETTLE_RETRY_SECONDS)
        self._unsettled.discard(claim.id)
        self._report(claim, settlement)

    async def _settled(self, claim: Claim, settlement: deliveries.Settlement) -> bool:
        """Return whether the outcome is recorded; a fault of ours in what it means to the ticket does not keep it from being so."""
        try:
            await self._database.run(deliveries.settle, self.desk, claim, settlement, self._owner)
        except TemporaryFailure as error:
            log.store_trouble(why=error)
            return False
        except Exception as error:  # noqa: BLE001  # a mail whose delivery cannot be recorded would go out again
            log.bug_met(where="settling", error=error)
            return await self._recorded(claim, settlement)
        return True

    async def _recorded(self, claim: Claim, settlement: deliveries.Settlement) -> bool:
        try:
            await self._database.run(deliveries.record, claim, settlement, self._owner)
        except TemporaryFailure as error:
            log.store_trouble(why=error)
            return False
        return True

    def _settlement(self, claim: Claim, outcome: Outcome, *, at_once: bool = False) -> deliveries.Settlement:
        now = self.desk.clock.now()
        next_at = now if at_once else self._next_at(claim, now)
        match outcome:
            case Delivered():
                return deliveries.Settlement(state="delivered", outcome="delivered", reply=outcome.reply, at=now, queue_id=outcome.queue_id)
            case Permanent():
                return deliveries.Settlement(state="failed", outcome="permanent", reply=outcome.reply, at=now)
            case Unknown():
                state = "queued" if claim.unsettled == 0 else "uncertain"
                return deliveries.Settlement(state=state, outcome="unknown", reply=outcome.reply, at=now, next_at=next_at, unsettled=True)
            case Transient():
                if now - instant(claim.created_at) >= self.rules.lifetime:
                    return deliveries.Settlement(state="failed", outcome="expired", reply=outcome.reply, at=now)
                return deliveries.Settlement(state="queued", outcome="transient", reply=outcome.reply, at=now, next_at=next_at)

    def _next_at(self, claim: Claim, now: datetime) -> datetime:
        """Return when to try again: the schedule's span with jitter, so that mails of one failure do not come back together."""
        spans = self.rules.back_off
        span = spans[min(claim.attempts, len(spans) - 1)]
        return now + span * random.uniform(0.9, 1.1)  # noqa: S311  # jitter is no secret

    def _report(self, claim: Claim, settlement: deliveries.Settlement) -> None:
        mail = {"outgoing": claim.mail_id, "template": claim.template, "to": claim.rcpt_to}
        attempts, reply = claim.attempts + 1, settlement.reply
        with log.about(reference=claim.reference or ""):
            match settlement.state:
                case "delivered":
                    log.mail_delivered(**mail, attempts=attempts, reply=reply)
                case "failed":
                    log.mail_failed(**mail, attempts=attempts, reply=reply)
                    if not claim.dead:
                        self.desk.alerts.raise_(
                            "refused", f"{claim.mail_id} ({claim.template}): {log.text(reply, claim.rcpt_to)}", mark=claim.id
                        )
                case "uncertain":
                    log.mail_uncertain(**mail)
                case _:
                    log.mail_deferred(**mail, attempts=attempts, reply=reply, next_at=settlement.next_at or settlement.at)


def _claim_rows(tx: Transaction, owner: str, count: int, now: datetime) -> tuple[list[Claim], list[Claim]]:
    return deliveries.claim(tx, owner=owner, count=count, lease=LEASE_SECONDS, now=now)
