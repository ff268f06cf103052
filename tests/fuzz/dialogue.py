"""Mutated dialogues of SMTP and LMTP: what a peer sends, whatever it is answered. The same seed and number give the same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CANARY = "canary7913"
TEXTS = (
    b"Subject: x\r\n\r\nhello\r\n",
    b"Subject: dots\r\n\r\n..one\r\n.two\r\n...\r\n. \r\n",
    b"",
    b"\r\n",
    b"no line end",
    b"a\rb\nc\x00d\r\r\n\xff\xfe \xe2\x82\xac\r\n",
    b"Received: x\r\n" * 4 + b"\r\nbody\r\n",
    b"Received: x\r\n" * 8 + b"\r\nbody\r\n",
    b"x" * 5_000 + b"\r\n",
    b"y" * 61_000 + b"\r\n",
    b"\r\n" * 3_000,
    b"one\n.\nMAIL FROM:<smuggled@evil.example>\nRCPT TO:<helpdesk@trust.example>\nDATA\nsmuggled\n.\n",
    b"one\r.\rMAIL FROM:<smuggled@evil.example>\r\n",
    b"one\r\n.\nMAIL FROM:<smuggled@evil.example>\r\n",
    b"one\n.\r\nMAIL FROM:<smuggled@evil.example>\r\n",
    b"one\r\n\x00.\r\nMAIL FROM:<smuggled@evil.example>\r\n",
)
ENDS = (b".\r\n",) * 8 + (
    b"\r\n.\r\n",
    b"\n.\n",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b".\r\r\n",
    b"\r\n..\r\n",
    b"\r\n. \r\n",
    b"\r\n.",
    b"",
    b"\r\n.\r\n.\r\n",
)
GREETINGS = (
    b"EHLO relay.test",
    b"HELO relay.test",
    b"LHLO relay.test",
    b"EHLO",
    b"EHLO " + CANARY.encode(),
    b"EHLO [192.0.2.1]",
    b"ehlo \xc3\xa9",
)
SENDERS = (
    *(
        b"MAIL FROM:<alice@trust.example>",
        b"MAIL FROM:<>",
        b"mail from:<alice@trust.example>",
        b"MAIL FROM: <a@b.example>",
        b"MAIL FROM:a@b.example",
    ),
    *(
        b"MAIL FROM:<alice@trust.example> SIZE=100",
        b"MAIL FROM:<a@b.example> SIZE=99999999",
        b"MAIL FROM:<a@b.example> SIZE=x",
        b"MAIL FROM:",
    ),
    *(b"MAIL FROM:<a@b.example> BODY=8BITMIME", b"MAIL FROM:<a@b.example> BODY=BINARYMIME", b"MAIL FROM:<a@b.example> SIZE=-1 BODY"),
    *(b"MAIL FROM:<z\xc3\xb6e@b.example> SMTPUTF8", b"MAIL FROM:<a@b.example> SMTPUTF8=yes", b"MAIL FROM:<a@b.example> RET=HDRS ENVID=x"),
    *(
        b"MAIL FROM:<@x.example,@y.example:a@b.example>",
        b'MAIL FROM:<"a b\\"c"@d.example>',
        b"MAIL FROM:<a@[192.0.2.1]>",
        b"MAIL FROM:<a@b@c>",
    ),
    *(
        b"MAIL FROM:<" + b"(" * 1_500 + b">",
        b"MAIL FROM:<" + b"a" * 600 + b"@b.example>",
        b"MAIL FROM:<a\x00@b.example>",
        b"MAIL TO:<a@b.example>",
    ),
    b"MAIL FROM:<" + CANARY.encode() + b"@evil.example>",
)
RECIPIENTS = (
    *(b"RCPT TO:<helpdesk@trust.example>",) * 5,
    *(
        b"RCPT TO:<it@trust.example>",
        b"rcpt to:<HELPDESK@TRUST.EXAMPLE>",
        b"RCPT TO:<service@trust.example>",
        b"RCPT TO:<service+x@trust.example>",
    ),
    *(
        b"RCPT TO:<postmaster>",
        b"RCPT TO:<nobody@trust.example>",
        b"RCPT TO:<a@elsewhere.example>",
        b"RCPT TO:<>",
        b"RCPT TO:",
        b"RCPT FROM:<x>",
    ),
    *(
        b"RCPT TO:<helpdesk@trust.example> NOTIFY=NEVER",
        b"RCPT TO:<helpdesk@trust.example",
        b"RCPT TO:helpdesk@trust.example",
        b"RCPT TO:<\xff>",
    ),
    b"RCPT TO:<" + CANARY.encode() + b"@trust.example>",
)
OTHERS = (
    *(
        b"NOOP",
        b"RSET",
        b"QUIT",
        b"VRFY alice",
        b"EXPN staff",
        b"HELP",
        b"HELP MAIL",
        b"AUTH PLAIN AGEAYg==",
        b"STARTTLS",
        b"STARTTLS now",
        b"STARTTLS\r\nEHLO evil.test",
        b"STARTTLS\r\n\x16\x03\x01\x00\xa5\x01\x00",
    ),
    *(
        b"",
        b" ",
        b"\x00",
        b"\xff\xfe",
        b"DATA",
        b"DATA x",
        b"BDAT 5 LAST",
        b"ETRN x",
        b"GET / HTTP/1.1",
        b"Host: x",
        b"XCLIENT ADDR=127.0.0.1",
    ),
    *(
        b"noop " + b"x" * 3_000,
        b"NOOP " + b"x" * 70_000,
        b"NOOP \xc3\xa9\xe2\x80\xae",
        b"NOOP\tx",
        b"MAIL",
        b"RCPT",
        b"__class__",
        b"EHLO\x0bx",
        b"*",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What a peer sends: its pieces, and whether it reads the answers and says goodbye or tears the connection down."""

    pieces: tuple[bytes, ...]
    lmtp: bool = False
    torn: bool = False
    trouble: str = ""  # what the store or the gate does: full | gate | crash | large
    name: str = ""

    @property
    def sent(self) -> bytes:
        """Return all the bytes."""
        return b"".join(self.pieces)


