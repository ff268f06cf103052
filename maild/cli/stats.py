"""``maild stats``: every accepted mail accounted for (INT-11)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from maild.cli.common import config_option, json_option, local, office, when
from maild.cli.examples import examples
from maild.store import inbox, outbox, pauses, timers
from maild.store.group import Transaction

KINDS = ("opened", "updated", "answered", "filed", "ignored", "duplicate", "quarantined", "pending")
_WITH_REASONS = ("filed", "ignored")


@click.command("stats", epilog=examples("maild stats", "maild stats --days 30 --json"))
@config_option
@json_option
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True, help="How many days back, today included.")
def stats(config_dir: Path, as_json: bool, days: int) -> None:
    """Count what was accepted, and what became of it."""
    house = office(config_dir)
    now = house.clock.now()
    counted = house.read(_count, now, days)
    if as_json:
        click.echo(json.dumps(counted))
        return
    click.echo(f"{'clock':<16}{local(counted['clock'], house.zone)} ({house.zone.key})")
    for name in ("accepted", *KINDS, "inbox_pending", "timers_due", "outbox_pending"):
        click.echo(f"{name:<16}{counted[name]}")
    for part, since in counted["paused"].items():
        click.echo(f"{part} is paused since {local(since, house.zone)}", err=True)
    for day, difference in counted["unaccounted"].items():
        click.echo(f"{day}: {difference} accepted mails are not accounted for", err=True)


def _count(tx: Transaction, now: datetime, days: int) -> dict[str, Any]:
    since = inbox.day_of(now) - days + 1
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    by_day: Counter[int] = Counter()
    for day, disposition, reason, number in inbox.counts(tx, since):
        kinds[disposition] += number
        by_day[day] += number
        if disposition in _WITH_REASONS:
            reasons[f"{disposition}({reason})"] += number
    accepted = {day: int(number) for day, number in inbox.accepted(tx, since)}
    unaccounted = {
        _day(day): accepted.get(day, 0) - by_day[day] for day in accepted.keys() | by_day.keys() if accepted.get(day, 0) != by_day[day]
    }
    return {
        "clock": when(now),
        "accepted": sum(accepted.values()),
        **{kind: kinds[kind] for kind in KINDS},
        "reasons": dict(sorted(reasons.items())),
        "unaccounted": unaccounted,
        "inbox_pending": inbox.pending_count(tx),
        "timers_due": timers.due_count(tx, now),
        "outbox_pending": outbox.waiting(tx),
        "paused": {part: when(at) for part, at in pauses.paused(tx).items()},
    }


def _day(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
