"""Samples side by side: A B C, then C B A, so that what the machine does meanwhile meets all alike; ratios are of one round each."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

from tests.bench.contestants import Sample

Sampler = Callable[[str], Sample]
Samples = Mapping[str, Sequence[Sample]]


def interleaved(samplers: Mapping[str, Sampler], rounds: int, *, label: str) -> Samples:
    """Return ``rounds`` samples of each, taken in turns; a seed that names the round makes every mail another mail."""
    taken: dict[str, list[Sample]] = {name: [] for name in samplers}
    for number in range(rounds):
        names = list(samplers) if number % 2 == 0 else list(samplers)[::-1]
        for name in names:
            _progress(f"{label}: round {number + 1} of {rounds}, {name}")
            taken[name].append(samplers[name](f"{label[:2]}{number}".replace(" ", "")))
    _progress("")
    return taken


def _progress(text: str) -> None:
    """Show a person at a terminal what is under way."""
    if sys.stderr.isatty():
        print(f"\r{text:78}\r", end="", file=sys.stderr, flush=True)


def median(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """Return the median of one figure."""
    return statistics.median(of(sample) for sample in samples)


def ratio(left: Sequence[Sample], right: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """Return the median over the rounds of the ratio between two figures of the same round."""
    return statistics.median(of(one) / max(of(other), 1e-9) for one, other in zip(left, right, strict=True))
