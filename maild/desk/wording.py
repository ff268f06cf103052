"""The words in which a team reads who wrote, what happened, flags, undelivered mails and the journal (AGT-2).

Nothing here does IO. What stands in a journal by short names, for programs, stands here in sentences, for people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from maild.policy.events import JournalEntry
from maild.policy.ticket import Channel, State, Ticket

_MOST = 200  # characters of somebody else's words in one line
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})

FLAGS = MappingProxyType(
    {
        "incomplete": "information is missing",
        "no_address": "no address to answer to",
        "no_response": "no answer after the last reminder",
        "outsider": "somebody who is not on the ticket wrote",
        "rfi_unsent": "our question could not be sent",
        "undeliverable": "a mail of ours was not delivered",
        "unreadable_empty": "an empty mail came",
        "unreadable_encrypted": "an encrypted mail came",
        "unreadable_undecodable": "a mail came that cannot be shown",
        "unverified_sender": "the sender is not verified",
    }
)
SOURCES = MappingProxyType({"header": "sender's address", "text": "text of the mail"})
_UNREADABLE = {"encrypted": "it is encrypted", "empty": "there is nothing in it", "undecodable": "its form is unknown"}
_MAILS = {
    "ack": "acknowledgement",
    "closed": "closing mail",
    "late_mail": "answer to a late mail",
    "reminder": "reminder",
    "reopened": "mail on the re-opening",
    "reply_not_reopened": "answer to a late reply",
    "resolution": "resolution mail",
    "rfi": "question",
    "unreadable": "mail on what we could not read",
}
# Enhanced status codes (RFC 3463, RFC 5248) that say something to a person.
_STATUS = {
    "5.1.1": "there is no such mailbox",
    "5.1.2": "there is no such mail domain",
    "5.1.10": "the domain takes no mail",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "5.2.3": "the mail is too large for the mailbox",
    "5.3.4": "the mail is too large",
    "5.4.4": "the mail domain cannot be reached",
    "5.4.6": "mail goes round in a circle there",
    "5.4.7": "it could not be delivered in time",
    "5.7.1": "the server there does not let it in",
}
_DEAD_LINKS = {"expired": "the time to re-open was over", "used": "it belongs to an earlier resolution, or was used before"}


def flags(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a ticket's flags in words."""
    return tuple(FLAGS.get(name, name.replace("_", " ")) for name in names)


def mailbox(address: str, name: str) -> str:
    """Return who has an address, as people write it; the name is his own word, and is left out where it could pass for another (REF-8)."""
    shown = " ".join(name.split())[:_MOST]
    return f"{shown} <{address}>" if shown and shown.lower() != address and _is_plain(shown) else address


def _is_plain(name: str) -> bool:
    """Return whether a name holds no address, nothing invisible, and no word in two scripts whose letters look alike."""
    plain = unicodedata.normalize("NFKC", name)
    if any(character in "@<>" or unicodedata.category(character) in _INVISIBLE for character in plain):
        return False
    scripts = ({unicodedata.name(letter, "").partition(" ")[0] for letter in word} for word in plain.split() if not word.isascii())
    return all(len(found & _ALIKE) < 2 for found in scripts)


def role_of(ticket: Ticket, address: str) -> str:
    """Return what the owner of an address is to the ticket."""
    if address and address == ticket.requester:
        return "The requester"
    return "A participant" if ticket.is_participant(address) else "Somebody who is not on the ticket"


def undelivered(data: Mapping[str, Any]) -> str:
    """Return which mail of ours did not arrive, at which address, and why."""
    why = reason(str(data.get("why", "")))
    return f"Our {_mail(str(data.get('role', '')))} to {data.get('recipient', '')} was not delivered{f': {why}' if why else ''}."


def reason(said: str) -> str:
    """Return a server's words with what their status code means, where that is known: ``there is no such mailbox (550 5.1.1 …)``."""
    said = " ".join(said.split())[:_MOST].rstrip(".")
    meaning = next((_STATUS[word] for word in said.replace("#", " ").replace("(", " ").replace(")", " ").split() if word in _STATUS), "")
    return f"{meaning} ({said})" if meaning else said


