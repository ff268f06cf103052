"""Small mails written to keep the parser busy: what they cost grows no faster than they do (INT-9)."""

from __future__ import annotations

from time import thread_time

import pytest

from maild.mail.authentication import proof
from maild.mail.parse import parse
from maild.policy.mds.clauses import clauses_of
from maild.policy.mds.issue import trimmed, without_lead
from maild.policy.mds.numbers import read_count
from maild.policy.mds.sentences import Sentence
from maild.policy.rules import SenderRules

MOST = 2.0  # seconds of processor time; each of these took more than ten, or did not end


@pytest.mark.rule("INT-9")
@pytest.mark.parametrize(
    "text",
    [
        "Outlook is not working and crashes for users: " + "aaaaaaaaaaaa@" * 30 + '"x',
        "Outlook is not working and crashes, " + "a.b-c@d.e " * 200 + "<x",
    ],
)
def test_addresses_glued_together_behind_the_fault_are_read_once(text: str) -> None:
    """A domain is not tried in all the ways in which it could be cut into a domain and the next local part."""
    before = thread_time()
    assert trimmed(text, frozenset({"a@b.example"})).startswith("Outlook is not working")
    assert thread_time() - before < MOST


@pytest.mark.rule("INT-9")
@pytest.mark.parametrize("unit", ["a: ", "and a ", "a, "])
def test_a_fault_with_thousands_of_commas_is_searched_for_its_beginning_a_few_times(unit: str) -> None:
    """What comes before the fault is short: where a text has joints without end, the first ones are looked at."""
    before = thread_time()
    without_lead(unit * 3000)
    assert thread_time() - before < MOST


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize("unit", ["a=b ", "x.y=z ", "dkim=pass (a) ", "("])
def test_results_without_end_in_our_relay_s_name_cost_little(unit: str) -> None:
    """Where the relay leaves forged results in, the daemon itself reads them: a few, and of each the beginning."""
    forged = f"Authentication-Results: mx.trust.example; {unit * 4000}"[:8000]
    message = parse(("\r\n".join([forged] * 8) + "\r\nFrom: alice@trust.example\r\n\r\nHello\r\n").encode())
    before = thread_time()
    assert proof(message, SenderRules(authserv_ids=("mx.trust.example",))).result == "none"
    assert thread_time() - before < MOST


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "text", [" " * 16384 + "x", "." * 16384 + "q", ". 1 ." * 3277, "just me" + "." * 16384 + "q", ", x" * 5461, ",\t" * 8192]
)
def test_a_count_or_a_clause_without_end_costs_little(text: str) -> None:
    """16 kB of blanks and stops where a number or a clause is looked for: they took nine seconds and sixty."""
    before = thread_time()
    assert read_count(text, 1, 9999).number < 2
    clauses_of(Sentence(text=text, number=1, paragraph=0))
    assert thread_time() - before < MOST
