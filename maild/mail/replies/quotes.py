"""Which lines quote earlier mail: ``>`` prefixes, attribution lines, header blocks, ``-----Original Message-----``.

    On Mon, 23 Mar 2026 at 09:43, NHS Demo Service Desk        From: NHS Demo Service Desk <service@…>
    <service@servicedesk.example> wrote:                       Sent: 20 March 2026 05:51
    > Dear Cosima Redgrave,                                    To: … / Subject: …

Where quoted lines carry ``>``, lines without it are the author's, above, below or between them; where they carry none
(Outlook, Notes), everything below the header block is quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maild.mail.replies import words
from maild.mail.replies.lines import LONG, bare, level_of, plain
from maild.mail.replies.reply import Kind

_DIGIT = re.compile(r"\d")
_ATTRIBUTION_STARTS = tuple(start for start, _ in words.ATTRIBUTIONS)
_STARTS = (*"-_=*>", "begin ", *_ATTRIBUTION_STARTS)
_DATE_DIGITS = 5
_MARKED = re.compile(r"-{4,}\s?[\w' -]{6,40}?\s?-{4,}")
_WHEN = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b20\d\d\b")
_DATE_AND_TIME = 2
_HEADER_LINE = re.compile(r"\s{0,3}\*{0,2}[^\W\d_][^\d:<>@]{0,23}:\*{0,2}\s{1,4}\S")
_FOREIGN_FROM = re.compile(
    r"\s{0,3}\*{0,2}[^\W\d_][^\d:<>@]{0,23}:\*{0,2}\s{1,4}[^<\[]{0,100}[<\[](?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{1,200}[>\]]\s*$"
)
# Words of labels that people write themselves.
_ENGLISH = frozenset(
    "address by called contact date email e-mail fault login mailbox mobile name number phone raised reported started tel time who".split()
)
_WRAPPED = 50
_WRAP = 4  # lines over which an attribution may be wrapped
_BLOCK = 10  # lines in which a header block shows itself
_ATTRIBUTION_CHARS = 400
_LABEL_CHARS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Lines that open a quote: first line, end (exclusive)."""

    start: int
    end: int
    attribution: bool = False


def mark_quotes(lines: list[str], kinds: list[Kind]) -> int:
    """Mark the quoted lines; return the first line of the part in which quoted lines carry no ``>``, or their number."""
    index = 0
    while index < len(lines):
        if not lines[index]:
            index += 1
            continue
        if level_of(lines[index]) and not _is_groupwise(plain(lines[index])):
            kinds[index] = Kind.QUOTE
            index += 1
            continue
        text = plain(lines[index][:LONG])
        opening = (_opening(lines, index, text) if _may_open(text) else None) or _bare_attribution(lines, index, text)
        if opening is None:
            index += 1
            continue
        first = _with_rule_above(lines, kinds, opening.start)
        follower = _next_filled(lines, opening.end)
        if opening.attribution and (quoted := _next_quoted(lines, opening.end)) is not None:
            _mark(kinds, first, opening.end)
            index = quoted
            continue
        if follower is None or not level_of(lines[follower]):
            _mark(kinds, first, len(lines))
            return opening.start
        _mark(kinds, first, follower)
        index = follower
    return len(lines)


def opening_at(lines: list[str], index: int) -> Opening | None:
    """Return the lines from ``index`` on that open a quote, or None where none does."""
    text = plain(lines[index][:LONG])
    return _opening(lines, index, text) if _may_open(text) else None


def _opening(lines: list[str], index: int, text: str) -> Opening | None:
    if _is_marker(text):
        return Opening(start=index, end=_after_header(lines, index + 1))
    end = _attribution_end(lines, index, text)
    if end is not None:
        return Opening(start=index, end=end, attribution=True)
    if ":" in text:
        end = header_block_end(lines, index)
    if end is None and _is_notes_heading(lines, index, text):
        end = header_block_end(lines, index + 2) or index + 2
    return None if end is None else Opening(start=index, end=end)


