"""The HTML of every mail as a phone shows it, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from maild.render import TEMPLATES, OutgoingMail
from maild.render.samples import SAMPLES
from tests.render.test_renderer import BUILT_IN, a_mail, part

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
LONG = "alice.ward@the-very-long-name-of-a-mid-northern-university-hospitals-trust.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all mails."""
    from tests.web.browser import chromium

    with chromium() as made:
        yield made


def mails() -> list[OutgoingMail]:
    """Return every mail with every sample; a team's with addresses that are wider than a phone."""
    made = [a_mail(template, context) for template in TEMPLATES for context in SAMPLES[template]]
    contexts = [context for context in SAMPLES["team"] if context.team is not None]
    teams = [replace(each.team, requester=LONG, happened=LONG, new_text=LONG, participants=(LONG,)) for each in contexts if each.team]
    return made + [a_mail("team", replace(contexts[0], team=team)) for team in teams]


@pytest.mark.rule("ACK-1", "AGT-2")
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_mail_is_wider_than_the_screen(browser: Browser, width: int) -> None:
    """Nobody scrolls sideways to read, and no letter is smaller than 14 pixels."""
    page = browser.new_page(viewport={"width": width, "height": 640})
    for mail in mails():
        page.set_content(part(BUILT_IN.render(mail), "html"))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), mail.template
        sizes = "[...document.querySelectorAll('body, body *')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
        assert min(page.evaluate(sizes)) >= 13
    page.close()
