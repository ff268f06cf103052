"""What a monitor is told of a daemon: metrics, life, and readiness with reasons."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.support.daemon import Daemon
from tests.support.fixtures import MakeDaemon, make_daemon, sink
from tests.support.letters import letter
from tests.support.waiting import wait_until

__all__ = ["make_daemon", "sink"]

TABLES = {"metrics": {"listen": "127.0.0.1:0"}}


def get(daemon: Daemon, path: str) -> tuple[int, str]:
    """Return the status and the text of a page."""
    address = next(word for word in daemon.ready_line.split() if word.startswith("metrics=")).removeprefix("metrics=")
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.rule("OPS-5")
def test_a_daemon_counts_what_it_took_and_what_waits(make_daemon: MakeDaemon) -> None:
    """Prometheus reads it where ``[metrics] listen`` says; nobody's address stands in it."""
    with make_daemon(TABLES) as daemon:
        daemon.send(letter())
        daemon.wait_done()
        status, text = get(daemon, "/metrics")
    assert 200 == status
    lines = text.splitlines()
    assert 'maild_accepted_total{source="smtp1"} 1.0' in lines
    assert {"maild_inbox_pending 0.0", "maild_quarantined 0.0"} <= set(lines)
    assert [] == [line for line in lines if "@" in line]


@pytest.mark.rule("OPS-5", "OPS-10")
def test_readiness_says_what_is_paused(make_daemon: MakeDaemon) -> None:
    """Paused intake is not ready, with the reason; a paused courier is ready, with a note; both live."""
    with make_daemon(TABLES) as daemon:
        assert (200, {"ready": True, "reasons": [], "notes": []}) == ready(daemon)
        daemon.command_line("pause", "courier")
        wait_until(lambda: ready(daemon) == (200, {"ready": True, "reasons": [], "notes": ["courier is paused"]}), "the note")
        daemon.command_line("pause", "intake")
        wait_until(lambda: ready(daemon)[0] == 503, "the reason")
        assert ["intake is paused"] == ready(daemon)[1]["reasons"]
        assert (200, "ok\n") == get(daemon, "/healthz")
        assert 404 == get(daemon, "/")[0]
        daemon.command_line("resume")
        wait_until(lambda: ready(daemon)[0] == 200, "the end of the pause")


def ready(daemon: Daemon) -> tuple[int, dict[str, object]]:
    """Return the status and the content of /readyz."""
    status, text = get(daemon, "/readyz")
    content: dict[str, object] = json.loads(text)
    return status, content
