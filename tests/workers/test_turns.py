"""Whose turn it is: domains alternate, and within each its senders; a sender who waits already keeps his place."""

from __future__ import annotations

import pytest

from maild.workers.turns import Turns


def turns(*senders: str) -> Turns:
    """Return the turns of senders who came in this order."""
    made = Turns()
    for each in senders:
        made.add(each)
    return made


def order(waiting: Turns) -> list[str]:
    """Return who has a turn after whom."""
    return [waiting.pop() for _ in range(len(waiting))]


@pytest.mark.rule("INT-12")
def test_a_crowd_of_one_domain_delays_nobody_of_another() -> None:
    """The nurse who comes last is second."""
    assert ["a@flood.example", "nurse@ward.example", "b@flood.example", "c@flood.example"] == order(
        turns("a@flood.example", "b@flood.example", "c@flood.example", "nurse@ward.example")
    )


@pytest.mark.rule("INT-12")
def test_a_sender_stands_in_line_once_and_keeps_his_place() -> None:
    """Whoever writes again does not go to the end for it."""
    waiting = turns("a@x.example", "b@x.example", "a@x.example")
    assert (2, ["a@x.example", "b@x.example"]) == (len(waiting), order(waiting))
    assert 0 == len(waiting)


@pytest.mark.rule("INT-12")
def test_mails_without_a_sender_take_turns_as_one_domain() -> None:
    """Each bears its own id for want of a name."""
    assert ["M1", "a@x.example", "M2", "M3"] == order(turns("M1", "M2", "M3", "a@x.example"))


def test_nobody_waits_where_nobody_came() -> None:
    """Asking is a mistake."""
    with pytest.raises(KeyError):
        Turns().pop()
