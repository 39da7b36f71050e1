"""The protocol's document and its code name the same clauses, transitions and numbers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fedqi.secagg import default_collusion_bound, group_minimum, reconstruction_threshold
from fedqi.secagg.neighbourhood import Neighbourhood, neighbourhood
from fedqi.secagg.parameters import COMPLETE_UP_TO
from fedqi.secagg.transitions import (
    AGGREGATOR_TRANSITIONS,
    SITE_TRANSITIONS,
    Phase,
    SitePhase,
    Transition,
)

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
CLAUSES = set(re.findall(r"^- (\d+\.\d+) ", DOCUMENT, re.MULTILINE))
NOT_CODE = set(re.findall(r"^- (\d+\.\d+) \*\(not code\)\* ", DOCUMENT, re.MULTILINE))
SOURCES = sorted(
    path
    for folder in ("fedqi", "site_agent", "aggregator")
    for path in (ROOT / folder).rglob("*.py")
)
CITATION = re.compile(r"# protocol (\d+\.\d+(?:, \d+\.\d+)*)")


def cited_in(source: Path) -> set[str]:
    found = CITATION.findall(source.read_text(encoding="utf-8"))
    return {clause for cited in found for clause in cited.split(", ")}


def table_of(rows: Sequence[Transition]) -> str:
    lines = ["| in | on | goes to | emits | clause |", "|---|---|---|---|---|"]
    for row in rows:
        reached = " or ".join(row.targets)
        lines.append(f"| {row.source} | {row.event} | {reached} | {row.outputs} | {row.clause} |")
    return "\n".join(lines)


def test_every_cited_clause_exists() -> None:
    wrong = {source.name: cited_in(source) - CLAUSES for source in SOURCES}
    assert {name: clauses for name, clauses in wrong.items() if clauses} == {}


def test_every_clause_is_cited_or_marked_as_no_code() -> None:
    cited = set().union(*map(cited_in, SOURCES))
    assert len(cited) > 50
    assert sorted(CLAUSES - cited - NOT_CODE) == []
    assert sorted(cited & NOT_CODE) == []


def test_clauses_are_numbered_without_gaps_or_repetition() -> None:
    numbers = re.findall(r"^- (\d+)\.(\d+) ", DOCUMENT, re.MULTILINE)
    assert len(numbers) == len(set(numbers))
    for chapter in {chapter for chapter, _ in numbers}:
        own = [int(number) for found, number in numbers if found == chapter]
        assert own == list(range(1, len(own) + 1)), chapter


@pytest.mark.parametrize(
    ("role", "rows"), [("site", SITE_TRANSITIONS), ("aggregator", AGGREGATOR_TRANSITIONS)]
)
def test_the_document_has_the_table_of_transitions(role: Any, rows: Any) -> None:
    printed = re.search(rf"<!-- {role} transitions -->\n(.*?)\n<!-- end -->", DOCUMENT, re.DOTALL)
    assert printed is not None
    assert printed[1] == table_of(rows)
    assert {row.clause for row in rows} <= CLAUSES


def test_every_phase_is_reached_or_final() -> None:
    reached = {target for row in SITE_TRANSITIONS for target in row.targets}
    assert set(SitePhase) - reached == {SitePhase.NEW, SitePhase.ERASED}
    reached = {target for row in AGGREGATOR_TRANSITIONS for target in row.targets}
    assert set(Phase) - reached == {Phase.ADVERTISING, Phase.ABORTED}


def test_the_table_of_numbers_is_computed() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    assert len(rows) == 9
    for row in rows:
        members, bound, threshold, minimum, dropouts = map(int, row)
        assert bound == default_collusion_bound(members)
        assert threshold == reconstruction_threshold(members, bound)
        assert minimum == group_minimum(bound, 2)
        assert dropouts == members - max(threshold, minimum)


def test_the_table_of_neighbourhoods_is_computed() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    assert [row[0] for row in rows] == ["201", "500", "1,000", "2,305", "5,000"]
    for sites, holders, threshold in rows:
        members = int(sites.replace(",", ""))
        found = neighbourhood(members, default_collusion_bound(members), COMPLETE_UP_TO)
        assert found == Neighbourhood(int(holders), int(threshold))


def test_the_threat_model_names_tests_and_clauses_that_exist() -> None:
    named = re.findall(r"`(test_\w+)`", THREATS)
    defined = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in defined] == []
    cited = re.findall(r"\| (\d+\.\d+(?:, \d+\.\d+)*) \|", THREATS)
    assert {clause for cell in cited for clause in cell.split(", ")} <= CLAUSES
