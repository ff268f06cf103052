"""``maild ticket new|reply|note|rfi|resolve|assign|reopen|close|cancel``: an agent's acts; the journal names him (AGT-6).

A running daemon notices what these commands wrote at its next look, within half a second, and sends the mails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maild.cli import given
from maild.cli.common import Office, config_option, json_option, office, operator
from maild.cli.examples import examples
from maild.cli.given import number_of, words
from maild.errors import Refused
from maild.policy import events as ev
from maild.policy.ticket import Channel, Question
from maild.store import tickets

if TYPE_CHECKING:
    from maild.desk.agents import Acted

Command = Callable[..., None]
_agent = click.option("--agent", default=None, help="Who acts; by default the user of the operating system.")
_text = click.argument("text", default="-")


def _act(name: str, summary: str, *lines: str) -> Callable[[Callable[..., ev.AgentActed]], click.Command]:
    """Return a decorator that makes a command of a function from the office, a reference and options to the event."""

    def decorate(make: Callable[..., ev.AgentActed]) -> click.Command:
        @wraps(make)
        def run(config_dir: Path, as_json: bool, agent: str | None, reference: str, **options: Any) -> None:
            from maild.desk import agents  # lazy: listing tickets needs no templates

            house = office(config_dir)
            who = _who(agent)
            event = make(house, reference, agent=who, cause=f"agent:{who}", **options)
            report(house.write(agents.act, house.desk(), number_of(house, reference), event), as_json=as_json)

        command = click.command(name, help=summary, epilog=examples(*lines))(config_option(json_option(_agent(run))))
        command.params.insert(0, click.Argument(["reference"]))
        return command

    return decorate


def _who(agent: str | None) -> str:
    return operator() if agent is None else given.line(agent, "--agent")


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


@_act(
    "reply",
    "Write to the requester. TEXT is what he reads; - is standard input.",
    'maild ticket reply INC0012345 "We are on our way."',
    "maild ticket reply INC0012345 - < answer.txt",
)
@_text
def reply(house: Office, reference: str, text: str, **by: str) -> ev.AgentActed:
    """Return a public reply."""
    return ev.AgentReplied(text=words(text), **by)


@_act(
    "note",
    "Keep an internal note, which the requester never sees. TEXT - is standard input.",
    'maild ticket note INC0012345 "Rang her; she is out until Monday."',
)
@_text
def note(house: Office, reference: str, text: str, **by: str) -> ev.AgentActed:
    """Return an internal note."""
    return ev.AgentNoted(text=words(text), **by)


@_act(
    "rfi",
    "Send an RFI: ask the requester for the fields named, a question, or both. The reminder clock starts when the mail has left.",
    'maild ticket rfi INC0012345 "Which floor is the printer on?"',
    "maild ticket rfi INC0012345 --field contact_number",
)
@click.option("--field", "fields", multiple=True, help="A field of the Minimum Data Set to ask for, by its key; may be repeated.")
@click.argument("question", default="")
def rfi(house: Office, reference: str, fields: tuple[str, ...], question: str, **by: str) -> ev.AgentActed:
    """Return an RFI."""
    mds = house.loaded.rules.mds
    known = {field.key for field in (*mds.fields, *(field for category in mds.categories for field in category.fields))}
    unknown = [field for field in fields if field not in known]
    if unknown:
        raise click.UsageError(f"no such field: {', '.join(unknown)}; there are {', '.join(sorted(known)) or 'none'}")
    free = (Question(key="", text=words(question)),) if question or not fields else ()
    return ev.AgentAsked(questions=(*(Question(key=field) for field in fields), *free), **by)


@_act(
    "resolve",
    "Resolve a ticket. TEXT says what was done, for the resolution mail; - is standard input.",
    'maild ticket resolve INC0012345 "We put in a new toner."',
)
@_text
def resolve(house: Office, reference: str, text: str, **by: str) -> ev.AgentActed:
    """Return a resolution."""
    return ev.AgentResolved(text=words(text), **by)


@_act(
    "assign",
    "Give the ticket to a team, or to a person in it.",
    "maild ticket assign INC0012345 messaging",
    "maild ticket assign INC0012345 messaging --to dora@trust.example",
)
@click.option("--to", "person", metavar="ADDRESS", help="The address of the person.")
@click.argument("team")
def assign(house: Office, reference: str, team: str, person: str | None, **by: str) -> ev.AgentActed:
    """Return an assignment."""
    return ev.AgentAssigned(team=team, assignee=given.assignee(house, team, person), **by)


@_act(
    "reopen",
    "Take up a resolved ticket again, or one that waits for its user.",
    'maild ticket reopen INC0012345 --reason "The printer failed again."',
)
@click.option("--reason", help="Why, for the journal.")
def reopen(house: Office, reference: str, reason: str | None, **by: str) -> ev.AgentActed:
    """Return a re-opening."""
    return ev.AgentReopened(reason=given.reason(reason), **by)


@_act(
    "close",
    "Close a resolved ticket before its re-open window is over. The re-open link acts until then all the same.",
    "maild ticket close INC0012345",
)
def close(house: Office, reference: str, **by: str) -> ev.AgentActed:
    """Return a closing."""
    return ev.AgentClosed(**by)


@_act(
    "cancel",
    "Cancel what is no request: spam, or a duplicate. The requester is not told.",
    "maild ticket cancel INC0012345 --reason spam",
    "maild ticket cancel INC0012345 --merged-into INC0012300",
)
@click.option("--reason", help="Why, for the journal.")
@click.option("--merged-into", "into", metavar="REFERENCE", help="The ticket of the same requester that it went into.")
def cancel(house: Office, reference: str, reason: str | None, into: str | None, **by: str) -> ev.AgentActed:
    """Return a cancellation."""
    return ev.AgentCancelled(reason=given.reason(reason), merged_into=given.merged_into(house, reference, into), **by)


@_act("extend", "Put the next reminder off by DAYS. A clock that was held goes on then.", "maild ticket extend INC0012345 5")
@click.argument("days", type=click.IntRange(1, 366))
def extend(house: Office, reference: str, days: int, **by: str) -> ev.AgentActed:
    """Return an extension."""
    from datetime import timedelta

    return ev.AgentExtended(until=house.clock.now() + timedelta(days=days), **by)


@click.command(
    "new",
    epilog=examples(
        'maild ticket new --requester alice@trust.example --subject "Printer down" --value affected_users_count=3 "It is broken."',
        'maild ticket new --requester alice@trust.example --subject "Printer down" --incomplete - < call.txt',
    ),
)
@config_option
@json_option
@_agent
@click.option("--requester", metavar="ADDRESS", help="The requester's address; without one nothing can be mailed.")
@click.option("--name", help="The requester's name.")
@click.option("--subject", required=True, help="What it is about, in a few words.")
@click.option("--value", "values", multiple=True, help="KEY=VALUE of the Minimum Data Set; may be repeated.")
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    default=Channel.PHONE.value,
    show_default=True,
    help="How the request came.",
)
@click.option("--incomplete", is_flag=True, help="Open it although something is missing; the journal says so.")
@_text
def new(
    config_dir: Path,
    as_json: bool,
    agent: str | None,
    requester: str | None,
    name: str | None,
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
        agent=_who(agent),
        requester=given.requester(house, requester),
        requester_name="" if name is None else given.line(name, "--name"),
        subject=given.line(subject, "--subject"),
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
        if not value.strip():
            raise click.UsageError(f"--value {each}: the value is empty; leave it out where it is not known")
        lines.append(f"{field.label}: {value}")
    return lines


def _wanted(question: Question) -> str:
    return f"{question.key} ({question.text})" if question.text else question.key


ACTS: tuple[click.Command, ...] = (new, reply, note, rfi, resolve, assign, reopen, close, cancel, extend)
