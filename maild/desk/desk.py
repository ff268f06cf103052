"""What every use case works with: the rules, the keys, the templates, the clock, and numbers for new tickets."""

from __future__ import annotations

import itertools
import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from maild.clock import Clock
from maild.desk.alerts import Alerts
from maild.desk.brake import Brake
from maild.errors import Overloaded
from maild.policy.rules import Rules
from maild.render.renderer import Renderer
from maild.tokens import Keyring

LOW = 64
BLOCK = 256


class Numbers:
    """Ticket numbers reserved by a commit of their own: used once, skipped when their transaction fails (SPEC 1)."""

    def __init__(self) -> None:
        self._free: deque[int] = deque()

    @property
    def low(self) -> bool:
        """Return whether more should be reserved."""
        return len(self._free) < LOW

    def add(self, numbers: Iterable[int]) -> None:
        """Add reserved numbers."""
        self._free.extend(numbers)

    def take(self) -> int:
        """Return a number that nobody else ever gets.

        Raises:
            Overloaded: none is left; reserve more and run the use case again.
        """
        try:
            return self._free.popleft()
        except IndexError as error:
            raise Overloaded("no ticket number is reserved") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How links are given out (RES-2): by mailto, and by https under ``base_url`` ("" where there is no web server)."""

    mailto: bool = True
    base_url: str = ""


@dataclass(slots=True, kw_only=True)
class Desk:
    """The collaborators of the use cases. Replaced as a whole at reload, but for numbers and brake."""

    rules: Rules
    keyring: Keyring
    fingerprint_key: bytes
    renderer: Renderer
    clock: Clock
    links: Links = field(default_factory=Links)
    numbers: Numbers = field(default_factory=Numbers)
    brake: Brake = field(default_factory=Brake)
    alerts: Alerts = field(default_factory=Alerts)
    broken: set[str] = field(default_factory=set)  # templates in whose place the built-in text goes out

    def now(self) -> datetime:
        """Return the time of the decision being made."""
        return self.clock.now()


# Ids begin with a count from a random start: what is written together then stands together in every index (a fifth fewer pages a mail).
_count = itertools.count(secrets.randbelow(2**31))


def new_mail_id() -> str:
    """Return a fresh id for a mail, in or out: M and 16 letters and digits."""
    return f"M{next(_count) & 0xFFFFFFFF:08x}{secrets.token_hex(4)}"


def new_ticket_id() -> str:
    """Return a fresh ticket id, 96 bits of it random, which never shows (REF-2)."""
    return f"{next(_count) & 0xFFFFFFFF:08x}{secrets.token_hex(12)}"


def nonce() -> str:
    """Return a fresh nonce for a token."""
    return secrets.token_hex(6)
