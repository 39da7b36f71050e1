"""The tables of docs/disclosure.md are those of the code."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from fedqi.disclosure import ATOM_TRANSITIONS, ATTEMPT_TRANSITIONS

PAGE = Path(__file__).parents[3] / "docs" / "disclosure.md"


def rows_below(heading: str) -> list[str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(heading) + 2
    end = next(place for place in range(start, len(lines)) if not lines[place].startswith("|"))
    return lines[start:end]


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("| state | event | next state |", ATOM_TRANSITIONS),
        ("| recorded so far | event | recorded then |", ATTEMPT_TRANSITIONS),
    ],
)
def test_the_documented_table_is_the_table_of_the_code(
    heading: str, table: Mapping[tuple[StrEnum, StrEnum], StrEnum]
) -> None:
    expected = [f"| {before} | {event} | {after} |" for (before, event), after in table.items()]
    assert rows_below(heading) == expected
