"""What gateways and devices add to a mail: warning banners above, disclaimers below, mobile footers.

CAUTION: This email originated from outside the organisation. Do not click links …
This message may contain confidential information. If you are not the intended recipient …
Sent from my iPhone
"""

from __future__ import annotations

import re

from maild.mail.replies import words
from maild.mail.replies.lines import bare, paragraphs, plain
from maild.mail.replies.reply import Kind

_SENTENCE_END = re.compile(r"[.!?:\]](?=\s|$)|\|")
_RULE = re.compile(r"[-_=*~#\s]{4,}")
_ITEM = re.compile(r"\(?(?:[ivx]{1,4}|\d|[a-d])[).]\s")
_BANNER_LOOK = 8  # paragraphs from the top in which a banner may stand
_BANNER_CHARS = 1500


def mark_banners(lines: list[str], kinds: list[Kind]) -> None:
    """Mark the warning banners at the top of the mail, sentence by sentence, so that text on the same lines stays."""
    for start, end in paragraphs(lines, 0, _first_quote(kinds))[:_BANNER_LOOK]:
        _mark_banner(lines, kinds, start, end)


def mark_footers(lines: list[str], kinds: list[Kind]) -> None:
    """Mark what a device or its mail program adds as a line of its own."""
    for index, line in enumerate(lines):
        if line and kinds[index] is Kind.TEXT and is_footer(line):
            kinds[index] = Kind.FOOTER
            _mark_wrapped_footer(lines, kinds, index)


def is_footer(line: str) -> bool:
    """Return whether the line is a mobile footer such as ``Sent from my iPhone``."""
    text = plain(line).lstrip("*_-~ \t<[")
    if len(text) > 160 or not text.startswith(words.FOOTER_STARTS):
        return (
            len(text) < 80
            and text.endswith((" gesendet", " gesendet."))
            and text.startswith(("von meinem", "von mein", "diese nachricht wurde von"))
        )
    head = text.split("<", 1)[0].split("(http", 1)[0]
    return len(head.split()) <= 14 and "?" not in head


def mark_disclaimers(lines: list[str], kinds: list[Kind]) -> None:
    """Mark disclaimers among the lines that are still text, and what belongs to them: rules above, items below."""
    previous: tuple[int, int] | None = None
    inside = False
    for start, end in paragraphs(lines, 0, len(lines)):
        if kinds[start] is Kind.QUOTE:
            previous, inside = None, False
            continue
        text = plain(" ".join(lines[start:end]))
        if _is_disclaimer(text):
            if previous is not None and _is_lead(plain(" ".join(lines[slice(*previous)]))):
                _mark(kinds, previous[0], previous[1], Kind.DISCLAIMER)
            _mark(kinds, _disclaimer_start(lines, start, end), end, Kind.DISCLAIMER)
            inside = True
        elif inside and (_carries_on(text) or _RULE.fullmatch(text)):
            _mark(kinds, start, end, Kind.DISCLAIMER)
        else:
            inside = False
        previous = (start, end)


def _first_quote(kinds: list[Kind]) -> int:
    return next((index for index, kind in enumerate(kinds) if kind is Kind.QUOTE), len(kinds))


def _mark(kinds: list[Kind], start: int, end: int, kind: Kind) -> None:
    for index in range(start, end):
        if kinds[index] is not Kind.QUOTE:
            kinds[index] = kind


def _mark_banner(lines: list[str], kinds: list[Kind], start: int, end: int) -> None:
    """Mark the lines of the paragraph that are wholly banner; a line shared with text is cut after the banner."""
    text = ""
    for index in range(start, min(end, start + 12)):
        text += lines[index] + "\n"
    text = text[:_BANNER_CHARS]
    cut = _banner_end(text)
    if not cut:
        return
    for index in range(start, end):
        length = len(lines[index]) + 1
        if cut >= length - 1 or not lines[index][cut:].strip(" \t|*"):
            kinds[index] = Kind.BANNER
        elif cut > 0:
            lines[index] = lines[index][cut:].lstrip(" \t|*")
        cut -= length
        if cut <= 0:
            return


def _banner_end(text: str) -> int:
    """Return where the banner at the start of ``text`` ends, 0 where there is none."""
    end = position = 0
    started = False
    lowered = text.translate({0x2019: "'"}).lower()
    while position < len(text):
        found = _SENTENCE_END.search(text, position)
        stop = found.end() if found else len(text)
        sentence = " ".join(lowered[position:stop].split())
        if any(phrase in sentence for phrase in words.BANNER_STARTS):
            started, end = True, stop
        elif started and any(phrase in sentence for phrase in words.BANNER_PHRASES):
            end = stop
        elif sentence.strip(" .!*[]|-:") not in (
            "",
            "external",
            "caution",
            "warning",
            "important",
            "banner",
            "stop",
            "attention",
            "notice",
        ):
            break
        elif started:
            end = stop
        position = stop
    return _bounded(text, end) if started else 0


def _bounded(text: str, end: int) -> int:
    """Return ``end``, moved back to a tag's bracket when the banner was only ``[EXTERNAL]`` before the person's own words."""
    head = text[:end].lstrip()
    return (
        end
        if len(head.split()) >= 3 or head.startswith(("[", "(", "*", "<")) or text[end:].startswith("\n") or not text[end:].strip()
        else 0
    )


def _mark_wrapped_footer(lines: list[str], kinds: list[Kind], index: int) -> None:
    """Mark the next line too when it is only the link that a client wrapped there."""
    after = index + 1
    if after < len(lines) and kinds[after] is Kind.TEXT and plain(lines[after]).startswith(("<http", "(http", "http", "https")):
        kinds[after] = Kind.FOOTER


def _is_disclaimer(text: str) -> bool:
    strong = sum(phrase in text for phrase in words.DISCLAIMER_STRONG)
    if not strong:
        return text.startswith(("disclaimer", "confidentiality")) and _weak(text) >= 2
    return strong >= 2 or _weak(text) >= 2 or len(text.split()) < 30


def _weak(text: str) -> int:
    return sum(phrase in text for phrase in words.DISCLAIMER_WEAK)


def _is_lead(text: str) -> bool:
    return bool(_RULE.fullmatch(text)) or bare(text) in (
        "disclaimer",
        "confidentiality notice",
        "email disclaimer",
        "important",
        "legal notice",
        "confidential",
    )


def _disclaimer_start(lines: list[str], start: int, end: int) -> int:
    """Return the first line of the paragraph from which it is disclaimer: a signature may stand right above it."""
    for index in range(start, end):
        text = plain(" ".join(lines[index : index + 2]))
        if _weak(text) >= 1 or any(phrase in text for phrase in words.DISCLAIMER_STRONG) or _RULE.fullmatch(plain(lines[index])):
            return index
    return start


def _carries_on(text: str) -> bool:
    return (
        _weak(text) >= 1
        or bool(_ITEM.match(text))
        or (text.startswith("thank you for your") and len(text) < 60)
        or text.startswith(("http", "<http", "www."))
    )
