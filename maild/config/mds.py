"""``mds.toml``: the fields of the Minimum Data Set and the categories that ask for more (MDS-1).

A field whose key is one of the procedure's takes from it what the file leaves out, so that a file need only say what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maild.config.files import is_there, read_toml, validate
from maild.config.mds_checks import contradictions
from maild.config.mds_tables import CategoryTable, FieldTable, MdsFile, WhenTable
from maild.config.mistakes import Mistake
from maild.policy.mds.fields import CategoryRule, Condition, FieldRule, FieldType, MdsRules, Mode, Source
from maild.policy.mds.procedure import PROCEDURE


def read_mds(path: Path) -> tuple[MdsRules, list[Mistake]]:
    """Return the rules of the file at ``path``, the procedure's own where there is no file, and every mistake of it."""
    if not is_there(path):
        return PROCEDURE, []
    file = read_toml(path)
    form, mistakes = validate(file, MdsFile)
    if form is None:
        return PROCEDURE, mistakes
    mistakes += contradictions(file, form)
    return (PROCEDURE if mistakes else mds_of(form)), mistakes


def load_mds(data: Mapping[str, Any]) -> MdsRules:
    """Return the rules that the data of an ``mds.toml`` make.

    Raises:
        pydantic.ValidationError: with the path of each wrong key.
    """
    return mds_of(MdsFile.model_validate(data))


def mds_of(form: MdsFile) -> MdsRules:
    """Return the rules that the file makes."""
    return MdsRules(
        fields=tuple(_field(table) for table in form.field) or PROCEDURE.fields,
        categories=tuple(_category(table) for table in form.category),
        mode=Mode(form.mode),
        region=form.region,
        max_rounds=form.max_rounds,
        settle=form.settle,
        show_values=form.show_values,
    )


def _field(table: FieldTable) -> FieldRule:
    """Return the field; what the table leaves out is the procedure's, where the key is one of its own."""
    known = PROCEDURE.field(table.key)
    base = known or FieldRule(key=table.key, label=table.label, type=FieldType(table.type or "text"))
    return FieldRule(
        key=table.key,
        label=table.label or base.label,
        type=FieldType(table.type) if table.type else base.type,
        synonyms=tuple(dict.fromkeys((*base.synonyms, *table.synonyms))),
        required=base.required if table.required is None else table.required,
        essential=base.essential if table.essential is None else table.essential,
        min_words=base.min_words if table.min_words is None else table.min_words,
        minimum=base.minimum if table.minimum is None else table.minimum,
        maximum=base.maximum if table.maximum is None else table.maximum,
        pattern=table.pattern,
        choices=tuple(table.choices),
        region=table.region,
        when=_when(table.when),
        sources=base.sources if table.sources is None else tuple(Source(source) for source in table.sources),
        empty=tuple(word.lower() for word in table.empty),
        hint=table.hint,
    )


def _when(table: WhenTable | None) -> Condition | None:
    return None if table is None else Condition(field=table.field, equals=tuple(table.equals), attachment=table.attachment or "")


def _category(table: CategoryTable) -> CategoryRule:
    return CategoryRule(
        key=table.key,
        label=table.label,
        keywords=tuple(table.keywords),
        recipients=tuple(table.recipients),
        fields=tuple(_field(entry) for entry in table.field),
        attachments=tuple(table.attachments),
        rfi_by_mail=table.rfi_by_mail,
        auto_resolve=table.auto_resolve,
        call_back=table.call_back,
    )
