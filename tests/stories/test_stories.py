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
