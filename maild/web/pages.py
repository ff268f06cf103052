"""The pages' HTML, from ``templates/web``: read once, each template compiled once, everything escaped (ACK-4).

No page has a script, a foreign address, or a word of a ticket's content; the style stands in the page, allowed by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from maild import log
from maild.config.mistakes import Mistake
from maild.config.resources import shipped
from maild.render import words
from maild.render.context import Contacts
from maild.render.templates import read_folder

FOLDER = "web"
STYLE = "style.css"
FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)
_OUTCOMES = ("ready", "done", "open", "closed", "older", "expired", "unknown")
_FAULTS = ("not_found", "too_long", "later")


def samples() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each page with each value that it can have."""
    until = datetime(2026, 3, 15, 15, 0, tzinfo=UTC)
    for name in ("reopen", "confirm"):
        for outcome in _OUTCOMES:
            acts = outcome in ("ready", "done")
            yield name, {"outcome": outcome, "reference": "INC0012345" if acts else "", "until": until if acts else None}
    for fault in _FAULTS:
        yield "fault", {"fault": fault}


class Pages:
    """Makes pages; an administrator's template that fails is replaced by the built-in one, with an alert."""

    def __init__(self, *, zone: ZoneInfo, contacts: Contacts, template_dirs: Sequence[Path] = ()) -> None:
        builtin = shipped("templates")
        self._folders = folders = [folder / FOLDER for folder in (*template_dirs, builtin)]
        style = next(path for path in (folder / STYLE for folder in reversed(folders)) if path.is_file()).read_text(encoding="utf-8")
        values = {"contacts": contacts, "style": style}
        self._own = _environment(folders, zone, values)
        self._builtin = _environment(folders[-1:], zone, values)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src data:"
        )

    def mistakes(self) -> list[Mistake]:
        """Return what is wrong with the administrator's pages, each filled with every sample; one that shows no form cannot be pressed."""
        return sorted({mistake for name, values in samples() for mistake in self._mistakes(name, values)})

    def _mistakes(self, name: str, values: Mapping[str, object]) -> Iterator[Mistake]:
        file = next((str(path) for path in (folder / f"{name}.html" for folder in self._folders) if path.is_file()), f"{name}.html")
        try:
            text = self._own.get_template(f"{name}.html").render(values)
        except FAULTS as error:
            place = getattr(error, "filename", None) or file
            yield Mistake(file=place, line=getattr(error, "lineno", None) or 1, key="", text=f"{type(error).__name__}: {error}")
        else:
            if values.get("outcome") == "ready" and not ('method="post"' in text and "<button" in text):
                yield Mistake(file=file, line=1, key="", text='the page has no form with method="post" and a button')

    def page(self, name: str, values: Mapping[str, object]) -> str:
        """Return the page that template ``name`` makes of ``values``."""
        try:
            return self._own.get_template(f"{name}.html").render(values)
        except FAULTS as error:
            log.template_broken(template=f"{FOLDER}/{name}", problem=f"{type(error).__name__}: {error}")
            return self._builtin.get_template(f"{name}.html").render(values)


def _environment(folders: Sequence[Path], zone: ZoneInfo, values: Mapping[str, object]) -> ImmutableSandboxedEnvironment:
    read = [read_folder(folder) for folder in folders]

    def source(name: str) -> tuple[str, str, None] | None:
        folder = next((folder for folder in read if name in folder.sources), None)
        return (folder.sources[name], str(folder.path / name), None) if folder is not None else None

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(source), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    environment.globals |= values
    environment.filters["when"] = words.when(zone, words.ENGLISH)
    return environment
