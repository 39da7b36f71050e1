"""Rows from the dataset of a measure: they fit it, whatever it asks for, and come again."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import catalogue, check, load_measure
from fedqi.measures import Measure, parse_measure
from fedqi.synthetic import SPREAD, synthetic_rows

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "fedqi" / "examples").rglob("*.yaml"))
MEASURES = catalogue()
SITES = ("a", "b")


def measure(columns: dict[str, Any], **more: Any) -> Measure:
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "Counted",
            "direction": "lower",
            "scoring": "proportion",
            "dataset": {"columns": columns},
            "numerator": "TRUE",
        }
        | more
    )


@pytest.mark.parametrize("name", [*MEASURES])
def test_rows_satisfy_the_dataset_and_some_count(tmp_path: Path, name: str) -> None:
    rows = synthetic_rows(MEASURES[name], SITES, 480, seed=3)["b"]
    assert len(rows) == 480
    path = tmp_path / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*MEASURES[name].dataset.columns])
        writer.writeheader()
        writer.writerows(rows)
    report = check(MEASURES[name], path)
    assert [each for each in report.findings if each.blocking] == []
    assert report.counted


def test_the_seed_gives_the_rows() -> None:
    falls = MEASURES["falls"]
    first, again = (synthetic_rows(falls, SITES, 20, seed=1) for _ in range(2))
    assert first == again
    assert first != synthetic_rows(falls, SITES, 20, seed=2)
    assert first["a"] != first["b"]


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        ({}, 0, SPREAD),
        ({"min": 1000}, 1000, 1000 + SPREAD),
        ({"min": -50, "max": 5}, 0, 5),
        ({"min": -50, "max": -5}, -50, -5),
        ({"max": -5}, -5 - SPREAD, -5),
        ({"min": 0, "max": 20_160}, 0, SPREAD),
    ],
)
def test_numbers_lie_where_they_may(bounds: dict[str, float], low: int, high: int) -> None:
    made = measure({"n": {"type": "integer"} | bounds, "x": {"type": "number"} | bounds})
    for row in synthetic_rows(made, SITES, 300, seed=1)["a"]:
        assert low <= row["n"] <= high
        assert low <= row["x"] <= high


def test_texts_that_criteria_name_occur() -> None:
    made = measure(
        {"unit": {"type": "string"}, "code": {"type": "string"}},
        numerator="unit IN ('icu', 'o''hare') OR code LIKE 'I50%'",
    )
    rows = synthetic_rows(made, SITES, 300, seed=1)["a"]
    assert {row["unit"] for row in rows} == {"icu", "o'hare", "I50", "other"}


def test_a_column_has_its_own_codes_and_no_name_of_a_list() -> None:
    columns = {"dx": {"type": "string"}, "ward": {"type": "string"}}
    lists = {"stroke": ["I63.0", "I63.1"], "brain": ["C71.0"]}
    asked = "upper(dx) IN code_list('stroke') OR dx IN code_list('brain') OR ward = 'A'"
    rows = synthetic_rows(measure(columns, code_lists=lists, numerator=asked), SITES, 200, 1)["a"]
    assert {row["dx"] for row in rows} == {"I63.0", "I63.1", "C71.0", "other"}
    assert {row["ward"] for row in rows} == {"A", "other"}


def test_events_are_part_of_their_total() -> None:
    made = measure(
        {"seen": {"type": "integer", "min": 1}, "late": {"type": "integer"}},
        denominator={"sum": "seen"},
        numerator={"sum": "seen - late"},
    )
    rows = synthetic_rows(made, SITES, 300, seed=1)["b"]
    assert all(0 <= row["late"] <= row["seen"] for row in rows)
    assert len({row["late"] for row in rows}) > 20


def test_dates_rise_and_only_what_may_be_missing_is() -> None:
    made = measure(
        {
            "came": {"type": "date"},
            "went": {"type": "date"},
            "sex": {"type": "string", "allowed": ["f", "m"], "required": False},
        }
    )
    rows = synthetic_rows(made, SITES, 300, seed=1)["a"]
    assert all(date(2023, 1, 1) <= row["came"] <= row["went"] for row in rows)
    assert {row["sex"] for row in rows} == {"f", "m", None}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_have_rows_of_their_own(path: Path) -> None:
    made = load_measure(path)
    rows = synthetic_rows(made, SITES, 50, seed=1)["a"]
    assert all(set(row) == set(made.dataset.columns) for row in rows)
    if made.dataset.key is not None:
        assert len({tuple(row[name] for name in made.dataset.key) for row in rows}) == 50
