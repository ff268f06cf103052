"""Whose turn it is: domains take turns, and within each its senders, so that a crowd of one domain delays nobody of another (INT-12)."""

from __future__ import annotations

from collections import OrderedDict


class Turns:
    """Senders that wait for a turn, each once. Every step takes the same time, however many wait."""

    def __init__(self) -> None:
        self._domains: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, sender: str) -> None:
        """Line ``sender`` up behind those of its domain, unless it stands there already."""
        domain = sender.rpartition("@")[2] if "@" in sender else ""
        senders = self._domains.setdefault(domain, OrderedDict())
        if sender not in senders:
            senders[sender] = None
            self._count += 1

    def pop(self) -> str:
        """Return the sender whose turn it is; its domain goes to the end of the line.

        Raises:
            KeyError: nobody waits.
        """
        domain, senders = self._domains.popitem(last=False)
        sender, _ = senders.popitem(last=False)
        if senders:
            self._domains[domain] = senders
        self._count -= 1
        return sender
