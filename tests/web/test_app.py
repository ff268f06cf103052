"""The pages of the links: GET shows and changes nothing, a person's POST acts, and a dead link discloses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maild.errors import StoreUnavailable
from maild.policy.ticket import State
from maild.tokens import Purpose, parse
from tests.web.site import Town, pages, town

WINDOW = timedelta(hours=72)
SECRETS = ("Secret", "alice", "trust.example", "INC0000001", "toner", "bob")


@pytest.fixture
async def helpdesk(tmp_path: Path) -> AsyncIterator[Town]:
    """A helpdesk with one ticket, resolved now."""
    async with town(tmp_path) as made:
        yield made


def title(text: str) -> str:
    """Return a page's heading."""
    return text.partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.rule("RES-2")
@pytest.mark.parametrize("purpose", [Purpose.REOPEN, Purpose.CONFIRM])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND"])
async def test_nothing_but_a_post_changes_anything(helpdesk: Town, purpose: Purpose, method: str) -> None:
    """Whoever looks, a hundred times and in any way, finds the ticket as it was: not a version more."""
    before = helpdesk.ticket()
    for _ in range(100):
        await helpdesk.ask(method, helpdesk.link(purpose), body=b"reason=x", headers={"sec-purpose": "prefetch"})
    assert (before, []) == (helpdesk.ticket(), helpdesk.queued)


@pytest.mark.rule("RES-2", "RES-4")
async def test_the_page_asks_why_and_a_press_reopens(helpdesk: Town) -> None:
    """The form has a labelled field for the reason; the reason is in the journal."""
    shown = await helpdesk.ask("GET", helpdesk.link())
    assert (200, "Re-open your request") == (shown.status, title(shown.text))
    assert '<label for="reason">' in shown.text
    done = await helpdesk.press(helpdesk.link(), "still <b>broken</b>")
    assert (200, "We have re-opened your request", State.IN_PROGRESS) == (done.status, title(done.text), helpdesk.ticket().state)
    assert "still <b>broken</b>" == helpdesk.house.journal()[-1]["reason"]
    assert [True] == helpdesk.queued


@pytest.mark.rule("RES-3")
async def test_a_second_press_changes_nothing_and_says_so(helpdesk: Town) -> None:
    """Pressed twice, by impatience or a reload, the link acts once."""
    await helpdesk.press(helpdesk.link())
    before = helpdesk.ticket()
    again = await helpdesk.press(helpdesk.link())
    assert (200, "Your request is open already", before) == (again.status, title(again.text), helpdesk.ticket())


@pytest.mark.rule("RES-4")
async def test_confirming_closes_and_can_be_taken_back(helpdesk: Town) -> None:
    """The confirm page says until when re-opening is possible; then the re-open link still acts."""
    done = await helpdesk.press(helpdesk.link(Purpose.CONFIRM))
    assert ("Your request is closed", State.CLOSED) == (title(done.text), helpdesk.ticket().state)
    assert "until Friday 6 March, 14:02" in done.text
    again = await helpdesk.press(helpdesk.link(Purpose.CONFIRM))
    assert "Your request is closed already" == title(again.text)
    await helpdesk.press(helpdesk.link())
    assert State.IN_PROGRESS is helpdesk.ticket().state


@pytest.mark.rule("RES-3", "PRV-1")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_dead_link_says_what_to_do_and_discloses_nothing(helpdesk: Town, method: str) -> None:
    """Expired, or of an older resolution: a page without reference, name, address, subject or words."""
    old = helpdesk.link()
    await helpdesk.press(old)
    await helpdesk.resolve()
    older = await helpdesk.ask(method, old)
    helpdesk.house.clock.at += WINDOW + timedelta(minutes=1)
    newest = helpdesk.link(resolution=2)
    expired = await helpdesk.ask(method, newest)
    assert [(410, "This link is from an older mail"), (410, "The time to re-open is over")] == [
        (each.status, title(each.text)) for each in (older, expired)
    ]
    assert "helpdesk@helpdesk.example" in expired.text
    assert not [secret for secret in SECRETS for each in (older, expired) if secret in each.text]
    assert State.RESOLVED is helpdesk.ticket().state


@pytest.mark.rule("RES-3", "REF-2")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_that_is_not_ours_is_one_page_whatever_it_is(helpdesk: Town, method: str) -> None:
    """Each character changed, another ticket's, another purpose's, nonsense: the same answer as for a ticket that never was."""
    await helpdesk.open()
    await helpdesk.resolve(2)
    path = helpdesk.link()
    token = parse(path.removeprefix("/r/"))
    assert token is not None
    changed = [f"/r/{_other(path.removeprefix('/r/'), index)}" for index in range(len(path) - 3)]
    others = [
        f"/r/2.{token.nonce}.{token.key_id}.{token.mac}",
        f"/r/1.2.{token.key_id}.{token.mac}",
        "/r/" + helpdesk.link(Purpose.CONFIRM).removeprefix("/c/"),
        "/c/" + path.removeprefix("/r/"),
        "/r/zzzz.1.k1.aaaaaaaaaaaaaaaaaaaaa",
        "/r/x",
        "/r/%00",
        "/r/" + "a" * 5000,
        "/r/٣.1.k1.aaaa",
    ]
    answers = {(each.status, title(each.text)) for each in [await helpdesk.ask(method, bad) for bad in (*changed, *others)]}
    assert {(404, "This link does not work")} == answers
    assert [State.RESOLVED, State.RESOLVED] == [helpdesk.ticket(1).state, helpdesk.ticket(2).state]