def _may_open(text: str) -> bool:
    """Return whether a quote may open with the line: most lines bear no mark of one, and need no closer look."""
    return text.startswith(_STARTS) or ":" in text or "@" in text or "/" in text or _holds_date(text)


def _holds_date(text: str) -> bool:
    # Most lines have no digit at all.
    return _DIGIT.search(text) is not None and len(_DIGIT.findall(text[:_ATTRIBUTION_CHARS])) >= _DATE_DIGITS


def _bare_attribution(lines: list[str], index: int, text: str) -> Opening | None:
    """Return the line ``NHS Demo Service Desk wrote:`` where the quote stands right below it; with date and address, in any language."""
    end = index + 1
    if not text.endswith(":") and len(text) > _WRAPPED and end < len(lines):  # wrapped by a program
        text, end = f"{text} {plain(lines[end][:LONG])}".rstrip(), end + 1
    if len(text) > _ATTRIBUTION_CHARS or not text.endswith(":"):
        return None
    below = next((line for line in lines[end : end + 2] if line), "")
    if not level_of(below):
        return None
    known = len(text) <= 100 and text[:-1].rstrip().endswith(words.ATTRIBUTION_VERBS)
    return Opening(start=index, end=end, attribution=True) if known or _is_dated_address(text) else None


def _is_dated_address(text: str) -> bool:
    """Return whether the line holds an address and a time of day or a year, as attributions of every language do."""
    return "@" in text and _WHEN.search(text) is not None


def header_block_end(lines: list[str], index: int) -> int | None:
    """Return the line after the header block (From, Sent, To, Subject in any language) that begins at ``index``, or None."""
    first = _role(lines[index])
    if first is None:
        return _foreign_block_end(lines, index)
    if first == "other":
        return None
    roles = {first}
    end = index + 1
    blanks = 0
    for at in range(index + 1, min(index + _BLOCK, len(lines))):
        role = _role(lines[at])
        if role is not None:
            roles.add(role)
            end, blanks = at + 1, 0
        elif not lines[at].strip():
            blanks += 1
            if blanks > 1:
                break
        elif end != at or (blanks == 0 and "subject" in roles):
            break
    return end if "from" in roles and len(roles - {"other"}) >= 3 else None


def _foreign_block_end(lines: list[str], index: int) -> int | None:
    """Return the line after a header block in a language unknown here, or None: an address in its first line, a date in the second.

    Kimden: NHS Demo Service Desk <service@…>   /   Gönderildi: 20 Mart 2026 05:51   /   Kime: …   /   Konu: …
    """
    if index + 2 >= len(lines) or "@" not in lines[index] or not _FOREIGN_FROM.match(lines[index][:LONG]):
        return None
    second = _HEADER_LINE.match(lines[index + 1][:LONG])
    if second is None or len(_WHEN.findall(lines[index + 1][:LONG])) < _DATE_AND_TIME:
        return None
    end = index + 2
    while end < min(index + _BLOCK, len(lines)) and _HEADER_LINE.match(lines[end][:LONG]):
        end += 1
    labels = {word for line in lines[index:end] for word in plain(line.partition(":")[0]).split()}
    return end if end > index + 2 and not labels & _ENGLISH and not labels & words.FORM_WORDS else None


def _role(line: str) -> str | None:
    label, colon, _ = line[:LONG].partition(":")
    if not colon or len(label) > _LABEL_CHARS:
        return None
    return words.HEADER_ROLES.get(bare(label).lstrip("> "))


def _is_marker(text: str) -> bool:
    """Return whether the line is ``-----Original Message-----`` or one of its kin."""
    if _is_groupwise(text):
        return True
    if len(text) > 120 and not text.startswith("---"):
        return False
    marked = _MARKED.match(text)
    text = marked.group() if marked else text
    core = text.strip("-_=>*: \t")
    dashes = text.startswith(("--", "__", "==")) and core != text
    if core in words.ORIGINAL_MARKERS:
        return dashes or core.startswith("begin ") or text.endswith(":")
    return dashes and core.startswith("forwarded by ")


def _is_groupwise(text: str) -> bool:
    """Return whether the line is ``>>> "NHS Demo Service Desk" <service@…> 23/03/2026 12:09 >>>``."""
    return text.startswith(">>> ") and text.endswith(">>>") and "@" in text


