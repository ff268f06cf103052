"""Expressions that look for a word first: they find what the plain expression finds, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.policy.mds import issue, labels, numbers, prose
from maild.policy.mds.quick import Quick, quick

IN_USE = {
    f"{module.__name__}.{name}": each
    for module in (issue, labels, numbers, prose)
    for name, each in vars(module).items()
    if isinstance(each, Quick)
}


def span(match: re.Match[str] | None) -> tuple[int, int] | None:
    """Return where a match stands."""
    return match.span() if match is not None else None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\b(?:call|ring) me\b", (" me",)),
        (r"colou?rs?", ("colo",)),
        (r"(?:red|green)+ light", (" light",)),
        (r"only|only me|just", ("just", "only")),
        (r"(?=urgent)\w+", ("urgent",)),
        (r"(?!urgent)\w+", ()),
        (r"\d{3}|abc", ()),
        (r"x*", ()),
        (r"['(]s", ("s",)),
    ],
)
def test_words_are_those_that_every_match_holds(pattern: str, words: tuple[str, ...]) -> None:
    """Of a sequence the most telling part counts, of alternatives all of them; optional and negative parts tell nothing."""
    assert words == quick(pattern, re.IGNORECASE).words


@pytest.mark.parametrize("name", IN_USE)
@given(data=st.data())
def test_what_the_expression_matches_is_found(name: str, data: st.DataObject) -> None:
    """Every text that an expression in use matches is found at the same place as without the look for a word."""
    expression = IN_USE[name]
    text = data.draw(st.from_regex(expression.pattern))
    assert span(expression.pattern.search(text)) == span(expression.search(text))


def test_other_letters_of_the_same_case_are_no_reason_to_miss_a_match() -> None:
    """A text that is not ASCII is always tried: there, letters have more forms than their lower case."""
    assert span(quick("kelvin", re.IGNORECASE).search("\u212aelvin")) == (0, 6)


def test_all_places_and_replacements_are_those_of_the_expression() -> None:
    """Finding all and replacing do what the plain expression does, and leave alone a text without the word."""
    expression = quick("an", re.IGNORECASE)
    assert (
        [match.start() for match in expression.finditer("BANANA")],
        [*expression.finditer("cherry")],
        expression.sub("", "banana"),
        expression.sub("", "cherry"),
    ) == ([1, 3], [], "ba", "cherry")
