"""Several tickets hold mails of one Message-ID: which of them an answer to that mail means (REF-3).

A Message-ID is anybody's to write again who has seen it. So what counts is not who used it last, but whose conversation the answer goes
on with: its sender's own ticket, then the one of the person whom he answers. Nothing here does IO.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from maild.policy.ticket import Ticket

MOST = 8  # tickets that are looked at for one Message-ID


def likely(known: Sequence[tuple[int, str]], sender: str, answered: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of the tickets to look at, of (number, requester) oldest first: the sender's before others."""
    return tuple(number for number, _ in sorted(known, key=lambda each: _distance(each[1], sender, answered))[:MOST])


def meant(numbers: Iterable[int], tickets: Mapping[int, Ticket], sender: str, answered: tuple[str, ...]) -> int | None:
    """Return the ticket that an answer of ``sender`` to the people in ``answered`` (its To) means; of equals the oldest.

    The sender's own ticket; one that he and its requester, whom he answers, are on; one that he is on; one of somebody he answers.
    """
    found = [tickets[number] for number in numbers if number in tickets]
    return min(found, key=lambda each: (_rank(each, sender, answered), each.number)).number if found else None


def _rank(ticket: Ticket, sender: str, answered: tuple[str, ...]) -> int:
    distance = _distance(ticket.requester, sender, answered)
    if distance == 0:
        return 0
    # The first in To is whom a client answers; the others stood there before.
    return distance if ticket.is_participant(sender) else len(answered) + 2 + distance


def _distance(requester: str, sender: str, answered: tuple[str, ...]) -> int:
    """Return 0 for the sender's own ticket, then the place of its requester among those who are answered."""
    if requester and requester == sender:
        return 0
    return 1 + (answered.index(requester) if requester in answered else len(answered))
