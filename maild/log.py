"""The log: one function per business fact, one line each on standard error (OPS-5).

No body, no subject and no address stands in it: addresses are keyed hashes unless the administrator switched them on, and text of others
(a relay's reply, an error) loses what looks like one (PRV-3). The mail's id and the reference come from a context variable.
Nothing is written before ``configure``, so that command lines and tests are quiet.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any, TextIO

from maild.clock import SystemClock

LONGEST_TEXT = 300
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Loggers of libraries, and our own classes under aiosmtpd; at DEBUG and INFO they write bodies, addresses and one line per command.
LIBRARIES = (
    "maild",
    "mail",
    "mail.log",
    "mail.debug",
    "aioimaplib",
    "aioimaplib.aioimaplib",
    "aiosmtplib",
    "uvicorn",
    "asyncio",
    "alembic",
)

_clock = SystemClock()
_mail: ContextVar[str] = ContextVar("mail", default="")
_reference: ContextVar[str] = ContextVar("reference", default="")
_PRINTABLE = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), "?")


class _Silent:
    """What facts go to before ``configure``."""

    def info(self, event: str, **fields: Any) -> None:
        """Write nothing."""

    warning = error = info


_out: Any = _Silent()
_hash_key: bytes | None = b""


def configure(
    *, form: str = "auto", level: str = "info", plain_addresses: bool = False, hash_key: bytes = b"", stream: TextIO | None = None
) -> None:
    """Write facts from now on.

    Args:
        form: ``json`` lines, ``text`` (key=value), or ``auto``: text on a terminal.
        level: the least that is written: debug, info, warning, error.
        plain_addresses: whether addresses stand in the log as they are.
        hash_key: what the hashes of addresses are keyed with.
        stream: where to; standard error where None.
    """
    import structlog  # lazy: 60 ms that a command line which logs nothing does not need

    global _out, _hash_key
    stream = stream or sys.stderr
    as_text = form == "text" or (form == "auto" and stream.isatty())
    renderer = structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"]) if as_text else _json
    _out = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[_head, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    ).bind()
    _hash_key = None if plain_addresses else hash_key[:64]
    _hashed.cache_clear()
    _route_libraries()


def silence() -> None:
    """Write nothing any more; what ``configure`` did to the loggers of libraries stays."""
    global _out
    _out = _Silent()


class about:  # noqa: N801  # used as a verb: ``with log.about(mail=…)``
    """Puts the mail's id and the reference on every line that is written inside the block."""

    __slots__ = ("_mail", "_reference", "_tokens")

    def __init__(self, *, mail: str = "", reference: str = "") -> None:
        self._mail, self._reference = mail, reference

    def __enter__(self) -> None:
        self._tokens = _mail.set(self._mail or _mail.get()), _reference.set(self._reference or _reference.get())

    def __exit__(self, *_: object) -> None:
        _mail.reset(self._tokens[0])
        _reference.reset(self._tokens[1])


def address(value: str | None) -> str:
    """Return how an address stands in the log: its keyed hash, or itself where that is switched on."""
    if not value:
        return "<>"
    return _hashed(value.lower()) if _hash_key is not None else value[:LONGEST_TEXT].translate(_PRINTABLE)


def text(value: object, about: str = "") -> str:
    """Return text of others for the log: capped, printable, each word with an @ as a hash; so are both halves of ``about``, an address."""
    halves = set(about.lower().rpartition("@")[::2]) if about else set()
    words = str(value)[:LONGEST_TEXT].translate(_PRINTABLE).split()
    return " ".join(_masked(word, halves, about) for word in words)


def _masked(word: str, halves: set[str], about: str) -> str:
    bare = word.strip("<>()[]{}\"'`,;:.")
    if "@" in word:
        return address(bare)
    return address(about) if bare.lower() in halves else word


# ------------------------------------------------------------------------------------------------------------- intake


def mail_accepted(*, mail: str, source: str, sender: str | None, recipients: int, size: int) -> None:
    """Log that a mail was committed and 250 said."""
    _out.info("mail_accepted", mail=mail, source=source, sender=address(sender), recipients=recipients, size=size)