def _other(token: str, index: int) -> str:
    """Return the token with one character changed into another that may stand there."""
    replacement = "a" if token[index] != "a" else "b"
    return token[:index] + replacement + token[index + 1 :]


@pytest.mark.rule("RES-2")
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("GET", "/r/x"), ("GET", "/"), ("GET", "/nope"), ("PUT", "")])
async def test_every_answer_forbids_framing_leaking_and_keeping(helpdesk: Town, method: str, path: str) -> None:
    """No referrer, no cache, no frame, no script, no foreign host, whatever the answer is."""
    answer = await helpdesk.ask(method, path or helpdesk.link())
    policy = answer.headers["content-security-policy"]
    assert ("no-referrer", "no-store", "DENY", "nosniff") == tuple(
        answer.headers[name] for name in ("referrer-policy", "cache-control", "x-frame-options", "x-content-type-options")
    )
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text


@pytest.mark.rule("RES-2")
async def test_no_address_is_built_from_what_the_client_says(helpdesk: Town) -> None:
    """A false Host or X-Forwarded-Host stands nowhere in an answer, neither in a page nor in a header."""
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    for path in (helpdesk.link(), helpdesk.link() + "/", "/nope"):
        answer = await helpdesk.ask("GET", path, headers=headers)
        assert "evil.example" not in answer.text + str(answer.headers)


async def test_a_reason_may_be_long_but_not_endless(helpdesk: Town) -> None:
    """Two thousand characters are kept; a body over sixteen kilobytes is refused, and nothing is changed."""
    refused = await helpdesk.ask("POST", helpdesk.link(), body=b"reason=" + b"x" * 20_000)
    assert (413, "That was too long", State.RESOLVED) == (refused.status, title(refused.text), helpdesk.ticket().state)
    await helpdesk.press(helpdesk.link(), "y" * 3_000)
    assert 2_000 == len(str(helpdesk.house.journal()[-1]["reason"]))


@pytest.mark.parametrize("body", [b"", b"reason", b"%ff=%ff", b"reason=%00%0d%0a", b"&" * 50, b"\xff\xfe", b"reason=1&reason=2"])
async def test_odd_bodies_reopen_as_well(helpdesk: Town, body: bytes) -> None:
    """What a browser or a proxy makes of the form never ends in an error of ours."""
    answer = await helpdesk.ask("POST", helpdesk.link(), body=body)
    assert (200, State.IN_PROGRESS) == (answer.status, helpdesk.ticket().state)


@pytest.mark.rule("INT-4")
async def test_a_store_that_is_not_there_asks_to_try_again(helpdesk: Town) -> None:
    """503 with a page that says that nothing was changed, and when to come back; never the error's text."""
    helpdesk.site.desk = replace(helpdesk.site.desk, keyring=_Failing())  # type: ignore[arg-type]  # fails as the store would
    answer = await helpdesk.press("/r/1.1.k1.aaaaaaaaaaaaaaaaaaaaa")
    assert (503, "60", "Please try again in a minute") == (answer.status, answer.headers["retry-after"], title(answer.text))
    assert "secret path" not in answer.text


class _Failing:
    """A keyring whose use fails."""

    def verify(self, *arguments: object, **named: object) -> bool:
        """Fail."""
        raise StoreUnavailable("secret path /var/lib")


@pytest.mark.rule("ACK-4")
async def test_an_administrators_broken_page_is_replaced_by_ours(helpdesk: Town, tmp_path: Path) -> None:
    """A template that fails does not keep a user from re-opening."""
    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "reopen.html").write_text("{{ no_such_value }}")
    helpdesk.site.pages = pages(tmp_path / "own")
    assert "Re-open your request" == title((await helpdesk.ask("GET", helpdesk.link())).text)


@pytest.mark.rule("ACK-4")
async def test_an_administrators_page_is_used(helpdesk: Town, tmp_path: Path) -> None:
    """His words, our layout, and everything escaped."""
    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "reopen.html").write_text(
        '{% extends "layout.html" %}{% block body %}<h1>Croeso {{ "<b>" }}</h1>{% endblock %}'
    )
    helpdesk.site.pages = pages(tmp_path / "own")
    assert "Croeso &lt;b&gt;" == title((await helpdesk.ask("GET", helpdesk.link())).text)
