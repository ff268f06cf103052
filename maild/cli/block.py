"""``maild block``: senders whose mail is filed and nothing else, beside those of the configuration (OPS-10)."""

from __future__ import annotations

from pathlib import Path

import click

from maild.cli.common import config_option, json_option, office, operator, show, when
from maild.cli.examples import examples
from maild.config.values import read_address, read_domain
from maild.policy.rules import AddressRules
from maild.store import correspondents


@click.command(
    "block", epilog=examples("maild block mallory@spam.example", "maild block spam.example", "maild block --remove spam.example")
)
@config_option
@json_option
@click.option("--remove", is_flag=True, help="Take mail from there again.")
@click.option("--list", "listed", is_flag=True, help="List what is blocked.")
@click.argument("patterns", nargs=-1, metavar="[ADDRESS|DOMAIN]...")
def block(config_dir: Path, as_json: bool, remove: bool, listed: bool, patterns: tuple[str, ...]) -> None:
    """Block each ADDRESS or DOMAIN, with what is under it: its mail is accepted and filed, makes no ticket and is never answered.

    A running daemon knows within a second, and it holds until --remove. Delivery reports from there still stop a clock. Without an
    address, or with --list, what is blocked is listed.
    """
    if remove and not patterns:
        raise click.UsageError("say which address or domain is to be taken again; --list shows what is blocked")
    house = office(config_dir)
    for pattern in [_pattern(each, house.loaded.rules.addresses) for each in patterns]:
        if remove:
            click.echo(f"{pattern} is taken again" if house.write(correspondents.unblock, pattern) else f"{pattern} was not blocked")
        else:
            fresh = house.write(lambda tx, what: correspondents.block(tx, what, by=operator(), at=house.clock.now()), pattern)
            click.echo(f"{pattern} is blocked" if fresh else f"{pattern} was blocked already")
    if listed or not patterns:
        fixed = ({"pattern": each, "since": None, "by": "the configuration"} for each in sorted(house.loaded.rules.senders.blocked))
        stored = ({"pattern": each.pattern, "since": when(each.at), "by": each.by} for each in house.read(correspondents.blocked))
        show((*fixed, *stored), as_json=as_json, columns=("pattern", "since", "by"), empty="Nobody is blocked.", zone=house.zone)


def _pattern(text: str, ours: AddressRules) -> str:
    """Return an address or domain in the form in which it is compared; one of ours is refused."""
    try:
        pattern = read_address(text) if text.rpartition("@")[0] else read_domain(text.removeprefix("@"))
    except ValueError as error:
        raise click.UsageError(f'"{text}" must be an address like "mallory@spam.example" or a domain like "spam.example"') from error
    if "." not in pattern:
        raise click.UsageError(f'"{text}" must be an address or a domain like "spam.example": no name without a dot is blocked')
    own = {*ours.helpdesk, ours.service, *ours.domains}
    if pattern in own or any(domain.endswith("." + pattern) for domain in ours.domains):
        raise click.UsageError(f"{pattern} is ours: its mail is never answered as it is")
    return pattern
