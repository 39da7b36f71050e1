"""Where the rows go is told by PostgreSQL as by DuckDB, for every measure of the catalogue."""

import csv
from pathlib import Path

import pytest

from fedqi.engine import catalogue
from fedqi.engine.attrition import attrition
from fedqi.synthetic import synthetic_rows
from tests.unit.engine.postgres.server import Server

MEASURES = catalogue()


@pytest.mark.parametrize("name", [*MEASURES])
def test_the_same_rows_are_left(server: Server, tmp_path: Path, name: str) -> None:
    path, measure = tmp_path / "rows.csv", MEASURES[name]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*measure.dataset.columns])
        writer.writeheader()
        writer.writerows(synthetic_rows(measure, ("a",), 300, seed=5)["a"])
    found = attrition(measure, path)
    assert found is not None
    assert found.steps[0].rows == 300
    assert attrition(measure, server.copy_of(path, "attrition")) == found
