"""``make bench``: the table, every speed as a ratio measured side by side in this run.

maild is measured whole: SMTP in, durable, read by the parser process, ticket, acknowledgement taken by a sink over SMTP. Beside it run a
pipeline without any policy (``bare.py``), and django-helpdesk and Roundup as their importers run, in process and without a network.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import limits
from tests.bench.contestants import Contestant, Sample, bare, maild, maild_at, maild_on_postgresql
from tests.bench.peers import NAMES, Peer, peer
from tests.bench.processes import CACHE
from tests.bench.rounds import Sampler, Samples, interleaved, median, ratio
from tests.bench.table import Table, goal
from tests.faults.weather import KINDS, blown, p99

PARTS = ("speed", "peers", "held", "lines", "memory", "start", "storms")
MIB = limits.MIB


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 1 where a goal is missed and ``--strict`` was given."""
    options = _options(arguments)
    print(f"maild on Python {sys.version.split()[0]}, {os.cpu_count()} processors; median of {options.rounds} rounds, taken in turns")
    goals: list[bool] = []
    parts: dict[str, Callable[[argparse.Namespace], Iterable[bool]]] = {
        "speed": speed,
        "peers": peers,
        "held": held,
        "lines": lines,
        "memory": many,
        "start": start,
        "storms": storms,
    }
    for name in options.parts:
        goals.extend(parts[name](options))
    print(f"\n{sum(goals)} of {len(goals)} goals met")
    return int(options.strict and not all(goals))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="samples of each figure (7)")
    parser.add_argument("--mails", type=int, default=500, help="mails of one sample (500)")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 200 mails")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--memory", action="store_true", help="also the memory after 10,000 mails against that after 1,000")
    parser.add_argument("--against", metavar="REVISION", action="append", default=[], help="speed: beside maild at this revision too")
    parser.add_argument("--kept", type=float, default=0.95, help="share of that revision's speed that is wanted (0.95)")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"only these: {', '.join(PARTS)}")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.mails = 3, 200
    options.parts = options.parts or [name for name in PARTS if name not in ("memory", "storms") or (name == "memory" and options.memory)]
    return options


def speed(options: argparse.Namespace) -> Iterable[bool]:
    """Print maild, on both databases and as it was at another revision, beside the bare pipeline; yield whether the goals are met."""
    with ExitStack() as stack:
        ours, theirs = stack.enter_context(maild()), stack.enter_context(bare())
        earlier = [stack.enter_context(maild_at(revision)) for revision in options.against]
        contestants = (ours, *_on_postgresql(stack), *earlier, stack.enter_context(bare("library")), theirs)
        for contestant in contestants:
            contestant.batch(connections=10, count=200, known=True, seed="warm")
        for connections, known in ((1, False), (10, False), (10, True)):
            title = f"{connections} connection{'s' if connections > 1 else ''}, {'known' if known else 'new'} senders"
            samplers = {each.name: _over_smtp(each, options.mails, connections, known=known) for each in contestants}
            taken = interleaved(samplers, options.rounds, label=title)
            _print_speed(title, taken, {each.name: each.memory() for each in contestants})
            if (connections, known) == (10, False):
                reached = ratio(taken[ours.name], taken[theirs.name], _rate)
                yield goal("mails a second, of the bare pipeline's", reached, reached >= 0.7, "at least 0.7")
                for other in earlier:
                    kept = ratio(taken[ours.name], taken[other.name], _rate)
                    yield goal(f"mails a second, of those of {other.name}", kept, kept >= options.kept, f"at least {options.kept:g}")


def _on_postgresql(stack: ExitStack) -> Iterable[Contestant]:
    try:
        yield stack.enter_context(maild_on_postgresql())
    except RuntimeError as error:
        print(f"\nPostgreSQL is left out: {error}")


def _over_smtp(contestant: Contestant, mails: int, connections: int, *, known: bool) -> Sampler:
    mark = f"{'k' if known else 'n'}{connections}"
    return lambda seed: contestant.batch(connections=connections, count=mails, known=known, seed=seed + mark)


def _print_speed(title: str, taken: Samples, memory: dict[str, int]) -> None:
    table = Table(f"3 kB mails, {title}", "mails/s", "ratio", "CPU ms", "ratio", "250 p50 ms", "ratio", "250 p99 ms", "ratio", "MiB")
    yardstick = list(taken)[-1]
    figures: tuple[tuple[Callable[[Sample], float], float, str], ...] = (
        (_rate, 1, ".0f"),
        (lambda sample: sample.cpu, 1e3, ".2f"),
        (lambda sample: sample.p50, 1e3, ".2f"),
        (lambda sample: sample.p99, 1e3, ".1f"),
    )
    for name, samples in taken.items():
        cells = [
            cell
            for of, unit, form in figures
            for cell in (format(median(samples, of) * unit, form), format(ratio(samples, taken[yardstick], of), ".2f"))
        ]
        table.row(name, *cells, f"{memory[name] / MIB:.0f}")


def _rate(sample: Sample) -> float:
    return sample.rate


