"""How the cost of a function grows with its input: a ratio of processor times, so that no machine is too slow for it."""

from __future__ import annotations

import time
from collections.abc import Callable


def growth(function: Callable[..., object], small: object, large: object) -> float:
    """Return how many times more processor time ``large`` takes than ``small``, by the best of several runs of each."""
    return _cost(function, large) / max(_cost(function, small), 0.000_2)


def _cost(function: Callable[..., object], value: object) -> float:
    costs = []
    for _ in range(4):
        start = time.process_time()
        function(value)
        costs.append(time.process_time() - start)
    return min(costs)
