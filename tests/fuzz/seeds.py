"""What mutants are made from: every mail of the corpus, the found cases among them, and the torture shapes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from maild.intake.pipe import delivery
from tests.fuzz.bench import Case
from tests.fuzz.torture import shapes
from tests.fuzz.wrappers import wrappers

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
FOUND = CORPUS / "found"


@cache
def seeds() -> tuple[Case, ...]:
    """Return every seed, in the same order on every machine, each by the way that its own Return-Path asks for."""
    files = sorted(path for path in CORPUS.rglob("*.eml") if FOUND not in path.parents)
    mails = [Case(raw=raw, way=way_of(raw), name=str(path.relative_to(CORPUS))) for path in files for raw in (path.read_bytes(),)]
    made = [Case(raw=raw, name=f"torture {name}") for name, raw in sorted(shapes().items())]
    made += [Case(raw=_with_id(raw, name), name=f"wrapped {name}") for name, raw in sorted(wrappers().items())]
    return (*mails, *made, *found())


def _with_id(raw: bytes, name: str) -> bytes:
    return raw.replace(b"<shape@", b"<%s@" % name.encode(), 1)


def found() -> tuple[Case, ...]:
    """Return what fuzzing has found before: ``WAY-DIGEST.eml``."""
    return tuple(
        Case(raw=path.read_bytes(), way=path.name.partition("-")[0], name=f"found/{path.name}") for path in sorted(FOUND.glob("*.eml"))
    )


def way_of(raw: bytes) -> str:
    """Return the way of a mail with an empty Return-Path, of one without, or of a person's."""
    told = delivery(raw[:65536]).mail_from
    return "null" if told == "" else "helpdesk"


def labelled(label: str) -> frozenset[str]:
    """Return the names of the seeds that a person calls ``label`` (human, auto or bounce)."""
    entries = json.loads((CORPUS / "auto" / "labels.json").read_text(encoding="utf-8"))
    return frozenset(f"auto/{entry['file']}" for entry in entries if entry["label"] == label)
