"""Numbers to call and addresses that a program broke over two lines, put together again (MDS-2)."""

from __future__ import annotations

import re
from itertools import pairwise

from maild.mail.replies import NewLine

_LINE_CHARS = 200
_BEGUN = re.compile(r"(?<![\w@.+/-])\(?(?:\+\d|0\d)[\d ()-]{0,12}$")
_REST = re.compile(r"\d[\d ()-]{1,12}\d(?![\w@/])")
_WHOLE = (10, 11)  # digits of a number to call
_OPEN_ADDRESS = re.compile(
    r"[\w+-](?:[\w.+'-]{0,62}[\w+-])?@(?:[\w-]{1,40}(?:\.[\w-]{1,40}){0,4}-)?$|\w@\w[\w-]{1,40}\.$|\w@\w[\w-]{1,40}$|\w-$"
)
_DIGITS = frozenset("0123456789")
_GOES_ON = re.compile(r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)+|@[\w-]+(?:\.[\w-]+)+|\.[a-z][\w-]*(?:\.[\w-]+)*")


def mended(lines: tuple[NewLine, ...]) -> tuple[NewLine, ...]:
    """Return the lines with what was broken in the middle of a number or an address on the line where it begins."""
    if not any(_may_break(above.text, below.text) for above, below in pairwise(lines)):
        return lines
    found: list[NewLine] = []
    for line in lines:
        above = found[-1].text if found else ""
        joint = _joint(above, line.text.lstrip()) if _may_break(above, line.text) else None
        if joint is None:
            found.append(line)
        else:
            found[-1] = NewLine(number=found[-1].number, text=f"{above}{joint}{line.text.lstrip()}")
    return tuple(found)


def _may_break(above: str, below: str) -> bool:
    if not above or not below:
        return False
    last = above[-1]
    return (last in _DIGITS and below.lstrip()[:1] in _DIGITS) or (last in "@.-" and "@" in above) or below[0] in "@."


def _joint(above: str, below: str) -> str | None:
    """Return what to put between two lines of which the first ends in the middle of a number or an address, None where it does not."""
    last, first = above[-1:], below[:1]
    if len(above) > _LINE_CHARS or not first:
        return None
    if last.isdigit() and first.isdigit():
        begun, rest = _BEGUN.search(above[-20:]), _REST.match(below[:20])
        if (
            begun is not None
            and rest is not None
            and _digits(begun.group() + rest.group()) in _WHOLE
            and _digits(begun.group()) < _WHOLE[0]
        ):
            return " "
        return None
    if last in "@.-" or first in "@.":
        return "" if _breaks_address(above, below) else None
    return None


def _breaks_address(above: str, below: str) -> bool:
    goes_on = _GOES_ON.match(below)
    if goes_on is None:
        return False
    if above.endswith("@"):
        return len(above) > 1 and not above[-2].isspace()
    if below.startswith("@"):
        return above[-1].isalnum()
    if below.startswith("."):
        return "@" in above.rpartition(" ")[2] and "." not in above.rpartition("@")[2]
    return "@" in above.rpartition(" ")[2] and _OPEN_ADDRESS.search(above[-120:]) is not None and goes_on.group().islower()


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
