"""A planned mail and the administrator's templates become final bytes.

No clock and no randomness: the same ``OutgoingMail`` gives the same bytes. The template folders are read once, at the
start; each template is compiled once, when it is first used. A broken template of the administrator's never stops a
mail: the built-in text goes out, and the mail says so in ``problem`` (ACK-4).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.config.resources import shipped
from maild.render import wire
from maild.render.context import AttachedFile, Contacts, OutgoingMail, RenderedMail, template_values
from maild.render.templates import BUILTIN_LANGUAGE, Content, TemplateFault, languages, template_set

SUPPRESS = "DR, RN, NRN, OOF, AutoReply"  # never All or NDR: we need the non-delivery reports (ACK-2)


class Renderer:
    """Makes mails. Built once, from the administrator's template folders and the built-in one behind them.

    ``problems`` names the files that could not be read; the next folder's stand in for them.
    """

    def __init__(self, *, zone: ZoneInfo, contacts: Contacts, template_dirs: Sequence[Path] = ()) -> None:
        self._zone = zone
        builtin = shipped("templates")
        dirs = (*(folder for folder in template_dirs if folder.resolve() != builtin), builtin)
        self._builtin = template_set(BUILTIN_LANGUAGE, (builtin,), zone=zone, contacts=contacts)
        self._languages = {name: template_set(name, dirs, zone=zone, contacts=contacts) for name in languages(dirs)}
        self.problems = tuple(dict.fromkeys(str(fault) for each in self._languages.values() for fault in each.faults))

    def render(self, mail: OutgoingMail) -> RenderedMail:
        """Return the final bytes of ``mail``, and what was wrong with the administrator's template, if anything."""
        content, problem = self._content(mail)
        reference = wire.clean(mail.context.reference, 40)
        subject = wire.clean(f"[{reference}] {content.subject}" if reference else content.subject)
        sender = wire.header_address(mail.sender)
        to = wire.header_address(mail.to)
        reply_to = wire.header_address(mail.reply_to) if mail.reply_to else ""
        message_id = wire.message_ids((wire.header_address(mail.message_id.strip("<>")),))[0]
        head = self._head(mail, subject=subject, sender=sender, to=to, reply_to=reply_to, message_id=message_id)
        return RenderedMail(
            raw=head.encode("utf-8", "replace") + _whole(wire.boundary(message_id), content, mail.files),
            message_id=message_id,
            subject=subject,
            to=to,
            needs_smtputf8=not (sender.isascii() and to.isascii() and reply_to.isascii()),
            problem=problem,
        )

    def _content(self, mail: OutgoingMail) -> tuple[Content, str]:
        values = template_values(mail.context)
        templates = self._languages.get(mail.language, self._languages[BUILTIN_LANGUAGE])
        try:
            return templates.content(mail.template, values), ""
        except TemplateFault as fault:
            return self._builtin.content(mail.template, values), str(fault)

    def _head(self, mail: OutgoingMail, *, subject: str, sender: str, to: str, reply_to: str, message_id: str) -> str:
        parent = wire.message_ids((mail.in_reply_to,))
        ancestors = wire.message_ids((*mail.references, *parent))
        return "".join(
            (
                f"Date: {wire.date(mail.date.astimezone(self._zone))}\r\n",
                f"From: {_mailbox(mail.sender_name, sender)}\r\n",
                f"To: {to}\r\n",
                f"Reply-To: {reply_to}\r\n" if reply_to else "",
                wire.unstructured("Subject", subject),
                f"Message-ID: {message_id}\r\n",
                wire.id_header("In-Reply-To", parent),
                wire.id_header("References", wire.capped(ancestors)),
                f"Auto-Submitted: {wire.clean(mail.auto_submitted)}\r\n" if mail.auto_submitted else "",
                f"X-Auto-Response-Suppress: {SUPPRESS}\r\n",
                f"X-Loop: {sender}\r\n",
                *(wire.extra_header(name, value) for name, value in mail.extra_headers),
                "MIME-Version: 1.0\r\n",
            )
        )


def _whole(boundary: str, content: Content, files: Sequence[AttachedFile]) -> bytes:
    """Return the mail's parts, and the files it passes on behind them."""
    alternative = _parts(boundary, content)
    if not files:
        return alternative
    outer = f"{boundary}.m".encode()
    edge = b"--" + outer + b"\r\n"
    parts = (edge + wire.attachment(each.name, each.content_type, each.data) for each in files)
    opening = b'Content-Type: multipart/mixed; boundary="' + outer + b'"\r\n\r\n'
    return b"".join((opening, edge, alternative, *parts, b"--" + outer + b"--\r\n"))


def _parts(boundary: str, content: Content) -> bytes:
    edge = b"--" + boundary.encode()
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="',
            boundary.encode(),
            b'"\r\n\r\n',
            edge,
            b"\r\n",
            wire.body("text/plain", content.text),
            b"\r\n",
            edge,
            b"\r\n",
            wire.body("text/html", content.html),
            b"\r\n",
            edge,
            b"--\r\n",
        )
    )


_mailbox = lru_cache(maxsize=64)(wire.mailbox)
