"""Storms: thousands of mails at once from a crowd, from one sender, and of one sender who says the same; and one nurse in the middle.

``MAILD_STORM=10000 pytest tests/faults/test_storm.py -s`` blows at full size and prints the figures; how long the 250 takes is compared
in ``make bench BENCH_ARGS=storms``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.weather import CALM, CAPS, CONNECTIONS, KINDS, NURSE, Storm, blown

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("MAILD_STORM", "600"))
IN_FLIGHT = 3 * 24 + CONNECTIONS  # what three lanes may have taken before her mail came


@pytest.fixture(scope="module", params=KINDS)
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    """A storm that is over, its daemon still running."""
    with blown(request.param, COUNT, tmp_path_factory.mktemp("storm")) as over:
        yield over


@pytest.mark.rule("INT-3", "INT-10", "INT-11")
def test_everything_is_kept_and_accounted_for(storm: Storm) -> None:
    """Every mail that was told 250 is there with its bytes, and is a ticket or filed with one."""
    stats, total = storm.stats, CALM + COUNT + 1
    assert (total, {}, 0, 0) == (stats["accepted"], stats["unaccounted"], stats["quarantined"], stats["inbox_pending"])
    assert total == storm.kept
    folded = COUNT - 1 if storm.kind == "same" else 0
    assert (COUNT + 1 - folded, folded) == (stats["opened"], stats["reasons"].get("filed(folded)", 0))


@pytest.mark.rule("LOOP-2", "OPS-9")
def test_answers_are_within_the_caps_and_one_alert_says_so(storm: Storm) -> None:
    """In no minute more than the brake lets pass, to no sender more than his share; and nobody is written to a thousand times."""
    moments = [at for (at,) in storm.daemon.rows("SELECT at FROM answers ORDER BY at")]
    for number, at in enumerate(moments):
        assert sum(1 for each in moments[number : number + 400] if each < at + 60_000_000) <= CAPS["global_per_minute"]
    assert [] == storm.daemon.rows("SELECT address FROM answers GROUP BY address HAVING count(*) > 10")
    raised = [line["alert"] for line in storm.daemon.log("alert_raised")]
    assert raised.count("caps") <= 1
    assert raised.count("brake") <= 1
    assert {"crowd": {"brake"} if COUNT >= 300 else set(), "one": {"caps"}, "same": set()}[storm.kind] == set(raised)


@pytest.mark.rule("INT-12", "ACK-1")
def test_a_normal_user_in_the_middle_is_answered_before_the_second_half_is_decided(storm: Storm) -> None:
    """Her mail waits for what was under way when it came, and not for the crowd behind it nor for the sender before it."""
    ((seq, done_at),) = storm.daemon.rows("SELECT seq, done_at FROM inbox WHERE mail_id = :which", which=storm.nurse)
    ((overtook,),) = storm.daemon.rows("SELECT count(*) FROM inbox WHERE seq > :seq AND done_at < :at", seq=seq, at=done_at)
    assert 1 <= len(storm.sink.to(NURSE))
    assert overtook <= IN_FLIGHT


@pytest.mark.rule("INT-4", "INT-5")
def test_memory_stays_within_50_mb_of_idle(storm: Storm) -> None:
    """However many mails wait; and what was taken for them is not kept for ever."""
    assert storm.peak - storm.idle <= 50_000