def peers(options: argparse.Namespace) -> Iterable[bool]:
    """Print maild beside other helpdesks; yield for each goal whether it is met."""
    with ExitStack() as stack:
        ours = stack.enter_context(maild("maild"))
        ours.batch(connections=10, count=200, known=True, seed="warm")
        others: list[Peer] = []
        for name in NAMES:
            try:
                others.append(stack.enter_context(peer(name)))
            except RuntimeError as error:
                print(f"\n{name} is left out: {error}")
        for known, against in ((True, others), (False, [other for other in others if other.name == "roundup"])):
            if against:
                yield from _beside(ours, against, options, known=known)


def _beside(ours: Contestant, against: Sequence[Peer], options: argparse.Namespace, *, known: bool) -> Iterable[bool]:
    kind = "known" if known else "new"
    samplers: dict[str, Sampler] = {ours.name: _over_smtp(ours, options.mails, 10, known=known)}
    for other in against:
        samplers[other.name] = _in_process(other, max(10, options.mails // (10 if known else 40)), known=known)
    taken = interleaved(samplers, options.rounds, label=f"peers, {kind} senders")
    table = Table(f"3 kB mails, {kind} senders", "mails/s", "maild is", "CPU ms", "maild's is")
    for name, samples in taken.items():
        times = f"{ratio(taken[ours.name], samples, _rate):.1f} times"
        share = f"{ratio(taken[ours.name], samples, lambda sample: sample.cpu):.2f} of it"
        table.row(name, f"{median(samples, _rate):.1f}", times, f"{median(samples, lambda sample: sample.cpu) * 1e3:.1f}", share)
    for other in against if known else ():
        reached = ratio(taken[ours.name], taken[other.name], _rate)
        yield goal(f"mails a second, against {other.name}, {kind} senders", reached, reached >= 9, "at least 9 times")


def _in_process(other: Peer, mails: int, *, known: bool) -> Sampler:
    return lambda seed: other.batch(count=mails, known=known, seed=f"{seed}{'k' if known else 'n'}")


def held(options: argparse.Namespace) -> Iterable[bool]:
    """Print how long one mail of 1 MB holds the loop; yield whether the goal is met."""
    del options
    found = limits.holds()
    table = Table("one mail of 1 MB", "longest callback, CPU ms", "longest wait of another, ms")
    for each in sorted(found, key=lambda each: -each.cpu):
        table.row(each.shape, f"{each.cpu * 1e3:.1f}", f"{each.wait * 1e3:.1f}")
    worst = max(each.cpu for each in found)
    yield goal("the loop held by 1 MB of any shape, CPU ms", worst * 1e3, worst <= 0.1, "at most 100")


def lines(options: argparse.Namespace) -> Iterable[bool]:
    """Print what 30 MB of empty lines cost; yield whether the goal is met."""
    del options
    grown = limits.lines()
    table = Table("30 MB of empty lines", "before, MiB", "at most, MiB", "more, MiB")
    table.row("maild and its parser process", *(f"{value / MIB:.1f}" for value in (grown.before, grown.after, grown.more)))
    yield goal("memory for 30 MB of empty lines, MiB", grown.more / MIB, grown.more < 100 * MIB, "less than 100")


def many(options: argparse.Namespace) -> Iterable[bool]:
    """Print the memory after many mails; yield whether the goal is met."""
    del options
    grown = limits.after_many()
    table = Table("memory", "after 1,000 mails, MiB", "after 10,000, MiB", "more, MiB")
    table.row("maild and its parser process", *(f"{value / MIB:.1f}" for value in (grown.before, grown.after, grown.more)))
    yield goal("memory after 10,000 mails above that after 1,000, MB", grown.more / 1e6, grown.more <= 10e6, "at most 10")


def start(options: argparse.Namespace) -> Iterable[bool]:
    """Print how long a start takes; yield whether the goal is met."""
    del options
    found = limits.starts()
    table = Table("start", "seconds")
    table.row("maild run, new folder", f"{found.first:.2f}")
    table.row("maild run, again", f"{found.again:.2f}")
    table.row("maild clock --simulate", f"{found.clock:.2f}")
    yield goal("maild run until it is ready, seconds", found.again, found.again < 1, "less than 1")
    yield goal("maild clock --simulate, seconds", found.clock, found.clock < 1, "less than 1")


def storms(options: argparse.Namespace) -> Iterable[bool]:
    """Print how long a storm's mails wait for their 250, beside a daemon at rest at the same time; yield whether the goals are met."""
    count = 1_000 if options.quick else 10_000
    for kind in KINDS:
        with tempfile.TemporaryDirectory(dir=CACHE) as folder, blown(kind, count, Path(folder)) as storm:
            times = p99(storm.waits) / p99(storm.calm)
            more = (storm.peak - storm.idle) / 1024
        yield goal(f"{kind}: p99 of the 250, of that at rest", times, times <= 3, "at most 3 times")
        yield goal(f"{kind}: memory above idle, MiB", more, more <= 50, "at most 50")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
