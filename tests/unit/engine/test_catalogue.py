"""The catalogue: what each measure counts, row by row, and that each cites its specification."""

import csv
from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import catalogue, check, find_measure, summarise
from fedqi.errors import DefinitionError
from tests.unit.catalogue_cases import CASES, CHAINS

MEASURES = catalogue()


def table(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def counted(name: str, folder: Path, rows: list[dict[str, Any]]) -> tuple[int, int]:
    totals = summarise(MEASURES[name], table(folder, rows)).provider_totals().values()
    return sum(cell.observed for cell in totals), sum(cell.denominator for cell in totals)


def keyed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with a key of its own where the measure has one of a single column."""
    key = MEASURES[name].dataset.key or ()
    return row if len(key) != 1 else {key[0]: "1", **row}


SINGLE = [
    pytest.param(name, base | changes, counts, id=f"{name}-{index}")
    for name, (base, cases) in CASES.items()
    for index, (changes, counts) in enumerate(cases)
]
CHAINED = [
    pytest.param(name, rows, counts, id=f"{name}-{index}")
    for name, cases in CHAINS.items()
    for index, (rows, counts) in enumerate(cases)
]


@pytest.mark.parametrize(("name", "row", "counts"), SINGLE)
def test_a_row_counts_as_its_specification_says(
    tmp_path: Path, name: str, row: dict[str, Any], counts: tuple[int, int]
) -> None:
    assert counted(name, tmp_path, [keyed(name, row)]) == counts


@pytest.mark.parametrize(("name", "rows", "counts"), CHAINED)
def test_stays_of_one_patient_count_as_the_specification_says(
    tmp_path: Path, name: str, rows: list[dict[str, Any]], counts: tuple[int, int]
) -> None:
    assert counted(name, tmp_path, rows) == counts


def test_every_measure_has_cases_and_a_source() -> None:
    assert set(CASES) | set(CHAINS) == set(MEASURES)
    for name, measure in MEASURES.items():
        assert measure.id == name
        assert measure.references, name


def test_a_part_of_the_same_events_has_their_lineage() -> None:
    other = {name: m.lineage for name, m in MEASURES.items() if m.lineage != name}
    assert other == {
        "door-to-balloon-minutes": "door-to-balloon",
        "hip-score-change": "hip-score-improvement",
        "length-of-stay": "prolonged-stay",
        "mortality-ami": "in-hospital-mortality",
        "readmission-30-day-hf": "readmission-30-day",
    }


def test_the_starter_pack_needs_one_table(tmp_path: Path) -> None:
    pack = ["in-hospital-mortality", "readmission-30-day", "prolonged-stay", "length-of-stay"]
    columns = [MEASURES[name].dataset.columns for name in pack]
    shared = {key: column for each in columns for key, column in each.items()}
    assert all(shared[key] == column for each in columns for key, column in each.items())
    row = CASES["in-hospital-mortality"][0] | {"stay_id": "1", "patient_id": "p"}
    path = table(tmp_path, [row])
    assert all(check(MEASURES[name], path).ok for name in pack)


def test_completeness_of_answers(tmp_path: Path) -> None:
    base, _ = CASES["hip-score-improvement"]
    rows = [base | {"operation_id": "1"}, base | {"operation_id": "2", "score_after": ""}]
    report = check(MEASURES["hip-score-improvement"], table(tmp_path, rows))
    assert [(each.found, each.expected) for each in report.completeness] == [(1, 2.0)]


def test_a_file_comes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_measure("falls") == MEASURES["falls"]
    Path("falls").write_text("id: own\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="title is missing"):
        find_measure("falls")
    with pytest.raises(DefinitionError, match=r"fals\.yaml: cannot be read"):
        find_measure("fals.yaml")
    with pytest.raises(DefinitionError, match="did you mean falls"):
        find_measure("fals")
