"""From a SendMail effect to an outbox row with its final bytes, in the transaction that caused it (OUT-1, ACK-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from maild import log
from maild.desk import caps
from maild.desk.desk import Desk, new_mail_id, nonce
from maild.mail.survey import normalise
from maild.policy.assessment import label_of
from maild.policy.events import SendMail
from maild.policy.recipients import person_for
from maild.policy.ticket import Channel, Ticket
from maild.render.context import AttachedFile, Link, MailContext, OutgoingMail, Question
from maild.store import outbox
from maild.store.group import Transaction
from maild.store.inbox import InboxRow
from maild.tokens import Purpose

_NO_FIELD = (b" ", b"\t", b"From ", b">From ")  # as a first line: it would continue our own header, or end it
_PRIORITY = {"reminder1": outbox.REMINDERS, "reminder2": outbox.REMINDERS, "reminder3": outbox.REMINDERS}


def queue(
    tx: Transaction,
    desk: Desk,
    ticket: Ticket | None,
    effect: SendMail,
    *,
    now: datetime,
    cause: str,
    context: MailContext | None = None,
    files: tuple[AttachedFile, ...] = (),
) -> str:
    """Return the id of the mail that ``effect`` asked for, queued with its final bytes.

    ``cause`` is that of the decision; ``context`` is what the mail says; without it, it is taken from the ticket.
    """
    mail_id, token = new_mail_id(), nonce()
    mail = _mail(desk, ticket, effect, token, now, context or context_of(desk, ticket, effect, now))
    rendered = desk.renderer.render(replace(mail, files=files) if files else mail)
    _mind_template(desk, effect.template, rendered.problem)
    outbox.add(
        tx,
        outbox.NewMail(
            mail_id=mail_id,
            ticket_id=ticket.id if ticket else None,
            reference=ticket.reference if ticket else None,
            template=effect.template,
            envelope_from=_plus(desk, ticket, Purpose.BOUNCE, "b-", token) or desk.rules.addresses.service,
            rcpt_to=rendered.to,
            priority=_PRIORITY.get(effect.template, outbox.ANSWERS if effect.auto_submitted else outbox.PEOPLE),
            message_id=rendered.message_id,
            nonce=token,
            smtputf8=rendered.needs_smtputf8,
            data=rendered.raw,
            role=effect.role or None,
            cause=cause,
        ),
        at=now,
    )
    if effect.kind:
        caps.count(tx, desk, effect, ticket.id if ticket else None, now)
    return mail_id


def _mind_template(desk: Desk, template: str, problem: str) -> None:
    """Raise an alert where the built-in text took a broken template's place; a template that works again ends it (ACK-4)."""
    if problem:
        log.template_broken(template=template, problem=problem)
        desk.alerts.raise_(f"template:{template}", problem)
        desk.broken.add(template)
    elif template in desk.broken:
        desk.broken.discard(template)
        desk.alerts.recover(f"template:{template}")


def resend(tx: Transaction, desk: Desk, row: InboxRow, raw: bytes, *, now: datetime) -> bool:
    """Return whether the mail was queued, as it came, for the person behind the role address it was sent to (INT-2, RFC 5322 §3.6.6)."""
    addresses = desk.rules.addresses
    person = person_for(row.envelope.rcpt_to, addresses)
    if not person or not raw:
        return False
    mail_id, token, original = new_mail_id(), nonce(), normalise(raw)
    message_id = f"<{desk.keyring.sign(Purpose.MESSAGE, number=0, nonce=token, binding='')}@{addresses.service.rpartition('@')[2]}>"
    lines = (
        f"Resent-Date: {format_datetime(now)}",
        f"Resent-From: <{addresses.service}>",
        f"Resent-To: <{person}>",
        f"Resent-Message-ID: {message_id}",
        f"X-Loop: {addresses.service}",
        "",
    )
    mail = outbox.NewMail(
        mail_id=mail_id,
        ticket_id=None,
        reference=None,
        template="forward",
        envelope_from=_plus(desk, None, Purpose.BOUNCE, "b-", token) or addresses.service,
        rcpt_to=person,
        priority=outbox.PEOPLE,
        message_id=message_id,
        nonce=token,
        smtputf8=False,
        data="\r\n".join(lines).encode() + (b"X-Folded: " if original.startswith(_NO_FIELD) else b"") + original,
        role=None,
        cause=f"mail:{row.mail_id}",
    )
    outbox.add(tx, mail, at=now)
    return True