def mail_refused(*, source: str, reply: str, sender: str | None = None, recipient: str | None = None, why: str = "") -> None:
    """Log that a mail or a recipient was not taken, and the reply that said so."""
    people = {"sender": address(sender)} if sender is not None else {}
    people |= {"recipient": address(recipient)} if recipient is not None else {}
    _out.info("mail_refused", source=source, reply=text(reply), why=text(why), **people)


def connection_refused(*, source: str, peer: str, why: str) -> None:
    """Log that a peer was sent away."""
    _out.warning("connection_refused", source=source, peer=text(peer), why=text(why))


def imap_connected(*, account: str) -> None:
    """Log that a mailbox is being watched."""
    _out.info("imap_connected", account=account)


def imap_lost(*, account: str, why: object, again_in: float) -> None:
    """Log that a mailbox was lost, and when it is tried again."""
    _out.warning("imap_lost", account=account, why=text(why), again_in=round(again_in, 1))


# ---------------------------------------------------------------------------------------------------------- decisions


def mail_processed(*, disposition: str, reason: str = "") -> None:
    """Log what became of a mail."""
    _out.info("mail_processed", disposition=disposition, reason=text(reason))


def ticket_opened(*, reference: str, channel: str, requester: str, state: str, missing: int = 0) -> None:
    """Log a new ticket."""
    _out.info("ticket_opened", reference=reference, channel=channel, requester=address(requester), state=state, missing=missing)


def ticket_updated(*, reference: str, cause: str, state: str, before: str = "") -> None:
    """Log that something was added to a ticket, or changed its state."""
    changed = {"before": before} if before and before != state else {}
    _out.info("ticket_updated", reference=reference, cause=cause, state=state, **changed)


def mail_filed(*, reason: str) -> None:
    """Log that a mail was kept and changed nothing."""
    _out.info("mail_filed", reason=reason)


def mail_ignored(*, reason: str, rules: tuple[str, ...] = ()) -> None:
    """Log that a mail is never answered and no ticket, and the rules that said so."""
    _out.info("mail_ignored", reason=reason, rules=",".join(rules))


def duplicate_found(*, first: str) -> None:
    """Log that a mail is one that we had: ``first``."""
    _out.info("duplicate_found", first=first)


def mail_quarantined(*, reason: str, attempts: int) -> None:
    """Log that a mail was put aside by a fault of ours; of an exception only its kind, as its text may be the mail's."""
    _out.error("mail_quarantined", reason=text(reason.partition(":")[0]), attempts=attempts)


def timer_fired(*, reference: str, kind: str, due_at: datetime) -> None:
    """Log that a timer was due and acted."""
    _out.info("timer_fired", reference=reference, kind=kind, due_at=due_at.isoformat())


def timers_held(*, until: datetime, why: str) -> None:
    """Log that no timer fires before then."""
    _out.warning("timers_held", until=until.isoformat(), why=text(why))


def clocks_recounted(*, moved: int) -> None:
    """Log that the calendar has changed, and how many running clocks that moved."""
    _out.info("clocks_recounted", moved=moved)


def link_used(*, purpose: str, outcome: str) -> None:
    """Log that a person pressed a link, and what became of it."""
    _out.info("link_used", purpose=purpose, outcome=outcome)


def command_done(*, command: str, agent: str, outcome: str = "done") -> None:
    """Log an agent's command."""
    _out.info("command_done", command=command, agent=address(agent), outcome=outcome)


# ----------------------------------------------------------------------------------------------------------- mails out


def mail_delivered(*, outgoing: str, template: str, to: str, attempts: int, reply: str = "") -> None:
    """Log that the relay has taken a mail."""
    _out.info("mail_delivered", outgoing=outgoing, template=template, to=address(to), attempts=attempts, reply=text(reply, to))


def mail_deferred(*, outgoing: str, template: str, to: str, attempts: int, reply: str, next_at: datetime) -> None:
    """Log that the relay could not take a mail yet, and when it is tried again."""
    _out.warning(
        "mail_deferred",
        outgoing=outgoing,
        template=template,
        to=address(to),
        attempts=attempts,
        reply=text(reply, to),
        next_at=next_at.isoformat(),
    )


