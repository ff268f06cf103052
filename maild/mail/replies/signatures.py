"""Where a signature begins: after ``-- ``, after a closing formula, or at the name that stands at the end.

    Kind regards                     Zofia Wieczorek
    Meg Pryce                        IT Service Desk Analyst
    Tel: 0113 496 0123

The formula goes with the signature ("Kind regards"); thanks go with it only when the name stands right below, since people
also write them as their last sentence. All below the start must look like a signature, else nothing is folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from maild.mail.replies import words
from maild.mail.replies.closings import Closing, closing_of, signs_with_name
from maild.mail.replies.lines import bare, paragraphs, plain
from maild.mail.replies.reply import Kind

_MOST_LINES = 30
_NICKNAME = 7  # letters
_NAME = re.compile(r"[^\W\d_][\w'’.\-]*(?:\s+[^\W\d_(][\w'’.\-]*){0,4}")
_MARK = frozenset({"--", "-- ", "---", "—", "__"})
_PHONE = re.compile(r"\+?\(?\d[\d ()\-.]{6,20}\d")
_WORD = re.compile(r"[\w'’]+")
_POSTCODE = re.compile(r"\b[A-Za-z]{1,2}\d[A-Za-z\d]?\s?\d[A-Za-z]{2}\b")
_DECORATION = re.compile(r"\((?:he|she|they|him|her|mr|mrs|ms|miss|dr|rgn|rn)[^)]{0,30}\)|,.{0,60}$", re.IGNORECASE)
_FIRST = re.compile(r"\s?[|/•·]|\s[-–—]\s|\t")  # what parts a name from the role on its line
_ASIDES = (
    "i work",
    "i am in the office",
    "my working",
    "my normal working",
    "please note i",
    "please note that i",
    "please note my",
    "in the office",
    "i do not work",
    "working days",
    "non-working",
    "i don't work",
    "usual working",
    "normal working",
    "follow us",
    "our values",
    "our vision",
    "our mission",
    "find us",
    "like us on",
    "visit us",
    "visit our",
    "join us",
    "to find out more",
    "please do not feel obliged",
    "don't feel obliged",
    "i may send",
    "outside of your working hours",
)


_ABOVE_FORM = 30  # lines in which a signature above the form may begin
_SIGNED_LINES = 12
_NAME_CHARS = 80
_NAME_BLANKS = 9


def mark_signatures(lines: list[str], kinds: list[Kind], author: str, known: frozenset[str]) -> None:
    """Mark the signature at the end of each stretch of text; ``known`` are lines that the HTML says are signature."""
    names = _name_words(author)
    for start, end in _stretches(kinds):
        begin = _start(lines, kinds, start, end, names, known)
        if begin is not None:
            for index in range(begin, end):
                if kinds[index] is Kind.TEXT:
                    kinds[index] = Kind.SIGNATURE


def mark_above_form(lines: list[str], kinds: list[Kind], author: str, is_label: Callable[[int], bool]) -> None:
    """Mark a signature that stands above the form: a closing formula or the author's name, no more than roles and places below it.

    ``is_label`` tells whether the form's own label begins at a line. Something is written above the signature, and a blank line parts it
    from the form: else a line or two of the form itself, or all that a person wrote, might be taken for one.
    """
    names = _name_words(author)
    for index in range(min(len(lines), _ABOVE_FORM)):
        line = lines[index]
        if not line or len(line) > _NAME_CHARS or ":" in line or line.count(" ") > _NAME_BLANKS or kinds[index] is not Kind.TEXT:
            continue
        closes = closing_of(line) is not None
        if not closes and not (_by_author(line, names) and _is_name(line, names)):
            continue
        below = range(index + 1, min(index + _SIGNED_LINES, len(lines)))
        end = next((at for at in below if kinds[at] is Kind.TEXT and lines[at].strip() and is_label(at)), None)
        between = [lines[at] for at in range(index + 1, end or index) if lines[at].strip()]
        parted = end is not None and not lines[end - 1].strip() and any(each.strip() for each in lines[:index])
        if end is not None and parted and (between or not closes) and all(_may_follow_closing(line) for line in between):
            kinds[index:end] = [Kind.SIGNATURE if kind is Kind.TEXT else kind for kind in kinds[index:end]]
            return


def _stretches(kinds: list[Kind]) -> list[tuple[int, int]]:
    """Return (first, end) of each stretch between quotes."""
    found = []
    first: int | None = None
    for index, kind in enumerate(kinds):
        if kind is Kind.QUOTE:
            if first is not None:
                found.append((first, index))
            first = None
        elif first is None:
            first = index
    if first is not None:
        found.append((first, len(kinds)))
    return found


def _start(lines: list[str], kinds: list[Kind], start: int, end: int, names: frozenset[str], known: frozenset[str]) -> int | None:
    marked = _marked_start(lines, kinds, start, end)
    if marked is not None:
        above = _unmarked_start(lines, kinds, start, marked, names, known)
        return _with_closing(lines, start, marked) if above is None else above
    return _unmarked_start(lines, kinds, start, end, names, known)


def _unmarked_start(lines: list[str], kinds: list[Kind], start: int, end: int, names: frozenset[str], known: frozenset[str]) -> int | None:
    """Return the line at which a closing formula or a name begins a signature that goes on to ``end``."""
    floor = max(start, end - _MOST_LINES - sum(kind is not Kind.TEXT for kind in kinds[max(start, end - 200) : end]))
    filled = [index for index in range(floor, end) if kinds[index] is Kind.TEXT and lines[index].strip()]
    if not filled:
        return None
    whole = not any(kinds[index] is Kind.TEXT and lines[index].strip() for index in range(start, floor)) and filled[0]
    closing = next((index for index in filled if _closes(lines[index], names) and _tail_fits(lines, filled, index)), None)
    if closing is not None:
        return closing
    hinted = _hinted(lines, filled, known)
    candidate = _first_candidate(lines, filled, names)
    best = min((index for index in (hinted, candidate) if index is not None), default=None)
    if best is None:
        return None
    if best == whole and hinted is None and best is filled[0] and not _by_author(lines[best], names):
        return None
    return _with_closing(lines, start, best)


def _marked_start(lines: list[str], kinds: list[Kind], start: int, end: int) -> int | None:
    """Return the line of the ``-- `` mark that begins the signature of this stretch."""
    for index in range(end - 1, max(start - 1, end - _MOST_LINES - 30), -1):
        if kinds[index] is Kind.TEXT and (lines[index] in _MARK or lines[index].strip() == "--"):
            return index
    return None


def _with_closing(lines: list[str], start: int, begin: int) -> int:
    """Return ``begin``, moved up over the closing formula that stands above it."""
    above = begin - 1
    while above >= start and not lines[above].strip():
        above -= 1
    if above < start:
        return begin
    closing = closing_of(lines[above])
    if closing is Closing.REGARDS:
        return above
    right_above = above == begin - 1 or lines[above].rstrip().endswith(",")
    return above if closing is Closing.THANKS and right_above and lines[begin].strip() not in _MARK else begin


def _closes(line: str, names: frozenset[str]) -> bool:
    return closing_of(line) is Closing.REGARDS or signs_with_name(line, names)


def _tail_fits(lines: list[str], filled: list[int], start: int) -> bool:
    """Return whether all lines below a closing formula may be a signature; no postscript, no form."""
    below = [lines[index] for index in filled if index > start]
    return all(_may_follow_closing(line) for line in below)


def _may_follow_closing(line: str) -> bool:
    if signature_like(line):
        return True
    text = plain(line)
    if text.startswith(("ps", "p.s", "nb", "n.b", "also", "edit:", "re:", "•", "* ", "- ")) or "?" in text:
        return False
    found = set(_WORD.findall(text))
    return len(text) <= 120 and not words.TALK & found and not (":" in text and words.FORM_WORDS & found)


def _hinted(lines: list[str], filled: list[int], known: frozenset[str]) -> int | None:
    if not known:
        return None
    start = None
    for index in reversed(filled):
        if plain(lines[index]) not in known:
            break
        start = index
    return start


def _first_candidate(lines: list[str], filled: list[int], names: frozenset[str]) -> int | None:
    """Return the first line that may be the signature's first, with nothing but signature below it."""
    last_paragraph = _last_paragraph(lines, filled)
    best: int | None = None
    for position in range(len(filled) - 1, -1, -1):
        index = filled[position]
        line = lines[index]
        if _is_name(line, names) and _may_start(lines, index, position == 0, last_paragraph, names):
            best = index
        if not signature_like(line):
            break
    return best