def _after_header(lines: list[str], index: int) -> int:
    follower = _next_filled(lines, index)
    if follower is None:
        return index
    return header_block_end(lines, follower) or _attribution_end(lines, follower, plain(lines[follower])) or index


def _attribution_end(lines: list[str], index: int, text: str) -> int | None:
    """Return the line after the attribution ("On …, X wrote:") that begins at ``index``, or None."""
    text = text.lstrip("-_* ")
    if not text.startswith(_ATTRIBUTION_STARTS):
        return index + 1 if _names_first(text) else _dated_end(lines, index, text)
    verbs = next(verbs for start, verbs in words.ATTRIBUTIONS if text.startswith(start))
    joined = ""
    for at in range(index, min(index + _WRAP, len(lines))):
        line = plain(lines[at])
        if not line or len(joined) > _ATTRIBUTION_CHARS:
            return None
        joined += " " + line
        if line.rstrip("-_* ").endswith(":") and any(verb in joined for verb in verbs):
            return at + 1 if _has_when_or_who(joined) else None
    return None


def _dated_end(lines: list[str], index: int, text: str) -> int | None:
    """Return the line after an attribution that begins with a date in any language and ends with one of the verbs on a later line."""
    if not _holds_date(text):
        return None
    joined = text
    for at in range(index + 1, min(index + 3, len(lines))):
        joined = f"{joined} {plain(lines[at])}"
        if len(joined) > _ATTRIBUTION_CHARS or not lines[at].strip():
            return None
        if _names_first(joined):
            return at + 1
    return None


def _has_when_or_who(text: str) -> bool:
    return "@" in text or len(_DIGIT.findall(text[:LONG])) >= 3


def _names_first(text: str) -> bool:
    """Return whether the line is ``NHS Demo Service Desk <service@…> wrote:`` or a date and an address before a colon."""
    if len(text) > _ATTRIBUTION_CHARS:
        return False
    text = text.rstrip("-_* ")
    if not text.endswith(":"):
        return False
    body = text[:-1].rstrip()
    if body.endswith(words.ATTRIBUTION_VERBS):
        return "@" in body or sum(character.isdigit() for character in body) >= 4
    if any(f" {verb} am " in body or f" {verb} on " in body or f" {verb} le " in body for verb in words.ATTRIBUTION_VERBS):
        return _has_when_or_who(body)
    return body.endswith(">") and "@" in body and body[:4].isdigit()


def _is_notes_heading(lines: list[str], index: int, text: str) -> bool:
    """Return whether Notes' heading stands here: a name with an address, below it a date, below it To."""
    if index + 3 >= len(lines) or len(text) > 160 or ("@" not in text and "/" not in text):
        return False
    to = next((bare(line) for line in lines[index + 2 : index + 5] if line.strip()), "")
    if not (to == "to" or to.startswith(("to\t", "to ")) or to == "please respond to"):
        return False
    below = plain(lines[index + 1])
    return len(below) < 40 and sum(character.isdigit() for character in below) >= 6


def _with_rule_above(lines: list[str], kinds: list[Kind], start: int) -> int:
    """Return the first line of the rule (``____``) and the blank lines that stand right above ``start``."""
    first = start
    for index in range(start - 1, max(start - 5, -1), -1):
        text = lines[index].strip()
        if text and (text.strip("_-=*") or len(text) < 3 or kinds[index] is Kind.QUOTE):
            break
        if text:
            first = index
    return first


def _next_filled(lines: list[str], index: int) -> int | None:
    return next((at for at in range(index, len(lines)) if lines[at].strip()), None)


def _next_quoted(lines: list[str], index: int) -> int | None:
    """Return the first line with ``>`` shortly below an attribution: then lines without it are the author's."""
    return next((at for at in range(index, min(index + _BLOCK, len(lines))) if level_of(lines[at])), None)


def _mark(kinds: list[Kind], start: int, end: int) -> None:
    for index in range(start, end):
        kinds[index] = Kind.QUOTE
