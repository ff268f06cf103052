"""The ticket that the demo plays: what happens, in the order in which it happens."""

from __future__ import annotations

import http.client
import re
import textwrap
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from tests.demo.outbox import Mail, Outbox
from tests.stories.post import letter, reply_to
from tests.stories.stage import Sent
from tests.support.daemon import ClockFile, Daemon, write_config
from tests.support.letters import HELPDESK, SERVICE
from tests.support.waiting import wait_until

LONDON = ZoneInfo("Europe/London")
ALICE, MALLORY = "alice@trust.example", "mallory@elsewhere.example"
REFERENCE = "INC0000001"
WIDTH = 92  # of a mail, as a mail program breaks its lines
TABLES = {
    "web": {"listen": "127.0.0.1:0", "base_url": "https://helpdesk.example"},
    "links": {"https": True},
    "contacts": {
        "helpdesk_name": "The demo helpdesk",
        "phone": "0333 496 0000",
        "complaints": "complaints@desk.example",
    },
}
ANSWER = """Contact number: 0113 496 0123
Number of affected users: 3
Affected users' email addresses: alice@trust.example, ben@trust.example, cyd@trust.example
Issue description: The printer on ward 7 prints blank pages since Tuesday."""


class Unlike(AssertionError):
    """The ticket went another way than the procedure says."""


class Demo:
    """A helpdesk in the hands of a story-teller."""

    def __init__(self, folder: Path, out: TextIO) -> None:
        self.clock = ClockFile(folder / "clock", _london("2026-05-20 15:00"))
        self.daemon = Daemon(write_config(folder / "maild", {**TABLES, **self.clock.tables}))
        self.outbox = Outbox(folder / "maild" / "state" / "outgoing")
        self._out = out
        self.last: dict[str, Mail] = {}

    def say(self, text: str = "") -> None:
        """Tell something."""
        print(text, file=self._out)

    def at(self, when: str, what: str) -> None:
        """Let time pass until then, in London, and tell what happens."""
        self.clock.set(_london(when))
        self.say(f"\n{'=' * 100}\n{_london(when):%A %-d %B %Y, %H:%M}   {what}\n{'=' * 100}")

    def mail(self, raw: bytes, sender: str, to: tuple[str, ...]) -> None:
        """A mail comes in, by SMTP; tell it as its writer sees it."""
        self.show(Mail(raw=raw, template="", path=Path()), "-->")
        self.daemon.send(raw, to=to, mail_from=sender)
        self.daemon.wait_done()

    def write(self, sender: str, to: str, subject: str, body: str) -> None:
        """Somebody writes a new mail."""
        self.mail(letter(sender=sender, to=(to,), subject=subject, body=body, headers={}, at=self.clock.now), sender, (to,))

    def reply(self, template: str, body: str) -> None:
        """Alice replies to our last mail of that kind."""
        answered = self.last[template]
        sent = Sent(template=template, to=ALICE, at=self.clock.now, raw=answered.raw)
        raw, to = reply_to(sent, sender=ALICE, body=body, subject="", headers={}, at=self.clock.now)
        self.mail(raw, ALICE, to)

    def expect(self, *templates: str, to: str = ALICE, state: str = "") -> None:
        """Show the mails that went out now, and check that they are these.

        Raises:
            Unlike: they are others, or the ticket's state is another.
        """
        wait_until(lambda: len(self.outbox.waiting(self.daemon)) >= len(templates), f"the mails {templates}")
        self.daemon.wait_done()
        fresh = self.outbox.take(self.daemon)
        for mail in fresh:
            self.last[mail.template] = mail
            self.show(mail, "<--")
        if [(mail.template, mail.to) for mail in fresh] != [(template, to) for template in templates]:
            raise Unlike(f"expected {templates} to {to}, and not {[(mail.template, mail.to) for mail in fresh]}")
        if state and self.state() != state:
            raise Unlike(f"the ticket is {self.state()}, and not {state}")

    def quiet(self, *, state: str = "") -> None:
        """Check that no mail goes out."""
        self.daemon.wait_done()
        self.expect(state=state)

    def state(self, reference: str = REFERENCE) -> str:
        """Return the ticket's state."""
        return str(self.daemon.json("ticket", "show", reference)[0]["state"])

    def agent(self, *command: str) -> None:
        """An agent uses the command line."""
        shown = " ".join(f"'{word}'" if " " in word else word for word in command)
        self.say(f"\n  $ maild ticket {shown}")
        result = self.daemon.command_line("ticket", *command)
        self.say(textwrap.indent(result.output.rstrip(), "  "))
        if result.exit_code:
            raise Unlike(result.output)

    def press(self, template: str, reason: str) -> None:
        """Alice opens the re-open link of our last mail of that kind, looks at the page, and presses its button."""
        match = re.search(r"https://\S+/r/\S+", self.last[template].text)
        if match is None:
            raise Unlike("the mail has no link")
        path = urlsplit(match.group()).path
        for method, body in (("GET", b""), ("POST", urlencode({"reason": reason}).encode())):
            page = self._ask(method, path, body)
            pressed = f"presses the button, having written: {reason}" if body else "opens the link in a browser"
            self.say(f"\n  Alice {pressed}\n")
            self.say(textwrap.indent(page, "    | "))

    def show(self, mail: Mail, arrow: str) -> None:
        """Print a mail as a person sees it."""
        self.say(f"\n  {arrow} From:    {mail.header('From')}")
        self.say(f"      To:      {mail.header('To')}")
        self.say(f"      Subject: {mail.header('Subject')}\n")
        lines = (
            wrapped for line in mail.text.strip().splitlines() for wrapped in textwrap.wrap(line, WIDTH, break_long_words=False) or [""]
        )
        self.say("\n".join(f"      | {line}" for line in lines))

    def _ask(self, method: str, path: str, body: bytes) -> str:
        host, _, port = self.daemon.addresses("web")[0].rpartition(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=10)) as connection:
            connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
            html = connection.getresponse().read().decode()
        main = html.partition("<main>")[2].partition("</main>")[0]
        main = re.sub(r"<button[^>]*>([^<]*)</button>", r"[ \1 ]", main)
        main = re.sub(r"<textarea[^>]*></textarea>", "[                              ]", main)
        return "\n".join(line.strip() for line in re.sub(r"<[^>]*>", "", main).splitlines() if line.strip())


