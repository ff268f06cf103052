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
_WORD = re.compile(r"[\w']+")
_EDGES = re.compile(r"^[\W_]{1,20}|[\W_]{1,20}$")
_WORD_LETTER = re.compile(r"[^\W\d_]")
_TAG = re.compile(r"[^\w]{0,6}(?:external(?: e-?mail| mail| sender| message)?|ext)\s?[*\])}|:>]{1,4}\s{0,3}(?=\w)")
_RULE = re.compile(r"[-_=*~#\s]{4,}")
_ITEM = re.compile(r"\(?(?:[ivx]{1,4}|\d|[a-d])[).]\s")
_BANNER_LOOK = 8  # paragraphs from the top in which a banner may stand
_BANNER_CHARS = 1500


def mark_banners(lines: list[str], kinds: list[Kind]) -> None:
    """Mark the warning banners at the top of the mail, sentence by sentence, so that text on the same lines stays."""
    started = False
    waiting: list[tuple[int, int]] = []  # "CAUTION" on its own, a banner if one follows
    for start, end in paragraphs(lines, 0, _first_quote(kinds))[:_BANNER_LOOK]:
        cut, strong = _banner_end("\n".join(lines[start : min(end, start + 12)])[:_BANNER_CHARS])
        if cut and not strong and not started:
            waiting.append((start, end))
            continue
        if not cut:
            return
        for first, last in waiting:
            _mark(kinds, first, last, Kind.BANNER)
        started, waiting = True, []
        if not _mark_banner(lines, kinds, start, end, cut):
            return


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


def _mark_banner(lines: list[str], kinds: list[Kind], start: int, end: int, cut: int) -> bool:
    """Mark the lines of the paragraph that are wholly banner, cut a line shared with text; return whether all of it is banner."""
    for index in range(start, end):
        length = len(lines[index]) + 1
        if cut >= length - 1 or (cut > 0 and not lines[index][cut:].strip(" \t|*")):
            kinds[index] = Kind.BANNER
        elif cut > 0:
            lines[index] = lines[index][cut:].lstrip(" \t|*-")
        cut -= length
        if cut <= 0:
            return index == end - 1 and kinds[index] is Kind.BANNER
    return True


def _banner_end(text: str) -> tuple[int, bool]:
    """Return where what may be a banner at the start of ``text`` ends, and whether it surely is one."""
    end = position = 0
    strong = False
    lowered = text.replace("\u2019", "'").lower()
    while position < len(text):
        found = _SENTENCE_END.search(text, position)
        stop = found.end() if found else len(text)
        said = " ".join(lowered[position:stop].split())
        rank = False if lowered[position - 1 : position] == ":" and not _WORD_LETTER.search(said) else _rank(said)
        if rank is None:
            break
        strong = strong or rank
        end = position = stop
    return end, strong


def _rank(sentence: str) -> bool | None:
    """Return whether the sentence makes a banner (True) or only belongs to one (False), None for a person's own."""
    tag = _TAG.match(sentence)
    if tag is not None:
        return True if _rank(sentence[tag.end() :]) is not None else None
    bare_words = _EDGES.sub("", sentence).replace(":", "").replace("!", "")
    if bare_words in words.BANNER_TAGS:
        return True
    if not bare_words or bare_words in words.BANNER_LEADS or bare_words.startswith("http"):
        return False
    if words.BANNER_NEVER & set(_WORD.findall(sentence)):
        return None
    if any(phrase in sentence for phrase in words.BANNER_STRONG):
        return True
    if any(phrase in sentence for phrase in words.BANNER_PHRASES):
        return False
    return False if words.BANNER_WORDS & set(_WORD.findall(sentence)) else None


def _mark_wrapped_footer(lines: list[str], kinds: list[Kind], index: int) -> None:
    """Mark the next line too when it is only the link that a client wrapped there."""
    after = index + 1
    if after < len(lines) and kinds[after] is Kind.TEXT and plain(lines[after]).startswith(("<http", "(http", "http", "https")):
        kinds[after] = Kind.FOOTER


def _is_disclaimer(text: str) -> bool:
    strong = _count(words.DISCLAIMER_STRONG, text)
    if not strong:
        return text.startswith(("disclaimer", "confidentiality")) and _weak(text) >= 2
    return strong >= 2 or _weak(text) >= 2 or len(text.split()) < 30


def _weak(text: str) -> int:
    return _count(words.DISCLAIMER_WEAK, text)


def _count(wanted: tuple[str, ...], text: str) -> int:
    return len([phrase for phrase in wanted if phrase in text])  # half the time of a sum


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
