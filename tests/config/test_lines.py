"""Where each key of a TOML file stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.config.lines import Path, key_lines, line_of

SPECIMEN = '''\
top = 1 # a comment with [brackets] = "and quotes"
"quoted key"."with.dot" = """
[not a table]
x = 1"""
[a]
b.c = [
  1, # one
  { d = "}", 'e' = ']' },
]

[[list]]
x = 'it''s'
[list.inner]
y = 2026-01-01 10:00:00
[[list]]
x = """two quotes at the end"""""
z = {}
'''


def test_every_kind_of_key() -> None:
    """Tables, arrays of tables, dotted, quoted and inline keys, and the items of arrays have their lines."""
    specimen = SPECIMEN.replace("x = 'it''s'", "x = 'its'")
    assert {
        ("top",): 1,
        ("quoted key",): 2,
        ("quoted key", "with.dot"): 2,
        ("a",): 5,
        ("a", "b"): 6,
        ("a", "b", "c"): 6,
        ("a", "b", "c", 0): 7,
        ("a", "b", "c", 1): 8,
        ("a", "b", "c", 1, "d"): 8,
        ("a", "b", "c", 1, "e"): 8,
        ("list",): 11,
        ("list", 0): 11,
        ("list", 0, "x"): 12,
        ("list", 0, "inner"): 13,
        ("list", 0, "inner", "y"): 14,
        ("list", 1): 15,
        ("list", 1, "x"): 16,
        ("list", 1, "z"): 17,
    } == key_lines(specimen)


@pytest.mark.parametrize(("path", "line"), [(("a", "b"), 2), (("a", "none", "deep"), 1), (("none",), 1), ((), 1), (("c", "d"), 4)])
def test_a_missing_key_is_at_its_table(path: Path, line: int) -> None:
    """A key that is not there has the line of the nearest table around it, or the first."""
    assert line == line_of(key_lines("[a]\nb = 1\n\n[c]\n"), path)


def paths_of(value: Any, path: Path = ()) -> set[Path]:
    """Return the paths of everything inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        {path}.union(*(paths_of(item, (*path, key)) for key, item in inner))
        if path
        else set().union(*(paths_of(v, (k,)) for k, v in inner))
    )


keys = st.text("ab-_1", min_size=1, max_size=3) | st.sampled_from(['"x y"', '"a.b"', "'#'", '"]="'])
scalars = st.sampled_from(
    ["1", "-0.5e3", "true", '"}"', "'''a\n]'''", '"""\n# x = 1\\"\n"""', "2026-01-01", "1979-05-27T07:32:00Z", '"\\\\"']
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ " + ", # c\n ".join(items) + " ]")
        | st.dictionaries(keys, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {item}" for key, item in table.items()) + "}"
        )
    ),
    max_leaves=6,
)
tables = st.lists(
    st.tuples(st.sampled_from(["[t{}]", "[[l]]", "[[l.m]]", "[ t{} . u ]"]), st.dictionaries(keys, values, max_size=3)), max_size=5
)


@given(tables)
def test_scanner_sees_what_tomllib_sees(drawn: list[tuple[str, dict[str, str]]]) -> None:
    """For any document that tomllib accepts, the scanner finds exactly the keys that it has."""
    text = "".join(
        header.format(number) + "\n" + "".join(f"{key}\t=  {value} # end\n" for key, value in table.items())
        for number, (header, table) in enumerate(drawn)
    )
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # two spellings of one key
    assert paths_of(data) == set(key_lines(text))
