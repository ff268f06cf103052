"""The index of rules against the code and the tests."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rules_index import INDEX, OPEN, current, files, ids_in_code, ids_on_tests, read_index


def test_ids_in_code_exist() -> None:
    """Every rule that the code names stands in the index."""
    known = {row.id for row in read_index(INDEX.read_text(encoding="utf-8"))}
    assert {} == {id_: files for id_, files in ids_in_code().items() if id_ not in known}


def test_ids_on_tests_exist() -> None:
    """Every rule that a test is marked with stands in the index."""
    known = {row.id for row in read_index(INDEX.read_text(encoding="utf-8"))}
    assert {} == {id_: files for id_, files in ids_on_tests().items() if id_ not in known}


def test_a_rule_that_is_not_open_has_a_test() -> None:
    """The index calls no rule tested that no test shows."""
    tested = ids_on_tests()
    assert [] == [row.id for row in read_index(INDEX.read_text(encoding="utf-8")) if row.tested != OPEN and row.id not in tested]


def test_the_index_names_only_what_is_there() -> None:
    """Every module and test that the index names is there and bears the rule; ``python -m tests.rules_index --write`` adds new ones."""
    code, tests = ids_in_code(), ids_on_tests()
    for row in read_index(INDEX.read_text(encoding="utf-8")):
        assert set() == named(row.obeyed) - named(files(code.get(row.id, set()))), row.id
        assert set() == named(row.tested) - named(files(tests.get(row.id, set()))), row.id


def named(cell: str) -> set[str]:
    """Return the names that stand in a cell of the index."""
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_rule_stands_once_with_a_sentence() -> None:
    """Each rule has one row, and each row a sentence."""
    rows = read_index(INDEX.read_text(encoding="utf-8"))
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.sentence.endswith(".") for row in rows)


def test_where_columns_are_found(tmp_path: Path) -> None:
    """Ids are found in comments of the code, on marks of tests, and in the head of a story."""
    for name, text in {
        "maild/a.py": "x = 1  # never twice (OUT-2, OUT-3)\n",
        "tests/test_a.py": 'import pytest\n@pytest.mark.rule("OUT-2", "INT-5")\ndef test_x(): "(OUT-3)"\n',
        "tests/stories/b.story": "# rules: REM-1\nat 2026-01-01 (REM-2)\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    code, tests = ids_in_code(tmp_path), ids_on_tests(tmp_path)
    assert {"OUT-2": {"maild/a.py"}, "OUT-3": {"maild/a.py"}} == code
    assert {"OUT-2": {"tests/test_a.py"}, "INT-5": {"tests/test_a.py"}, "REM-1": {"tests/stories/b.story"}} == tests
    text = "# Rules\n| OUT-2 | Once. | | | part |\n| OUT-3 | In order. | | `gone` | |\n"
    assert ("# Rules\n| OUT-2 | Once. | `a` | `test_a` | part |\n| OUT-3 | In order. | `a` | open |  |\n") == current(text, code, tests)
