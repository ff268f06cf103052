"""``mds.toml``: fields, categories, and every mistake named (MDS-1, OPS-2)."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from maild.config.mds import load_mds, read_mds
from maild.policy.mds.fields import Condition, FieldType, Mode, Source
from maild.policy.mds.procedure import PROCEDURE

CONFIG = Path(__file__).parents[2] / "config"


def mistakes(folder: Path, text: str) -> list[tuple[int, str, str]]:
    """Return line, key and text of each mistake in an ``mds.toml`` that says ``text``."""
    path = folder / "mds.toml"
    path.write_text(text, encoding="utf-8")
    return [(mistake.line, mistake.key, mistake.text) for mistake in read_mds(path)[1]]


@pytest.mark.rule("MDS-1")
def test_the_shipped_file_is_the_procedure(tmp_path: Path) -> None:
    """The shipped file, an empty one and no file at all say the same: the procedure's own set."""
    assert read_mds(CONFIG / "mds.toml") == (PROCEDURE, [])
    assert read_mds(tmp_path / "mds.toml") == (PROCEDURE, [])
    assert load_mds({}) == PROCEDURE


@pytest.mark.rule("MDS-1")
def test_the_second_file_shows_categories() -> None:
    """The second file's categories can be put behind the first: mail flow, bulk change with a .csv, users who are called."""
    text = (CONFIG / "mds.toml").read_text(encoding="utf-8") + (CONFIG / "mds-categories.toml").read_text(encoding="utf-8")
    flow, bulk, locked = load_mds(tomllib.loads(text)).categories
    assert (flow.key, [field.type for field in flow.fields[:2]]) == ("mail_flow", [FieldType.EMAIL, FieldType.EMAIL_LIST])
    assert (bulk.attachments, bulk.fields[2].when) == ((".csv",), Condition(attachment=".csv"))
    assert (locked.rfi_by_mail, locked.auto_resolve, locked.call_back) == (False, False, True)


def test_own_fields() -> None:
    """A field takes from the procedure what it leaves out, and may be all one's own."""
    rules = load_mds(
        {
            "mode": "lenient",
            "settle": "5m",
            "field": [
                {"key": "contact_number", "synonyms": ["Bat phone"], "region": "IE", "sources": ["form"]},
                {"key": "urgent", "label": "Urgent?", "type": "choice", "choices": ["yes", "no"], "when": {"field": "contact_number"}},
            ],
        }
    )
    phone, urgent = rules.fields
    assert (rules.mode, rules.settle, phone.label, phone.type) == (
        Mode.LENIENT,
        timedelta(minutes=5),
        "Requestor contact number",
        FieldType.PHONE,
    )
    assert ("Bat phone" in phone.synonyms, "mobile" in phone.synonyms, phone.region, phone.sources) == (True, True, "IE", (Source.FORM,))
    assert (urgent.choices, urgent.when, urgent.required) == (("yes", "no"), Condition(field="contact_number"), True)


def test_a_mistake_raises() -> None:
    """Data with mistakes raise, with the path of the key."""
    with pytest.raises(ValidationError, match=r"field\.0\.colour"):
        load_mds({"field": [{"key": "contact_number", "colour": "red"}]})


@pytest.mark.rule("MDS-1", "OPS-2")
@pytest.mark.parametrize(
    ("text", "line", "key", "part"),
    [
        ('mode = "stern"', 1, "mode", "strict"),
        ('[[field]]\nkey = "asset"\nlabel = "Asset"', 1, "field[1]", "needs a type"),
        ('[[field]]\nkey = "asset"\ntype = "text"', 1, "field[1]", "needs a label"),
        ('[[field]]\nkey = "a"\nlabel = "A"\ntype = "choice"', 1, "field[1]", "needs choices"),
        ('[[field]]\nkey = "a"\nlabel = "A"\ntype = "pattern"', 1, "field[1]", "needs a pattern"),
        ('[[field]]\nkey = "a"\nlabel = "A"\ntype = "pattern"\npattern = "("', 5, "field[1].pattern", "no regular expression"),
        ('[[field]]\nkey = "affected_users_count"\nminimum = 5\nmaximum = 2', 1, "field[1]", "greater than maximum"),
        ('[[field]]\nkey = "evidence"\nwhen = {}', 3, "field[1].when", "a field or an attachment"),
        ('[[field]]\nkey = "evidence"\nwhen = { equals = ["x"], attachment = ".csv" }', 3, "field[1].when", "needs a field"),
        ('[[field]]\nkey = "evidence"\nwhen = { attachment = "csv" }', 3, "field[1].when.attachment", "ending"),
        ('[[field]]\nkey = "evidence"\nwhen = { field = "nobody" }', 3, "field[1].when.field", 'no field "nobody"'),
        ('[[field]]\nkey = "evidence"\n[[field]]\nkey = "evidence"', 4, "field[2].key", "stands twice"),
        ('[[category]]\nkey = "flow"\nlabel = "Flow"', 1, "category[1]", "keywords or recipients"),
        ('[[category]]\nkey = "flow"\nlabel = "Flow"\nkeywords = ["a"]\nkeyword = "b"', 5, "category[1].keyword", "did you mean keywords"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, line: int, key: str, part: str) -> None:
    """Each mistake is named with its line and its key."""
    found = mistakes(tmp_path, text)
    assert [(place, name) for place, name, _ in found] == [(line, key)]
    assert part in found[0][2]
