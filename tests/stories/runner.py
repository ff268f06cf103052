"""Plays a story on a stage, step by step, and says at which line it went another way."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from maild.desk import agents
from maild.policy import events as ev
from maild.policy.ticket import Question, Ticket
from maild.store.schema import outbox
from maild.store.statement import Statement
from tests.stories.language import Step, Story
from tests.stories.post import letter, reply_to, report_on
from tests.stories.stage import LONDON, SPAN, Letter, Sent, Stage, local, stage
from tests.stories.visitor import Visitor
from tests.support.configuration import write_config

SERVICE = "service@desk.example"
PLACES = {"helpdesk": "helpdesk@desk.example", "service": SERVICE, "team": "agents@resolvers.example"}
AGENT_ACTS: dict[str, Callable[[str, dict[str, str]], ev.AgentActed]] = {
    "rfi": lambda text, by: ev.AgentAsked(questions=(Question(key="", text=text),), **by),
    "resolves": lambda text, by: ev.AgentResolved(text=text, **by),
    "replies": lambda text, by: ev.AgentReplied(text=text, **by),
    "notes": lambda text, by: ev.AgentNoted(text=text, **by),
    "assigns": lambda text, by: ev.AgentAssigned(team=text, **by),
    "reopens": lambda text, by: ev.AgentReopened(reason=text, **by),
    "closes": lambda text, by: ev.AgentClosed(**by),
    "cancels": lambda text, by: ev.AgentCancelled(reason=text, **by),
}


_ENVELOPE = Statement(select(outbox.c.envelope_from).where(outbox.c.message_id == bindparam("which")))


class Wrong(AssertionError):
    """The story went another way."""


async def play(story: Story, folder: Path) -> None:
    """Play the story; every mail to a person must have been expected at its end.

    Raises:
        Wrong: what happened is not what the story says.
    """
    async with stage(folder) as helpdesk:
        player = Player(helpdesk)
        for step in story.steps:
            try:
                await player.take(step)
            except AssertionError as error:
                raise Wrong(f"line {step.line}: {step.text}\n{error}\n{await player.situation()}") from error
        await player.expect_nothing_more()


def address(name: str) -> str:
    """Return the address of who is named: a whole address, one of ours, or somebody at the trust."""
    return name if "@" in name else PLACES.get(name, f"{name}@trust.example")


class Player:
    """Takes steps, one verb a method."""

    def __init__(self, helpdesk: Stage) -> None:
        self.stage = helpdesk
        self.visitor = Visitor(helpdesk)
        self.selected = 0
        self.seen: list[Sent] = []  # mails that the story has spoken of
        self.newest: list[Sent] = []  # what the last expectation was about

    async def take(self, step: Step) -> None:
        """Do or check what the step says."""
        if step.verb == "at" and not step.first:
            return self._at_that_time(step)
        method: Callable[[Step], Awaitable[None]] = getattr(self, f"do_{step.verb}")
        return await method(step)

    # --- time ---

    async def do_at(self, step: Step) -> None:
        """Let time pass until a date and time in London."""
        until = datetime.fromisoformat(" ".join(step.words)).replace(tzinfo=LONDON)
        assert until >= self.stage.clock.now(), "time goes on only"
        await self.stage.wait(until)

    async def do_wait(self, step: Step) -> None:
        """Let a span pass: ``24h working``, ``71h59m``, ``2d``."""
        span = sum((int(number) * SPAN[unit] for number, unit in re.findall(r"(\d+)([dhms])", step.words[0])), timedelta())
        now = self.stage.clock.now()
        working = "working" in step.words
        until = self.stage.desk.rules.calendar((await self._ticket()).region).add(now, span) if working else now + span
        await self.stage.wait(until)

    async def do_wall(self, step: Step) -> None:
        """Set the wall clock: ``wall clock back 1h``; no time passes."""
        _, way, span = step.words
        moved = int(span[:-1]) * SPAN[span[-1]]
        self.stage.clock.at += moved if way == "forward" else -moved
        await self.stage.settle()

    async def do_daemon(self, step: Step) -> None:
        """``daemon stops``, ``daemon starts``, ``daemon reloads``."""
        await {"stops": self.stage.stop, "starts": self.stage.start, "reloads": self.stage.reload}[step.words[0]]()

    async def do_config(self, step: Step) -> None:
        """Change a table of the configuration: ``config calendar add_days 2026-05-22 "why"``; the daemon reads it at reload or start."""
        table, key, *value = step.words
        present = self.stage.options.setdefault(table, {})
        if len(value) == 2:
            present[key] = {**present.get(key, {}), value[0]: value[1]}
        else:
            present[key] = json.loads(value[0]) if value[0].startswith("[") else value[0]
        write_config(self.stage.folder, self.stage.options)

    # --- mails in ---

    async def do_mail(self, step: Step) -> None:
        """A mail comes in: a new one, or ``mail reply to last`` from the recipient of our last mail to him."""
        headers = dict(each.split(": ", 1) for each in _all_after(step, "header"))
        body = step.after("body", "")
        if step.words[0] == "reply":
            answered = self._mail_named(step)
            sender = address(step.after("from", answered.to))
            raw, to = reply_to(
                answered, sender=sender, body=body, subject=step.after("subject", ""), headers=headers, at=self.stage.clock.now()
            )
        else:
            sender = address(step.after("from"))
            to = tuple(address(name.strip(",")) for name in _all_after(step, "to"))
            raw = letter(sender=sender, to=to, subject=step.after("subject", ""), body=body, headers=headers, at=self.stage.clock.now())
        await self.stage.receive(Letter(raw=raw, to=to, mail_from="" if "bounce" in step.words else sender))

    async def do_deliver(self, step: Step) -> None:
        """The servers that hold mail for us try again."""
        waiting, self.stage.waiting = self.stage.waiting, []
        for each in waiting:
            await self.stage.receive(each)

    async def do_bounce(self, step: Step) -> None:
        """``bounce last template rfi``: the recipient's server reports that our mail did not arrive."""
        bounced = self._mail_named(step)
        envelope_to = await self.stage.database.read(_envelope_from, str(bounced.message["Message-ID"]))
        await self.stage.receive(Letter(raw=report_on(bounced, at=self.stage.clock.now()), to=(envelope_to,), mail_from=""))

    # --- links ---

    async def do_click(self, step: Step) -> None:
        """A person presses a link's button: ``click reopen link in last template resolved reason "…"``; ``by mail`` is the mailto form."""
        mail = self._mail_named(step)
        if "mail" in step.words[step.words.index("link") :] and "by" in step.words:
            subject = self.visitor.mailto_subject(mail)
            raw = letter(
                sender=mail.to, to=(SERVICE,), subject=subject, body=step.after("reason", ""), headers={}, at=self.stage.clock.now()
            )
            await self.stage.receive(Letter(raw=raw, to=(SERVICE,), mail_from=mail.to))
            return
        await self.visitor.press(self.visitor.link(mail, step.words[0]), reason=step.after("reason", ""))
        await self.stage.settle()

    async def do_scan(self, step: Step) -> None:
        """``scan links in last template resolved 100 times``: a mail scanner looks at every link in every way that is no person's press."""
        mail = self._mail_named(step)
        await self.visitor.scan(mail, int(step.words[-2]))
        await self.stage.settle()

    async def do_page(self, step: Step) -> None:
        """``page says "…"``: the page that the last click showed."""
        says, text = step.words
        assert (text in self.visitor.page_text) == (says == "says"), f"the page says: {self.visitor.page_text}"

    # --- agents, the relay ---

    async def do_agent(self, step: Step) -> None:
        """``agent bob resolves "…"``, and the other acts; ``agent bob extends 5d``."""
        name, act, *text = step.words
        by = {"agent": name, "cause": f"agent:{name}"}
        if act == "extends":
            event: ev.AgentActed = ev.AgentExtended(until=self.stage.clock.now() + int(text[0][:-1]) * SPAN[text[0][-1]], **by)
        else:
            event = AGENT_ACTS[act](text[0] if text else "", by)
        acted = await self.stage.database.run(agents.act, self.stage.desk, (await self._ticket()).number, event)
        refused = "refused" in step.words
        assert bool(acted.refusal) == refused, acted.refusal or "it was not refused"
        await self.stage.settle()

    async def do_relay(self, step: Step) -> None:
        """``relay down``, ``relay up``, ``relay refuses alice``."""
        what, *who = step.words
        if what == "refuses":
            self.stage.relay.refused.add(address(who[0]))
        else:
            self.stage.relay.down = what == "down"

    # --- what is expected ---

    async def do_expect(self, step: Step) -> None:
        """``expect mail to alice template ack, rfi``: these, in this order, and no others to her; ``expect no mail``: to nobody."""
        if step.words[0] == "no":
            fresh = [each for each in await self._unseen() if each.to not in _teams(self.stage)]
            assert [] == [(each.to, each.template) for each in fresh]
            return
        to = address(step.after("to"))
        wanted = [word.strip(",") for word in step.words[step.words.index("template") + 1 :]]
        fresh = [each for each in await self._unseen() if each.to == to]
        named = [each.template for each in fresh]
        fits = len(wanted) == len(named) and all(_is_named(name, want) for name, want in zip(named, wanted, strict=True))
        assert fits, f"mails to {to}: {named}"
        self.seen += fresh
        self.newest = fresh

    def _at_that_time(self, step: Step) -> None:
        """``… at 2026-05-22 15:00`` behind an expectation: when the mail was sent."""
        wanted = datetime.fromisoformat(" ".join(step.words))
        assert [wanted] * len(self.newest) == [local(each.at) for each in self.newest]

    async def do_told(self, step: Step) -> None:
        """``told "Re-opened"``: the newest mail to a team has these words in its subject or text."""
        to_teams = [each for each in await self.stage.sent() if each.to in _teams(self.stage)]
        assert to_teams, "no team was told anything"
        said = f"{to_teams[-1].message['Subject']}\n{to_teams[-1].text}"
        assert all(" ".join(text.split()) in " ".join(said.split()) for text in step.words), said

    async def do_state(self, step: Step) -> None:
        """The ticket's state."""
        assert " ".join(step.words) == (await self._ticket()).state.value

    async def do_flags(self, step: Step) -> None:
        """The ticket's flags, or ``none``."""
        assert tuple(word.strip(",") for word in step.words if word != "none") == (await self._ticket()).flags

    async def do_ticket(self, step: Step) -> None:
        """``ticket 2``: what follows is about the second ticket; ``ticket linked 1``: it is linked to the first."""
        if step.words[0] == "linked":
            other = (await self.stage.tickets())[int(step.words[1]) - 1]
            assert (other.reference,) == (await self._ticket()).linked
        else:
            self.selected = int(step.words[0]) - 1

    async def do_tickets(self, step: Step) -> None:
        """How many tickets there are."""
        assert int(step.words[0]) == len(await self.stage.tickets())

    async def do_timer(self, step: Step) -> None:
        """``timer reminder at 2026-05-22 15:00``, ``timer none``: what runs on the ticket."""
        running = [(timer.kind.value, local(timer.due_at)) for timer in await self.stage.timers(await self._ticket())]
        wanted = [] if step.words[0] == "none" else [(step.words[0], datetime.fromisoformat(" ".join(step.words[2:])))]
        assert wanted == running, f"running: {[(kind, str(due)) for kind, due in running]}"

    async def do_journal(self, step: Step) -> None:
        """``journal "still broken"``: some entry of the ticket's journal has these words."""
        entries = [f"{kind} {cause} {data}" for _, kind, cause, data in await self.stage.journal(await self._ticket())]
        assert any(step.words[0] in entry for entry in entries), "\n".join(entries)

    async def do_look(self, step: Step) -> None:
        """``look "reply to a resolved ticket"``: a mail stands on the needs-a-look list for this reason."""
        assert step.words[0] in await self.stage.looks(), await self.stage.looks()

    async def do_alert(self, step: Step) -> None:
        """``alert clock``, ``alert none``: what alerts stand."""
        assert [word for word in step.words if word != "none"] == self.stage.alerts()

    async def expect_nothing_more(self) -> None:
        """Check that nobody got a mail which the story does not speak of."""
        more = [(each.to, each.template, f"{local(each.at)}") for each in await self._unseen() if each.to not in _teams(self.stage)]
        if more:
            raise Wrong(f"at the end: mails that the story does not speak of: {more}\n{await self.situation()}")

    async def situation(self) -> str:
        """Return what stands on the stage, for a failure."""
        tickets = [(each.reference, each.state.value, each.flags, each.held) for each in await self.stage.tickets()]
        sent = [f"{local(each.at)} {each.to} {each.template}" for each in await self.stage.sent()]
        return f"it is {local(self.stage.clock.now())}; tickets {tickets}; the relay took:\n  " + "\n  ".join(sent)

    # --- helpers ---

    async def _ticket(self) -> Ticket:
        tickets = await self.stage.tickets()
        assert len(tickets) > self.selected, f"there are {len(tickets)} tickets"
        return tickets[self.selected]

    async def _unseen(self) -> list[Sent]:
        known = [str(each.message["Message-ID"]) for each in self.seen]
        return [each for each in await self.stage.sent() if str(each.message["Message-ID"]) not in known]

    def _mail_named(self, step: Step) -> Sent:
        """Return the mail that ``last``, ``first`` or ``last template rfi`` means, among those that the story has spoken of."""
        template = step.after("template", "")
        to = step.after("of", "")
        fitting = [
            each
            for each in self.seen
            if (not template or _is_named(each.template, template)) and (not to or each.to == address(to)) and each.template != "team"
        ]
        assert fitting, f"no such mail among {[each.template for each in self.seen]}"
        return fitting[0] if "first" in step.words else fitting[-1]


def _is_named(template: str, wanted: str) -> bool:
    return template == wanted or (wanted == "reminder" and template.startswith("reminder"))


def _all_after(step: Step, name: str) -> list[str]:
    return [step.words[index + 1] for index, each in enumerate(step.words[:-1]) if each == name]


def _teams(helpdesk: Stage) -> set[str]:
    return {team.address for team in helpdesk.desk.rules.teams.teams}


def _envelope_from(tx: Any, message_id: str) -> str:
    row = tx.one(_ENVELOPE, which=message_id)
    return str(row[0])
