"""Readers that a parser process under test is given instead of the real one: each obeys the first word of the mail."""

from __future__ import annotations

import os
import signal
import sys

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.mail.parse import parse


class Smuggled:
    """A value that is none of maild's."""


def read(raw: bytes, envelope: Envelope, rules: object) -> object:
    """Return what the mail's first word asks for, or die as it asks."""
    word, _, rest = raw.partition(b" ")
    match word:
        case b"crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"spin":
            while True:
                pass
        case b"eat":
            return len(bytearray(int(rest)))
        case b"raise":
            raise KeyError(rest.decode())
        case b"smuggle":
            return Smuggled()
        case b"print":
            print("a stray line")
            return "printed"
        case b"rules":
            return rules
        case b"modules":
            return sorted(
                name for name in sys.modules if name.partition(".")[0] in ("maild", "asyncio", "sqlalchemy", "jinja2", "aiosmtpd")
            )
        case b"peak":
            with open("/proc/self/status", encoding="ascii") as status:
                return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
        case _:
            pass
    return (envelope.source, len(raw), raw[:40])


def parse_only(raw: bytes, envelope: Envelope, rules: object) -> Message | object:
    """Return the mail as parsed; of the word "peak", the child's greatest memory so far."""
    return read(raw, envelope, rules) if raw.startswith(b"peak ") else parse(raw)
