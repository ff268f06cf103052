"""The Minimum Data Set: what a mail gives, and what is missing (MDS-1 to MDS-7)."""

from maild.policy.mds.extract import extract, merge, missing
from maild.policy.mds.fields import (
    CategoryRule,
    Condition,
    Data,
    Evidence,
    Extraction,
    FieldRule,
    FieldType,
    MdsRules,
    Mode,
    Reason,
    Source,
    Value,
)
from maild.policy.mds.procedure import PROCEDURE, PROCEDURE_FIELDS

__all__ = [
    "PROCEDURE",
    "PROCEDURE_FIELDS",
    "CategoryRule",
    "Condition",
    "Data",
    "Evidence",
    "Extraction",
    "FieldRule",
    "FieldType",
    "MdsRules",
    "Mode",
    "Reason",
    "Source",
    "Value",
    "extract",
    "merge",
    "missing",
]
