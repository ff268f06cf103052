"""The index of rules, ``docs/rules.md``, held against the code and the tests.

The ids, the sentences and the notes on what is still open are written by hand; where a rule is obeyed and tested is written by
``python -m tests.rules_index --write``, from the ids in the code's comments and docstrings and on the tests' ``rule`` marks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "docs" / "rules.md"
ID = re.compile(r"\b(?:STA|INT|REF|ACK|SVC|MDS|RFI|REM|RES|AGT|HSS|LOOP|BNC|OUT|PRV|OPS|STO|SCL)-\d{1,2}\b")
OPEN = "open"
HEADER = "| id | rule | obeyed in | tested in | still open |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule of the index; ``note`` says what of it is still open although a test shows the rest."""

    id: str
    sentence: str
    obeyed: str
    tested: str
    note: str

    def __str__(self) -> str:
        """Return the row as Markdown."""
        return f"| {self.id} | {self.sentence} | {self.obeyed} | {self.tested} | {self.note} |"


def read_index(text: str) -> list[Row]:
    """Return the rows of the index."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if ID.match(line.removeprefix("| "))]
    return [Row(id=id_, sentence=sentence, obeyed=obeyed, tested=tested, note=note) for id_, sentence, obeyed, tested, note in cells]


def ids_in_code(root: Path = ROOT) -> dict[str, set[str]]:
    """Return each id that the code names, with the files that do."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "maild").rglob("*.py")):
        for id_ in ID.findall(path.read_text(encoding="utf-8")):
            found.setdefault(id_, set()).add(path.relative_to(root).as_posix())
    return found


def ids_on_tests(root: Path = ROOT) -> dict[str, set[str]]:
    """Return each id that a test or a story is marked with, with the files that are."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "tests").rglob("*.py")):
        for id_ in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(id_, set()).add(path.relative_to(root).as_posix())
    for path in sorted((root / "tests").rglob("*.story")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for id_ in ID.findall(line) if line.startswith("# rules:") else ():
                found.setdefault(id_, set()).add(path.relative_to(root).as_posix())
    return found


def _marks(tree: ast.AST) -> Iterator[str]:
    """Yield the ids of every ``pytest.mark.rule("…", …)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def current(text: str, code: Mapping[str, set[str]], tests: Mapping[str, set[str]]) -> str:
    """Return the index as it ought to be."""
    rows = {row.id: row for row in read_index(text)}
    lines = []
    for line in text.splitlines():
        match = ID.match(line.removeprefix("| "))
        if match and match.group() in rows:
            row = rows[match.group()]
            line = str(
                Row(
                    id=row.id,
                    sentence=row.sentence,
                    obeyed=files(code.get(row.id, set())),
                    tested=files(tests.get(row.id, set())) or OPEN,
                    note=row.note,
                )
            )
        lines.append(line)
    return "\n".join(lines) + "\n"


def files(paths: set[str]) -> str:
    """Return the files as a cell of the index names them."""
    return ", ".join(f"`{path.removeprefix('maild/').removeprefix('tests/').removesuffix('.py')}`" for path in sorted(paths))


def main() -> int:
    """Write the index anew with ``--write``; else return 1 where it is not current."""
    text = INDEX.read_text(encoding="utf-8")
    new = current(text, ids_in_code(), ids_on_tests())
    if "--write" in sys.argv:
        INDEX.write_text(new, encoding="utf-8")
        return 0
    return int(text != new)


if __name__ == "__main__":
    raise SystemExit(main())