def language_of(desk: Desk, address: str) -> str:
    """Return the language of mails to ``address`` (ACK-4)."""
    languages = desk.rules.languages
    return languages.by_domain.get(address.rpartition("@")[2], languages.default)


def context_of(desk: Desk, ticket: Ticket | None, effect: SendMail, now: datetime) -> MailContext:
    """Return what a mail on a ticket says."""
    if ticket is None:
        return MailContext()
    rules = desk.rules
    late = effect.role == "late_mail"
    category = rules.mds.category(ticket.category)
    context = MailContext(
        reference=ticket.reference,
        received_at=effect.mail_at if effect.mail_at is not None and not late else ticket.received_at,
        rfi_follows=effect.rfi_follows,
        questions=tuple(
            Question(label=label_of(rules.mds, q.key, ticket.category), reason=_unquoted(q.text)) for q in effect.questions if q.key
        ),
        understood=tuple(label_of(rules.mds, value.key, ticket.category) for value in ticket.mds) if effect.questions else (),
        question="\n\n".join(q.text for q in effect.questions if not q.key),
        reminder=ticket.rfi.reminders if ticket.rfi else 0,
        reminders=rules.spans.reminders,
        answer_by=effect.deadline,
        done=effect.text if effect.template == "resolved" else "",
        message=effect.text if effect.template == "reply" else "",
        unreadable=effect.text if effect.template in ("ack", "unreadable") else "",
        late_mail_at=(effect.mail_at or now) if late else None,
        ask_reason=effect.template == "reopened" and not effect.text,
        by_phone=ticket.channel is Channel.PHONE,
        call_back=category is not None and category.call_back,
    )
    return _with_links(desk, ticket, context) if ticket.resolution is not None else context


def _unquoted(reason: str) -> str:
    """Return why a value does not count without the value, which somebody else may have written in the requester's name (ACK-5)."""
    _, quote, rest = reason.rpartition("” ")
    return f"it {rest}" if quote else reason


def _with_links(desk: Desk, ticket: Ticket, context: MailContext) -> MailContext:
    resolution = ticket.resolution
    assert resolution is not None
    reopen = _link_token(desk, ticket, Purpose.REOPEN, resolution.number)
    confirm = _link_token(desk, ticket, Purpose.CONFIRM, resolution.number)
    base = desk.links.base_url.rstrip("/")
    mailto = desk.links.mailto or not base
    return replace(
        context,
        reopen=Link(
            https=f"{base}/r/{reopen}" if base else "",
            mail_to=desk.rules.addresses.service if mailto else "",
            mail_subject=f"Re-open {ticket.reference} o-{reopen}" if mailto else "",
        ),
        confirm_url=f"{base}/c/{confirm}" if base else "",
        reopen_until=resolution.window_ends_at or context.answer_by,
    )


def _link_token(desk: Desk, ticket: Ticket, purpose: Purpose, number: int) -> str:
    return desk.keyring.sign(purpose, number=ticket.number, nonce=str(number), binding=ticket.id)


def _mail(desk: Desk, ticket: Ticket | None, effect: SendMail, token: str, now: datetime, context: MailContext) -> OutgoingMail:
    addresses = desk.rules.addresses
    number, binding = (ticket.number, ticket.id) if ticket else (0, "")
    local = desk.keyring.sign(Purpose.MESSAGE, number=number, nonce=token, binding=binding)
    thread = ticket.thread if ticket and effect.template != "team" else ()
    return OutgoingMail(
        template=effect.template,
        language=ticket.language if ticket else language_of(desk, effect.to),
        context=context,
        sender_name=addresses.service_name,
        sender=addresses.service,
        reply_to=_plus(desk, ticket, Purpose.ADDRESS, "r-", "0") if ticket else "",
        to=effect.to,
        message_id=f"{local}@{addresses.service.rpartition('@')[2]}",
        in_reply_to=effect.answers,
        references=tuple(each for each in thread if each != effect.answers),
        date=now,
        auto_submitted=effect.auto_submitted,
    )


def _plus(desk: Desk, ticket: Ticket | None, purpose: Purpose, prefix: str, token: str) -> str:
    addresses = desk.rules.addresses
    if not addresses.plus_addressing:
        return ""
    local, _, domain = addresses.service.rpartition("@")
    number, binding = (ticket.number, ticket.id) if ticket else (0, "")
    return f"{local}+{prefix}{desk.keyring.sign(purpose, number=number, nonce=token, binding=binding)}@{domain}"
