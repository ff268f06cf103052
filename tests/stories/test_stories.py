"""Every story is played, and shows the rules that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.language import Story, StoryError, read
from tests.stories.runner import Wrong, play

STORIES = sorted(Path(__file__).parent.glob("*.story"))


def _parameter(path: Path) -> object:
    return pytest.param(path, id=path.stem, marks=pytest.mark.rule(*read(path).rules))


@pytest.mark.parametrize("path", [_parameter(path) for path in STORIES])
async def test_a_story_goes_as_it_is_told(path: Path, tmp_path: Path) -> None:
    """What the story says happens, at the time it says, and nobody gets a mail that it does not speak of."""
    await play(read(path), tmp_path / "maild")


def told(tmp_path: Path, text: str) -> Story:
    """Return a story that is told in the test itself."""
    path = tmp_path / "told.story"
    path.write_text(text, encoding="utf-8")
    return read(path)


async def test_a_story_that_goes_another_way_is_told_so_with_its_line(tmp_path: Path) -> None:
    """The failure names the line, what was expected, and what stands."""
    story = told(
        tmp_path, '# one\nat 2026-03-03 09:00\nmail from alice to helpdesk subject "x" body "y"\nexpect mail to alice template ack\n'
    )
    with pytest.raises(Wrong, match=r"line 4: expect mail to alice template ack"):
        await play(story, tmp_path / "maild")


async def test_a_mail_that_no_story_speaks_of_is_a_mistake(tmp_path: Path) -> None:
    """Nobody gets a mail by the way."""
    story = told(tmp_path, '# one\nat 2026-03-03 09:00\nmail from alice to helpdesk subject "x" body "y"\n')
    with pytest.raises(Wrong, match="mails that the story does not speak of"):
        await play(story, tmp_path / "maild")


def test_a_word_that_is_no_verb_is_refused(tmp_path: Path) -> None:
    """A slip of the pen is no story."""
    with pytest.raises(StoryError, match="line 2: 'expct' is no verb"):
        told(tmp_path, "# one\nexpct no mail\n")
