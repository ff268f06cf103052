"""The pages in a real Chromium: without JavaScript, on a phone, with a keyboard, and as a screen reader finds them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.daemon import Daemon, write_config
from tests.support.letters import letter
from tests.support.sink import RecordingSink, recording_sink
from tests.web.browser import DESK, PHONE, chromium, complaints

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
TABLES = {
    "web": {"listen": "127.0.0.1:0", "base_url": "https://desk.example"},
    "links": {"https": True},
    "contacts": {"helpdesk_name": "Ward IT Helpdesk", "phone": "0333 496 0000"},
}
SHOTS = os.environ.get("MAILD_SHOTS", "")  # a folder for screenshots, for who wants to look


@pytest.fixture(scope="module")
def relay() -> Iterator[RecordingSink]:
    """A relay that takes every mail."""
    with recording_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, relay: RecordingSink) -> Iterator[Daemon]:
    """A daemon with a web server."""
    folder: Path = tmp_path_factory.mktemp("web")
    with Daemon(write_config(folder / "maild", {**TABLES, "relay": {"to": relay.url}})) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as running:
        yield running


@pytest.fixture(params=["desk", "phone"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser without JavaScript, on a desk and on a phone."""
    phone = request.param == "phone"
    made = browser.new_context(java_script_enabled=False, viewport=PHONE if phone else DESK, has_touch=phone)
    yield made
    made.close()


def links(daemon: Daemon, relay: RecordingSink) -> dict[str, str]:
    """Return the re-open and confirm addresses of a new resolved ticket, at the daemon's own port."""
    before = len(relay.deliveries)
    daemon.send(letter(subject=f"Printer {before}"))
    daemon.wait_done()
    reference = max(ticket["reference"] for ticket in daemon.json("ticket", "list"))
    assert daemon.command_line("ticket", "resolve", reference, "New toner.").exit_code == 0
    daemon.wait_done()
    raw = relay.deliveries[-1].raw.replace(b"=\r\n", b"").decode()
    found = re.findall(r"https://desk\.example(/[rc]/[a-z0-9.]+)", raw)
    base = f"http://{daemon.addresses('web')[0]}"
    return {"reference": reference, **{"reopen" if path.startswith("/r/") else "confirm": base + path for path in found}}


def state(daemon: Daemon, reference: str) -> str:
    """Return the ticket's state."""
    return str(daemon.json("ticket", "show", reference)[0]["state"])


def look(page: Page, name: str) -> list[str]:
    """Return what is wrong with the page; it is kept as a picture where somebody wants to look."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    return complaints(page)


@pytest.mark.rule("RES-2", "RES-4")
def test_a_person_reopens_without_javascript(daemon: Daemon, relay: RecordingSink, context: BrowserContext) -> None:
    """Opening the link changes nothing; the button, pressed after a reason is typed, re-opens; a reload of the answer does no harm."""
    there = links(daemon, relay)
    page = context.new_page()
    page.goto(there["reopen"])
    assert "Resolved" == state(daemon, there["reference"])
    page.get_by_label("What is still wrong?").fill("It prints <blank> pages.")
    with page.expect_navigation():
        page.get_by_role("button", name="Re-open my request").click()
    assert "We have re-opened your request" == page.get_by_role("heading", level=1).inner_text()
    assert "In Progress" == state(daemon, there["reference"])
    assert "It prints <blank> pages." in [
        entry["data"].get("reason") for entry in daemon.json("ticket", "show", there["reference"])[0]["journal"]
    ]
    page.reload()
    assert "Your request is open already" == page.get_by_role("heading", level=1).inner_text()


@pytest.mark.rule("RES-2", "RES-4")
def test_a_person_confirms_with_the_keyboard_alone(daemon: Daemon, relay: RecordingSink, browser: Browser) -> None:
    """Tab leads to the one button, its focus can be seen, and Enter presses it."""
    there = links(daemon, relay)
    page = browser.new_page()
    page.goto(there["confirm"])
    page.keyboard.press("Tab")
    focused = page.evaluate("() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert (["BUTTON", "solid"], "Closed") == (focused, state(daemon, there["reference"]))


@pytest.mark.rule("RES-2")
def test_a_browser_that_opens_prefetches_and_runs_scripts_changes_nothing(daemon: Daemon, relay: RecordingSink, browser: Browser) -> None:
    """A scanner with a whole browser opens both links; no page of ours has or runs a script, and the policy allows none."""
    there = links(daemon, relay)
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for _ in range(5):
        for name in ("reopen", "confirm"):
            page.goto(there[name], wait_until="networkidle")
    assert page.evaluate("() => document.scripts.length") == 0
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'document.forms[0].submit()'; document.body.append(s); }"
    )
    assert ("Resolved", True) == (state(daemon, there["reference"]), any("Content Security Policy" in each for each in refused))


@pytest.mark.rule("RES-2")
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_can_be_used_by_everybody(daemon: Daemon, relay: RecordingSink, browser: Browser, size: str) -> None:
    """Language, headings, landmarks, labels, contrast, size for thumbs, no scrolling sideways, and our style is allowed by our policy."""
    there = links(daemon, relay)
    context = browser.new_context(viewport=PHONE if size == "phone" else DESK)
    page = context.new_page()
    complained: list[str] = []
    page.on("console", lambda message: complained.append(message.text))
    found: dict[str, list[str]] = {}
    for name in ("confirm", "reopen"):
        page.goto(there[name])
        found[f"{name}-ready"] = look(page, f"{size}-{name}-ready")
        with page.expect_navigation():
            page.get_by_role("button").click()
        found[f"{name}-done"] = look(page, f"{size}-{name}-done")
    page.goto(there["reopen"])
    found["reopen-open"] = look(page, f"{size}-reopen-open")
    assert page.evaluate("() => getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(0, 94, 184)"
    assert complained == []
    for name, path in (("unknown", "/r/1.1.k1.aaaaaaaaaaaaaaaaaaaaa"), ("nowhere", "/nowhere")):
        page.goto(f"http://{daemon.addresses('web')[0]}{path}")
        found[name] = look(page, f"{size}-{name}")
    context.close()
    assert {name: [] for name in found} == found
