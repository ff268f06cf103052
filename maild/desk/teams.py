"""Tell a ticket's team what is new, with all it needs to act (AGT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maild.desk import caps, outgoing, wording
from maild.desk.desk import Desk
from maild.mail.message import Attachment
from maild.policy.assessment import label_of
from maild.policy.events import SendMail, TellTeam
from maild.policy.machine import Decision
from maild.policy.routing import Team
from maild.policy.ticket import Ticket
from maild.render.context import AttachedFile, AttachmentLine, FieldValue, JournalLine, MailContext, TeamContext
from maild.store import tickets
from maild.store.group import Transaction

JOURNAL_LINES = 8
_HEADLINES = {
    "opened": "New request",
    "assigned": "Assigned to {team}",
    "updated": "{who} wrote",
    "answered": "{who} answered",
    "incomplete": "Incomplete: please look",
    "outsider": "{who} wrote: please look",
    "note": "A mail was filed: please look",
    "replied_resolved": "{who} replied to the resolution",
    "wrote_final": "{who} wrote although it is {state}",
    "thanks": "{who} said thank you",
    "dead_link": "A re-open link was tried that no longer acts",
    "rfi_unsent": "Our question could not be sent",
    "no_response": "No answer after the last reminder",
    "undeliverable": "Our mail could not be delivered",
    "unreadable": "A mail could not be read: please look",
    "resolved": "Resolved",
    "reopened": "Re-opened",
}
# What mails to a ticket cause as often as they come, and the journal's entries of such mails: of the people on the ticket, and of others.
_BY_MAIL = (
    (
        frozenset({"updated", "replied_resolved", "wrote_final", "thanks", "dead_link", "unreadable"}),
        frozenset({"UserWrote", "ReopenRequested"}),
    ),
    (frozenset({"outsider", "note"}), frozenset({"OutsiderWrote", "NoteFiled"})),
)
_QUIET = frozenset({"resolved"})  # what the team did itself, or learns from the list


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a mail brought: who wrote it, when it came, and its attachments."""

    sender: str = ""
    name: str = ""
    received_at: datetime | None = None
    attachments: Sequence[Attachment] = ()


def tell(tx: Transaction, desk: Desk, decision: Decision, effect: TellTeam, *, now: datetime, news: News) -> None:
    """Queue the mail to the ticket's team; a team without an address is not told, nor one whose mails seem to answer themselves."""
    ticket = decision.ticket
    team = desk.rules.teams.team(ticket.team)
    if not team.address or effect.what in _QUIET or _held(tx, desk, team, effect, decision, now, news):
        return
    context = MailContext(
        reference=ticket.reference, received_at=ticket.received_at, team=_context(tx, desk, ticket, team, effect, decision, now, news)
    )
    mail = SendMail(template="team", to=team.address, auto_submitted="auto-generated" if team.auto_submitted else "")
    outgoing.queue(tx, desk, ticket, mail, now=now, cause=decision.entry.cause, context=context, files=_files(team, news))


def _held(tx: Transaction, desk: Desk, team: Team, effect: TellTeam, decision: Decision, now: datetime, news: News) -> bool:
    """Return whether more mails came within an hour than a team is told of: its own system may acknowledge each like a person (LOOP-2).

    Counted are mails to the ticket, those of the people on it apart from others', and new tickets of one address at the team's own domain.
    Nothing is lost: all of them stand in the journal, and an alert says so.
    """
    if decision.entry.kind == "RequestReceived":
        return caps.holds_team(tx, desk, team.address, news.sender, now)
    ticket, most = decision.ticket, desk.rules.caps.ticket_per_hour
    counted = next((kinds for told, kinds in _BY_MAIL if effect.what in told), frozenset())
    if not counted:
        return False
    latest = [at for at, kind, _ in tickets.journal_end(tx, ticket.id, 4 * most + 4) if kind in counted and at > now - caps.HOUR]
    if len(latest) <= most:
        return False
    caps.tell(desk, caps.TICKET, news.sender)
    return True


def _context(
    tx: Transaction, desk: Desk, ticket: Ticket, team: Team, effect: TellTeam, decision: Decision, now: datetime, news: News
) -> TeamContext:
    mds = desk.rules.mds
    return TeamContext(
        name=team.name,
        headline=_headline(ticket, team, effect.what, news),
        happened=wording.happened(ticket, decision.entry, effect.what, news.sender, news.name),
        happened_at=news.received_at or now,
        state=ticket.state.value,
        requester=wording.mailbox(ticket.requester, ticket.requester_name),
        participants=ticket.participants,
        linked=ticket.linked,
        subject=ticket.subject,
        channel=ticket.channel.value,
        category=ticket.category,
        assignee=ticket.assignee,
        flags=wording.flags(ticket.flags),
        values=tuple(
            FieldValue(
                label=label_of(mds, value.key, ticket.category),
                value=_shown(value.value),
                source=wording.SOURCES.get(value.source, value.source),
            )
            for value in ticket.mds
        ),
        missing=tuple(label_of(mds, question.key, ticket.category) for question in ticket.missing),
        new_from=wording.mailbox(news.sender, news.name),
        new_text=effect.text,
        description=ticket.description,
        attachments=tuple(AttachmentLine(name=each.filename, content_type=each.content_type, size=each.size) for each in news.attachments),
        journal=_journal(tx, ticket, now),
    )


def _headline(ticket: Ticket, team: Team, what: str, news: News) -> str:
    """Return why the team is told, for the subject: no word of a person stands in it."""
    who = wording.role_of(ticket, news.sender) if news.sender else "The requester"
    return _HEADLINES.get(what, "News").format(team=team.name, who=who, state=ticket.state.value.lower())


def _journal(tx: Transaction, ticket: Ticket, now: datetime) -> tuple[JournalLine, ...]:
    entries = tickets.journal_extract(tx, ticket.id, JOURNAL_LINES)
    return tuple(JournalLine(at=at, text=wording.line(entry)) for at, entry in entries if at <= now)


def _files(team: Team, news: News) -> tuple[AttachedFile, ...]:
    """Return the attachments to pass on, all or none: the list stands in the mail either way."""
    if sum(each.size for each in news.attachments) > team.attachments or any(each.size and not each.data for each in news.attachments):
        return ()
    return tuple(AttachedFile(name=each.filename, content_type=each.content_type, data=each.data) for each in news.attachments if each.data)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(part for part in (value.get("text") or "", ", ".join(value.get("attachments", ()))) if part)
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
