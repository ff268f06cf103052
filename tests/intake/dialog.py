r"""Dialogs as text files that a postmaster can read, and what runs them.

# what is shown               the first comment line is the test's sentence
rules INT-4 INT-5             the rules of docs/rules.md
limits recipients=2 size=100  LimitRules of the listener; ``tls`` alone demands STARTTLS
gate full | busy | stopping   what the gate says from here on
C: EHLO relay.test            sent with CRLF
C| a\n.\r\n                   sent as it is, with escapes, without CRLF
S: 250 2.0.0 Ok               the next reply begins so; of a long reply, the next line
S~ 250 .*M\d+                 the next line matches
S* 250                        the rest of a long reply up to its last line, which begins so
mail from a@b.test to c@d.test, e@f.test     the next mail that the store took
text Subject: x\r\n           its text, as it came, with escapes
nothing                       the store took no further mail
closed                        the server closed the connection
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_type_hints

from maild.config.listeners import LimitRules
from maild.errors import DiskLow, Overloaded, Stopping
from tests.intake.reception import House, Kept, Peer

TROUBLES = {"full": DiskLow("2 MB left"), "busy": Overloaded("9 mails"), "stopping": Stopping("SIGTERM")}


@dataclass(frozen=True)
class Dialog:
    """A dialog file, read."""

    name: str
    sentence: str
    rules: tuple[str, ...]
    limits: LimitRules
    steps: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Dialog:
        """Return the dialog in ``path``."""
        lines = path.read_text(encoding="utf-8").splitlines()
        steps = [_step(line) for line in lines[1:] if line.strip() and not line.startswith("#")]
        named = dict(step for step in steps if step[0] in {"rules", "limits"})
        return cls(
            name=path.stem,
            sentence=lines[0].removeprefix("# "),
            rules=tuple(named.get("rules", "").split()),
            limits=_limits(named.get("limits", "")),
            steps=tuple(step for step in steps if step[0] not in {"rules", "limits"}),
        )


@dataclass
class Talk:
    """A dialog that is being held."""

    house: House
    peer: Peer
    seen: int = 0
    said: list[str] = field(default_factory=list)

    async def run(self, dialog: Dialog) -> None:
        """Hold the dialog; an AssertionError says what went otherwise, after what had been said."""
        for kind, text in dialog.steps:
            try:
                await self._do(kind, text)
            except AssertionError as error:
                raise AssertionError("\n".join([*self.said, f"expected {kind} {text}", f"but {error}"])) from None

    async def _do(self, kind: str, text: str) -> None:
        match kind:
            case "C:":
                await self._send(text.encode() + b"\r\n")
            case "C|":
                await self._send(unescaped(text))
            case "S:":
                await self._expect(text, str.startswith)
            case "S~":
                await self._expect(text, lambda line, pattern: re.fullmatch(pattern, line) is not None)
            case "S*":
                await self._expect_end(text)
            case "gate":
                self.house.gate.trouble = TROUBLES.get(text)
            case "closed":
                await self._expect("", str.__eq__)
            case _:
                self._look(kind, text)

    async def _send(self, raw: bytes) -> None:
        self.said.append(f"C: {raw[:200]!r}")
        await self.peer.send(raw)

    async def _expect(self, text: str, fits: Callable[[str, str], bool]) -> str:
        line = await self.peer.line()
        self.said.append(f"S: {line}")
        assert fits(line, text), f"got {line!r}"
        return line

    async def _expect_end(self, text: str) -> None:
        while (line := await self._expect("", str.startswith))[3:4] == "-":
            pass
        assert line.startswith(text), f"got {line!r}"

    def _look(self, kind: str, text: str) -> None:
        mails = self.house.store.mails
        if kind == "nothing":
            assert len(mails) == self.seen, f"the store took {mails[self.seen :]}"
            return
        if kind == "mail":
            self.seen += 1
        assert 0 < self.seen <= len(mails), f"the store took {len(mails)} mails"
        _look_at(mails[self.seen - 1], kind, text)


def unescaped(text: str) -> bytes:
    """Return the bytes that ``text`` means, with escapes such as CR, LF and hexadecimal ones."""
    return codecs.decode(text.encode("unicode_escape").replace(b"\\\\", b"\\"), "unicode_escape").encode("latin-1")


def _look_at(mail: Kept, kind: str, text: str) -> None:
    if kind == "text":
        assert mail.text == unescaped(text), f"the text was {mail.text!r}"
    elif kind == "received":
        received = b" ".join(mail.raw.split(b"\r\n", 3)[:3]).decode()
        assert re.fullmatch(text, received), f"it was {received!r}"
    else:
        assert kind == "mail", f"no such step: {kind}"
        found = f"from {mail.envelope.mail_from} to {', '.join(mail.envelope.rcpt_to)}"
        assert found == text, f"it was {found}"


def _step(line: str) -> tuple[str, str]:
    kind, _, text = line.partition(" ")
    return kind, text


def _limits(text: str) -> LimitRules:
    types = get_type_hints(LimitRules)
    given = (word.split("=") for word in text.split())
    return replace(LimitRules(), **{name: types[name](value) for name, value in given})
