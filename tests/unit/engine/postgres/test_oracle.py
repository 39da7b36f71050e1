"""Random criteria over random rows: PostgreSQL counts what plain Python and DuckDB count."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from fedqi.engine import summarise
from fedqi.measures import Cell, parse_measure
from tests.property.test_criteria_oracle import counted, relation
from tests.reference_evaluator.criteria import (
    CODES,
    COLUMNS,
    CRITERIA,
    CRITERION_KEYS,
    ROWS,
    Row,
    Term,
)
from tests.unit.engine.postgres.server import Server
from tests.unit.measures.documents import document

TYPES = {"x": "float8", "y": "bigint", "s": "text", "p": "boolean", "d": "date", "e": "date"}
PLAIN = {
    **{key: "FALSE" for key in CRITERION_KEYS},
    "initial_population": "TRUE",
    "denominator": "TRUE",
}

Evaluate = Callable[[dict[str, str], list[Row]], Cell]


@pytest.fixture
def in_postgres(server: Server) -> Evaluate:
    def evaluate(texts: dict[str, str], rows: list[Row]) -> Cell:
        table = server.table("t", TYPES, ([row[name] for name in TYPES] for row in rows))
        return cell(texts, table)

    return evaluate


def cell(texts: dict[str, str], source: Any) -> Cell:
    columns = {name: {"type": kind, "required": False} for name, kind in COLUMNS.items()}
    body = document(dataset={"columns": columns}, code_lists={"hf": CODES}, **texts)
    return summarise(parse_measure(body), source).cells.get("", {}).get("all", Cell(0, 0))


def in_duckdb(texts: dict[str, str], rows: list[Row]) -> Cell:
    with relation(rows) as table:
        return cell(texts, table)


def test_random_criteria(in_postgres: Evaluate) -> None:
    @settings(max_examples=40)
    @given(criterion=CRITERIA, rows=ROWS)
    def agree(criterion: Term, rows: list[Row]) -> None:
        always, never = Term("TRUE", lambda _: True), Term("FALSE", lambda _: False)
        criteria = dict.fromkeys(CRITERION_KEYS, never) | {
            "initial_population": always,
            "denominator": always,
            "numerator": criterion,
        }
        texts = PLAIN | {"numerator": criterion.text}
        assert in_postgres(texts, rows) == counted(criteria, rows)

    agree()


def row(**cells: Any) -> Row:
    return {name: cells.get(name) for name in COLUMNS}


NUMBERS = [row(x=x, y=y) for x in (-2.5, -0.5, 0.5, 1.5, 2.675, 7.0, None) for y in (-7, 0, 2, 5)]
TEXTS = ["a", "B", "b", "Ä", "ä", "a\\b", "a_b", "a%", " a ", "\u00a0a\u2003", "z", "", None, "é"]
STRINGS = [row(s=text, p=flag) for text in TEXTS for flag in (True, False, None)]
DATES = [
    row(d=day, e=other)
    for day in ("2015-12-31", "2016-02-29", "2016-03-01", "0999-07-15", None)
    for other in ("2016-01-01", "2016-12-31")
]


@pytest.mark.parametrize(
    ("criterion", "rows"),
    [
        ("y / 2 = 2.5", NUMBERS),
        ("1 / 2 = 0.5", NUMBERS),
        ("y / 0 IS NULL", NUMBERS),
        ("y % 3 = -1", NUMBERS),
        ("x % 2 = 0.5", NUMBERS),
        ("round(x) = 3", NUMBERS),
        ("round(x) = -3", NUMBERS),
        ("round(x, 2) = 2.67", NUMBERS),
        ("round(x, 2) = 2.68", NUMBERS),
        ("floor(x) + ceil(y) > abs(-x)", NUMBERS),
        ("COALESCE(NULL, NULL) + 1 IS NULL", NUMBERS),
        ("abs(NULL) IS NULL AND -NULL IS NULL", NUMBERS),
        ("NULLIF(1, 1) = x OR x > y", NUMBERS),
        ("CASE WHEN x > 1 THEN NULL ELSE y END = 2", NUMBERS),
        ("NULLIF(y, 2) IN (5, NULLIF(1, 1))", NUMBERS),
        ("s < 'a'", STRINGS),
        ("s BETWEEN 'B' AND 'b'", STRINGS),
        ("lower(s) = 'ä'", STRINGS),
        ("upper(s) >= 'É'", STRINGS),
        ("s LIKE 'A'", STRINGS),
        ("s LIKE 'a\\b'", STRINGS),
        ("s NOT LIKE '%_%'", STRINGS),
        ("trim(s) = 'a'", STRINGS),
        ("length(s) = 3", STRINGS),
        ("substring(s, 2) = '%'", STRINGS),
        ("substring(s, 1, 1) = 'a' AND starts_with(s, 'a')", STRINGS),
        ("s IS NULL OR trim(s) = ''", STRINGS),
        ("p = (s < 'b')", STRINGS),
        ("p IS NOT TRUE", STRINGS),
        ("NOT p", STRINGS),
        ("CASE WHEN p THEN s END IN ('a', 'z')", STRINGS),
        ("date_diff('month', d, e) = 1", DATES),
        ("date_diff('quarter', d, e) >= 1", DATES),
        ("date_diff('year', e, d) = -1", DATES),
        ("date_diff('day', d, e) BETWEEN 1 AND 305", DATES),
        ("d - e < -58", DATES),
        ("quarter(d) = 1 AND extract(month FROM d) / 2 = 1", DATES),
        ("year(d) % 4 = 0 AND day(e) = 1", DATES),
        ("d < '2016-03-01' AND d <> DATE '2016-02-29'", DATES),
        ("COALESCE(d, NULL) IS NULL OR NULLIF(e, e) < d", DATES),
    ],
)
def test_what_the_two_would_read_differently(
    in_postgres: Evaluate, criterion: str, rows: list[Row]
) -> None:
    texts = PLAIN | {"numerator": criterion}
    assert in_postgres(texts, rows) == in_duckdb(texts, rows)
