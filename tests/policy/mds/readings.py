"""Short ways to a mail and its reading, for the tests of the Minimum Data Set."""

from __future__ import annotations

from maild.mail.message import Address, Attachment, Message
from maild.mail.replies import author_of, split
from maild.policy.mds.extract import extract
from maild.policy.mds.fields import Extraction, MdsRules
from maild.policy.mds.procedure import PROCEDURE

MEG = Address(name="Meg Pryce", address="meg.pryce@ward.example")
DESK = Address(name="Helpdesk", address="helpdesk@desk.example")
QUOTED_FORM = """

On 23/03/2026 12:09, NHS Demo Service Desk wrote:
> Please complete the following:
>
> {}
>
> If we do not hear from you within 24 hours a reminder will be sent.
"""
LABELS = {field.key: field.label for field in PROCEDURE.fields}


def mail(
    text: str,
    *,
    html: str = "",
    subject: str = "",
    attachments: tuple[Attachment, ...] = (),
    sender: Address | None = MEG,
    to: tuple[Address, ...] = (DESK,),
    reply: bool = False,
) -> Message:
    """Return a mail of Meg's that says ``text``."""
    return Message(
        headers=(),
        message_id="<1@ward.example>",
        in_reply_to=("<2@desk.example>",) if reply else (),
        references=(),
        subject=subject,
        sender=sender,
        sender_defects=(),
        to=to,
        cc=(),
        reply_to=(),
        date=None,
        text=text,
        html=html,
        content_type="text/plain",
        content_params=(),
        attachments=attachments,
        report=None,
        defects=(),
    )


def file(name: str, *, text: str = "", content_type: str = "application/octet-stream", inline: bool = False, part: int = 1) -> Attachment:
    """Return an attachment."""
    return Attachment(filename=name, content_type=content_type, size=1, sha256="", inline=inline, part=part, text=text)


def read(message: Message | str, rules: MdsRules = PROCEDURE, *, asked: tuple[str, ...] = ()) -> Extraction:
    """Return what the mail gives."""
    message = mail(message) if isinstance(message, str) else message
    reply = split(message.text, message.html, author=author_of(message.sender), form=rules.labels)
    return extract(message, reply, rules, asked=asked)


def values(message: Message | str, rules: MdsRules = PROCEDURE, *, asked: tuple[str, ...] = ()) -> dict[str, object]:
    """Return the values of the mail as JSON has them, without the From header's address."""
    found = {value.key: value.plain() for value in read(message, rules, asked=asked).values}
    return {key: value for key, value in found.items() if (key, value) != ("requestor_email", MEG.address)}


def answering(text: str, *keys: str) -> Message:
    """Return a reply to an RFI that asked for ``keys``, whose form it quotes empty."""
    return mail(text + QUOTED_FORM.format("\n> ".join(f"{LABELS[key]}:" for key in keys)), reply=True)
