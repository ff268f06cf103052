"""Prometheus metrics, under one registry of ours (OPS-5).

Metrics are made when they are first touched, so that a command line which counts nothing does not import the library. No label ever holds
an address, a subject or a reference: labels are words of the glossary.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_COUNTERS: dict[str, tuple[str, Sequence[str]]] = {
    "accepted": ("Mails to which 250 was said, by source.", ("source",)),
    "refused": ("Mails and recipients that were not taken, by source and reply code.", ("source", "code")),
    "processed": ("Mails processed, by what became of them.", ("disposition",)),
    "sent": ("Attempts to send, by template and outcome.", ("template", "outcome")),
    "timers_fired": ("Timers that acted, by kind.", ("kind",)),
    "answers_held": ("Automatic answers that a cap or the brake held back, by cap.", ("cap",)),
    "links_used": ("Links that were pressed, by purpose and outcome.", ("purpose", "outcome")),
    "alerts": ("Alerts raised, by alert.", ("alert",)),
    "parser_ends": ("Ends of the parser process, by reason.", ("why",)),
    "commits": ("Group commits of the store.", ()),
    "bugs": ("Exceptions that nobody expected, by place.", ("where",)),
}
_GAUGES: dict[str, tuple[str, Sequence[str]]] = {
    "connections": ("Open connections, by source.", ("source",)),
    "inbox_pending": ("Accepted mails that are not processed yet.", ()),
    "outbox_pending": ("Mails that wait for the relay.", ()),
    "timers_due": ("Timers that are due and have not acted.", ()),
    "quarantined": ("Mails in quarantine.", ()),
    "oldest_seconds": ("Age of the oldest waiting row, by queue.", ("queue",)),
    "alerts_active": ("Whether an alert is raised, by alert.", ("alert",)),
    "probe_seconds": ("How long the last mail to ourselves took.", ()),
    "disk_free_bytes": ("Free disk under the state folder.", ()),
}
_HISTOGRAMS: dict[str, tuple[str, Sequence[str]]] = {
    "accept_seconds": ("From end of data to 250.", ()),
    "process_seconds": ("From 250 to done.", ()),
    "send_seconds": ("One attempt to send.", ()),
}


def count(name: str, *labels: str, by: int = 1) -> None:
    """Add ``by`` to the counter ``name``."""
    metric = _counter(name)
    (metric.labels(*labels) if labels else metric).inc(by)


def gauge(name: str, value: float, *labels: str) -> None:
    """Set the gauge ``name``."""
    metric = _gauge(name)
    (metric.labels(*labels) if labels else metric).set(value)


def observe(name: str, seconds: float, *labels: str) -> None:
    """Add one observation to the histogram ``name``."""
    metric = _histogram(name)
    (metric.labels(*labels) if labels else metric).observe(seconds)


def exposition() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    from prometheus_client import generate_latest

    return generate_latest(_registry())


def value(name: str, *labels: str) -> float:
    """Return what the counter or gauge ``name`` stands at; 0 where it was never touched."""
    suffix = "_total" if name in _COUNTERS else ""
    names = (_COUNTERS.get(name) or _GAUGES[name])[1]
    return _registry().get_sample_value(f"maild_{name}{suffix}", dict(zip(names, labels, strict=True))) or 0.0


@cache
def _registry() -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    return CollectorRegistry(auto_describe=True)


@cache
def _counter(name: str) -> Counter:
    from prometheus_client import Counter

    about, labels = _COUNTERS[name]
    return Counter(f"maild_{name}", about, labels, registry=_registry())


@cache
def _gauge(name: str) -> Gauge:
    from prometheus_client import Gauge

    about, labels = _GAUGES[name]
    return Gauge(f"maild_{name}", about, labels, registry=_registry())


@cache
def _histogram(name: str) -> Histogram:
    from prometheus_client import Histogram

    about, labels = _HISTOGRAMS[name]
    return Histogram(f"maild_{name}", about, labels, registry=_registry(), buckets=SECONDS)
