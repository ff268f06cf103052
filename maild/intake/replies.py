"""Replies: every one carries an enhanced status code (RFC 2034), also those that aiosmtpd words without one."""

from __future__ import annotations

import re

SYNTAX_CODES = frozenset({"500", "501", "502", "503", "504", "553", "555"})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")
_DEFAULTS = {
    "211": "2.0.0", "214": "2.0.0", "220": "2.0.0", "221": "2.0.0", "250": "2.0.0", "252": "2.5.0",
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.3.1", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4", "530": "5.7.0",
    "550": "5.0.0", "552": "5.3.4", "553": "5.1.3", "554": "5.0.0", "555": "5.5.4",
}  # fmt: skip


class CommandError(Exception):
    """The peer's command cannot be obeyed; the text is the reply."""


def enhanced(reply: str) -> str:
    """Return ``reply`` with an enhanced status code; 3xx replies have none (RFC 2034 §3)."""
    code, text = reply[:3], reply[4:]
    if _ENHANCED.match(text) or code not in _DEFAULTS:
        return reply
    return f"{code}{reply[3:4] or ' '}{_DEFAULTS[code]} {text}"
