"""Bytes to ``Message``: one linear reading of a mail that never raises; what is wrong with a mail is data (INT-5, REF-8).

The steps, each in a module of its own: one kind of line end and the caps (``survey``), header fields (``headers``, ``addresses``), the tree
of parts (``mime``), what a person finds in it (``content``), and what a machine reports in it (``report``).
"""

from __future__ import annotations

from maild.mail import addresses, headers, mime
from maild.mail.content import gather
from maild.mail.message import Address, Header, Message
from maild.mail.report import read_report
from maild.mail.survey import normalise, trim

# A second From may have stood in what was cut, or the rest of this one.
_DOUBTFUL = frozenset({"header-cut:from", "header-bytes-cut", "header-lines-cut"})

# Servers write these for servers. An encoded word in them is part of an address that somebody gave to our relay, and decoded it
# could add a result of its own (`smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass?=@evil.example`).
_NOT_FOR_PEOPLE = frozenset({"authentication-results", "received", "return-path"})


def parse(raw: bytes) -> Message:
    """Return the mail ``raw`` as read; never raises, whatever the bytes."""
    data, cut = trim(normalise(raw))
    mail = mime.read_tree(data)
    block, content = mail.root.block, gather(mail)
    sender = addresses.sender([value for name, value in block.fields if name == "from"])
    too_long = tuple(f"from-{defect}" for defect in block.defects if defect in _DOUBTFUL)
    subject = headers.decode(block.first("subject"))
    return Message(
        headers=tuple([Header(name=name, value=_readable(name, value)) for name, value in block.fields]),
        message_id=headers.message_id(block.first("message-id")),
        in_reply_to=headers.ids(block.first("in-reply-to")),
        references=headers.ids(block.first("references")),
        subject=subject,
        sender=sender.address,
        sender_defects=sender.defects + too_long,
        to=_people(block, "to"),
        cc=_people(block, "cc"),
        reply_to=_people(block, "reply-to"),
        date=headers.date(block.first("date")),
        text=content.text,
        html=content.html,
        content_type=mail.root.content_type,
        content_params=tuple(mail.root.parameters.items()),
        attachments=content.attachments,
        report=read_report(mail),
        defects=tuple(dict.fromkeys((*cut, *mail.defects, *content.defects))),
        unreadable=content.unreadable,
    )


def _readable(name: str, value: str) -> str:
    """Return a field's value as a person reads it, or as it stands where it is for machines."""
    return headers.clean(value) if name in _NOT_FOR_PEOPLE else headers.decode(value)


def _people(block: headers.Block, name: str) -> tuple[Address, ...]:
    """Return the addresses of every field ``name``, each once."""
    found: dict[str, Address] = {}
    for key, value in block.fields:
        if key == name:
            for address in addresses.read(value).found:
                found.setdefault(address.address, address)
    return tuple(found.values())
