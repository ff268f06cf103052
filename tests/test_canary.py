"""Nothing of what people write stands in a log line, a metric, a refusal or an error page (PRV-3).

Every field of every kind of mail, the dialogue that brings it, and the pages that are asked for hold a canary: a word that stands nowhere
else. The search knows a canary in any case, in base64 and percent-encoded; positive controls show that it finds what is there.
"""

from __future__ import annotations

import base64
import io
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from maild import log, metrics
from maild.render.context import OutgoingMail
from maild.render.renderer import Renderer
from maild.store.database import run_once
from maild.store.inbox import raw_of
from tests.support.configuration import write_config
from tests.support.daemon import Daemon
from tests.support.letters import HELPDESK, SERVICE, letter
from tests.support.reports import dsn, free_form
from tests.support.sink import Delivery, RecordingSink, recording_sink
from tests.support.waiting import DEADLINE, wait_until
from tests.support.workshop import workshop

STEM = "Kanarie"
TEAMS = """
helpdesk = "helpdesk"

[[team]]
key = "helpdesk"
name = "Helpdesk"
address = "agents@resolvers.example"
"""


def canary(name: str) -> str:
    """Return the canary of a field: one word, not to be found in any dictionary."""
    return f"{STEM}{name.title().replace('-', '')}Vogel"


def sightings(text: str) -> set[str]:
    """Return the canaries in ``text``, plain, in another case, base64 or percent-encoded."""
    plain = {word.lower() for word in re.findall(rf"{STEM}\w*", text, re.IGNORECASE)}
    coded = {stem for shift in range(3) if (stem := _base64_core(STEM, shift)) in text}
    percent = {STEM} if "".join(f"%{ord(letter):02x}" for letter in STEM[:3]) in text.lower() else set()
    return plain | coded | percent