def mail_failed(*, outgoing: str, template: str, to: str, attempts: int, reply: str) -> None:
    """Log that a mail will not be delivered."""
    _out.error("mail_failed", outgoing=outgoing, template=template, to=address(to), attempts=attempts, reply=text(reply, to))


def mail_uncertain(*, outgoing: str, template: str, to: str) -> None:
    """Log that nobody knows whether a mail was delivered."""
    _out.error("mail_uncertain", outgoing=outgoing, template=template, to=address(to))


def template_broken(*, template: str, problem: str) -> None:
    """Log that an administrator's template failed and the built-in text went out."""
    _out.error("template_broken", template=template, problem=text(problem))


# ----------------------------------------------------------------------------------------------------------- operation


def daemon_ready(*, version: str, endpoints: Mapping[str, str]) -> None:
    """Log that the daemon serves, and where."""
    _out.info("daemon_ready", version=version, **endpoints)


def daemon_stopping(*, why: str) -> None:
    """Log that the daemon is on its way down."""
    _out.info("daemon_stopping", why=text(why))


def daemon_stopped(*, seconds: float) -> None:
    """Log that everything is at rest."""
    _out.info("daemon_stopped", seconds=round(seconds, 2))


def config_reloaded(*, warnings: int = 0) -> None:
    """Log that a new configuration is in force."""
    _out.info("config_reloaded", warnings=warnings)


def config_refused(*, mistakes: tuple[str, ...]) -> None:
    """Log that a new configuration has mistakes and the old one stays."""
    _out.error("config_refused", count=len(mistakes), mistakes=[text(mistake) for mistake in mistakes[:20]])


def alert_raised(*, alert: str, severity: str, why: str) -> None:
    """Log that something wants an administrator."""
    _out.error("alert_raised", alert=alert, severity=severity, why=text(why))


def alert_recovered(*, alert: str) -> None:
    """Log that an alert is over."""
    _out.info("alert_recovered", alert=alert)


def alert_command_failed(*, alert: str, why: str) -> None:
    """Log that the administrator's command for alerts did not take one."""
    _out.error("alert_command_failed", alert=alert, why=text(why))


def work_paused(*, what: str) -> None:
    """Log that a part of the work was paused."""
    _out.warning("work_paused", what=what)


def work_resumed(*, what: str) -> None:
    """Log that a paused part of the work goes on."""
    _out.info("work_resumed", what=what)


def store_trouble(*, why: object) -> None:
    """Log that the store could not do its work and the peers were told to try again."""
    _out.error("store_trouble", why=text(why))


def parser_ended(*, why: str) -> None:
    """Log that the parser process died or was killed, and is made anew."""
    _out.warning("parser_ended", why=text(why))


def bug_met(*, where: str, error: BaseException) -> None:
    """Log an exception that nobody expected: its kind and its way through the code, not its text, which may be a mail's."""
    frames = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-12:]]
    _out.error("bug_met", where=where, error=type(error).__name__, at_line=" ".join(frames))


# ------------------------------------------------------------------------------------------------------------ plumbing


def _head(_logger: Any, level: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return the line with the time in front, and the mail and the reference that it is about."""
    head = {"at": _clock.now().isoformat(timespec="milliseconds"), "level": level, "event": line.pop("event")}
    if mail := line.pop("mail", "") or _mail.get():
        head["mail"] = mail
    if reference := line.pop("reference", "") or _reference.get():
        head["reference"] = reference
    head.update(line)
    return head


_encode = json.JSONEncoder(default=str).encode  # made once: json.dumps makes one for each line


def _json(_logger: Any, _level: str, line: MutableMapping[str, Any]) -> str:
    return _encode(line)


@lru_cache(maxsize=1024)
def _hashed(value: str) -> str:
    return "#" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=_hash_key or b"", digest_size=6).hexdigest()


class _Route(logging.Handler):
    """Hands records of libraries to our log, without what they may quote."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's text, masked, and the kind of its exception."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        write = _out.error if record.levelno >= logging.ERROR else _out.warning
        write("library_said", library=record.name, text=text(record.getMessage()), error=error)


def _route_libraries() -> None:
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers[:] = [_Route()]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
