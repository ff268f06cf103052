"""``maild ticket``: tickets from the command line (AGT-6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from maild.cli.acts import ACTS
from maild.cli.common import config_option, json_option, local, office, plain, show, times_in, when
from maild.cli.examples import Commands, examples
from maild.cli.given import number_of
from maild.desk import wording
from maild.errors import Refused
from maild.policy.events import JournalEntry
from maild.policy.ticket import State, Ticket, encode
from maild.store import outbox, tickets, timers
from maild.store.group import Transaction


@click.group("ticket", cls=Commands)
def ticket() -> None:
    """List and show tickets, and work on them; the journal names who did what."""


for _command in ACTS:
    ticket.add_command(_command)


@ticket.command("list", epilog=examples("maild ticket list", "maild ticket list --state resolved --team messaging --json"))
@config_option
@json_option
@click.option("--state", type=click.Choice([each.value for each in State], case_sensitive=False), help="Only tickets in this state.")
@click.option("--team", help="Only tickets of this team.")
def list_(config_dir: Path, as_json: bool, state: str | None, team: str | None) -> None:
    """List tickets, oldest first."""
    house = office(config_dir)
    teams = house.loaded.rules.teams
    known = {teams.helpdesk, *(each.key for each in teams.teams)}
    if team is not None and team not in known:
        raise Refused(f"there is no team {team}; there are: {', '.join(sorted(known))}")
    records = (summary(each, teams.helpdesk) for each in house.read(tickets.every) if state is None or each.state.value == state)
    columns = ("reference", "state", "requester", "subject", "team", "flags", "updated_at")
    chosen = (record for record in records if team is None or record["team"] == team)
    empty = "There are no such tickets." if state or team else "There are no tickets."
    show(chosen, as_json=as_json, columns=columns, empty=empty, zone=house.zone)


@ticket.command("show", epilog=examples("maild ticket show INC0012345"))
@config_option
@json_option
@click.argument("reference")
def show_(config_dir: Path, as_json: bool, reference: str) -> None:
    """Show one ticket with its journal, mails and timers."""
    house = office(config_dir)
    found = house.read(_load, number_of(house, reference), house.loaded.rules.teams.helpdesk)
    if found is None:
        raise Refused(f"there is no ticket {reference}")
    if as_json:
        show([found], as_json=True)
    else:
        _print(found, house.zone)


def summary(each: Ticket, helpdesk: str = "") -> dict[str, Any]:
    """Return what a list says of a ticket (CONTRACTS 3); one in progress with no resolver team is the team ``helpdesk``'s."""
    return {
        "reference": each.reference,
        "state": each.state.value,
        "channel": each.channel.value,
        "requester": each.requester,
        "subject": each.subject,
        "team": each.team or (helpdesk if each.state is State.IN_PROGRESS else ""),
        "flags": list(each.flags),
        "created_at": when(each.created_at),
        "updated_at": when(each.updated_at),
        "missing": [question.key for question in each.missing],
    }


def _load(tx: Transaction, number: int, helpdesk: str) -> dict[str, Any] | None:
    found = tickets.by_number(tx, number)
    if found is None:
        return None
    mails = [
        {"id": mail, "direction": direction, "message_id": message_id} for mail, direction, message_id in tickets.mails_of(tx, found.id)
    ]
    sent = [
        {"id": mail, "direction": "out", "message_id": message_id, "template": template, "state": state}
        for mail, message_id, template, state in outbox.of_ticket(tx, found.id)
    ]
    return {
        **summary(found, helpdesk),
        "participants": list(found.participants),
        "description": found.description,
        "mds": encode(found)["mds"],
        "category": found.category,
        "region": found.region,
        "held": found.held,
        "linked": list(found.linked),
        "journal": [
            {"at": when(at), "kind": kind, "cause": cause, "data": data} for at, kind, cause, data in tickets.journal_of(tx, found.id)
        ],
        "mails": mails + sent,
        "timers": [{"kind": timer.kind.value, "due_at": when(timer.due_at)} for timer in timers.of_ticket(tx, found.id)],
    }


_HEAD = (
    "reference",
    "state",
    "channel",
    "requester",
    "participants",
    "subject",
    "team",
    "category",
    "region",
    "flags",
    "missing",
    "linked",
    "held",
)


def _print(found: dict[str, Any], zone: ZoneInfo) -> None:
    for key in _HEAD:
        if found[key]:
            click.echo(f"{key + ':':14}{plain(found[key])}")
    for value in found["mds"]:
        click.echo(f"  {value['key']}: {plain(value['value'])}  ({plain(value['source'])})")
    if found["description"]:
        click.echo()
        for line in found["description"].splitlines():
            click.echo("  " + plain(line))
    click.echo("\njournal")
    for entry in found["journal"]:
        told = wording.line(JournalEntry(kind=entry["kind"], cause=entry["cause"], data=entry["data"]))
        click.echo(f"  {local(entry['at'], zone)}  {plain(told)}  ({plain(entry['cause'])})")
    click.echo("mails")
    for mail in found["mails"]:
        click.echo(f"  {mail['direction']:<4}{mail['id']}  {mail.get('template', ''):<20} {mail.get('state', '')}")
    for timer in found["timers"]:
        click.echo(f"timer {timer['kind']} due {local(timer['due_at'], zone)}")
    click.echo(times_in(zone))
