"""``maild check`` for templates: every template is filled with every sample, and all mistakes come out at once (ACK-4, OPS-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.config.mistakes import Mistake
from maild.config.resources import shipped
from maild.render.context import TEMPLATES, Contacts, MailContext, template_values
from maild.render.samples import CONTACTS, SAMPLES
from maild.render.templates import SUBJECT, Content, TemplateFault, TemplateSet, languages, read_folder, template_set

_ASKS = frozenset({"rfi", "reminder1", "reminder2", "reminder3"})
_OFFERS_REOPENING = frozenset({"resolved", "resolved_no_response", "reply_not_reopened"})


def check_templates(
    dirs: Sequence[Path], wanted: Iterable[str] = (), *, zone: ZoneInfo | None = None, contacts: Contacts = CONTACTS
) -> list[Mistake]:
    """Return all mistakes of the templates in ``dirs`` and of the built-in ones behind them, in the order of files and lines.

    Args:
        dirs: the administrator's template folders, the first wins.
        wanted: the languages that the configuration names; one without a folder is a mistake.
        zone: the zone that dates are shown in, UTC where None.
        contacts: the helpdesk's, which stand in every mail.
    """
    zone = zone or ZoneInfo("UTC")
    everywhere = (*dirs, shipped("templates"))
    known = languages(everywhere)
    mistakes = {
        Mistake(file=str(dirs[0] if dirs else "templates"), line=1, key="", text=f'there is no folder "{language}"')
        for language in wanted
        if language not in known
    }
    for language in known:
        templates = template_set(language, everywhere, zone=zone, contacts=contacts)
        mistakes |= {_mistake(fault) for fault in (*templates.faults, *_faults(templates))}
        mistakes |= {mistake for folder in dirs for mistake in _misnamed(folder / language)}
    return sorted(mistakes)


def missing_parts(template: str, context: MailContext, content: Content) -> Iterator[str]:
    """Return what a mail must show and does not: a question that is asked, or the way to re-open."""
    for part, shown in (("text", content.text), ("HTML", content.html)):
        if template in _ASKS:
            yield from (f'the {part} does not ask for "{each.label}"' for each in context.questions if each.label not in shown)
        if template in _OFFERS_REOPENING and (context.reopen.https or context.reopen.mail_subject) not in shown:
            yield f"the {part} holds no re-open link"


def _faults(templates: TemplateSet) -> Iterator[TemplateFault]:
    for name in TEMPLATES:
        for context in SAMPLES[name]:
            try:
                content = templates.content(name, template_values(context))
            except TemplateFault as fault:
                yield fault
            else:
                file = templates.file(name)
                yield from (TemplateFault(file, 1, text) for text in missing_parts(name, context, content))


def _misnamed(folder: Path) -> Iterator[Mistake]:
    """Return the templates of mails that maild never sends."""
    for name, source in read_folder(folder).sources.items():
        stem, _, ending = name.rpartition(".")
        if ending == "txt" and source.startswith(SUBJECT) and stem not in TEMPLATES:
            yield Mistake(file=str(folder / name), line=1, key="", text=f"no mail has this name; there are {', '.join(TEMPLATES)}")


def _mistake(fault: TemplateFault) -> Mistake:
    return Mistake(file=fault.file, line=fault.line, key="", text=fault.text)
