"""``teams.toml``: teams, their members, and the rules that route complete tickets to them (AGT-1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from maild.config.files import TomlFile, is_there, read_toml, validate
from maild.config.mistakes import Mistake
from maild.config.models import Section
from maild.config.values import AddressText, DomainText, SearchText, Size
from maild.policy.mds.fields import MdsRules
from maild.policy.routing import Route, Team, TeamRules

KEY = r"^[a-z][a-z0-9_-]{0,31}$"


class TeamTable(Section):
    """One team."""

    key: str = Field(pattern=KEY, description="How rules and commands name the team.")
    name: str = Field(min_length=1, max_length=80, description="How people name it.")
    address: AddressText | None = Field(None, description="Where it is told of its tickets; without one nobody is told.")
    members: list[AddressText] = Field([], description="Who works in it: these addresses may act as agents.")
    auto_submitted: bool = Field(True, description="Whether its mails say that they are automatic; some ticket systems drop such mail.")
    attachments: Size = Field(5_000_000, description="How much of a mail's attachments is passed on; more is only listed.")


class RouteTable(Section):
    """One rule; the first whose every condition holds decides."""

    name: str = Field(min_length=1, max_length=80, description="How `maild explain` names the rule.")
    team: str = Field(pattern=KEY, description="The team that gets the ticket.")
    category: list[str] = Field([], description="The ticket is in one of these categories.")
    values: dict[str, SearchText] = Field({}, description="MDS values, by key, in which these patterns are found.")
    subject: SearchText = Field("", description="A pattern found in the subject.")
    text: SearchText = Field("", description="A pattern found in what the person wrote.")
    sender_domain: list[DomainText] = Field([], description="The sender is in one of these domains, or below.")


class TeamsFile(Section):
    """The whole file."""

    helpdesk: str = Field("helpdesk", pattern=KEY, description="The team that has what no rule matches.")
    team: list[TeamTable] = Field([], description="The teams.")
    rule: list[RouteTable] = Field([], description="The rules, in their order.")


def read_teams(path: Path, mds: MdsRules | None) -> tuple[TeamRules, list[Mistake]]:
    """Return the teams of the file at ``path``, none where there is no file, and every mistake of it.

    Its rules look at ``mds``, where that is known.
    """
    if not is_there(path):
        return TeamRules(), []
    file = read_toml(path)
    form, mistakes = validate(file, TeamsFile)
    if form is None:
        return TeamRules(), mistakes
    mistakes += _strangers(file, form)
    if mds is not None:
        mistakes += _blind(file, form, mds)
    return teams_of(form), mistakes


def _strangers(file: TomlFile, form: TeamsFile) -> Iterator[Mistake]:
    """Yield keys of teams that stand twice, and names of teams that are not there."""
    keys = [table.key for table in form.team]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield file.mistake(("team", index, "key"), f'"{key}" is the key of two teams')
    for index, rule in enumerate(form.rule):
        if rule.team not in keys:
            yield file.mistake(("rule", index, "team"), f'there is no team "{rule.team}"; there are: {", ".join(keys) or "none"}')
    if keys and form.helpdesk not in keys:
        yield file.mistake(("helpdesk",), f'there is no team "{form.helpdesk}"; there are: {", ".join(keys)}')


def _blind(file: TomlFile, form: TeamsFile, mds: MdsRules) -> Iterator[Mistake]:
    """Yield rules that look for what no ticket can have, and names that two rules share."""
    categories = [category.key for category in mds.categories]
    fields = list(dict.fromkeys(field.key for each in (mds.fields, *(category.fields for category in mds.categories)) for field in each))
    for index, rule in enumerate(form.rule):
        if rule.name in [other.name for other in form.rule[:index]]:
            yield file.mistake(("rule", index, "name"), f'"{rule.name}" is the name of two rules')
        for number, key in enumerate(rule.category):
            if key not in categories:
                there_are = ", ".join(categories) or "none"
                yield file.mistake(("rule", index, "category", number), f'mds.toml has no category "{key}"; there are: {there_are}')
        for key in rule.values:
            if key not in fields:
                yield file.mistake(("rule", index, "values", key), f'mds.toml has no field "{key}"; there are: {", ".join(fields)}')


def teams_of(form: TeamsFile) -> TeamRules:
    """Return the rules that the file makes."""
    return TeamRules(
        helpdesk=form.helpdesk,
        teams=tuple(
            Team(
                key=table.key,
                name=table.name,
                address=table.address or "",
                members=tuple(table.members),
                auto_submitted=table.auto_submitted,
                attachments=table.attachments,
            )
            for table in form.team
        ),
        routes=tuple(
            Route(
                name=table.name,
                team=table.team,
                categories=tuple(table.category),
                values=tuple(table.values.items()),
                subject=table.subject,
                text=table.text,
                sender_domains=tuple(table.sender_domain),
            )
            for table in form.rule
        ),
    )
