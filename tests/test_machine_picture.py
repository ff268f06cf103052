"""The picture of the state machine in the documentation is the machine's."""

from __future__ import annotations

import pytest

from maild.policy.machine import TABLE
from maild.policy.ticket import State
from tests.machine_picture import PICTURE, picture


@pytest.mark.rule("STA-1")
def test_the_picture_is_drawn_from_the_table() -> None:
    """Whoever changes the table draws it anew: python -m tests.machine_picture --write."""
    assert PICTURE.read_text(encoding="utf-8") == picture()


@pytest.mark.rule("STA-1")
def test_the_picture_names_every_event_and_state() -> None:
    """Nothing is left out of the tables."""
    text = picture()
    assert [] == [event.__name__ for event in TABLE if f"## {event.__name__}\n" not in text]
    assert [] == [state.value for state in State if f'state "{state.value}"' not in text]