def happened(ticket: Ticket, entry: JournalEntry, what: str, sender: str, name: str) -> str:
    """Return who did what, in a sentence or two for the head of a team's mail; ``what`` is that of the TellTeam.

    ``sender`` and ``name`` are those of the mail that caused it, "" where none did.
    """
    who = f"{role_of(ticket, sender)}, {mailbox(sender, name)}," if sender else _actor(entry.cause)
    tell = _HAPPENED.get(what)
    return tell(who, entry, ticket) if tell is not None else ""


def line(entry: JournalEntry) -> str:
    """Return one line of the journal: what happened, and the state it led to."""
    told = _LINES.get(entry.kind)
    text = told(entry) if told is not None else _spaced(entry.kind)
    data = entry.data
    if data.get("refused") and entry.kind != "ReopenRequested":
        text += f" - refused: {data['refused']}"
    if data.get("needs_a_look"):
        text += f" - for a look: {data['needs_a_look']}"
    state = _set(entry).get("state")
    return f"{text}; {state}" if state else text


def _actor(cause: str) -> str:
    kind, _, name = cause.partition(":")
    return name if kind == "agent" else "Somebody"


def _mail(role: str) -> str:
    """Return what a mail of ours is called; a role is ``rfi:2``, ``reminder:1.3`` or a template's name."""
    kind, _, number = role.partition(":")
    name = _MAILS.get(kind, kind.replace("_", " ") or "mail")
    return f"{name} {number.rpartition('.')[2]}" if kind == "reminder" else name


def _set(entry: JournalEntry) -> Mapping[str, Any]:
    found = entry.data.get("set")
    return found if isinstance(found, Mapping) else {}


def _sender(entry: JournalEntry) -> str:
    return str(entry.data.get("sender") or "somebody")


