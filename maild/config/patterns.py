"""Which regular expressions of an administrator may run on mail: those whose work is bounded before they are tried.

The number of ways in which a pattern can match at one place is counted on its parsed form: a repeat counts its lengths, a sequence
multiplies, alternatives add, and a repeat of what can match in several ways raises them to its power.
"""

from __future__ import annotations

import importlib
import re
import warnings
from typing import Any

MOST_SEARCHED = 1_000  # ways at each place of a text
MOST_ANSWERED = 1_000_000  # ways for a whole short answer, tried at one place
UNBOUNDED_ANSWER = 200  # what a repeat without bound counts in an answer
_BOUND = 100
_ENDLESS = 10**9
_TOKEN = re.compile(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\(\??)|(?P<many>[*+]|\{(?P<least>\d*),\})|(?P<few>\?|\{[\d,]+\})|(?P<other>.)",
    re.DOTALL,
)
_parser: Any = importlib.import_module("re._parser")


class _Fault(Exception):
    """What is wrong with a pattern."""


def bounded(pattern: str) -> str:
    """Return ``pattern`` with 99 times where it says "any number of times": in a mail that is as good, and it ends."""
    pieces = []
    repeatable = False
    for token in _TOKEN.finditer(pattern):
        piece = token[0]
        if repeatable and token["many"]:
            least = {"*": "0", "+": "1"}.get(piece, token["least"] or "0")
            piece = f"{{{least},{_BOUND - 1}}}" if int(least) < _BOUND else piece
        pieces.append(piece)
        repeatable = bool(token["atom"]) or (bool(token["other"]) and piece not in "|^$")
    return "".join(pieces)


def search_fault(pattern: str) -> str:
    """Return why ``pattern`` may not be searched for in mail, "" where it may."""
    return _fault(pattern, most=MOST_SEARCHED, unbounded=0)


def answer_fault(pattern: str) -> str:
    """Return why ``pattern`` may not be matched with a whole answer, "" where it may."""
    return _fault(pattern, most=MOST_ANSWERED, unbounded=UNBOUNDED_ANSWER)


def _fault(pattern: str, *, most: int, unbounded: int) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of doubtful sets, which are no harm
            re.compile(pattern)
            ways = _ways(_parser.parse(pattern), unbounded)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    except _Fault as fault:
        return str(fault)
    return (
        ""
        if ways <= most
        else f"can match in more than {most} ways at one place, which would take too long: bound its repeats more tightly"
    )


def _ways(parsed: Any, unbounded: int) -> int:
    ways = 1
    for operation, argument in parsed:
        ways = min(ways * _ways_of(str(operation), argument, unbounded), _ENDLESS)
    return ways


def _ways_of(operation: str, argument: Any, unbounded: int) -> int:
    match operation:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(argument, unbounded)
        case "BRANCH":
            return sum(_ways(each, unbounded) for each in argument[1])
        case "SUBPATTERN":
            return _ways(argument[3], unbounded)
        case "ATOMIC_GROUP":
            return _ways(argument, unbounded)
        case "ASSERT" | "ASSERT_NOT":
            return _ways(argument[1], unbounded)
        case "GROUPREF_EXISTS":
            return sum(_ways(each, unbounded) for each in argument[1:] if each is not None)
    return 1


def _repeat(argument: Any, unbounded: int) -> int:
    least, greatest, body = argument
    inner = _ways(body, unbounded)
    if greatest >= _BOUND and inner > 1:
        raise _Fault("repeats what repeats or has alternatives, without a bound below 100")
    if inner > 1:
        return int(min(inner**greatest, _ENDLESS))
    if greatest < _BOUND:
        return int(greatest - least + 1)
    if not unbounded:
        raise _Fault("repeats without a bound below 100: write {0,50} for *, {1,50} for +")
    return unbounded
