"""Which category a mail belongs to: by the address written to, else by words of subject and new text (MDS-1)."""

from __future__ import annotations

import re
from functools import lru_cache

from maild.mail.message import Message
from maild.mail.replies import Reply
from maild.policy.mds.fields import MdsRules

_LOOKED_AT = 20_000


def category_of(message: Message, reply: Reply, rules: MdsRules, recipients: tuple[str, ...] = ()) -> str:
    """Return the key of the first category that the mail's recipients or words name, "" for the default set."""
    if not rules.categories:
        return ""
    written_to = {address.lower() for address in recipients} | {address.address for address in (*message.to, *message.cc)}
    for category in rules.categories:
        if written_to.intersection(category.recipients):
            return category.key
    text = f"{message.subject}\n{reply.new_text[:_LOOKED_AT]}"
    for category in rules.categories:
        if category.keywords and _words(category.keywords).search(text):
            return category.key
    return ""


@lru_cache(maxsize=64)
def _words(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of the keywords as whole words, in any case, blanks matching blanks."""
    parts = sorted((re.escape(" ".join(word.split())).replace(r"\ ", r"[ \t]") for word in keywords), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
