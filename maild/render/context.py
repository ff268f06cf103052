"""What a mail says and to whom, as plain frozen values: desk fills them, templates read them.

A template sees the fields of ``MailContext`` by name and nothing else of a ticket (ACK-4). Instants are aware; the
filter ``when`` shows them in the helpdesk's zone. Text that people wrote is data here: it is escaped in HTML, and
never reaches a header uncleaned.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from urllib.parse import quote

TEMPLATES = (
    "ack",
    "rfi",
    "reminder1",
    "reminder2",
    "reminder3",
    "resolved",
    "resolved_no_response",
    "reply_not_reopened",
    "unprompted",
    "closed",
    "reopened",
    "reply",
    "unreadable",
    "team",
    "command_result",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who we are and how to reach us otherwise; the same in every mail. Each may be "" and is then left out."""

    name: str
    helpdesk: str
    phone: str = ""
    complaints: str = ""
    escalation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One point asked: the field's label, and why the answer given before was no use ("" when there was none)."""

    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in its two forms, either may be "" (RES-2): a page, and a new mail whose subject holds the token."""

    https: str = ""
    mail_to: str = ""
    mail_subject: str = ""

    @property
    def mailto(self) -> str:
        """Return the link that opens a new mail with the subject filled in, or ""."""
        if not self.mail_to:
            return ""
        return f"mailto:{quote(self.mail_to, safe='@+')}?subject={quote(self.mail_subject, safe='')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """One line of a team mail's MDS table; ``source`` says where it was read, ``problem`` why it does not count."""

    label: str
    value: str
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One entry of a journal extract."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentLine:
    """One line of a list of attachments."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamContext:
    """All that a team needs to act on a ticket (AGT-2).

    ``headline`` says why the team is told ("Assigned to Messaging"); it stands in the subject and holds no words of a
    user. ``happened`` says who did what, and ``happened_at`` when. ``new_text`` is what was written now.
    ``bare_text`` is what a reply without commands becomes: "note" or "reply".
    """

    name: str
    headline: str
    state: str
    requester: str
    subject: str
    happened: str = ""
    happened_at: datetime | None = None
    participants: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    channel: str = "email"
    category: str = ""
    assignee: str = ""
    flags: tuple[str, ...] = ()
    values: tuple[FieldValue, ...] = ()
    missing: tuple[str, ...] = ()
    new_from: str = ""
    new_text: str = ""
    description: str = ""
    attachments: tuple[AttachmentLine, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    bare_text: str = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """One command of an agent's mail and what came of it."""

    command: str
    done: bool
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """The answer to an agent's mail (AGT-3): each command with its result; ``changed`` is false when nothing was done.

    ``text_became`` says what the text below the commands became ("note", "reply" or "" for no text), ``help`` holds the
    list of commands for ``#help``.
    """

    changed: bool
    commands: tuple[CommandLine, ...] = ()
    text_became: str = ""
    help: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContext:
    """What one mail says. A template uses what it needs; what has no value stays empty.

    ``received_at`` is when the request (for ``unprompted``, ``unreadable`` and ``reply_not_reopened``: the mail) came in.
    ``questions`` and ``question`` (an agent's free text) are what an RFI, its reminders, or an acknowledgement that is one
    mail with its RFI ask for; ``rfi_follows`` tells the acknowledgement that a separate RFI comes after it (ACK-6).
    ``understood`` holds labels only. ``answer_by`` is when the last reminder's time is over, ``reopen_until`` the end of the
    re-open window. ``done`` is what was done, ``message`` what an agent writes to the requester. ``unreadable`` is why a mail
    could not be read (``Message.unreadable``); it tells the acknowledgement that the mail on this comes after it (MDS-7).
    ``late_mail_at`` is when a mail to an already closed request came in, whose sender the ``closed`` mail answers (RES-6).
    ``ask_reason`` asks for the reason of a re-opening (RES-4). ``by_phone`` is true for a ticket taken by phone, ``call_back`` where
    the helpdesk calls because its user cannot read this mailbox (MDS-1).
    """

    reference: str = ""
    received_at: datetime | None = None
    rfi_follows: bool = False
    questions: tuple[Question, ...] = ()
    question: str = ""
    understood: tuple[str, ...] = ()
    reminder: int = 0
    reminders: int = 3
    answer_by: datetime | None = None
    done: str = ""
    message: str = ""
    reopen: Link = Link()
    reopen_until: datetime | None = None
    confirm_url: str = ""
    status_url: str = ""
    unreadable: str = ""
    late_mail_at: datetime | None = None
    ask_reason: bool = False
    by_phone: bool = False
    call_back: bool = False
    team: TeamContext | None = None
    commands: CommandContext | None = None

    @property
    def points(self) -> int:
        """Return how many points the mail asks for."""
        return len(self.questions) + bool(self.question)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that a mail passes on; its name and type are somebody else's words, and cleaned when they are written."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One mail to be made, with every value that its bytes depend on: rendering twice gives the same bytes.

    ``message_id``, ``in_reply_to`` and ``references`` may stand with or without their angle brackets. ``auto_submitted`` is
    "auto-replied", "auto-generated", or "" for what an agent wrote (ACK-2).
    """

    template: str
    language: str
    context: MailContext
    sender_name: str
    sender: str
    to: str
    message_id: str
    date: datetime
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = ""
    extra_headers: tuple[tuple[str, str], ...] = ()
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedMail:
    """A mail ready for the outbox: its final bytes never change again (OUT-1).

    ``to`` is the recipient for the envelope (an international domain in its ASCII form). ``problem`` is "" or names the
    administrator's template that failed, in whose stead the built-in one was used (ACK-4).
    """

    raw: bytes
    message_id: str
    subject: str
    to: str
    needs_smtputf8: bool
    problem: str = ""


_NAMES = (*(field.name for field in fields(MailContext)), "points")
_values = attrgetter(*_NAMES)


def template_values(context: MailContext) -> dict[str, object]:
    """Return what a template sees of ``context``, by name."""
    return dict(zip(_NAMES, _values(context), strict=True))