def _last_paragraph(lines: list[str], filled: list[int]) -> int:
    return paragraphs(lines, filled[0], filled[-1] + 1)[-1][0]


def _may_start(lines: list[str], index: int, top: bool, last_paragraph: int, names: frozenset[str]) -> bool:
    above = lines[index - 1].strip() if index else ""
    if (above.endswith(":") and not above.startswith(">")) or ("\t" in above and "\t" in lines[index]):
        return False  # the value below a label, or a further row of a table
    closed = closing_of(above) is not None
    if _by_author(lines[index], names):
        return not top or not lines[index].rstrip().endswith(",")
    if not above and top:
        return False
    if index == last_paragraph and not above:
        return not names or _plausible_stranger(lines, index, names)
    return closed


def _plausible_stranger(lines: list[str], index: int, names: frozenset[str]) -> bool:
    """Return whether a name that is not the sender's may still be the author's.

    A nickname is, and a name above its role or phone, and any name where a shared mailbox sent the mail.
    """
    found = bare(lines[index]).split()
    if len(found) == 1:
        return len(found[0]) <= _NICKNAME
    if names & words.SHARED or any(not name.isalpha() for name in names):
        return len(found) <= 4
    below = [line for line in lines[index + 1 : index + 4] if line.strip()]
    return any(_PHONE.search(line) or _is_link(plain(line)) or words.ROLES & set(_WORD.findall(plain(line))) for line in below)


