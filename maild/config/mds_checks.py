"""Contradictions between the tables of ``mds.toml``: keys and labels that stand twice, conditions that can never hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maild.config.files import KeyPath, TomlFile
from maild.config.mds_tables import FieldTable, MdsFile
from maild.config.mistakes import Mistake
from maild.policy.mds.labels import normal
from maild.policy.mds.procedure import PROCEDURE

Placed = tuple[KeyPath, FieldTable]


def contradictions(file: TomlFile, form: MdsFile) -> Iterator[Mistake]:
    """Yield every mistake that no single table shows."""
    default: list[Placed] = [(("field", index), table) for index, table in enumerate(form.field)]
    standing = [] if default else [rule.key for rule in PROCEDURE.fields]
    yield from _of_one_set(file, default, [], standing)
    yield from _repeated(file, ("category",), [table.key for table in form.category])
    for index, category in enumerate(form.category):
        own: list[Placed] = [(("category", index, "field", number), table) for number, table in enumerate(category.field)]
        keys = {table.key for _, table in own}
        yield from _of_one_set(file, own, [(place, table) for place, table in default if table.key not in keys], standing)


def _of_one_set(file: TomlFile, tables: Sequence[Placed], others: Sequence[Placed], standing: list[str]) -> Iterator[Mistake]:
    """Yield the mistakes of ``tables``, which stand beside ``others`` and the procedure's own fields ``standing``."""
    whole = {table.key: table for _, table in (*others, *tables)}
    if tables:
        yield from _repeated(file, tables[0][0][:-1], [table.key for _, table in tables])
    for place, table in tables:
        yield from _condition(file, place, table, whole, standing)
    yield from _labels(file, tables, others)


def _repeated(file: TomlFile, place: KeyPath, keys: list[str]) -> Iterator[Mistake]:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield file.mistake((*place, index, "key"), f'"{key}" stands twice')


def _condition(file: TomlFile, place: KeyPath, table: FieldTable, whole: dict[str, FieldTable], standing: list[str]) -> Iterator[Mistake]:
    """Yield a condition on a field that is not there, that waits for this one, or that never has that value."""
    when = table.when
    if when is None or not when.field:
        return
    other, known = whole.get(when.field), [*standing, *whole]
    if when.field not in known:
        yield file.mistake((*place, "when", "field"), f'there is no field "{when.field}"; there are: {", ".join(known)}')
    chain = _chain(table, whole)
    if chain:
        yield file.mistake((*place, "when", "field"), f"waits for itself: {', '.join(chain)}")
    choices = list(other.choices) if other is not None and other.type == "choice" else []
    for index, value in enumerate(when.equals):
        if choices and value.casefold() not in [choice.casefold() for choice in choices]:
            text = f'"{value}" is no choice of "{when.field}"; there are: {", ".join(choices)}'
            yield file.mistake((*place, "when", "equals", index), text)


def _chain(table: FieldTable, whole: dict[str, FieldTable]) -> list[str]:
    """Return the keys from ``table`` along the conditions back to it, nothing where they end elsewhere."""
    keys, at = [table.key], table
    while at.when is not None and at.when.field in whole and len(keys) <= len(whole):
        at = whole[at.when.field]
        keys.append(at.key)
        if at.key == table.key:
            return keys
    return []


def _labels(file: TomlFile, tables: Sequence[Placed], others: Sequence[Placed]) -> Iterator[Mistake]:
    """Yield labels and synonyms that people's answers could not tell from another field's."""
    taken = {normal(text): (text, table.key) for _, table in others for text in (table.label, *table.synonyms) if text}
    for place, table in tables:
        named: list[tuple[KeyPath, str]] = [((*place, "label"), table.label)] if table.label else []
        named += [((*place, "synonyms", index), text) for index, text in enumerate(table.synonyms)]
        for key, text in named:
            plain = normal(text)
            first, owner = taken.setdefault(plain, (text, table.key))
            if not plain:
                yield file.mistake(key, "holds no letter")
            elif owner != table.key:
                yield file.mistake(key, f'"{text}" is read as "{first}" of the field "{owner}"')
