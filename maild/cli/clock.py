"""``maild clock``: a ticket's coming dates, and when working hours would be over, with each day skipped and why (REM-3, CONTRACTS 2).

With ``--simulate`` it needs no ticket, no database and no daemon: each line of input is one question, each line of output its answer,
in the same order. A line that cannot be answered is answered with what is wrong with it, and the others all the same; the exit status
is then 1.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from maild.cli.examples import examples
from maild.cli.simulated import answers, sentence
from maild.config.settings import CalendarSettings


@click.command(
    "clock", epilog=examples("maild clock INC0012345", "maild clock --trust", "maild clock --simulate --json - < questions.jsonl")
)
@click.option("--simulate", "simulated", is_flag=True, help="Answer questions about hours and days, for no ticket at all.")
@click.option("--trust", is_flag=True, help="Say that the machine's wall clock is right; timers that were held go on after the catch-up.")
@click.option("--config", "config_dir", type=click.Path(path_type=Path), help="Folder with maild.toml.  [default: config]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON lines instead of sentences.")
@click.argument("target", metavar="REFERENCE|FILE|-", default="-")
def clock(config_dir: Path | None, simulated: bool, trust: bool, as_json: bool, target: str) -> None:
    """Print a ticket's coming dates, and the days on which its clock stands still.

    With --simulate: when working hours are over. The questions are JSON lines from FILE, or from standard input:
    {"region": "ENG", "start_local": "2026-12-24T15:00", "hours": 24, "mode": "business"}
    Days that a configuration adds or removes count where --config names it.
    """
    if trust and simulated:
        raise click.UsageError("say --simulate or --trust, not both")
    if trust and target != "-":
        raise click.UsageError("--trust is about the machine's clock: it takes no ticket")
    if trust:
        _trust(config_dir or Path("config"))
    elif simulated:
        _simulate(target, _calendar_settings(config_dir), as_json=as_json)
    elif target in ("-", ""):
        raise click.UsageError("name a ticket, or say --simulate with questions on standard input")
    else:
        from maild.cli.dates import show_dates  # lazy: the store is not needed to simulate

        show_dates(config_dir or Path("config"), target, as_json=as_json)


def _simulate(target: str, settings: CalendarSettings, *, as_json: bool) -> None:
    """Answer the questions of a file; exit status 1 where one could not be answered."""
    try:
        questions = click.open_file(target, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{target} cannot be read: {error.strerror}") from error
    wrong = False
    with questions:
        for answer in answers(questions, settings):
            wrong = wrong or "error" in answer
            click.echo(json.dumps(answer, ensure_ascii=False) if as_json else sentence(answer))
    if wrong:
        raise SystemExit(1)


def _trust(config_dir: Path) -> None:
    """Tell the running daemon that the wall clock is right, although it jumped (OPS-12)."""
    from maild.cli.common import local, office, when  # lazy, as above
    from maild.desk import clock as clock_desk

    house = office(config_dir)
    now = house.clock.now()
    house.write(clock_desk.trust, now)
    it_is = f"{local(when(now), house.zone)} in {house.zone.key}"
    click.echo(f"The clock is trusted: it is {it_is}. Timers go on when delayed mail has had its time to come.")


def _calendar_settings(config_dir: Path | None) -> CalendarSettings:
    if config_dir is None:
        return CalendarSettings()
    from maild.config.load import load  # lazy: pydantic is not needed without a configuration

    return load(config_dir).settings.calendar
