"""Random criteria over random rows, counted by the engine and by plain Python."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from fedqi.engine import summarise
from fedqi.measures import Cell, parse_measure
from tests.reference_evaluator.criteria import (
    CODES,
    COLUMNS,
    CRITERIA,
    CRITERION_KEYS,
    ROWS,
    Row,
    Term,
)
from tests.unit.measures.documents import document


@contextmanager
def relation(rows: list[Row]) -> Iterator[duckdb.DuckDBPyRelation]:
    types = "x DOUBLE, y BIGINT, s VARCHAR, p BOOLEAN, d DATE, e DATE"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({types})")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
            [[row[name] for name in COLUMNS] for row in rows],
        )
        yield connection.table("t")


def counted(criteria: dict[str, Term], rows: list[Row]) -> Cell:
    observed = denominator = 0
    for row in rows:
        holds = {key: term.value(row) is True for key, term in criteria.items()}
        event = holds["numerator"] and not holds["numerator_exclusion"]
        inside = holds["initial_population"] and holds["denominator"]
        if inside and not holds["denominator_exclusion"]:
            denominator += event or not holds["denominator_exception"]
            observed += event
    return Cell(observed, denominator)


def evaluated(criteria: dict[str, Term], rows: list[Row]) -> Cell:
    columns = {name: {"type": kind, "required": False} for name, kind in COLUMNS.items()}
    texts = {key: term.text for key, term in criteria.items()}
    measure = parse_measure(
        document(dataset={"columns": columns}, code_lists={"hf": CODES}, **texts)
    )
    with relation(rows) as table:
        return summarise(measure, table).cells.get("", {}).get("all", Cell(0, 0))


@given(criterion=CRITERIA, rows=ROWS)
def test_a_criterion_holds_where_the_oracle_says(criterion: Term, rows: list[Row]) -> None:
    plain = {key: Term("FALSE", lambda _: False) for key in CRITERION_KEYS}
    always = Term("TRUE", lambda _: True)
    criteria = plain | {
        "initial_population": always,
        "denominator": always,
        "numerator": criterion,
    }
    assert evaluated(criteria, rows) == counted(criteria, rows)


@given(st.fixed_dictionaries({key: CRITERIA for key in CRITERION_KEYS}), ROWS)
def test_all_criteria_together(criteria: dict[str, Term], rows: list[Row]) -> None:
    found = evaluated(criteria, rows)
    assert found == counted(criteria, rows)
    assert 0 <= found.observed <= found.denominator <= len(rows)
