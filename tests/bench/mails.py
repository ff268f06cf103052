"""The mails of the benchmarks: people's mail of 3 kB with everything the procedure asks for, and shapes of 1 MB and 30 MB.

Everybody here is invented. Two mails never have the same Message-ID, sender (unless told so) or text.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HELPDESK = "helpdesk@helpdesk.example"
KNOWN = 50  # senders that write again and again

_SITES = ("the east wing", "the records office", "the day clinic", "pharmacy", "the library", "outpatients", "ward 9", "the lodge")
_THINGS = ("the shared printer", "my mailbox", "the booking screen", "the scanner", "the staff portal", "remote access", "the label press")
_TROUBLES = (
    "stopped answering",
    "shows an empty page",
    "asks for a password each time",
    "is very slow since the morning",
    "loses its paper",
)
_FIRST = ("Mira", "Tomas", "Ines", "Ravi", "Joan", "Piet", "Asha", "Lena", "Omar", "Nell")
_LAST = ("Quist", "Abbaye", "Fenn", "Okoro", "Lindqvist", "Marlow", "Sato", "Vance", "Whitlock", "Yarrow")
_SENTENCES = (
    "I have restarted it twice, and it was the same again after a few minutes.",
    "My colleagues at the other desks see the same thing, so it is not only my account.",
    "It worked yesterday evening when I left, and nobody has moved anything since.",
    "We can go on with paper for today, but tomorrow's clinic needs it.",
    "The message on the screen goes away before I can write all of it down.",
    "I am at my desk until five, and somebody else answers the phone after that.",
    "Please tell me if you need to come round, as the room is locked at lunch.",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and its envelope."""

    sender: str
    message_id: str
    data: bytes


def people(count: int, *, known: bool, seed: str) -> Iterator[Mail]:
    """Yield ``count`` mails of about 3 kB, multipart/alternative, from distinct senders, or from ``KNOWN`` ones in turn."""
    rng = random.Random(seed)
    for number in range(count):
        who = f"known{number % KNOWN}" if known else f"u{seed}{number}"
        yield _person(rng, f"{who}@trust{number % 7}.example", f"{seed}.{number}")


def _person(rng: random.Random, sender: str, key: str) -> Mail:
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    thing, site, trouble = rng.choice(_THINGS), rng.choice(_SITES), rng.choice(_TROUBLES)
    story = [f"Hello, {thing} in {site} {trouble}.", *rng.sample(_SENTENCES, 5)]
    form = [
        f"Requestor email address: {sender}",
        f"Contact number: 01632 960{rng.randrange(1000):03}",
        f"Number of affected users: {rng.randrange(2, 30)}",
        f"Affected users' email addresses: {sender}, desk{rng.randrange(99)}@{sender.partition('@')[2]}",
        f"Issue description: {thing} in {site} {trouble}; {rng.choice(_SENTENCES)}",
    ]
    end = ["Kind regards,", name, f"Administrator, {site}"]
    text = "\r\n".join([*story, "", *form, "", *end, ""])
    shown = (f'<p class="MsoNormal">{line}<o:p></o:p></p>' for line in [*story, *form, *end])
    html = "\r\n".join([_STYLE, *shown, "</div></body></html>", ""])
    message_id = f"<{key}@trust.example>"
    boundary = f"=_{rng.randrange(10**12)}"
    head = (
        f"From: {name} <{sender}>",
        f"To: Helpdesk <{HELPDESK}>",
        f"Subject: {thing} in {site} {trouble} ({key})",
        f"Date: Tue, 02 Jun 2026 {rng.randrange(8, 18):02}:{rng.randrange(60):02}:{rng.randrange(60):02} +0100",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "X-Mailer: Desk Mail 16.0",
        "Thread-Topic: " + thing,
        "Accept-Language: en-GB",
    )
    parts = (
        ("", *head, "", f"--{boundary}", 'Content-Type: text/plain; charset="utf-8"', "Content-Transfer-Encoding: 7bit", "", text),
        (f"--{boundary}", 'Content-Type: text/html; charset="utf-8"', "Content-Transfer-Encoding: 7bit", "", html, f"--{boundary}--", ""),
    )
    return Mail(sender, message_id, "\r\n".join(line for part in parts for line in part)[2:].encode())


_STYLE = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n'
    '<style>p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}</style></head><body lang="EN-GB"><div>'
)


# --- one mail of 1 MB, in several shapes

MEGABYTE = 1_000_000


def _head(kind: str, number: int) -> str:
    return (
        f"From: Big Sender <big{number}.{kind}@trust.example>\r\nTo: {HELPDESK}\r\nSubject: one large mail\r\n"
        f"Date: Tue, 02 Jun 2026 09:00:00 +0100\r\nMessage-ID: <{kind}.{number}@trust.example>\r\nMIME-Version: 1.0\r\n"
    )


