"""What a Parquet file's statistics answer must be what its rows would."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from fedqi.engine import check
from fedqi.engine.report import Problem
from tests.unit.engine.tables import measure

COLUMNS: dict[str, dict[str, Any]] = {
    "n": {"type": "number", "min": 0, "max": 10},
    "i": {"type": "integer", "allowed": [0, 1, 2]},
    "s": {"type": "string", "allowed": ["a", "b"]},
    "d": {"type": "date"},
}
GOOD = ("1.5", "1", "'a'", "DATE '2020-01-01'")
KINDS = ("DOUBLE", "INTEGER", "VARCHAR", "DATE")


def found(path: Path, *cells: str, kinds: tuple[str, ...] = KINDS) -> dict[tuple[str, str], int]:
    """Return the findings about a table with one row of these cells among 5,000 others."""
    cast = ", ".join(
        f"CAST({{}} AS {kind}) AS {name}" for kind, name in zip(kinds, COLUMNS, strict=True)
    )
    rows = f"SELECT {cast.format(*GOOD)} FROM range(5000) UNION ALL SELECT {cast.format(*cells)}"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    report = check(measure(dataset={"columns": COLUMNS}, code_lists=None, numerator="i = 1"), path)
    assert report.rows == 5001
    return {(f.problem.value, str(f.column)): f.rows for f in report.findings}


@pytest.mark.parametrize(
    ("place", "cell", "problem"),
    [
        (0, "NULL", Problem.MISSING_VALUE),
        (0, "'nan'", Problem.MISSING_VALUE),
        (0, "'inf'", Problem.WRONG_TYPE),
        (0, "-0.5", Problem.OUTSIDE),
        (0, "11", Problem.OUTSIDE),
        (1, "NULL", Problem.MISSING_VALUE),
        (1, "3", Problem.OUTSIDE),
        (2, "NULL", Problem.MISSING_VALUE),
        (2, "''", Problem.MISSING_VALUE),
        (2, "'c'", Problem.OUTSIDE),
        (3, "NULL", Problem.MISSING_VALUE),
    ],
)
def test_one_fault_among_many_rows(tmp_path: Path, place: int, cell: str, problem: Problem) -> None:
    cells = [*GOOD[:place], cell, *GOOD[place + 1 :]]
    assert found(tmp_path / "t.parquet", *cells) == {(problem.value, "nisd"[place]): 1}


def test_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path / "t.parquet", *GOOD) == {}


@pytest.mark.parametrize("kind", ["DECIMAL(9, 3)", "FLOAT", "VARCHAR", "SMALLINT"])
def test_a_number_of_another_type(tmp_path: Path, kind: str) -> None:
    kinds = (kind, *KINDS[1:])
    assert found(tmp_path / "t.parquet", "11", *GOOD[1:], kinds=kinds) == {("outside", "n"): 1}