def _spaced(kind: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()


# --- what a team is told at the head of its mail ----------------------------------------------------------------------

_Teller = Callable[[str, JournalEntry, Ticket], str]


def _opened(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    if entry.kind == "AgentAssigned":
        to = f" to {ticket.assignee}" if ticket.assignee else ""
        return f"{who} gave it to your team{f' and{to}' if to else ''}."
    if ticket.channel is Channel.PHONE and entry.kind == "RequestReceived":
        return f"{who} took the request by phone."
    return f"{who} sent a new request." if entry.kind == "RequestReceived" else f"{who} sent what was missing."


def _incomplete(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    if entry.kind == "UserWrote":
        return f"{who} answered; some information is still missing, and we ask no more by ourselves."
    if entry.kind == "TimerFired":
        return "Some information is still missing, and we ask no more by ourselves."
    return f"{who} sent a new request. Some information is missing, and no automatic mail may ask for it."


def _outsider(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    if ticket.state is not State.AWAITING_USER_INFO:
        return f"{who} replied to a mail of ours. Nothing was changed, and the sender was told nothing."
    act = f"if this is the answer, maild ticket reopen {ticket.reference}; if not, maild ticket extend {ticket.reference} 1"
    return f"{who} replied to our question. The reminders wait until you say what this is: {act}."


def _note(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    return f"{who} sent a mail that was filed and changes nothing ({_why(entry)})."


def _why(entry: JournalEntry) -> str:
    return str(entry.data.get("why", "")).replace("_", " ")


def _replied_resolved(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    return f"{who} wrote after it was resolved. It stays resolved: only the Re-open link or the helpdesk takes it up again."


def _wrote_final(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    state = ticket.state.value.lower()
    return f"{who} wrote although it is {state}. It stays {state}: for more help a new mail to the helpdesk is needed."


def _dead_link(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    by = who if entry.cause.startswith("mail:") else "Somebody with the link of the resolution mail"
    why = _DEAD_LINKS.get(str(entry.data.get("refused", "")), "it no longer acts")
    return f"{by} tried to re-open it, and could not: {why}. Nothing was changed; it is {ticket.state.value}."


def _reopened(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    given = "gave the reason below." if entry.data.get("reason") else "gave no reason."
    if entry.cause.startswith("agent:"):
        return f"{who} re-opened it and {given}"
    if entry.cause.startswith("mail:"):
        return f"{who} re-opened it with the link by mail and {given}"
    return f"The requester, {mailbox(ticket.requester, ticket.requester_name)}, re-opened it on the page behind the link and {given}"


def _undeliverable(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    return undelivered(entry.data)


def _rfi_unsent(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    return "Our question was not taken by the mail relay in time. Nobody has been asked: please ask in another way."


def _no_response(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    return "The last reminder has had no answer, and a request of this category is never resolved by silence."


def _unreadable(who: str, entry: JournalEntry, ticket: Ticket) -> str:
    why = next((words for key, words in _UNREADABLE.items() if f"unreadable_{key}" in ticket.flags[-1:]), "")
    return f"{who} sent a mail that cannot be read{f': {why}' if why else ''}. Please reach the sender in another way."


_HAPPENED: dict[str, _Teller] = {
    "opened": _opened,
    "assigned": _opened,
    "updated": lambda who, entry, ticket: f"{who} wrote.",
    "answered": lambda who, entry, ticket: f"{who} answered our question. No more reminders go out.",
    "incomplete": _incomplete,
    "outsider": _outsider,
    "note": _note,
    "thanks": lambda who, entry, ticket: f"{who} said thank you. Nothing was changed.",
    "replied_resolved": _replied_resolved,
    "wrote_final": _wrote_final,
    "dead_link": _dead_link,
    "rfi_unsent": _rfi_unsent,
    "no_response": _no_response,
    "undeliverable": _undeliverable,
    "unreadable": _unreadable,
    "reopened": _reopened,
}


# --- the journal ------------------------------------------------------------------------------------------------------


def _received(entry: JournalEntry) -> str:
    way = str(_set(entry).get("channel", "email")).replace("_", " ")
    return f"request of {entry.data.get('requester') or 'somebody without an address'} received by {way}"


def _reopen(entry: JournalEntry) -> str:
    way = "by mail" if entry.cause.startswith("mail:") else "on its page"
    if entry.data.get("refused"):
        return f"re-open link tried {way}: {_DEAD_LINKS.get(str(entry.data['refused']), 'it no longer acts')}"
    return f"re-opened with the link, {way}"


def _fired(entry: JournalEntry) -> str:
    data = entry.data
    if "reminder" in data:
        return f"reminder {data['reminder']} sent"
    if "held" in data:
        return f"reminder not sent: {data['held']}"
    if data.get("reason"):
        return f"resolved: {data['reason']}"
    if data.get("questions"):
        return "asked again for what is missing"
    return "a date that no longer mattered passed" if data.get("stale") else "a date passed"


def _not_delivered(entry: JournalEntry) -> str:
    told = undelivered(entry.data).rstrip(".")
    return told[:1].lower() + told[1:]


def _by_agent(does: str) -> Callable[[JournalEntry], str]:
    return lambda entry: f"{_actor(entry.cause)} {does}"


def _assigned(entry: JournalEntry) -> str:
    data = entry.data
    to = " ".join(f"{data[name]}" for name in ("team", "assignee") if data.get(name))
    return f"{_actor(entry.cause)} assigned it to {to}"


_LINES: dict[str, Callable[[JournalEntry], str]] = {
    "RequestReceived": _received,
    "UserWrote": lambda entry: f"mail of {_sender(entry)}",
    "OutsiderWrote": lambda entry: f"mail of {_sender(entry)}, who is not on the ticket",
    "NoteFiled": lambda entry: f"mail of {_sender(entry)} filed ({_why(entry)})",
    "MailBounced": _not_delivered,
    "MailRefused": _not_delivered,
    "MailTaken": lambda entry: f"our {_mail(str(entry.data.get('role', '')))} has left",
    "CalendarChanged": lambda entry: "the working days changed, and with them the next date",
    "TimerFired": _fired,
    "ReopenRequested": _reopen,
    "ResolutionConfirmed": lambda entry: "the requester confirmed that it is fixed",
    "AgentReplied": _by_agent("wrote to the requester"),
    "AgentNoted": _by_agent("made a note"),
    "AgentAsked": _by_agent("asked the requester"),
    "AgentResolved": _by_agent("resolved it"),
    "AgentReopened": _by_agent("took it up again"),
    "AgentClosed": _by_agent("closed it"),
    "AgentCancelled": _by_agent("cancelled it"),
    "AgentAssigned": _assigned,
    "AgentExtended": _by_agent("put the next reminder off"),
    "AgentAccepted": _by_agent("accepted the sender as a participant"),
}
