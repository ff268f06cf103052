"""A decision in the making: what the actions of the machine's table work on. Nothing here knows a cell of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from maild.policy import events as ev
from maild.policy.rules import Rules
from maild.policy.ticket import State, Ticket, changed

REPLIED = "auto-replied"
GENERATED = "auto-generated"
OUTSIDER = "outsider"  # why a clock is held: somebody else wrote, and the team was asked to accept (REF-4)


@dataclass(slots=True)
class Draft:
    """A decision in the making: only ``decide`` makes one, and freezes it."""

    ticket: Ticket
    now: datetime
    rules: Rules
    effects: list[ev.Effect] = field(default_factory=list)
    data: dict[str, object] = field(default_factory=dict)
    refusal: str = ""

    def set(self, **values: Any) -> None:
        """Change fields of the ticket."""
        self.ticket = changed(self.ticket, **values)

    def flag(self, name: str) -> None:
        """Flag the ticket for the helpdesk."""
        if name not in self.ticket.flags:
            self.set(flags=(*self.ticket.flags, name))

    def unflag(self, *names: str) -> None:
        """Take flags away."""
        self.set(flags=tuple(flag for flag in self.ticket.flags if flag not in names))

    def to(self, state: State) -> None:
        """Move the ticket."""
        self.set(state=state)

    def do(self, effect: ev.Effect) -> None:
        """Ask for an effect."""
        self.effects.append(effect)

    def look(self, reason: str, *, tell: str = "", text: str = "") -> None:
        """Put the mail on the needs-a-look list, and tell the team of it; the journal says both (STA-3)."""
        self.data["needs_a_look"] = reason
        self.do(ev.NeedsALook(reason=reason))
        if tell:
            self.data["team_told"] = tell
            self.do(ev.TellTeam(what=tell, text=text))

    def mail(self, template: str, auto: str, **more: Any) -> None:
        """Send the requester one mail, if he has an address."""
        if self.ticket.requester:
            answers = more.pop("answers", self.ticket.thread[-1] if self.ticket.thread else "")
            self.do(ev.SendMail(template=template, to=self.ticket.requester, auto_submitted=auto, answers=answers, **more))

    def working(self, start: datetime, span: timedelta) -> datetime:
        """Return when ``span`` of working time in the ticket's region has run (REM-2)."""
        return self.rules.calendar(self.ticket.region).add(start, span)

    def reminder_due(self, start: datetime, not_before: datetime | None = None) -> datetime:
        """Return when the next reminder is due whose span began at ``start``, inside the send window (REM-1, REM-6)."""
        due_at = max(self.working(start, self.rules.spans.reminder_working), not_before or start)
        window = self.rules.spans.send_window
        return due_at if window is None else self.rules.calendar(self.ticket.region).opening(due_at, *window)


def clock_off(d: Draft) -> None:
    """Stop every clock of the ticket; no RFI stands any more."""
    d.set(rfi=None, held="")
    d.do(ev.StopTimers())