def mutant(seed: int, number: int) -> Dialogue:
    """Return dialogue ``number`` of the run ``seed``: a few mails' worth of commands, then changed."""
    chance = random.Random(f"dialogue {seed}:{number}")
    lmtp = chance.random() < 0.3
    lines = [_greeting(chance, lmtp=lmtp)]
    for _ in range(chance.choice((1, 1, 2, 3))):
        lines += _mail(chance)
    for _ in range(chance.choice((0, 0, 1, 2, 4))):
        lines = chance.choice(_CHANGES)(lines, chance)
    sent = b"".join(lines)
    if chance.random() < 0.2:
        sent = _damaged(sent, chance)
    return Dialogue(
        pieces=tuple(_pieces(sent, chance)),
        lmtp=lmtp,
        torn=chance.random() < 0.05,
        trouble=chance.choice(("",) * 16 + ("full", "gate", "crash", "large")),
        name=f"dialogue {seed}:{number}",
    )


def _greeting(chance: random.Random, *, lmtp: bool) -> bytes:
    usual = b"LHLO relay.test" if lmtp else b"EHLO relay.test"
    return (usual if chance.random() < 0.8 else chance.choice(GREETINGS)) + b"\r\n"


def _mail(chance: random.Random) -> list[bytes]:
    sender = chance.choice(SENDERS) if chance.random() < 0.4 else SENDERS[0]
    recipients = [chance.choice(RECIPIENTS) for _ in range(chance.choice((1, 1, 1, 2, 3, 9)))]
    text = chance.choice(TEXTS)
    return [line + b"\r\n" for line in (sender, *recipients, b"DATA")] + [text + chance.choice(ENDS)]


_Change = Callable[[list[bytes], random.Random], list[bytes]]


def _shuffled(lines: list[bytes], chance: random.Random) -> list[bytes]:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def _without_one(lines: list[bytes], chance: random.Random) -> list[bytes]:
    del lines[chance.randrange(len(lines))]
    return lines or [b"NOOP\r\n"]


def _doubled(lines: list[bytes], chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(lines))
    return lines[:at] + [lines[at]] * chance.choice((2, 2, 3, 30)) + lines[at + 1 :]


def _more(lines: list[bytes], chance: random.Random) -> list[bytes]:
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(OTHERS) + chance.choice((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"")))
    return lines


def _other_case(lines: list[bytes], chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(lines))
    lines[at] = lines[at].swapcase()
    return lines


def _other_end(lines: list[bytes], chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(lines))
    lines[at] = lines[at].rstrip(b"\r\n") + chance.choice((b"\n", b"\r", b"\r\r\n", b" \r\n", b"\x00\r\n", b""))
    return lines


_CHANGES: tuple[_Change, ...] = (_shuffled, _without_one, _doubled, _more, _more, _other_case, _other_end)


def _damaged(sent: bytes, chance: random.Random) -> bytes:
    data = bytearray(sent)
    for _ in range(chance.choice((1, 3, 10)) if data else 0):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] = chance.choice((0, 10, 13, 32, 46, 255, chance.randrange(256)))
            case 1:
                del data[at : at + chance.choice((1, 2, 20))]
            case _:
                data[at:at] = chance.choice((b"\r\n", b"\r\n.\r\n", b"\n", b"\0", b" ", b"<", b">"))
    return bytes(data)


def _pieces(sent: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the bytes as a peer's network cuts them: at once, at line ends, or anywhere."""
    if chance.random() < 0.5 or not sent:
        yield sent
        return
    cuts = sorted(chance.randrange(len(sent)) for _ in range(chance.choice((1, 2, 5, 12))))
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        yield sent[start:end]
