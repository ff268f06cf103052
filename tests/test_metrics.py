"""Metrics, as Prometheus reads them."""

from __future__ import annotations

import pytest

from maild import metrics


@pytest.mark.rule("OPS-5")
def test_counters_gauges_and_histograms() -> None:
    """What is counted, set and observed stands in the exposition, under the names of the glossary."""
    before = metrics.value("processed", "opened")
    metrics.count("processed", "opened")
    metrics.count("processed", "opened", by=2)
    metrics.gauge("inbox_pending", 7)
    metrics.observe("accept_seconds", 0.02)
    metrics.count("commits")
    metrics.gauge("alerts_active", 1, "disk")
    assert before + 3 == metrics.value("processed", "opened")
    assert 7 == metrics.value("inbox_pending")
    text = metrics.exposition().decode()
    assert 'maild_processed_total{disposition="opened"}' in text
    assert 'maild_accept_seconds_bucket{le="0.025"}' in text
    assert 'maild_alerts_active{alert="disk"} 1.0' in text


def test_what_was_never_touched_stands_at_nothing() -> None:
    """A counter that nobody touched is 0; a name that does not exist is a mistake of the code."""
    assert 0 == metrics.value("links_used", "reopen", "none")
    with pytest.raises(KeyError):
        metrics.count("no_such_counter")
