"""The arguments of MAIL and RCPT, read by one linear expression; what it does not know goes to aiosmtpd's slower reader.

Specimens: ``FROM:<alice@trust.example> SIZE=2048 BODY=8BITMIME``, ``FROM:<>``, ``TO:<postmaster>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from maild.intake.replies import CommandError

ADDRESS_LENGTH = 512  # RFC 5321 §4.5.3.1.3 asks for 256; longer ones are seen in the wild, and the slow reader recurses
_BEYOND_ASCII = "\u00a1-\ud7ff\uf900-\ufffd\U00010000-\U0003fffd"
_ATOM = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.{_BEYOND_ASCII}-]"
_DOMAIN = rf"[A-Za-z0-9._{_BEYOND_ASCII}-]"
_PATH = re.compile(rf"<({_ATOM}{{1,256}}(?:@{_DOMAIN}{{1,255}})?|)>(?: (.*))?")

SlowReader = Callable[[str], tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Path:
    """An address as it stood in MAIL or RCPT ("" for the null sender), and the parameters behind it, keys in upper case."""

    address: str
    parameters: dict[str, str | None]


def read_path(keyword: str, argument: str, slow: SlowReader) -> Path:
    """Return the path in ``argument``, which begins with ``keyword`` (``FROM:`` or ``TO:``).

    Raises:
        CommandError: it is none.
    """
    if argument[: len(keyword)].upper() != keyword:
        raise CommandError(f"501 5.5.4 Expected {keyword}<address>")
    text = argument[len(keyword) :].strip()
    match = _PATH.fullmatch(text)
    if match is not None:
        return Path(match[1], _parameters(match[2] or ""))
    address, rest = _read_slowly(text, slow)
    return Path(address, _parameters(rest))


def size_parameter(path: Path) -> int | None:
    """Return what ``SIZE=`` says, None where it is not given (RFC 1870).

    Raises:
        CommandError: the value is no number.
    """
    if "SIZE" not in path.parameters:
        return None
    value = path.parameters["SIZE"] or ""
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise CommandError("501 5.5.4 SIZE must be a number")
    return int(value)


def _parameters(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not key.replace("-", "").isalnum() or (equals and not value):
            raise CommandError("501 5.5.4 Syntax error in parameters")
        found[key.upper()] = value.upper() if equals else None
    return found


def _read_slowly(text: str, slow: SlowReader) -> tuple[str, str]:
    malformed = CommandError("553 5.1.3 Malformed address")
    if len(text) > ADDRESS_LENGTH:
        raise malformed
    try:
        address, rest = slow(text)
    except Exception as error:  # the library's reader may raise anything on hostile text, RecursionError included
        raise malformed from error
    if not address or not address.isprintable():
        raise malformed
    return address, rest or ""
