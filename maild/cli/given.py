"""What people type after a command's name, read: each reader returns the value, or says in a sentence what would do.

A slip of the hand changes nothing: everything is read before anything is done.
"""

from __future__ import annotations

import sys

import click

from maild.cli.common import Office
from maild.config.values import read_address
from maild.errors import Refused
from maild.policy.reference import format_reference, parse_reference
from maild.policy.ticket import State, Ticket
from maild.store import tickets

MOST_LINE = 500
MOST_TEXT = 20_000


def number_of(house: Office, reference: str) -> int:
    """Return the number behind a reference.

    Raises:
        Refused: it is none.
    """
    number = parse_reference(reference, house.loaded.rules.reference)
    if number is None:
        raise Refused(f"{reference} is not a reference; one looks like {house.loaded.rules.reference.prefix}0012345")
    return number


def words(text: str) -> str:
    """Return the argument, or standard input where it is "-"; never nothing."""
    said = sys.stdin.buffer.read().decode(errors="replace") if text == "-" else text
    return _something(said, "", MOST_TEXT)


def line(text: str, option: str) -> str:
    """Return the text of an option on one line; never nothing."""
    return _something(" ".join(text.split()), f"{option}: ", MOST_LINE)


def reason(text: str | None) -> str:
    """Return why something is done, "" where nobody says."""
    return "" if text is None else line(text, "--reason")


def address(text: str, option: str) -> str:
    """Return an email address in lower case."""
    try:
        return read_address(text.strip())
    except ValueError as error:
        raise click.UsageError(f'{option}: "{text}" {error}') from error


def requester(house: Office, text: str | None) -> str:
    """Return the address of somebody who asks for help, "" where he has none; never one of ours, which would write to itself."""
    if text is None:
        return ""
    found = address(text, "--requester")
    ours = house.loaded.rules.addresses
    if found in {*ours.helpdesk, ours.service, *ours.persons}:
        raise click.UsageError(f"--requester: {found} is an address of ours; leave --requester out where there is no address")
    return found


def assignee(house: Office, team: str, text: str | None) -> str:
    """Return the address of the person in ``team`` who gets a ticket, "" for nobody in particular."""
    teams = house.loaded.rules.teams
    known = {teams.helpdesk, *(each.key for each in teams.teams)}
    if team not in known:
        raise click.UsageError(f"no such team: {team or 'an empty name'}; there are {', '.join(sorted(known))}")
    if text is None:
        return ""
    found, members = address(text, "--to"), teams.team(team).members
    if members and found not in members:
        raise click.UsageError(f"--to: {found} is not in the team {team}; there are {', '.join(members)}")
    return found


def merged_into(house: Office, reference: str, text: str | None) -> str:
    """Return the reference of the ticket that ``reference`` goes into, "" for none; both are of one requester (AGT-6)."""
    if text is None:
        return ""
    if not text.strip():
        raise click.UsageError("--merged-into: say the reference of a ticket")
    number, into = number_of(house, reference), number_of(house, text)
    if number == into:
        raise click.UsageError(f"--merged-into: {_shown(house, into)} cannot go into itself")
    ticket, other = house.read(tickets.by_number, number), house.read(tickets.by_number, into)
    if other is None:
        raise Refused(f"--merged-into: there is no ticket {_shown(house, into)}")
    _check_merge(ticket, other)
    return other.reference


def _check_merge(ticket: Ticket | None, other: Ticket) -> None:
    """Return where one ticket may go into the other.

    Raises:
        Refused: it would vanish there, or show one person's mail to another.
    """
    if other.state is State.CANCELLED:
        raise Refused(f"--merged-into: {other.reference} is Cancelled, nobody works on it")
    if ticket is not None and ticket.requester != other.requester:
        raise Refused(f"--merged-into: {other.reference} is of another requester; only tickets of one person become one")


def _shown(house: Office, number: int) -> str:
    return format_reference(number, house.loaded.rules.reference)


def _something(text: str, option: str, most: int) -> str:
    said = text.strip()
    if not said:
        raise click.UsageError(f"{option}say something: the text is empty")
    if len(said) > most:
        raise click.UsageError(f"{option}has {len(said)} characters, and {most} are kept; say it shorter")
    return said
