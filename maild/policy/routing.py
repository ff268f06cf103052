"""Teams, and the rules that give a complete ticket to one of them (AGT-1): first match wins, else the helpdesk."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A helpdesk or resolver team: where it is told, and who its members are (lower-case addresses).

    ``auto_submitted`` is False for an outside ticket system that drops automatic mail (ACK-2). ``attachments`` is the number of bytes
    of a mail's attachments that are passed on; larger ones are only listed.
    """

    key: str
    name: str
    address: str = ""
    members: tuple[str, ...] = ()
    auto_submitted: bool = True
    attachments: int = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule: every condition that is given must hold. Patterns are searched without regard to case."""

    name: str
    team: str
    categories: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()  # (MDS key, pattern)
    subject: str = ""
    text: str = ""
    sender_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRules:
    """Every team, the rules in their order, and the team that has what no rule matches."""

    teams: tuple[Team, ...] = ()
    routes: tuple[Route, ...] = ()
    helpdesk: str = "helpdesk"

    def team(self, key: str) -> Team:
        """Return the team ``key``, or the helpdesk's where there is none of that key (any more)."""
        found = {team.key: team for team in self.teams}
        return found.get(key) or found.get(self.helpdesk) or Team(key=self.helpdesk, name="Helpdesk")

    def is_agent(self, address: str) -> bool:
        """Return whether ``address`` is a team's or a member's."""
        return any(address == team.address or address in team.members for team in self.teams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a route looks at."""

    category: str
    values: tuple[tuple[str, str], ...]
    subject: str
    text: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The team a request goes to, and the rule that said so ("" for the helpdesk's default)."""

    team: str
    rule: str = ""


def route(rules: TeamRules, request: Request) -> Routed:
    """Return which team gets the request, by the first rule that matches."""
    for rule in rules.routes:
        if _matches(rule, request):
            return Routed(team=rule.team, rule=rule.name)
    return Routed(team=rules.helpdesk)


def _matches(rule: Route, request: Request) -> bool:
    known = dict(request.values)
    domain = request.sender.rpartition("@")[2]
    return (
        (not rule.categories or request.category in rule.categories)
        and (not rule.sender_domains or _within(domain, rule.sender_domains))
        and all(key in known and _found(pattern, known[key]) for key, pattern in rule.values)
        and (not rule.subject or _found(rule.subject, request.subject))
        and (not rule.text or _found(rule.text, request.text))
    )


def _within(domain: str, domains: Iterable[str]) -> bool:
    return any(domain == each or domain.endswith("." + each) for each in domains)


def _found(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text[:MAX_TEXT]) is not None


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
