"""When two mails of one sender say the same, so that the second is filed with the first and makes no ticket (LOOP-2).

The same is: sender, subject without ``Re:`` and the like, new text, and attachments, but for case and white space. Digits count:
"printer 7" and "printer 8" are two matters. What cannot be read, and so cannot be compared, is never the same. Nothing here does IO.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from maild.mail.replies import Kind
from maild.policy.reading import Reading
from maild.policy.reference import find_references
from maild.policy.rules import Rules

SPAN = timedelta(hours=24)
_CAP = 200_000
_PREFIX = re.compile(
    r"\s{0,9}(?:(?:re|fw|fwd|aw|wg|antw|sv|vs|tr|rv|rif|res|enc|odp)(?:\[\d{1,3}\])?\s?:|\[(?:external|ext|extern)\])", re.IGNORECASE
)
_COMPARABLE = frozenset({"", "empty"})


def digest(reading: Reading, rules: Rules) -> bytes | None:
    """Return what is equal for mails that say the same, None for a mail that must not be folded."""
    message = reading.message
    if message.sender is None or message.sender_defects or message.unreadable not in _COMPARABLE:
        return None
    if not message.message_id and message.date is None:  # what a machine sends alike each hour is a new mail each time (INT-8)
        return None
    found = hashlib.blake2b(digest_size=32)
    for piece in (message.sender.address, _subject(message.subject), *_texts(reading, rules)):
        found.update(_plain(piece).encode("utf-8", "surrogatepass") + b"\0")
    for attachment in sorted(each.sha256 for each in message.attachments):
        found.update(attachment.encode())
    return b"fold\0" + found.digest()


def _subject(subject: str) -> str:
    for _ in range(9):
        match = _PREFIX.match(subject)
        if match is None:
            break
        subject = subject[match.end() :]
    return subject


def _texts(reading: Reading, rules: Rules) -> Iterator[str]:
    """Yield the new text, and what is quoted unless it is a mail of ours: what somebody forwards without a word differs there alone."""
    yield reading.reply.new_text
    for part in reading.reply.of(Kind.QUOTE):
        if not find_references(part.text, rules.reference):
            yield part.text


def _plain(text: str) -> str:
    words = text[:_CAP].split()
    plain = " ".join(words).casefold()
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)
