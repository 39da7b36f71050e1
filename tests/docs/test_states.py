"""The tables of transitions in the documents are the ones the sessions obey."""

from collections.abc import Sequence

import pytest

from fedqi.secagg.transitions import AGGREGATOR_TRANSITIONS, SITE_TRANSITIONS, Transition
from tests.architecture import sources


def rendered(table: Sequence[Transition]) -> str:
    lines = ["| in | on | goes to | gives | clause |", "|---|---|---|---|---|"]
    for row in table:
        goals = ", ".join(row.targets)
        lines.append(f"| {row.source} | {row.event} | {goals} | {row.outputs} | {row.clause} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("table", [SITE_TRANSITIONS, AGGREGATOR_TRANSITIONS], ids=["site", "agg"])
def test_the_document_shows_the_table(table: Sequence[Transition]) -> None:
    assert rendered(table) in (sources.ROOT / "docs/states.md").read_text("utf-8")
