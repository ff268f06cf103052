"""Machines that answer mail, good ones and bad ones, and an hour in which they may do so as fast as they can.

A robot owns an address at the relay. Whatever our daemon sends there it may answer, over SMTP, back into the daemon. Time is a clock file:
an hour passes in a few seconds, and in each of its steps the robots answer round after round until nobody has anything left to say.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.support.daemon import ClockFile, Daemon
from tests.support.letters import HELPDESK, SERVICE, header, letter, new_message_id
from tests.support.reports import dsn
from tests.support.sink import Delivery, RecordingSink

MOST_ROUNDS = 25  # in one step: a loop that nothing ends comes to hundreds of mails


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a robot sends: to whom, as whom in the envelope, and the mail."""

    to: str
    mail_from: str
    raw: bytes


@dataclass(slots=True, kw_only=True)
class Robot:
    """An address that answers by ``reply``; ``unasked`` is what it sends in each step without being asked."""

    address: str
    reply: Callable[[Delivery], Answer | None]
    unasked: Callable[[], Answer | None] = lambda: None
    got: list[Delivery] = field(default_factory=list)


@dataclass(slots=True)
class Hour:
    """An hour of traffic between a daemon and robots."""

    daemon: Daemon
    sink: RecordingSink
    clock: ClockFile
    robots: Sequence[Robot]
    rounds: int = 0
    _seen: int = 0

    def play(self, *, hours: float = 1, step: timedelta = timedelta(minutes=5)) -> None:
        """Let the time pass, the robots answering all the while."""
        for _ in range(round(timedelta(hours=hours) / step)):
            self._send(answer for robot in self.robots if (answer := robot.unasked()) is not None)
            for _ in range(MOST_ROUNDS):
                if not self._answer():
                    break
                self.rounds += 1
            self.clock.advance(step)
        self.daemon.wait_done()

    def _answer(self) -> int:
        """Return how many mails the robots sent in answer to what is new."""
        self.daemon.wait_done()
        new = self.sink.deliveries[self._seen :]
        self._seen += len(new)
        answers = []
        for delivery in new:
            for robot in self.robots:
                if delivery.to == robot.address:
                    robot.got.append(delivery)
                    answers.append(robot.reply(delivery))
        return self._send(answer for answer in answers if answer is not None)

    def _send(self, answers: Iterable[Answer]) -> int:
        count = 0
        for answer in answers:
            self.daemon.send(answer.raw, to=(answer.to,), mail_from=answer.mail_from)
            count += 1
        return count


def polite(address: str) -> Robot:
    """A vacation program that obeys RFC 3834: it answers no automatic mail, and says that it is one, with an empty envelope sender."""

    def reply(delivery: Delivery) -> Answer | None:
        if header(delivery.raw, "Auto-Submitted") not in ("", "no") or not delivery.envelope_from:
            return None
        headers = {"Auto-Submitted": "auto-replied (vacation)", "In-Reply-To": header(delivery.raw, "Message-ID")}
        raw = letter(sender=address, to=SERVICE, subject="Auto: I am away", body="Back on Monday.", headers=headers)
        return Answer(to=delivery.envelope_from, mail_from="", raw=raw)

    return Robot(address=address, reply=reply)


def rude(address: str, *, to: str = HELPDESK, unasked: bool = False) -> Robot:
    """A program that hides what it is: no header says so, and each mail has a new subject, a new name, a new Message-ID and new words."""
    numbers = itertools.count(1)

    def write() -> Answer:
        number = next(numbers)
        raw = letter(
            sender=f'"Agent {number * 7919 % 1000}" <{address}>',
            to=to,
            subject=f"Your message no. {number * 104729 % 100_000}",
            body=f"We have your message and look into it.\nCase {number * 15485863 % 1_000_000}",
            message_id=new_message_id("robots.example"),
        )
        return Answer(to=to, mail_from=address, raw=raw)

    return Robot(address=address, reply=lambda _: write(), unasked=write if unasked else lambda: None)


def parrot(address: str) -> Robot:
    """A program that replies where it was told to, within the thread, and says the same each time."""

    def reply(delivery: Delivery) -> Answer:
        to = header(delivery.raw, "Reply-To").strip("<>") or SERVICE
        headers = {"In-Reply-To": header(delivery.raw, "Message-ID")}
        subject = "Re: " + header(delivery.raw, "Subject")
        return Answer(to=to, mail_from=address, raw=letter(sender=address, to=to, subject=subject, body="Got it.", headers=headers))

    return Robot(address=address, reply=reply)


def bouncer(address: str) -> Robot:
    """A broken mail server that reports to From, as a person, what it could not deliver."""

    def reply(delivery: Delivery) -> Answer:
        return Answer(to=SERVICE, mail_from=f"postmaster@{address.partition('@')[2]}", raw=dsn(delivery.raw, address, to=SERVICE))

    return Robot(address=address, reply=reply)
