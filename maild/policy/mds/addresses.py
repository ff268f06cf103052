"""Email addresses in answers and in free text, checked without DNS (MDS-3)."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_ADDRESS = re.compile(r"(?<![\w.+%'’&@-])[\w.+%'’&-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# What most addresses are made of, which is sound whatever the letters; the library takes forty times as long to say so.
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,2}\.){1,6}([A-Za-z]{2,20})")
_SPECIAL = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
_TRY = re.compile(r"(?<!\S)[^\s<>\"(),;|]{1,80}@[^\s<>\"(),;|]{0,80}")
_SELF = re.compile(
    r"\b(?:same as (?:above|requestor|requester|mine|the above|my own|before)|(?:as|see) above|same|the above|above|me|"
    r"myself|mine|my own|my email|requestor|requester|"
    r"just me|only me|my address|ditto|this (?:one|address|email)|my account|yr un fath|fel uchod|fi)\b"
)
_NOT_SELF = re.compile(r"\bnot (?:me|mine|my)\b|\bme too\b")


def addresses_in(text: str) -> list[tuple[str, int, int]]:
    """Return (address in lower case, start, end) of each valid address in ``text``, each once."""
    if "@" not in text:
        return []
    found: dict[str, tuple[str, int, int]] = {}
    for match in _ADDRESS.finditer(text):
        written = match.group().strip(".-'’&")
        if is_valid(written):
            found.setdefault(written.lower(), (written.lower(), match.start(), match.end()))
    return list(found.values())


def broken_in(text: str) -> list[str]:
    """Return what is meant as an address in ``text`` and is none."""
    good = {address for address, _, _ in addresses_in(text)}
    tried = [match.group().strip(".'’<>[]:*").lower() for match in _TRY.finditer(text.replace("mailto:", " "))]
    return [text for text in tried if text not in good and not any(address in text for address in good)]


@lru_cache(maxsize=1024)
def is_valid(address: str) -> bool:
    """Return whether ``address`` is well formed; reserved domains such as .example and .test count as any other."""
    if len(address) > 254:
        return False
    plain = _PLAIN.fullmatch(address)
    if plain is not None and plain[1].lower() not in _SPECIAL:
        return True
    try:
        validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return "." in address.rpartition("@")[2]


def means_self(text: str) -> bool:
    """Return whether a short answer names its writer: ``same as above``, ``me``, ``my own``."""
    lowered = text.lower().replace("’", "'")
    return len(lowered) <= 80 and bool(_SELF.search(lowered)) and not _NOT_SELF.search(lowered)
