"""``maild ticket new|reply|note|rfi|resolve|assign|reopen|close|cancel``: an agent's acts; the journal names him (AGT-6).

A running daemon notices what these commands wrote at its next look, within half a second, and sends the mails.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maild.cli.common import Office, config_option, json_option, office, operator
from maild.errors import Refused
from maild.policy import events as ev
from maild.policy.reference import parse_reference
from maild.policy.ticket import Channel, Question
from maild.store import tickets

if TYPE_CHECKING:
    from maild.desk.agents import Acted

Command = Callable[..., None]
_agent = click.option("--agent", default=None, help="Who acts; by default the user of the operating system.")
_text = click.argument("text", default="-")


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
    said = (sys.stdin.read() if text == "-" else text).strip()
    if not said:
        raise click.UsageError("say something: the text is empty")
    return said


def _act(name: str, summary: str) -> Callable[[Callable[..., ev.AgentActed]], click.Command]:
    """Return a decorator that makes a command of a function from a reference and options to the event."""

    def decorate(make: Callable[..., ev.AgentActed]) -> click.Command:
        @wraps(make)
        def run(config_dir: Path, as_json: bool, agent: str | None, reference: str, **options: Any) -> None:
            from maild.desk import agents  # lazy: listing tickets needs no templates

            house = office(config_dir)
            who = agent or operator()
            event = make(house, agent=who, cause=f"agent:{who}", **options)
            report(house.write(agents.act, house.desk(), number_of(house, reference), event), as_json=as_json)

        command = click.command(name, help=summary)(config_option(json_option(_agent(run))))
        command.params.insert(0, click.Argument(["reference"]))
        return command

    return decorate


def report(acted: Acted, *, as_json: bool) -> None:
    """Print what became of an act; exit status 1 where it was refused."""
    if as_json:
        record = {"reference": acted.reference, "state": acted.state, "refused": acted.refusal or None}
        click.echo(json.dumps(record, ensure_ascii=False))
    elif not acted.refusal:
        click.echo(f"{acted.reference} is {acted.state}")
    if acted.refusal:
        click.echo(f"Refused: {acted.refusal}", err=True)
        raise SystemExit(1)


@_act("reply", "Write to the requester. TEXT may be - for standard input.")
@_text
def reply(house: Office, text: str, **by: str) -> ev.AgentActed:
    """Return a public reply."""
    return ev.AgentReplied(text=words(text), **by)


@_act("note", "Keep an internal note, which the requester never sees.")
@_text
def note(house: Office, text: str, **by: str) -> ev.AgentActed:
    """Return an internal note."""
    return ev.AgentNoted(text=words(text), **by)


@_act("rfi", "Ask the requester: for the fields named, a question, or both; the reminder clock starts when the mail has left.")
@click.option("--field", "fields", multiple=True, help="A field of the Minimum Data Set to ask for, by its key; may be repeated.")
@click.argument("question", default="")
def rfi(house: Office, fields: tuple[str, ...], question: str, **by: str) -> ev.AgentActed:
    """Return an RFI."""
    mds = house.loaded.rules.mds
    known = {field.key for field in (*mds.fields, *(field for category in mds.categories for field in category.fields))}
    unknown = [field for field in fields if field not in known]
    if unknown:
        raise click.UsageError(f"no such field: {', '.join(unknown)}; there are {', '.join(sorted(known)) or 'none'}")
    free = (Question(key="", text=words(question)),) if question or not fields else ()
    return ev.AgentAsked(questions=(*(Question(key=field) for field in fields), *free), **by)


@_act("resolve", "Resolve; TEXT says what was done, for the resolution mail.")
@_text
def resolve(house: Office, text: str, **by: str) -> ev.AgentActed:
    """Return a resolution."""
    return ev.AgentResolved(text=words(text), **by)


@_act("assign", "Give the ticket to a team, or to a person in it.")
@click.option("--to", "assignee", default="", help="The person.")
@click.argument("team")
def assign(house: Office, team: str, assignee: str, **by: str) -> ev.AgentActed:
    """Return an assignment."""
    teams = house.loaded.rules.teams
    known = {teams.helpdesk, *(each.key for each in teams.teams)}
    if team not in known:
        raise click.UsageError(f"no such team: {team}; there are {', '.join(sorted(known))}")
    return ev.AgentAssigned(team=team, assignee=assignee, **by)


@_act("reopen", "Take up a resolved ticket again, or one that waits for its user.")
@click.option("--reason", default="", help="Why, for the journal.")
def reopen(house: Office, reason: str, **by: str) -> ev.AgentActed:
    """Return a re-opening."""
    return ev.AgentReopened(reason=reason, **by)


@_act("close", "Close a resolved ticket before its re-open window is over; the link acts until then all the same.")
def close(house: Office, **by: str) -> ev.AgentActed:
    """Return a closing."""
    return ev.AgentClosed(**by)


@_act("cancel", "Cancel what is no request: spam, or a duplicate. The requester is not told.")
@click.option("--reason", default="", help="Why, for the journal.")
@click.option("--merged-into", default="", help="The reference of the ticket that it went into.")
def cancel(house: Office, reason: str, merged_into: str, **by: str) -> ev.AgentActed:
    """Return a cancellation."""
    if merged_into:
        number_of(house, merged_into)
    return ev.AgentCancelled(reason=reason, merged_into=merged_into, **by)


@_act("extend", "Put the next reminder off by some days; a clock that was held goes on then.")
@click.argument("days", type=click.IntRange(1, 366))
def extend(house: Office, days: int, **by: str) -> ev.AgentActed:
    """Return an extension."""
    from datetime import timedelta

    return ev.AgentExtended(until=house.clock.now() + timedelta(days=days), **by)


@click.command("new")
@config_option
@json_option
@_agent
@click.option("--requester", default="", help="The requester's address; without one nothing can be mailed.")
@click.option("--name", default="", help="The requester's name.")
@click.option("--subject", required=True, help="What it is about, in a few words.")
@click.option("--value", "values", multiple=True, help="KEY=VALUE of the Minimum Data Set; may be repeated.")
@click.option("--channel", type=click.Choice([channel.value for channel in Channel]), default=Channel.PHONE.value, show_default=True)
@click.option("--incomplete", is_flag=True, help="Open it although something is missing; the journal says so.")
@_text
def new(
    config_dir: Path,
    as_json: bool,
    agent: str | None,
    requester: str,
    name: str,
    subject: str,
    values: tuple[str, ...],
    channel: str,
    incomplete: bool,
    text: str,
) -> None:
    """Open a ticket for somebody, from a telephone call as a rule. TEXT is what was said; - is standard input.

    The Minimum Data Set is read from TEXT and from --value, and must be complete.
    """
    from maild.desk import agents  # lazy, as above
    from maild.desk.agents import Request

    house = office(config_dir)
    desk = house.desk()
    request = Request(
        agent=agent or operator(),
        requester=requester.strip().lower(),
        requester_name=name,
        subject=subject,
        text="\n".join((words(text), *(["", *_lines(house, values)] if values else []))),
        channel=Channel(channel),
    )
    assessed = agents.assess(desk, request)
    if assessed is not None and assessed.missing and not incomplete:
        raise Refused(f"missing: {', '.join(_wanted(question) for question in assessed.missing)}; give --value KEY=VALUE, or --incomplete")
    desk.numbers.add(house.write(tickets.reserve_numbers, 1))
    report(house.write(agents.open_ticket, desk, request, assessed), as_json=as_json)


def _lines(house: Office, values: tuple[str, ...]) -> list[str]:
    """Return the values as lines of the form, which are read as a requester's own would be."""
    lines = []
    for each in values:
        key, equals, value = each.partition("=")
        field = house.loaded.rules.mds.field(key)
        if not equals or field is None:
            known = ", ".join(field.key for field in house.loaded.rules.mds.fields)
            raise click.UsageError(f"--value {each}: say KEY=VALUE, with one of {known}")
        lines.append(f"{field.label}: {value}")
    return lines


def _wanted(question: Question) -> str:
    return f"{question.key} ({question.text})" if question.text else question.key


ACTS: tuple[click.Command, ...] = (new, reply, note, rfi, resolve, assign, reopen, close, cancel, extend)
