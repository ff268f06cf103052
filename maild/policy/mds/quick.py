"""Regular expressions that first look for a word that every match must hold: most sentences have none, and need no closer look.

``quick`` takes what ``re.compile`` takes. The words are read off the expression by the standard library's own parser; where there are none
to be had, or the text is not ASCII (where letters have more than one case), the expression is simply tried.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

_MOST = 24  # words; to look for more takes as long as the expression
_parser: Any = importlib.import_module("re._parser")


class Quick:
    """A compiled expression, tried only on texts that it could match.

    Attributes:
        words: every match in an ASCII text holds one of them; () where nothing is known.
    """

    __slots__ = ("pattern", "words")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        words = _required(_parser.parse(pattern.pattern, pattern.flags))
        shortest = tuple(sorted(word for word in words if not any(other in word for other in words if other != word)))
        self.words = shortest if len(shortest) <= _MOST else ()

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match in ``text``, or None."""
        return self.pattern.search(text) if self._may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return the matches in ``text``, in order."""
        return self.pattern.finditer(text) if self._may_match(text) else iter(())

    def sub(self, replacement: str, text: str) -> str:
        """Return ``text`` with each match replaced."""
        return self.pattern.sub(replacement, text) if self._may_match(text) else text

    def _may_match(self, text: str) -> bool:
        if not self.words or not text.isascii():
            return True
        lowered = text.lower()
        for word in self.words:  # noqa: SIM110  # any() with a generator takes three times as long
            if word in lowered:
                return True
        return False


def quick(pattern: str, flags: int = 0) -> Quick:
    """Return the expression, compiled, with its words."""
    return Quick(re.compile(pattern, flags))


def _required(parsed: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    """Return words of which every match holds at least one: the most telling that the parts of a sequence have; none where unknown."""
    best: frozenset[str] = frozenset()
    run = ""
    for kind, value in (*parsed, (None, None)):
        if str(kind) == "LITERAL":
            run += chr(value).lower()
            continue
        for words in (frozenset({run} if run else ()), _words_of(str(kind), value)):
            if words and (not best or _telling(words) > _telling(best)):
                best = words
        run = ""
    return best


def _words_of(kind: str, value: Any) -> frozenset[str]:
    """Return the words of one part of a sequence."""
    match kind:
        case "SUBPATTERN":
            return _required(value[3])
        case "ATOMIC_GROUP":
            return _required(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if value[0] >= 1:
            return _required(value[2])
        case "ASSERT":
            return _required(value[1])
        case "BRANCH":
            each = [_required(branch) for branch in value[1]]
            return frozenset().union(*each) if all(each) else frozenset()
        case "IN" if len(value) <= 4 and all(str(one) == "LITERAL" for one, _ in value):
            return frozenset(chr(code).lower() for _, code in value)
        case _:
            return frozenset()


def _telling(words: frozenset[str]) -> tuple[int, int]:
    """Return how rarely one of ``words`` will stand in a text where nothing matches: three letters and few words are best."""
    return min(3, min(map(len, words))), -len(words)