def _text_lines() -> str:
    line = "The quick report of the day goes on and on, and nobody has read it to its end.\r\n"
    return "Content-Type: text/plain; charset=utf-8\r\n\r\n" + line * (MEGABYTE // len(line))


def _one_line() -> str:
    return "Content-Type: text/plain; charset=utf-8\r\n\r\n" + "word " * (MEGABYTE // 5) + "\r\n"


def _empty_lines() -> str:
    return "Content-Type: text/plain\r\n\r\n" + "\r\n" * (MEGABYTE // 2)


def _dotted_lines() -> str:
    return "Content-Type: text/plain\r\n\r\n" + ".\r\n" * (MEGABYTE // 3)


def _bare_newlines() -> str:
    return "Content-Type: text/plain\r\n\r\n" + "a\nb\r" * (MEGABYTE // 4) + "\r\n"


def _quotes() -> str:
    return "Content-Type: text/plain\r\n\r\n" + "> > > On a day somebody wrote:\r\n" * (MEGABYTE // 32)


def _html() -> str:
    return "Content-Type: text/html\r\n\r\n<html><body>" + "<p>a <b>b</b>\r\n" * (MEGABYTE // 15) + "</body></html>\r\n"


def _nested_html() -> str:
    return "Content-Type: text/html\r\n\r\n<html><body>" + "<div>\r\n" * (MEGABYTE // 7) + "\r\n"


def _attachment() -> str:
    raw = random.Random(1).randbytes(MEGABYTE * 57 // 78)
    lines = base64.encodebytes(raw).decode().replace("\n", "\r\n")
    return (
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n'
        '--b\r\nContent-Type: application/octet-stream; name="a.bin"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="a.bin"\r\n\r\n{lines}\r\n--b--\r\n'
    )


def _many_parts() -> str:
    part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + part * (MEGABYTE // len(part)) + "--b--\r\n"


def _deep_parts() -> str:
    opened = "".join(f'Content-Type: multipart/mixed; boundary="b{depth}"\r\n\r\n--b{depth}\r\n' for depth in range(MEGABYTE // 60))
    return f"{opened}\r\nx\r\n"


def _header_lines() -> str:
    line = "X-Trace: one of very many header lines of the same name, all of them useless\r\n"
    return line * (MEGABYTE // len(line)) + "\r\nx\r\n"


def _one_header() -> str:
    return "X-Long: " + "a word\r\n " * (MEGABYTE // 9) + "\r\n\r\nx\r\n"


def _many_references() -> str:
    return "References:" + "".join(f"\r\n <{number}@mail.example>" for number in range(MEGABYTE // 22)) + "\r\n\r\nx\r\n"


def _addresses() -> str:
    return "Cc: " + ",\r\n ".join(f"P {number} <p{number}@trust.example>" for number in range(MEGABYTE // 31)) + "\r\n\r\nx\r\n"


def _brackets() -> str:
    return "Cc: " + "(" * MEGABYTE + "\r\n\r\nx\r\n"


SHAPES: dict[str, Callable[[], str]] = {
    "lines of text": _text_lines,
    "one line": _one_line,
    "empty lines": _empty_lines,
    "lines of one dot": _dotted_lines,
    "bare CR and LF": _bare_newlines,
    "quotes": _quotes,
    "html": _html,
    "nested html": _nested_html,
    "attachment": _attachment,
    "many parts": _many_parts,
    "deep parts": _deep_parts,
    "header lines": _header_lines,
    "one header": _one_header,
    "references": _many_references,
    "addresses": _addresses,
    "brackets": _brackets,
}


def shaped(name: str, number: int) -> Mail:
    """Return a mail of about 1 MB of the shape ``name``; ``number`` makes it another mail each time."""
    key = name.replace(" ", "-")
    data = (_head(key, number) + SHAPES[name]()).encode()
    return Mail(f"big{number}.{key}@trust.example", f"<{key}.{number}@trust.example>", data)


def empty_lines(size: int, number: int) -> Mail:
    """Return a mail of ``size`` bytes of empty lines."""
    head = (_head("empty", number) + "Content-Type: text/plain\r\n\r\n").encode()
    return Mail(f"big{number}.empty@trust.example", f"<empty.{number}@trust.example>", head + b"\r\n" * (size // 2))


def on_the_wire(mail: Mail) -> bytes:
    """Return the mail as it goes behind DATA: dots doubled, ended."""
    data = mail.data.replace(b"\r\n.", b"\r\n..")
    return (b"." + data if data.startswith(b".") else data) + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")
