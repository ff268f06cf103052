"""The templates of one language: text and HTML of a mail that always belong together.

A template is a pair: ``ack.txt`` (first line ``Subject: …``, a blank line, the body) and ``ack.html``. A pair is taken
from the first folder that has the text; where that folder has no HTML beside it, the HTML is made from the text, so that
an administrator who changes one of the two never sends a mail that says two things. Jinja2 runs in its sandbox, with
StrictUndefined, and escapes in HTML (ACK-4). What a user wrote is only ever a value, never a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from maild.render import words
from maild.render.context import Contacts
from maild.render.wire import clean, clean_text

BUILTIN_LANGUAGE = "en"
SUBJECT = "Subject:"
FROM_TEXT = "from_text.html"


class TemplateFault(Exception):
    """A template cannot be read, compiled or filled; the text names file, line and what is wrong."""

    def __init__(self, file: str, line: int, text: str) -> None:
        super().__init__(f"{file}:{line}: {text}")
        self.file = file
        self.line = line
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A mail's subject (without the reference), text and HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A template folder as it was when it was read: file name to source; ``fault`` tells of a file that is no UTF-8."""

    path: Path
    sources: Mapping[str, str]
    faults: tuple[TemplateFault, ...] = ()


def read_folder(path: Path) -> Folder:
    """Return the templates that stand in ``path``; a folder that is not there is empty."""
    sources = {}
    faults = []
    for file in sorted(path.iterdir()) if path.is_dir() else ():
        if file.suffix in (".txt", ".html") or file.name == "dates.toml":
            try:
                sources[file.name] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                faults.append(TemplateFault(str(file), 1, f"cannot be read: {error}"))
    return Folder(path=path, sources=sources, faults=tuple(faults))


def languages(dirs: Sequence[Path]) -> list[str]:
    """Return the languages that have a folder in one of ``dirs``; ``web`` holds pages, not mails."""
    found = {each.name for folder in dirs if folder.is_dir() for each in folder.iterdir() if each.is_dir()}
    return sorted((found | {BUILTIN_LANGUAGE}) - {"web"})


def template_set(language: str, dirs: Sequence[Path], *, zone: ZoneInfo, contacts: Contacts) -> TemplateSet:
    """Return the templates of ``language``; what a language lacks comes from the built-in one's folders."""
    names = (language,) if language == BUILTIN_LANGUAGE else (language, BUILTIN_LANGUAGE)
    folders = [read_folder(folder / name) for name in names for folder in dirs]
    return TemplateSet(folders, language=language, zone=zone, contacts=contacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    subject: str | Template
    text: Template
    html: Template
    html_from_text: bool


class TemplateSet:
    """The templates of one language, looked up through its folders in turn."""

    def __init__(self, folders: Sequence[Folder], *, language: str, zone: ZoneInfo, contacts: Contacts) -> None:
        self._folders = folders
        self._pairs: dict[str, _Pair] = {}
        self.faults = [fault for folder in folders for fault in folder.faults]
        self._where = {name: folder.path for folder in reversed(folders) for name in folder.sources}
        self._environment = _environment(self._source)
        self._environment.globals |= {
            "language": language,
            "zone": words.place(zone),
            "desk": contacts.name,
            "helpdesk": contacts.helpdesk,
            "phone": contacts.phone,
            "complaints": contacts.complaints,
            "escalation": contacts.escalation,
        }
        self._environment.filters["when"] = words.when(zone, self._dates())

    def content(self, name: str, values: Mapping[str, object]) -> Content:
        """Return the mail that template ``name`` makes of ``values``.

        Raises:
            TemplateFault: the template is broken or asks for a value that there is not.
        """
        pair = self._pairs.get(name) or self._compile(name)
        try:
            whole = clean_text(pair.text.render(values)).strip("\n") + "\n"
            subject = pair.subject if isinstance(pair.subject, str) else clean(pair.subject.render(values), 200)
            html = pair.html.render(values, text=whole) if pair.html_from_text else pair.html.render(values)
        except Exception as error:  # whatever an administrator's template can raise (ACK-4)
            raise self._fault(name, error) from error
        return Content(subject=subject, text=words.wrapped(whole), html=clean_text(html))

    def file(self, name: str) -> str:
        """Return the path of the text template that ``name`` is taken from."""
        path = self._where.get(f"{name}.txt")
        return str(path / f"{name}.txt") if path else f"{name}.txt"

    def _compile(self, name: str) -> _Pair:
        try:
            pair = self._pair(name)
        except (TemplateError, RecursionError) as error:
            raise self._fault(name, error) from error
        self._pairs[name] = pair
        return pair

    def _pair(self, name: str) -> _Pair:
        folder = next((folder for folder in self._folders if f"{name}.txt" in folder.sources), None)
        if folder is None:
            raise TemplateFault(f"{name}.txt", 1, "there is no such template")
        subject = _subject(folder, f"{name}.txt")
        above = self._folders[: self._folders.index(folder) + 1]
        has_html = any(f"{name}.html" in each.sources for each in above)
        return _Pair(
            subject=self._environment.from_string(subject) if "{" in subject else clean(subject, 200),
            text=_quick(self._environment.get_template(f"{name}.txt")),
            html=_quick(self._environment.get_template(f"{name}.html" if has_html else FROM_TEXT)),
            html_from_text=not has_html,
        )

    def _source(self, name: str) -> tuple[str, str, None] | None:
        folder = next((folder for folder in self._folders if name in folder.sources), None)
        return (_body_only(name, folder.sources[name]), str(folder.path / name), None) if folder else None

    def _dates(self) -> words.Dates:
        for folder in self._folders:
            if "dates.toml" in folder.sources:
                try:
                    return words.dates(folder.sources["dates.toml"])
                except ValueError as error:
                    self.faults.append(TemplateFault(str(folder.path / "dates.toml"), 1, str(error)))
        return words.ENGLISH

    def _fault(self, name: str, error: BaseException) -> TemplateFault:
        file, line = _place(error) or (self.file(name), 1)
        return TemplateFault(file, line, f"{type(error).__name__}: {error}")


def _quick(template: Template) -> Template:
    """Return the template with its globals as one dict: the chain that Jinja2 makes is walked anew for each mail."""
    template.globals = dict(template.globals)
    return template


def _environment(source: Callable[[str], tuple[str, str, None] | None]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters |= {"plural": words.plural, "size": words.size, "paragraphs": words.paragraphs, "indented": words.indented}
    return environment


def _subject(folder: Folder, file: str) -> str:
    first = folder.sources[file].partition("\n")[0].strip()
    if not first.startswith(SUBJECT) or not first[len(SUBJECT) :].strip():
        raise TemplateFault(str(folder.path / file), 1, f"the first line must be '{SUBJECT} …'")
    return first[len(SUBJECT) :].strip()


def _body_only(name: str, source: str) -> str:
    """Return a text template without its subject, the numbers of its lines unchanged."""
    first, newline, rest = source.partition("\n")
    return newline + rest if name.endswith(".txt") and first.startswith(SUBJECT) else source


def _place(error: BaseException) -> tuple[str, int] | None:
    """Return the file and line where ``error`` arose: Jinja2 rewrites tracebacks to the templates' own lines."""
    if isinstance(error, TemplateSyntaxError):
        return (error.filename, error.lineno) if error.filename else None
    place, trace = None, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "__jinja_exception__" in trace.tb_frame.f_globals and file.endswith((".txt", ".html")):
            place = (file, trace.tb_lineno)
        trace = trace.tb_next
    return place
