"""The pipe: one mail from standard input or a file, on the same path as any other (INT-7).

An MTA's pipe transport reads the exit status (sysexits.h): 0 is taken, 75 is try again, 65 is never.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from maild.config.listeners import LimitRules
from maild.errors import TemporaryFailure
from maild.intake.keeper import Keeper
from maild.intake.seams import Accept
from maild.intake.spool import HEAD_SIZE, Draft, Spool
from maild.intake.trace import BLANK_LINE, received_line
from maild.mail.envelope import Envelope

SOURCE = "inject"
TAKEN, NEVER, TRY_AGAIN = 0, 65, 75
_PIECE = 64 * 1024
_BREAK = re.compile(rb"\r\n|\r|\n")
_ADDRESS_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Who a mail was from and for, by what the delivering server wrote above it.

    ``mail_from`` is "" for the null sender, None where nothing says it.
    """

    mail_from: str | None
    rcpt_to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """What became of a mail: the exit status, and the reply that a session would have given."""

    status: int
    reply: str


def delivery(head: bytes) -> Delivery:
    """Return the delivery that ``Return-Path``, ``X-Original-To`` and ``Delivered-To`` of a mail's first bytes tell; the topmost count.

    Specimen: ``Return-Path: <alice@trust.example>``.
    """
    found: dict[bytes, str] = {}
    block = BLANK_LINE.split(head[:HEAD_SIZE], maxsplit=1)[0]
    for line in _BREAK.split(block):
        name, colon, value = line.partition(b":")
        name = name.lower()
        if colon and name in {b"return-path", b"x-original-to", b"delivered-to"} and name not in found:
            found[name] = _address(value)
    recipients = (found.get(b"x-original-to", ""), found.get(b"delivered-to", ""))
    return Delivery(mail_from=found.get(b"return-path"), rcpt_to=tuple(dict.fromkeys(filter(None, recipients))))


async def inject(
    stream: BinaryIO,
    *,
    accept: Accept,
    spool: Spool,
    limits: LimitRules,
    hostname: str,
    mail_id: str,
    now: datetime,
    mail_from: str | None = None,
    rcpt_to: tuple[str, ...] = (),
) -> Injection:
    """Return what became of the mail in ``stream``; never raises for the mail's or the store's sake.

    Args:
        stream: the raw mail, lines ended by LF or CRLF; a ``From `` line of a mailbox above it is left out.
        accept: commits a mail.
        spool: takes it while it comes in.
        limits: size and hops.
        hostname: our name.
        mail_id: its id.
        now: the time of acceptance.
        mail_from: the sender; by default what the mail's Return-Path says.
        rcpt_to: the recipients; by default what X-Original-To and Delivered-To say.
    """
    try:
        draft = await asyncio.to_thread(_read, stream, spool, limits, _heading(hostname, mail_id, now))
    except OSError:
        return Injection(status=TRY_AGAIN, reply=TemporaryFailure.reply)
    if draft.refusal is not None:
        reply = draft.refusal.reply
        draft.discard()
        return Injection(status=_status(reply), reply=reply)
    body = draft.finish()
    told = delivery(body.head)
    envelope = Envelope(
        mail_from=told.mail_from if mail_from is None else mail_from,
        rcpt_to=rcpt_to or told.rcpt_to,
        source=SOURCE,
        received_at=now,
    )
    reply = await Keeper(accept).keep(envelope, body, mail_id=mail_id, seconds=limits.store_seconds)
    return Injection(status=_status(reply), reply=reply)


def _read(stream: BinaryIO, spool: Spool, limits: LimitRules, heading: bytes) -> Draft:
    piece = stream.read(_PIECE)
    if piece.startswith(b"From "):
        piece = piece[piece.find(b"\n") + 1 :] if b"\n" in piece else b""
    draft = spool.draft(heading=heading, limit=limits.size, hops=limits.hops)
    try:
        while piece:
            draft.add(piece)
            piece = stream.read(_PIECE)
    except BaseException:
        draft.discard()
        raise
    return draft


def _heading(hostname: str, mail_id: str, now: datetime) -> bytes:
    return received_line(helo="localhost", peer="", by=hostname, protocol="local", mail_id=mail_id, at=now)


def _status(reply: str) -> int:
    return {"2": TAKEN, "5": NEVER}.get(reply[:1], TRY_AGAIN)


def _address(value: bytes) -> str:
    """Return the address in a header line, without brackets; "" for the null sender and for what is none."""
    text = value[:_ADDRESS_LENGTH].decode("utf-8", "replace").strip().removeprefix("<").removesuffix(">").strip()
    return text if text.isprintable() and " " not in text else ""