def _base64_core(word: str, shift: int) -> str:
    """Return the characters of base64 that ``word`` always makes behind ``shift`` other bytes."""
    whole = base64.b64encode(b"\0" * shift + word.encode()).decode().rstrip("=")
    return whole[(shift * 8 + 5) // 6 : len(whole) - 1]


def address(name: str) -> str:
    """Return an address with canaries on both sides."""
    return f"{canary(name)}@{canary(name)}.example".lower()


def mails() -> Iterator[tuple[str, str, bytes]]:
    """Yield an envelope sender, a recipient, and a mail with canaries in every field; one of each kind that is treated in its own way."""
    head = {name: canary(name) for name in ("X-Mailer", "Organization", "Comments", "Keywords", "List-Unsubscribe", "X-Loop")}
    head |= {"Cc": f'"{canary("cc-name")}" <{address("cc")}>', "Reply-To": address("reply"), "Sender": address("sender")}
    head |= {"In-Reply-To": f"<{canary('irt')}@x.example>", "References": f"<{canary('refs')}@x.example>"}
    head |= {"Received": f"from {canary('helo')} by {canary('by')}.example; Mon, 2 Mar 2026 09:00:00 +0000"}
    head |= {"Authentication-Results": f"{canary('authserv')}; dmarc=pass header.from={canary('dmarc')}.example"}
    sender = f'"{canary("name")}" <{address("from")}>'
    text = (
        f"{canary('body')}\r\nContact number: {canary('phone')}\r\nIssue description: {canary('issue')} is broken again\r\n{canary('sig')}"
    )
    rest: dict[str, Any] = {"sender": sender, "subject": canary("subject"), "body": text}

    yield address("envelope"), HELPDESK, letter(**rest, headers=head, message_id=f"<{canary('mid')}@x.example>")
    yield address("envelope"), HELPDESK, letter(**rest, headers={**head, "Content-Type": f"multipart/mixed; boundary={canary('boundary')}"})
    yield address("envelope"), SERVICE, letter(**rest, to=SERVICE)
    yield address("envelope"), SERVICE.replace("@", f"+{canary('plus')}@"), letter(**rest, to=SERVICE)
    yield "", HELPDESK, letter(**rest, headers={"Auto-Submitted": f"auto-replied; {canary('auto')}"})
    yield address("envelope"), HELPDESK, letter(**rest, headers={"Content-Type": f"text/{canary('type')}; charset={canary('charset')}"})
    yield address("envelope"), HELPDESK, letter(**{**rest, "sender": f"{address('from')}, {address('second')}"})
    yield address("envelope"), "postmaster@desk.example", letter(**rest)
    yield "", SERVICE, dsn(letter(**rest), address("bounced"), to=SERVICE, status=f"5.1.1 {canary('status')}")
    yield "", SERVICE, free_form(letter(**rest), address("bounced"), to=SERVICE)
    yield address("envelope"), HELPDESK, _with_files(letter(**rest))
    yield address("envelope"), HELPDESK, b"From: " + canary("broken").encode() + b"\r\n" + b"\xff\xfe" + canary("bytes").encode() * 50
    yield address("envelope"), HELPDESK, b"Received: x\r\n" * 200 + letter(**rest)


def _with_files(mail: bytes) -> bytes:
    head = mail.partition(b"\r\n\r\n")[0]
    parts = "".join(
        f"--b\r\nContent-Type: {kind}; name={canary('file')}.{end}\r\nContent-Disposition: attachment; filename={canary('file')}.{end}\r\n"
        f"Content-ID: <{canary('cid')}>\r\n\r\n{canary('content')}\r\n"
        for kind, end in (("application/pdf", "pdf"), ("application/ms-tnef", "dat"), ("text/csv", "csv"), ("message/rfc822", "eml"))
    )
    return head + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts.encode() + b"--b--\r\n"


def talk(daemon: Daemon) -> str:
    """Return what a peer is told whose every word is a canary."""
    where = daemon.where()
    assert where is not None
    said: list[str] = []
    lines = [
        f"EHLO {canary('ehlo')}",
        canary("verb"),
        f"VRFY {canary('vrfy')}",
        f"AUTH PLAIN {base64.b64encode(canary('password').encode()).decode()}",
        f"MAIL FROM:<{address('mail-from')}> {canary('PARAMETER')}=1",
        f"MAIL FROM:<{address('mail-from')}>",
        f"RCPT TO:<{address('rcpt')}>",
        f"RCPT TO:<{canary('local')}@desk.example>",
        f"RCPT TO:<{canary('unclosed')}",
        f"EXPN {canary('expn')}" + "x" * 5_000,
        "QUIT",
    ]
    with socket.create_connection(where, DEADLINE) as peer:
        replies = peer.makefile("r", encoding="utf-8", errors="replace")
        said.append(replies.readline())
        for line in lines:
            peer.sendall(line.encode() + b"\r\n")
            while (reply := replies.readline())[3:4] == "-":
                said.append(reply)
            said.append(reply)
    return "".join(said)


def browse(daemon: Daemon) -> str:
    """Return the pages, and their headers, that somebody gets who asks for canaries."""
    base = "http://" + daemon.addresses("web")[0]
    seen = []
    for path in (
        f"/r/{canary('token')}",
        f"/{canary('path')}?q={canary('query')}",
        f"/c/1.2.k1.{canary('mac')}",
        "/r/" + quote(f"<b>{canary('tag')}"),
    ):
        for body in (None, f"reason={canary('reason')}".encode()):
            asked = urllib.request.Request(
                base + path, data=body, headers={"User-Agent": canary("agent"), "Cookie": f"a={canary('cookie')}"}
            )
            try:
                with urllib.request.urlopen(asked, timeout=DEADLINE) as page:
                    seen.append(str(page.headers) + page.read().decode())
            except urllib.error.HTTPError as page:
                seen.append(str(page.headers) + page.read().decode())
    return "".join(seen)


def refuse(delivery: Delivery) -> str:
    """Refuse what goes to canaries, and repeat in the refusal what a mail server knows of it."""
    if STEM.lower() not in delivery.to:
        return f"250 2.0.0 Ok: queued as Q{delivery.number}"
    local = delivery.to.partition("@")[0]
    return f"550 5.1.1 <{delivery.to}>: Recipient {local} unknown ({delivery.to}) in {delivery.to.partition('@')[2]}"


@dataclass(slots=True)
class Flight:
    """What was seen after all canaries had flown: each place by its name."""

    places: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Flight:
    """A daemon that has met every canary, at the log level that says most."""
    folder = tmp_path_factory.mktemp("canary") / "maild"
    tables = {
        "logging": {"form": "json", "level": "debug"},
        "web": {"listen": "127.0.0.1:0", "base_url": "https://desk.example"},
        "links": {"https": True},
        "caps": {"sender_per_hour": 5},
    }
    seen = Flight()
    with recording_sink(refuse) as sink:
        write_config(folder, {"relay": {"to": sink.url}, **tables})
        (folder / "teams.toml").write_text(TEAMS, encoding="utf-8")
        with Daemon(folder) as daemon:
            for sender, to, raw in mails():
                _deliver(daemon, sender, to, raw, seen)
            seen.places["replies"] = seen.places.get("replies", "") + talk(daemon)
            seen.places["pages"] = browse(daemon)
            daemon.wait_done(deadline=60)
            wait_until(lambda: daemon.log("mail_failed"), "a refusal")
            seen.places["refused"] = "".join(line["reply"] for line in daemon.log("mail_failed"))
        seen.places["log"] = daemon.log_text()
        seen.places["to the team"] = "".join(each.raw.decode("utf-8", "replace") for each in sink.to("agents@resolvers.example"))
        seen.places["to requesters"] = _automatic(sink)
    return seen


def _deliver(daemon: Daemon, sender: str, to: str, raw: bytes, seen: Flight) -> None:
    import smtplib

    try:
        daemon.send(raw, to=(to,), mail_from=sender)
    except smtplib.SMTPResponseException as refusal:
        seen.places["replies"] = seen.places.get("replies", "") + f"{refusal.smtp_code} {refusal.smtp_error!r}"


def _automatic(sink: RecordingSink) -> str:
    """Return subjects and texts of what requesters were sent, decoded; their own addresses stand in To."""
    import email.policy

    found = []
    for each in sink.deliveries:
        if each.to != "agents@resolvers.example" and each.to != "pat@person.example":
            message = email.message_from_bytes(each.raw, policy=email.policy.default)
            found += [
                str(message["Subject"]),
                *(str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"),
            ]
    return "\n".join(found)


@pytest.mark.rule("PRV-3", "OPS-5")
@pytest.mark.parametrize("place", ["log", "replies", "pages", "to requesters"])
def test_no_canary_is_seen(flight: Flight, place: str) -> None:
    """In the log at its most talkative, in SMTP replies, on pages and error pages, and in what is sent automatically."""
    assert len(flight.places[place]) > 300
    assert set() == sightings(flight.places[place])


@pytest.mark.rule("PRV-3")
def test_the_search_would_find_them(flight: Flight) -> None:
    """The team's mail holds what people wrote: so the canaries were there, and the search sees them in every dress."""
    assert {canary("subject").lower(), canary("body").lower()} <= sightings(flight.places["to the team"])
    for shift in range(3):
        assert sightings(base64.b64encode(b"x" * shift + canary("body").encode() + b"yz").decode())
    assert sightings("".join(f"%{octet:02X}" for octet in canary("body").encode()))
    assert set() == sightings("a log line about M1234 and INC0000001")


@pytest.mark.rule("PRV-3", "OPS-5")
def test_with_addresses_switched_on_the_log_shows_those_and_nothing_else(tmp_path: Path) -> None:
    """The other positive control: the same search, the same log, one setting."""
    folder = write_config(tmp_path / "maild", {"logging": {"form": "json", "level": "info", "addresses": "plain"}})
    with Daemon(folder) as daemon:
        daemon.send(letter(sender=address("from"), subject=canary("subject"), body=canary("body")), mail_from=address("envelope"))
        daemon.wait_done()
    assert {canary("envelope").lower(), canary("from").lower()} == sightings(daemon.log_text())


class Talkative(Renderer):
    """A renderer with a bug whose exception repeats what it was given."""

    def render(self, mail: OutgoingMail) -> Any:
        """Raise, with everything in the text."""
        raise ValueError(f"{canary('error')} {mail} " * 500)


@pytest.mark.rule("PRV-3", "INT-9")
async def test_a_bug_and_a_dead_parser_say_nothing_of_the_mail(tmp_path: Path) -> None:
    """The log has the kind of the exception and the way through the code; metrics have words of ours."""
    stream = io.StringIO()
    log.configure(form="json", level="debug", hash_key=b"k", stream=stream)
    try:
        async with workshop(tmp_path) as shop:
            shop.parser.deadly[canary("deadly")] = 9
            shop.house.desk.renderer = Talkative.__new__(Talkative)
            rows = [shop.accept(letter(sender=address(name), subject=canary(name), body=canary("body"))) for name in ("deadly", "bug")]
            await shop.finish(*rows)
            assert ["quarantined", "quarantined"] == [shop.find(row)[0] for row in rows]
            assert sightings(run_once(shop.house.engine, raw_of, rows[0].seq).decode())
    finally:
        log.silence()
    assert "mail_quarantined" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert set() == sightings(stream.getvalue())
    assert set() == sightings(metrics.exposition().decode())