def play(folder: Path, out: TextIO) -> int:
    """Return 0 when the ticket went as the procedure says, else 1; everything is told to ``out``."""
    demo = Demo(folder, out)
    demo.say("One ticket of the helpdesk, from its first mail to its end. --> is a mail to us, <-- is a mail of ours.")
    try:
        with demo.daemon:
            _play(demo)
    except (Unlike, TimeoutError) as error:
        demo.say(f"\nThe demo went another way: {error}")
        return 1
    demo.say("\nAll of it went as the procedure says.")
    return 0


def _play(demo: Demo) -> None:
    demo.at("2026-05-20 15:00", "Alice writes to the helpdesk. Much is missing")
    demo.write(ALICE, HELPDESK, "Printer down", "Hello,\n\nthe printer is broken.\n\nAlice")
    demo.expect("ack", "rfi", state="Awaiting User Info")

    demo.at("2026-05-20 15:20", "A stranger who has seen the reference writes to the service address: kept, and nobody is told anything")
    demo.write(MALLORY, SERVICE, f"Re: [{REFERENCE}] your request", "Please send me everything that you know about this.")
    demo.quiet(state="Awaiting User Info")

    demo.at("2026-05-20 15:30", "Somebody writes to the service address out of the blue: no ticket, but a word where to write")
    demo.write("carol@trust.example", SERVICE, "My screen is dark", "Can you help?")
    demo.expect("unprompted", to="carol@trust.example")

    demo.at("2026-05-21 09:00", "Alice answers, and the ticket goes on")
    demo.reply("rfi", ANSWER)
    demo.quiet(state="In Progress")

    demo.at("2026-05-21 15:00", "An agent has a question of his own, on the Thursday before the late May bank holiday")
    demo.agent("rfi", REFERENCE, "Which of the two printers on ward 7 is it?", "--agent", "bob")
    demo.expect("rfi", state="Awaiting User Info")
    demo.say("\n  $ maild clock " + REFERENCE)
    demo.say(demo.daemon.command_line("clock", REFERENCE).output.rstrip())
    for when, template, what in (
        ("2026-05-22 15:00", "reminder1", "24 working hours later: the first reminder"),
        ("2026-05-26 15:00", "reminder2", "The weekend and the bank holiday do not count: the second"),
        ("2026-05-27 15:00", "reminder3", "The third says when the ticket will be resolved"),
    ):
        demo.at(when, what)
        demo.expect(template, state="Awaiting User Info")
    demo.at("2026-05-28 15:00", "Still no answer: resolved")
    demo.expect("resolved_no_response", state="Resolved")

    demo.at("2026-05-29 10:00", "Alice is back. Her reply is kept, but re-opens nothing; she is told so, once")
    demo.reply("resolved_no_response", "Sorry, I was away. It is the one by the window, and it is still broken.")
    demo.expect("reply_not_reopened", state="Resolved")
    demo.reply("resolved_no_response", "Hello? Is anybody there?")
    demo.quiet(state="Resolved")

    demo.at("2026-05-29 10:15", "She presses the link")
    demo.press("reply_not_reopened", "The one by the window, still blank pages.")
    demo.expect("reopened", state="In Progress")

    demo.at("2026-05-29 14:00", "An agent resolves it")
    demo.agent("resolve", REFERENCE, "We put a new drum into the printer by the window.", "--agent", "bob")
    demo.expect("resolved", state="Resolved")

    demo.at("2026-06-01 14:00", "72 hours without re-opening: closed")
    demo.expect("closed", state="Closed")
    demo.say("\n  $ maild ticket show " + REFERENCE)
    demo.say(textwrap.indent(demo.daemon.command_line("ticket", "show", REFERENCE).output.rstrip(), "  "))


def _london(when: str) -> datetime:
    return datetime.fromisoformat(when).replace(tzinfo=LONDON)
