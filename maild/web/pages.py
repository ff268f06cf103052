"""The pages' HTML, from ``templates/web``: read once, each template compiled once, everything escaped (ACK-4).

No page has a script, a foreign address, or a word of a ticket's content; the style stands in the page, allowed by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from maild import log
from maild.config.resources import shipped
from maild.render import words
from maild.render.context import Contacts
from maild.render.templates import read_folder

FOLDER = "web"
STYLE = "style.css"


class Pages:
    """Makes pages; an administrator's template that fails is replaced by the built-in one, with an alert."""

    def __init__(self, *, zone: ZoneInfo, contacts: Contacts, template_dirs: Sequence[Path] = ()) -> None:
        builtin = shipped("templates")
        folders = [folder / FOLDER for folder in (*template_dirs, builtin)]
        style = next(path for path in (folder / STYLE for folder in reversed(folders)) if path.is_file()).read_text(encoding="utf-8")
        values = {"contacts": contacts, "style": style}
        self._own = _environment(folders, zone, values)
        self._builtin = _environment(folders[-1:], zone, values)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src data:"
        )

    def page(self, name: str, values: Mapping[str, object]) -> str:
        """Return the page that template ``name`` makes of ``values``."""
        try:
            return self._own.get_template(f"{name}.html").render(values)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
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
