"""A campaign of mutated dialogues with the real listeners, over real sockets, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from maild import log
from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.errors import DiskLow, MailTooLarge, StoreUnavailable
from maild.intake.spool import Body
from maild.mail.envelope import Envelope
from tests.fuzz.dialogue import Dialogue, mutant
from tests.fuzz.watch import CheckedLines
from tests.fuzz.witness import SECRET, Heard, problems
from tests.intake.reception import HOSTNAME, House, Peer, open_house

LIMITS = LimitRules(size=60_000, recipients=6, commands=60, junk=25, errors=12, hops=5)
_SECONDS = 15.0


@dataclass(slots=True)
class Tally:
    """What became of the dialogues so far."""

    dialogues: int = 0
    kept: int = 0
    resets: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> str:
        """Return the figures as lines for people."""
        codes = "  ".join(f"{code} {count}" for code, count in sorted(self.replies.items()))
        rows = {
            "dialogues": self.dialogues,
            "mails kept": self.kept,
            "reset by the server": self.resets,
            "replies": f"{self.replies.total():>8}  {codes}",
            "findings": len(self.findings),
        }
        lines = [f"{name:26}{value:>8}" for name, value in rows.items()]
        return "\n".join([*lines, f"{1000 * self.seconds / max(self.dialogues, 1):.1f} ms a dialogue"])


async def try_dialogues(dialogues: Sequence[Dialogue], spool: Path) -> Tally:
    """Return the tally of ``dialogues``, held one after the other with the same listeners."""
    tally, lines = Tally(), CheckedLines()
    loop = asyncio.get_running_loop()
    unhandled: list[str] = []
    loop.set_exception_handler(lambda _, context: unhandled.append(f"{context.get('message')}: {context.get('exception')!r}"))
    lines.listen()
    began = time.monotonic()
    async with open_house(spool, *_listeners(spool), limits=LIMITS) as house:
        for dialogue in dialogues:
            heard = await _hold(house, dialogue)
            tally.dialogues += 1
            tally.kept += len(heard.kept)
            tally.resets += heard.reset and not dialogue.torn
            tally.replies.update(line[:3] for line in heard.lines)
            found = problems(dialogue, heard) + unhandled + lines.problems
            if dialogue.trouble != "crash" and "bug_met" in lines.events:
                found.append("an exception that nobody expected")
            tally.findings += [f"{dialogue.name}: {each}" for each in found]
            for noted in (unhandled, lines.problems, lines.events):
                noted.clear()
        if await _still_serves(house) != "250":
            tally.findings.append("the listener does not serve any more")
    tally.seconds = time.monotonic() - began
    return tally


def _listeners(folder: Path) -> tuple[ListenerRules, ...]:
    """Return an SMTP listener that offers STARTTLS, and an LMTP listener that does not."""
    certificate = folder / "certificate.pem"
    trustme.CA().issue_cert(HOSTNAME).private_key_and_cert_chain_pem.write_to_path(str(certificate))
    return (
        ListenerRules(name="smtp", listen="127.0.0.1:0", starttls_cert=certificate),
        ListenerRules(name="lmtp", protocol=ListenerProtocol.LMTP, listen="127.0.0.1:0"),
    )


async def _hold(house: House, dialogue: Dialogue) -> Heard:
    """Hold one dialogue to its end."""
    _make_trouble(house, dialogue.trouble)
    before = len(house.store.mails)
    peer = await Peer.connect(house.address(ListenerProtocol.LMTP if dialogue.lmtp else ListenerProtocol.SMTP))
    reading = asyncio.get_running_loop().create_task(_read(peer))
    try:
        for piece in dialogue.pieces:
            await peer.send(piece)
            await asyncio.sleep(0)
        if dialogue.torn:
            peer.reset()
        else:
            peer.writer.write_eof()
    except OSError:
        pass  # the server had heard enough
    received, ended, reset = await reading
    await peer.close()
    await house.until_empty()
    return Heard(received.decode("utf-8", "backslashreplace").split("\r\n")[:-1], house.store.mails[before:], ended, reset)


async def _read(peer: Peer) -> tuple[bytes, bool, bool]:
    """Return all that the server says, whether it ended the connection in time, and whether by a reset."""
    received = b""
    try:
        async with asyncio.timeout(_SECONDS):
            while piece := await peer.reader.read(65536):
                received += piece
    except TimeoutError:
        return received, False, False
    except OSError:
        return received, True, True
    return received, True, False


def _make_trouble(house: House, trouble: str) -> None:
    errors = {"full": StoreUnavailable(SECRET), "crash": RuntimeError(SECRET), "large": MailTooLarge(SECRET)}
    house.store.before = _failing(errors[trouble]) if trouble in errors else None
    house.gate.trouble = DiskLow(SECRET) if trouble == "gate" else None


def _failing(error: Exception) -> Callable[[Envelope, Body], Awaitable[None]]:
    async def fail(envelope: Envelope, body: Body) -> None:
        raise error

    return fail


async def _still_serves(house: House) -> str:
    _make_trouble(house, "")
    try:
        async with asyncio.timeout(_SECONDS), house.peer() as peer:
            return (await peer.mail(b"Subject: still here\r\n\r\nhello\r\n"))[:3]
    except (OSError, TimeoutError):
        return ""


def campaign(*, dialogues: int, seed: int, spool: Path, first: int = 0) -> Tally:
    """Return the tally of ``dialogues`` mutants."""
    try:
        return asyncio.run(try_dialogues([mutant(seed, number) for number in range(first, first + dialogues)], spool))
    finally:
        log.silence()
