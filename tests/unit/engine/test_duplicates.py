from pathlib import Path

import duckdb
import pytest

from fedqi.engine import check, duplicates
from fedqi.engine.report import Problem
from fedqi.measures import Measure
from tests.unit.engine.tables import measure

COLUMNS = {"stay": {"type": "string"}, "part": {"type": "integer"}}


def keyed() -> Measure:
    body = {"key": ["stay", "part"], "columns": COLUMNS}
    return measure(dataset=body, code_lists=None, numerator="part = 1")


def shared(path: Path, twice: int) -> int:
    """Return the rows found to share a key where some of 1,000 rows are there twice."""
    with duckdb.connect() as connection:
        rows = "SELECT 's' || range // 2 AS stay, range % 2 AS part FROM range({})"
        both = f"{rows.format(1_000)} UNION ALL {rows.format(twice)}"
        connection.execute(f"COPY ({both}) TO '{path}' (FORMAT parquet)")
    found = [f for f in check(keyed(), path).findings if f.problem is Problem.DUPLICATED_KEY]
    return sum(finding.rows for finding in found)


@pytest.mark.parametrize("part", [7, 999, 2**25])
@pytest.mark.parametrize("listed", [0, 10_000])
@pytest.mark.parametrize("twice", [0, 1, 400])
def test_rows_that_share_a_key_are_found_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, listed: int, twice: int
) -> None:
    monkeypatch.setattr(duplicates, "PART", part)
    monkeypatch.setattr(duplicates, "MOST_LISTED", listed)
    assert shared(tmp_path / "t.parquet", twice) == 2 * twice
