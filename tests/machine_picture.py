"""``docs/machine.md``: the state machine's picture and table, drawn from the one table in ``maild/policy/machine.py`` (STA-1).

``python -m tests.machine_picture --write`` draws it anew; a test holds it current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from maild.policy.events import Event
from maild.policy.machine import TABLE, Cell
from maild.policy.ticket import State

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "machine.md"
HEAD = """# The state machine

Drawn from `TABLE` in `maild/policy/machine.py` by `python -m tests.machine_picture --write`; a test holds it current. Every state ×
event has a cell: what is done, and the states that the ticket may be in afterwards. What keeps the state is left out of the picture and
stands in the tables below it.
"""


def picture() -> str:
    """Return the whole page."""
    return "\n".join((HEAD, *_diagram(), "", *_tables())) + "\n"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in State:
        yield f'    state "{state.value}" as {_id(state)}'
    yield f"    [*] --> {_id(State.NEW)}: RequestReceived"
    arrows: dict[tuple[State, State], list[str]] = {}
    for event, row in TABLE.items():
        for state, cell in row.items():
            for target in cell.to:
                if target is not state:
                    arrows.setdefault((state, target), []).append(event.__name__)
    for (state, target), names in arrows.items():
        yield f"    {_id(state)} --> {_id(target)}: {', '.join(names)}"
    yield f"    {_id(State.CANCELLED)} --> [*]"
    yield "```"


def _tables() -> Iterator[str]:
    for event, row in TABLE.items():
        yield f"## {event.__name__}"
        yield ""
        yield _about(event)
        yield ""
        yield "| state | what is done | leads to |"
        yield "|---|---|---|"
        for states, cell in _alike(row):
            yield f"| {', '.join(state.value for state in states)} | {cell.says} | {_targets(states, cell)} |"
        yield ""


def _alike(row: dict[State, Cell]) -> list[tuple[list[State], Cell]]:
    """Return the row's cells, states that are treated alike together."""
    found: list[tuple[list[State], Cell]] = []
    for state, cell in row.items():
        for states, other in found:
            if (other.says, other.actions) == (cell.says, cell.actions) and _targets([state], cell) == _targets(states[:1], other):
                states.append(state)
                break
        else:
            found.append(([state], cell))
    return found


def _targets(states: list[State], cell: Cell) -> str:
    """Return the states that a cell leads to, "stays" for the one it came from."""
    return ", ".join("stays" if target is states[0] else target.value for target in cell.to)


def _about(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())


def _id(state: State) -> str:
    return state.value.replace(" ", "")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PICTURE.write_text(picture(), encoding="utf-8")
    else:
        sys.stdout.write(picture())
