"""Completeness: the cases that count beside those that were to be expected."""

from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import DataQualityReport, check
from fedqi.engine.report import Problem
from fedqi.errors import DefinitionError
from fedqi.measures.explain import explained
from tests.unit.engine.tables import counts, measure, write

EVERYBODY = {"expected": {"sum": "1"}}
PROM = [
    ("1", "p1", "A", "2016-04-01", "2016-04-02", "70", "1", "I50.9", "true"),
    ("2", "p2", "A", "2016-04-01", "2016-04-02", "70", "", "I50.9", "true"),
    ("3", "p3", "B", "2016-04-01", "2016-04-02", "70", "", "J18", "true"),
    ("4", "p4", "B", "2016-05-01", "2016-05-02", "70", "", "I50.9", "no"),
]


def checked(folder: Path, **changes: Any) -> DataQualityReport:
    return check(measure(**changes), write(folder / "stays.csv", PROM))


def told(report: DataQualityReport) -> list[tuple[str, int, float]]:
    return [(each.period, each.found, each.expected) for each in report.completeness]


def test_who_lacks_a_value_lacks_and_who_is_excluded_does_not(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        ascertainment=EVERYBODY,
        initial_population="planned",
        denominator_exclusion="diagnosis = 'J18'",
        denominator="beds IS NOT NULL",
    )
    assert told(report) == [("2016-04", 1, 2.0)]
    assert str(report.completeness[0]) == "completeness 2016-04: 1 of 2 expected (50.0 %)"
    assert report.to_dict()["completeness"][0]["found"] == 1


def test_a_period_in_which_nobody_counts_is_told_too(tmp_path: Path) -> None:
    report = checked(tmp_path, ascertainment=EVERYBODY, missing={"beds": "exclude"})
    assert told(report) == [("2016-04", 1, 3.0), ("2016-05", 0, 1.0)]


def test_counts_beside_registered_cases(tmp_path: Path) -> None:
    columns: dict[str, dict[str, Any]] = {
        name: {"type": "number", "required": False} for name in ("events", "patients", "known")
    }
    own = counts(dataset={"columns": columns}, ascertainment={"expected": {"sum": "known"}})
    rows = [("1", "9", "10"), ("2", "20", ""), ("0", "5", "-1")]
    report = check(own, write(tmp_path / "c.csv", rows, ("events", "patients", "known")))
    assert told(report) == [("all", 34, 10.0)]
    assert report.ok
    found = [f for f in report.findings if f.problem is Problem.ASCERTAINMENT]
    assert str(found[0]) == "no usable number of expected cases in 2 rows; they count as none"


def test_nothing_expected_has_no_share(tmp_path: Path) -> None:
    report = checked(tmp_path, ascertainment={"expected": {"sum": "0"}})
    assert report.completeness[0].share is None
    assert str(report.completeness[0]) == "completeness 2016-04: 3 of 0 expected"


def test_its_expression_is_checked() -> None:
    with pytest.raises(DefinitionError, match=r"ascertainment\.expected\.sum, 1:1: 'bedz'"):
        measure(ascertainment={"expected": {"sum": "bedz"}})


def test_without_an_ascertainment_nothing_is_told(tmp_path: Path) -> None:
    assert checked(tmp_path).completeness == ()


def test_completeness_in_plain_words() -> None:
    told = dict(explained(measure(ascertainment={"expected": {"sum": "beds * 2"}})))
    assert "beside beds × 2, added up" in told["Completeness"][0]
