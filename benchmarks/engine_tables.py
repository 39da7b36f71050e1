"""Heavy synthetic tables, measures over them, and their counts written by hand in SQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from fedqi.measures import Measure, parse_measure

THREADS = 2
CODES = ("I50.9", "I50.1", "I11.0")
LEVELS = (2, 3, 4, 3, 2, 2, 3, 5)
"""Levels of the eight covariates."""


def write_stays(path: Path, rows: int) -> Path:
    """Write stays of which 5 in 100 are for heart failure, in no order but that of their key."""
    return _write(
        path,
        "SELECT i AS stay_id, DATE '2023-01-01' + (hash(i, 2) % 730)::INT AS discharged_on, "
        "(18 + hash(i, 3) % 80)::INT AS age, CASE WHEN hash(i, 4) % 100 < 5 THEN 'I50.9' "
        "ELSE 'J' || (hash(i, 4) % 90 + 10) END AS diagnosis, hash(i, 5) % 40 = 0 AS died, "
        f"hash(i, 6) % 5 = 0 AS readmitted FROM range({rows}) AS t(i)",
    )


def write_categories(path: Path, rows: int) -> Path:
    """Write patients with eight categories and an event."""
    columns = ", ".join(
        f"'level ' || (hash(i, {number}) % {levels}) AS c{number}"
        for number, levels in enumerate(LEVELS)
    )
    return _write(
        path, f"SELECT {columns}, hash(i, 99) % 10 = 0 AS died FROM range({rows}) AS t(i)"
    )


def stays_measure(keyed: bool) -> Measure:
    """Return readmission by quarter; with a key only if asked."""
    columns: dict[str, Any] = {
        "discharged_on": {"type": "date"},
        "age": {"type": "number", "min": 0, "max": 120},
        "diagnosis": {"type": "string"},
        "died": {"type": "boolean"},
        "readmitted": {"type": "boolean"},
    }
    key = {"key": "stay_id"} if keyed else {}
    if keyed:
        columns["stay_id"] = {"type": "integer"}
    return _measure(
        dataset={
            **key,
            "time": {"anchor": "discharged_on", "grain": "quarter"},
            "columns": columns,
        },
        code_lists={"hf": list(CODES)},
        initial_population="diagnosis IN code_list('hf')",
        denominator="age >= 18",
        denominator_exclusion="died",
        numerator="readmitted",
    )


def stays_by_hand(path: Path, keyed: bool) -> Callable[[], list[tuple[int, int]]]:
    """Return the same counts by hand, and if asked the search for keys that come twice."""
    counts = (
        "SELECT year(discharged_on), quarter(discharged_on), count(*) FILTER (readmitted), "
        f"count(*) FROM '{path}' WHERE diagnosis IN {CODES} AND age >= 18 AND NOT died "
        "GROUP BY ALL ORDER BY ALL"
    )
    twice = f"SELECT stay_id FROM '{path}' GROUP BY 1 HAVING count(*) > 1"

    def run() -> list[tuple[int, int]]:
        with _connection() as connection:
            if keyed and connection.execute(twice).fetchall():
                raise RuntimeError("the table has keys that come twice")
            return [row[2:] for row in connection.execute(counts).fetchall()]

    return run


def categories_measure() -> Measure:
    """Return deaths adjusted for eight categories."""
    covariates = {
        f"c{number}": {"type": "string", "allowed": [f"level {k}" for k in range(levels)]}
        for number, levels in enumerate(LEVELS)
    }
    return _measure(
        dataset={"columns": {**covariates, "died": {"type": "boolean"}}},
        numerator="died",
        risk_model={"terms": list(covariates)},
    )


def categories_by_hand(path: Path) -> Callable[[], list[tuple[int, int]]]:
    """Return the patterns by hand: one GROUP BY."""
    names = ", ".join(f"c{number}" for number in range(len(LEVELS)))
    question = f"SELECT {names}, count(*) FILTER (died), count(*) FROM '{path}' GROUP BY {names}"

    def run() -> list[tuple[int, int]]:
        with _connection() as connection:
            return sorted(row[-2:] for row in connection.execute(question).fetchall())

    return run


def _measure(**body: Any) -> Measure:
    head = {
        "fedqi": 1,
        "id": "heavy",
        "version": "1.0.0",
        "title": "A measure over a heavy table",
        "direction": "lower",
        "scoring": "proportion",
    }
    return parse_measure({**head, **body})


def _write(path: Path, rows: str) -> Path:
    with _connection() as connection:
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    return path


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": THREADS})
