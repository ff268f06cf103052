"""The shelter of the commit: an acceptance that has begun runs to its end, whatever becomes of the session that asked for it."""

from __future__ import annotations

import asyncio

from maild import log, metrics
from maild.errors import PermanentFailure, TemporaryFailure
from maild.intake.seams import Accept
from maild.intake.spool import Body
from maild.mail.envelope import Envelope


class Keeper:
    """Hands mails to the store and says what the peer is told.

    Each acceptance is a task of its own, held here: a timeout, a lost connection or a cancelled session leaves it running, and the
    body is closed when it is done. Stopping waits for them (``settled``).
    """

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._running: set[asyncio.Task[str]] = set()

    async def keep(self, envelope: Envelope, body: Body, *, mail_id: str, seconds: float) -> str:
        """Return the reply: 250 after the commit, else why not, or 451 after ``seconds`` while the store goes on (INT-3, INT-4)."""
        task = asyncio.get_running_loop().create_task(self._settle(envelope, body, mail_id), name=f"accept {mail_id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait((task,), timeout=seconds)
        return task.result() if done else TemporaryFailure.reply

    async def settled(self, seconds: float) -> bool:
        """Return whether all acceptances have come to their end within ``seconds``."""
        if not self._running:
            return True
        _, pending = await asyncio.wait(self._running, timeout=seconds)
        return not pending

    async def _settle(self, envelope: Envelope, body: Body, mail_id: str) -> str:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with log.about(mail=mail_id):
            try:
                reply = f"250 2.0.0 Ok {await self._accept(envelope, body, mail_id=mail_id)}"
            except (TemporaryFailure, PermanentFailure) as error:
                return _refused(envelope, error.reply, error)
            except Exception as error:  # noqa: BLE001  # a fault of ours is 451 and the mail waits at the sender (INT-4)
                log.bug_met(where="intake", error=error)
                metrics.count("bugs", "intake")
                return _refused(envelope, TemporaryFailure.reply, error)
            finally:
                body.close()
        metrics.count("accepted", envelope.source)
        metrics.observe("accept_seconds", loop.time() - began)
        return reply


def _refused(envelope: Envelope, reply: str, error: Exception) -> str:
    """Return ``reply``, once the log has it; of an error only its kind, as its text may be the mail's."""
    log.mail_refused(source=envelope.source, reply=reply, sender=envelope.mail_from, why=type(error).__name__)
    metrics.count("refused", envelope.source, reply[:3])
    return reply
