"""Mails out: frozen context and templates become final RFC 5322 bytes (ACK, ARCHITECTURE: prepared bytes)."""

from __future__ import annotations

from maild.render.check import check_templates
from maild.render.context import (
    TEMPLATES,
    AttachmentLine,
    CommandContext,
    CommandLine,
    Contacts,
    FieldValue,
    JournalLine,
    Link,
    MailContext,
    OutgoingMail,
    Question,
    RenderedMail,
    TeamContext,
)
from maild.render.renderer import Renderer

__all__ = [
    "TEMPLATES",
    "AttachmentLine",
    "CommandContext",
    "CommandLine",
    "Contacts",
    "FieldValue",
    "JournalLine",
    "Link",
    "MailContext",
    "OutgoingMail",
    "Question",
    "RenderedMail",
    "Renderer",
    "TeamContext",
    "check_templates",
]
