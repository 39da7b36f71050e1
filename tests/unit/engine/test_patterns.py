"""Unique covariate patterns with counts, from rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import load_measure, summarise
from fedqi.errors import DataQualityError, DefinitionError
from fedqi.measures import PatternTable
from tests.unit.engine.tables import changed, measure, write

RISK = {"terms": ["planned", "age"]}


def tables(path: Path, **changes: Any) -> dict[str, dict[str, PatternTable]]:
    found = summarise(measure(risk_model=RISK, **changes), path).patterns
    return {provider: dict(series) for provider, series in found.items()}


def test_patterns_per_provider_and_period(tmp_path: Path) -> None:
    path = write(
        tmp_path / "stays.csv", changed(1, planned="true", age="70", discharged="2016-04-03")
    )
    found = tables(path)
    assert found["A"]["2016-04"] == PatternTable({"planned": (1.0,), "age": (70.0,)}, (2,), (2,))
    assert found["B"]["2016-04"] == PatternTable({"planned": (0.0,), "age": (66.0,)}, (1,), (1,))
    assert found["B"]["2016-05"].events == (0,)


def test_patterns_add_up_to_the_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "stays.csv", changed(1, planned="1"))
    summary = summarise(measure(risk_model=RISK), path)
    for provider, series in summary.cells.items():
        for period, cell in series.items():
            table = summary.patterns[provider][period]
            assert (sum(table.events), sum(table.patients)) == (cell.observed, cell.denominator)


def test_a_covariate_without_a_value_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "stays.csv", changed(0))
    with pytest.raises(DataQualityError, match="1 row with no value of planned, a covariate"):
        tables(path)


def test_missing_values_as_a_level_or_excluded(tmp_path: Path) -> None:
    path = write(tmp_path / "stays.csv", changed(0))
    as_level = tables(path, missing={"planned": "category"})
    assert as_level["A"]["2016-07"].values["planned"] == (2.0,)
    assert "2016-07" not in tables(path, missing={"planned": "exclude"})["A"]


def test_a_model_of_the_intercept_alone_is_one_pattern(tmp_path: Path) -> None:
    dataset = {"columns": {"died": {"type": "boolean"}}}
    wanted = measure(dataset=dataset, code_lists=None, numerator="died", risk_model={})
    found = summarise(wanted, write(tmp_path / "t.csv", [("1",), ("0",), ("1",)], ("died",)))
    assert found.patterns == {"": {"all": PatternTable({}, (3,), (2,))}}


def test_no_patterns_without_a_risk_model(tmp_path: Path) -> None:
    assert summarise(measure(), write(tmp_path / "stays.csv", changed(0))).patterns == {}


def test_restricted_to_periods(tmp_path: Path) -> None:
    path = write(tmp_path / "stays.csv", changed(1, planned="1"))
    kept = summarise(measure(risk_model=RISK), path).restricted({"2016-05"})
    assert [list(series) for series in kept.patterns.values()] == [[], ["2016-05"]]


def written(folder: Path, coefficients: str) -> Path:
    path = folder / "measure.yaml"
    path.write_text(
        "fedqi: 1\nid: a\nversion: 1.0.0\ntitle: A\ndirection: none\nscoring: proportion\n"
        "dataset: {columns: {age: {type: number, min: 0, max: 120}}}\nnumerator: age > 64\n"
        f"risk_model: {{terms: [age], coefficients: {coefficients}}}\n"
    )
    return path


def test_frozen_coefficients_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "frozen.json").write_text(json.dumps({"(Intercept)": -3, "age": 0.02}))
    model = load_measure(written(tmp_path, "frozen.json")).risk_model
    assert model is not None
    assert model.coefficients == {"(Intercept)": -3.0, "age": 0.02}


@pytest.mark.parametrize("name", ["../frozen.json", "none.json", "measure.yaml"])
def test_frozen_coefficients_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(DefinitionError):
        load_measure(written(tmp_path, name))


def test_events_of_a_rate_whose_pattern_has_no_exposure_are_refused(tmp_path: Path) -> None:
    rate = {"scoring": "rate", "exposure": {"sum": "CASE WHEN age > 69 THEN 0 ELSE 3 END"}}
    path = write(tmp_path / "stays.csv", changed(1, planned="1", age="70"))
    with pytest.raises(DataQualityError, match="alike in the risk model have an exposure of 0"):
        tables(path, **rate)
