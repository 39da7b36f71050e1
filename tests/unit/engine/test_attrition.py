"""Where the rows go, criterion by criterion, and what of it looks unlikely over time."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from fedqi.engine import split
from fedqi.engine.attrition import Attrition, PeriodRows, attrition
from fedqi.engine.plausibility import doubts
from fedqi.mapping import parse_mapping
from fedqi.measures import parse_measure

MEASURE = parse_measure(
    yaml.safe_load("""
fedqi: 1
id: returns
version: 1.0.0
title: Readmitted
direction: lower
scoring: proportion
dataset:
  grain: stay
  time: {anchor: day, grain: quarter}
  columns:
    day: {type: date}
    age: {type: number, min: 0, max: 120}
    sex: {type: string, allowed: [female, male], required: false}
    back: {type: boolean}
initial_population: "age >= 18"
denominator_exclusion: "age > 100"
missing: {sex: exclude}
numerator: back
""")
)
HEADER = "site,day,age,sex,back\n"
ROWS = (
    "n,2023-01-05,40,female,yes\n"
    "n,2023-02-05,40,female,no\n"
    "n,2023-05-05,99,male,no\n"
    "n,2023-02-06,40,,no\n"
    "n,2023-02-06,101,male,yes\n"
    "n,2023-02-06,17,male,yes\n"
)


def table(folder: Path, text: str = HEADER + ROWS) -> Path:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(found: Attrition | None) -> list[tuple[str, int]]:
    assert found is not None
    return [(step.key, step.rows) for step in found.steps]


def test_every_criterion_takes_its_rows(tmp_path: Path) -> None:
    found = attrition(MEASURE, table(tmp_path))
    assert rows_of(found) == [
        ("rows", 6),
        ("initial_population", 5),
        ("denominator_exclusion", 4),
        ("missing", 3),
        ("numerator", 1),
    ]
    assert found is not None
    assert found.periods == (
        PeriodRows("2023-Q1", (5, 4, 3, 2, 1)),
        PeriodRows("2023-Q2", (1, 1, 1, 1, 0)),
    )
    assert found.counted == {"2023-Q1": 2, "2023-Q2": 1}


def test_what_cannot_be_read_is_missing_and_stops_nothing(tmp_path: Path) -> None:
    text = HEADER + ROWS + "n,soon,40,male,no\nn,2023-05-06,old,male,no\n"
    found = attrition(MEASURE, table(tmp_path, text))
    assert rows_of(found)[:2] == [("rows", 8), ("initial_population", 6)]
    assert found is not None
    assert found.periods[-1] == PeriodRows(None, (1, 1, 1, 1, 0))


def test_each_site_of_a_shared_table_has_its_own(tmp_path: Path) -> None:
    sources = split(table(tmp_path, HEADER + ROWS + "s,2023-05-06,50,male,no\n"), by="site")
    assert [rows_of(attrition(MEASURE, each))[0][1] for each in sources.values()] == [6, 1]


def test_a_table_without_a_column_has_none_and_one_that_need_not_be_there_is_told(
    tmp_path: Path,
) -> None:
    assert attrition(MEASURE, table(tmp_path, "day,age\n2023-01-05,40\n")) is None
    found = attrition(MEASURE, table(tmp_path, "day,age,back\n2023-01-05,40,yes\n"))
    assert found is not None
    assert found.absent == ("sex",)


def test_tables_under_a_mapping_are_followed_alike(tmp_path: Path) -> None:
    table(tmp_path)
    names = ("day", "age", "sex", "back")
    kinds = dict(zip(names, ("date", "number", "string", "boolean"), strict=True))
    mapping = parse_mapping(
        {
            "fedqi_mapping": 1,
            "id": "own",
            "title": "The hospital's stays",
            "tables": {"rows": {"columns": kinds}},
            "datasets": {"stay": {"from": "rows", "columns": {each: each for each in names}}},
        }
    )
    assert rows_of(attrition(MEASURE, tmp_path, mapping=mapping))[-1] == ("numerator", 1)


TODAY = date(2024, 8, 1)


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ({"2023-Q1": 30, "2023-Q2": 40, "2023-Q3": 40, "2023-Q4": 40}, ()),
        (
            {"2023-Q1": 19, "2023-Q2": 40, "2023-Q3": 40, "2023-Q4": 40},
            ("2023-Q1: 19 rows in the denominator, fewer than half of the usual 40",),
        ),
        # The quarter that is not over is small because it is not over.
        ({"2023-Q3": 40, "2023-Q4": 40, "2024-Q1": 40, "2024-Q2": 40, "2024-Q3": 3}, ()),
        # Of few rows chance makes half as many.
        ({"2023-Q1": 1, "2023-Q2": 9, "2023-Q3": 9, "2023-Q4": 9}, ()),
        (
            {"2022-Q4": 9, "2023-Q2": 9, "2024-Q1": 9},
            (
                "2023-Q1: no rows at all, between periods that have some",
                "2023-Q3 to 2023-Q4: no rows at all, between periods that have some",
            ),
        ),
        (
            {"2024-Q3": 9, "2024-Q4": 9, "2025-Q1": 1},
            ("2024-Q4 to 2025-Q1: rows of periods that begin after today",),
        ),
    ],
)
def test_doubts(counted: dict[str, int], told: tuple[str, ...]) -> None:
    periods = tuple(PeriodRows(each, (n, n, n, 0)) for each, n in counted.items())
    # Rows, stages and numerator; what counts is the last but one.
    assert doubts(MEASURE, Attrition((), periods), TODAY) == told


def test_rows_without_a_date_are_told() -> None:
    found = Attrition((), (PeriodRows("2023-Q1", (5, 5, 0)), PeriodRows(None, (1, 1, 0))))
    assert doubts(MEASURE, found, TODAY) == ("1 row without a date, which belong to no period",)