def _is_name(line: str, names: frozenset[str]) -> bool:
    text = _FIRST.split(_DECORATION.sub("", line.strip()), maxsplit=1)[0].strip("*_ \t-–~").strip(" ,.!*_")
    if not text or len(text) > 60:
        return False
    said = _WORD.findall(plain(text))
    if names & set(said) and all(word in names or word.isdigit() for word in said):
        return True  # a shared mailbox's name: Ward 12 Admin
    if not _NAME.fullmatch(text):
        return False
    found = [word.strip(".,") for word in text.split()]
    if words.NOT_NAMES & {word.lower() for word in found}:
        return False
    if names & {word.lower() for word in found}:
        return len(found) <= 5
    return all(word[0].isupper() or word in ("de", "van", "der", "von", "ap", "ab", "bin", "ni", "mac", "and", "of") for word in found)


def _by_author(line: str, names: frozenset[str]) -> bool:
    """Return whether the line bears the author's name, or a short form of it (Archie for Archibald)."""
    found = [word for word in _WORD.findall(plain(line)) if len(word) > 1]
    if not found or len(found) > 8:
        return False
    if names & set(found):
        return True
    return any(name[:3] == word[:3] and len(word) >= 3 for word in found[:2] for name in names if len(name) >= 3)


def _name_words(author: str) -> frozenset[str]:
    """Return the words of the author's name and of the address's local part."""
    name, _, address = author.partition("<")
    local = (address or (name if "@" in name else "")).partition("@")[0]
    text = ("" if "@" in name else name) + " " + local.replace(".", " ").replace("_", " ")
    return frozenset(word for word in _WORD.findall(plain(text)) if len(word) > 1 and not word.isdigit()) - words.NOT_NAMES - words.TALK


def signature_like(line: str) -> bool:
    """Return whether a line may stand in a signature: a name, role, place, number, address or link, not talk."""
    text = plain(line.replace("IT", ""))  # the department, no pronoun
    if not text or text in _MARK:
        return True
    if len(text) > 200 or text.startswith(("•", "* ", "- ", "> ", "ps ", "p.s", "ps:")):
        return False
    if any(phrase in text for phrase in _ASIDES):
        return True
    if text[0].isdigit() and len(text) < 30 and not _PHONE.search(text) and not _POSTCODE.search(text):
        return False
    if _is_link(text):
        return len(_WORD.findall(text)) <= 24
    label, colon, rest = text.partition(":")
    if (
        colon
        and not rest.startswith("//")
        and not _is_contact(label)
        and (words.FORM_WORDS & set(label.split()) or not _PHONE.fullmatch(rest.strip()))
    ):
        return False
    if text.endswith("?"):
        return False
    if colon and _is_contact(label):
        return len(_WORD.findall(text)) <= 24
    found = _WORD.findall(text)
    if text.endswith((".", "!")) and len(found) > 5:
        return False
    return len(found) <= 14 and not words.TALK & set(found)


def _is_contact(label: str) -> bool:
    """Return whether a signature's line may begin so: ``Tel``, ``Direct dial / Deialu uniongyrchol``, ``Ward 7 office``."""
    parts = [part.strip() for part in bare(label).replace("|", "/").split("/")]
    found = [word for part in parts for word in part.split()]
    if not found or len(found) > 8 or words.TALK & set(found):
        return False
    return any(part in words.CONTACT_LABELS or part.split()[-1] in words.CONTACT_LABELS for part in parts if part)


def _is_other_phone(label: str, rest: str) -> bool:
    """Return whether the line is a number under some place's name: ``Workshop: 0113 496 0840``."""
    return _PHONE.fullmatch(rest.strip()) is not None and not words.FORM_WORDS & set(label.split())


def _is_link(text: str) -> bool:
    return text.startswith(("http", "www.", "<http", "[cid:", "[image")) or ("@" in text and len(text.split()) <= 4)
