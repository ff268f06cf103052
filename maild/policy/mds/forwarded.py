"""A mail that only passes on what somebody else wrote: "Please see below", above a forwarded mail (MDS-2)."""

from __future__ import annotations

import re

from maild.mail.message import Message
from maild.mail.replies import Kind, NewLine, Reply, split
from maild.mail.replies.lines import lines_of, unquoted
from maild.mail.replies.quotes import opening_at
from maild.policy.mds.addresses import addresses_in

_SUBJECT = re.compile(r"\s{0,4}(?:fwd?|fw|wg|tr|rv|enc|doorst|vs|i|ymlaen)\s{0,2}:", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:below|forward(?:ing|ed)?|passing (?:this |it )?on|(?:sent|received|got) (?:this|the following|me this)|beneath|underneath)\b",
    re.IGNORECASE,
)
_MOST_LINES = 200
_FROM = 12  # lines of a forwarded mail in which its header block stands


def is_passed_on(message: Message, reply: Reply) -> bool:
    """Return whether the mail passes on a mail of somebody else, and asks about that."""
    quotes = reply.of(Kind.QUOTE)
    if not quotes or reply.asked or not (_SUBJECT.match(message.subject) or (not message.in_reply_to and _POINTS.search(reply.new_text))):
        return False
    ours = {address.address for address in (*message.to, *message.cc)}
    head = "\n".join(quotes[0].text.split("\n", _FROM)[:_FROM])
    first = next((address for address, _, _ in addresses_in(head)), "")
    return first not in ours


def passed_on_text(reply: Reply) -> tuple[NewLine, ...]:
    """Return the lines that the author of the mail passed on wrote in it, numbered as in the whole mail."""
    part = reply.of(Kind.QUOTE)[0]
    lines = [unquoted(line) for line in lines_of(part.text)[:_MOST_LINES]]
    opening = opening_at(lines, 0)
    start = opening.end if opening is not None else 0
    author = next((line.partition(":")[2] for line in lines[:start] if "@" in line), "")
    inner = split("\n".join(lines[start:]), author=author.strip())
    return tuple(NewLine(number=line.number + part.first - 1 + start, text=line.text) for line in inner.lines)
