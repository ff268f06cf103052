"""Sample contexts: what ``maild check`` fills every template with, and what the tests look at (ACK-4).

Together they take every branch of the built-in templates. The words with a ``<`` or quotation mark in them show whether a
template escapes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from maild.render.context import (
    AttachmentLine,
    CommandContext,
    CommandLine,
    Contacts,
    FieldValue,
    JournalLine,
    Link,
    MailContext,
    Question,
    TeamContext,
)

CONTACTS = Contacts(
    name="Demo Helpdesk",
    helpdesk="helpdesk@nhsdesk.example",
    phone="0333 496 0000",
    complaints="complaints@nhsdesk.example",
    escalation="https://nhsdesk.example/escalate",
)
REOPEN = Link(
    https="https://desk.example/r/1c.a7.k1.token",
    mail_to="service@servicedesk.example",
    mail_subject="Re-open INC0012345 1c.a7.k1.token",
)
_RECEIVED_AT = datetime(2026, 3, 3, 14, 2, tzinfo=UTC)
_PLAIN = MailContext(reference="INC0012345", received_at=_RECEIVED_AT)
_ONE = replace(_PLAIN, questions=(Question(label="Contact number", reason="it has too few digits"),))
_TWO = replace(
    _PLAIN,
    questions=(Question(label="Contact number"), Question(label="Number of affected users")),
    understood=("Requestor email", "Issue description"),
)
_FREE = replace(_PLAIN, question="Which printer is it?\nIs <Error 5> still shown?")
_REMINDED = tuple(replace(each, answer_by=datetime(2026, 3, 12, 15, 0, tzinfo=UTC)) for each in (_ONE, _TWO, _FREE))
_RESOLVED = replace(
    _PLAIN,
    done='We replaced the "toner" <black>.\n\nPlease try again.',
    reopen=REOPEN,
    reopen_until=datetime(2026, 3, 15, 15, 0, tzinfo=UTC),
    confirm_url="https://desk.example/c/1c.a7.k1.token",
)
_RESOLVED_BY_MAIL = replace(_RESOLVED, done="", reopen=replace(REOPEN, https=""), confirm_url="")
_RESOLVED_BY_PAGE = replace(_RESOLVED, reopen=Link(https=REOPEN.https))
_TEAM = TeamContext(
    name="Messaging",
    headline="Assigned to Messaging",
    state="In Progress",
    requester="alice@trust.example",
    subject="Mail <stuck> in the outbox",
    category="mail flow",
    assignee="bob@servicedesk.example",
    flags=("incomplete",),
    values=(
        FieldValue(label="Contact number", value="0113 496 0000", source="form, line 3"),
        FieldValue(label="Number of affected users", value="a few", source="text, line 5", problem="it is no number"),
    ),
    missing=("Issue description",),
    new_from="alice@trust.example",
    new_text="It is <still> stuck.\n\nAlice",
    description="Mail is stuck since Monday.",
    attachments=(AttachmentLine(name="screen.png", content_type="image/png", size=340_000),),
    journal=(JournalLine(at=_RECEIVED_AT, text="ticket opened"),),
)
_COMMANDS = CommandContext(
    changed=True,
    commands=(CommandLine(command="#assign Messaging", done=True, result="assigned to Messaging"),),
    text_became="note",
)
_BAD_COMMANDS = CommandContext(
    changed=False, commands=(CommandLine(command="#assign <Nobody>", done=False, result="there is no such team"),)
)

SAMPLES: MappingProxyType[str, tuple[MailContext, ...]] = MappingProxyType(
    {
        "ack": (
            _PLAIN,
            replace(_PLAIN, rfi_follows=True, status_url="https://desk.example/t/token"),
            replace(_PLAIN, unreadable="empty"),
            replace(_PLAIN, call_back=True),
            _ONE,
            _TWO,
        ),
        "rfi": (_ONE, _TWO, _FREE, replace(_TWO, question=_FREE.question)),
        "reminder1": _REMINDED,
        "reminder2": _REMINDED,
        "reminder3": _REMINDED,
        "resolved": (_RESOLVED, _RESOLVED_BY_MAIL, _RESOLVED_BY_PAGE),
        "resolved_no_response": (_RESOLVED, _RESOLVED_BY_MAIL, _RESOLVED_BY_PAGE),
        "reply_not_reopened": (_RESOLVED, _RESOLVED_BY_MAIL, _RESOLVED_BY_PAGE),
        "unprompted": (MailContext(received_at=_RECEIVED_AT),),
        "closed": (_PLAIN, replace(_PLAIN, late_mail_at=datetime(2026, 3, 20, 9, 5, tzinfo=UTC))),
        "reopened": (_PLAIN, replace(_PLAIN, ask_reason=True)),
        "reply": (
            replace(_PLAIN, message='We look into the "toner" <black>.\n\nPlease wait.'),
            replace(_PLAIN, received_at=None, message="Hello."),
        ),
        "unreadable": (
            *(replace(_PLAIN, unreadable=why) for why in ("encrypted", "empty", "undecodable")),
            MailContext(received_at=_RECEIVED_AT, unreadable="encrypted"),
        ),
        "team": (
            replace(_PLAIN, team=_TEAM),
            replace(_PLAIN, team=replace(_TEAM, bare_text="reply", channel="self_service")),
            replace(
                _PLAIN, team=TeamContext(name="Helpdesk", headline="New", state="New", requester="alice@trust.example", subject="Help")
            ),
        ),
        "command_result": (
            replace(_PLAIN, commands=_COMMANDS),
            replace(_PLAIN, commands=_BAD_COMMANDS),
            replace(_PLAIN, commands=replace(_COMMANDS, text_became="reply", help=(("#take", "assign it to yourself"),))),
        ),
    }
)
