"""The pages' templates: ours are whole, and what is wrong with an administrator's is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from maild.desk.links import Outcome
from maild.web.pages import samples
from tests.web.site import pages


def own(folder: Path, **files: str) -> Path:
    """Return a template folder with these pages."""
    (folder / "web").mkdir()
    for name, text in files.items():
        (folder / "web" / f"{name}.html").write_text(text)
    return folder


@pytest.mark.rule("ACK-4")
def test_our_pages_have_no_mistake() -> None:
    """Every page with every outcome, in every language there is."""
    assert [] == pages().mistakes()


def test_the_samples_know_every_outcome() -> None:
    """A new outcome needs its words on both pages."""
    told = {(name, values["outcome"]) for name, values in samples() if "outcome" in values}
    assert {(name, str(outcome)) for name in ("reopen", "confirm") for outcome in Outcome} == told


@pytest.mark.rule("ACK-4", "OPS-2")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ no_such }}", "UndefinedError"),
        ("<h1>{{ outcome }}</h1>", 'the page has no form with method="post" and a button'),
        ('<form method="get"><button>x</button></form>', 'the page has no form with method="post" and a button'),
        ("{{ ().__class__.__mro__ }}", "SecurityError"),
    ],
)
def test_a_broken_page_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    """``maild check`` prints it; the daemon would show our page instead."""
    found = pages(own(tmp_path, reopen=text)).mistakes()
    assert found
    assert all(says in mistake.text and mistake.file.endswith("reopen.html") for mistake in found)


@pytest.mark.rule("RES-3")
def test_a_page_shows_the_time_as_people_say_it() -> None:
    """In the helpdesk's zone, with the weekday."""
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert "until Wednesday 1 July, 13:30" in pages().page("reopen", {"outcome": "ready", "reference": "INC0000001", "until": at})
