"""Whole measures over random tables, by the engine and by the evaluator in plain Python."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.engine import summarise
from fedqi.errors import DataQualityError
from fedqi.measures import MeasureSummary, parse_measure
from tests.reference_evaluator.criteria import Row
from tests.reference_evaluator.evaluate import Drawn, Found, evaluate
from tests.reference_evaluator.measures import SCORINGS
from tests.reference_evaluator.tables import ROWS, SQL_COLUMNS, as_tuples
from tests.reference_evaluator.values import RefusedError

T = TypeVar("T")

FEW, MANY = 25, 400


@contextmanager
def relation(rows: list[Row]) -> Iterator[duckdb.DuckDBPyRelation]:
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in SQL_COLUMNS.items())
        connection.execute(f"CREATE TABLE t ({columns})")
        marks = ", ".join("?" * len(SQL_COLUMNS))
        connection.executemany(f"INSERT INTO t VALUES ({marks})", as_tuples(rows))
        yield connection.table("t")


def summed(drawn: Drawn, source: Any) -> Found | None:
    """Return what the engine finds; None where it refuses the data."""
    try:
        return by_place(summarise(parse_measure(drawn.document), source))
    except DataQualityError:
        return None


def by_place(summary: MeasureSummary) -> Found:
    return Found(
        flat(summary.cells), flat(summary.patterns), flat(summary.values), flat(summary.components)
    )


def flat(part: Mapping[str, Mapping[str, T]]) -> dict[tuple[str, str], T]:
    return {
        (provider, period): one for provider, own in part.items() for period, one in own.items()
    }


def obvious(drawn: Drawn, rows: list[Row]) -> Found | None:
    try:
        return evaluate(drawn, rows)
    except RefusedError:
        return None


def compare(data: st.DataObject, scoring: str) -> None:
    drawn, rows = data.draw(SCORINGS[scoring]), data.draw(ROWS)
    with relation(rows) as table:
        assert summed(drawn, table) == obvious(drawn, rows)


@pytest.mark.parametrize("scoring", SCORINGS)
@settings(max_examples=FEW)
@given(data=st.data())
def test_the_engine_finds_what_a_loop_over_the_rows_finds(
    scoring: str, data: st.DataObject
) -> None:
    compare(data, scoring)


@pytest.mark.slow
@pytest.mark.parametrize("scoring", SCORINGS)
@settings(max_examples=MANY)
@given(data=st.data())
def test_many_more_measures(scoring: str, data: st.DataObject) -> None:
    compare(data, scoring)
