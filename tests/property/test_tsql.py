"""T-SQL of random measures, read back by sqlglot and asked of DuckDB: no SQL Server is at hand.

What this shows is that conditions and values keep their meaning (three-valued, with bits for truth
values) and that only constructs which a reader of T-SQL knows are used. It is no run on a server.
"""

import re

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlglot import transpile

from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.measures.statement import statement
from fedqi.measures.tsql import COLLATION
from tests.property.test_measures_oracle import obvious, relation
from tests.reference_evaluator.evaluate import Drawn
from tests.reference_evaluator.measures import SCORINGS
from tests.reference_evaluator.tables import ROWS

FEW, MANY = 10, 150
Counts = dict[tuple[str, int], tuple[int, int]]


def read_back(drawn: Drawn) -> str:
    """Return the T-SQL of a measure as DuckDB would be asked it."""
    try:
        asked = statement(parse_measure(drawn.document), "t", "tsql")
    except DefinitionError as error:
        assume("SQL Server" not in str(error))
        raise
    (back,) = transpile(asked.replace(f" COLLATE {COLLATION}", ""), read="tsql", write="duckdb")
    # What is only spelled otherwise there.
    for pattern, other in (
        (r"\bREAL\b", "DOUBLE"),
        (r"\bBIT\b", "BOOLEAN"),
        (r"TEXT\((?:MAX|max)\)", "TEXT"),
        (r"DATALENGTH\((.*?)\)", r"(2 * length(\1))"),
        (r"DATEDIFF_BIG\(MICROSECOND, '1970-01-01', (.*?)\)", r"epoch_us(\1)"),
    ):
        back = re.sub(pattern, other, back)
    return back


def counted(asked: str, table: duckdb.DuckDBPyRelation) -> Counts:
    found: Counts = {}
    answer = table.query("t", asked)
    assert answer is not None
    for _, provider, period, events, patients, *_ in answer.fetchall():
        if patients:  # without anything to group by, nobody is a row of its own
            before = found.get((provider, period), (0, 0))
            found[provider, period] = (before[0] + events, before[1] + patients)
    return found


def compare(data: st.DataObject, scoring: str) -> None:
    drawn, rows = data.draw(SCORINGS[scoring]), data.draw(ROWS)
    expected = obvious(drawn, rows)
    assume(expected is not None and "expected" not in drawn.document)
    assert expected is not None
    asked = read_back(drawn)
    with relation(rows) as table:
        found = counted(asked, table)
    wanted = sorted((p, c.observed, c.denominator) for (p, _), c in expected.cells.items())
    assert sorted((p, y, n) for (p, _), (y, n) in found.items()) == wanted


@pytest.mark.parametrize("scoring", ["proportion", "composite", "rate", "counted"])
@settings(max_examples=FEW)
@given(data=st.data())
def test_it_counts_what_a_loop_over_the_rows_counts(scoring: str, data: st.DataObject) -> None:
    compare(data, scoring)


@pytest.mark.slow
@pytest.mark.parametrize("scoring", ["proportion", "composite", "rate", "counted"])
@settings(max_examples=MANY)
@given(data=st.data())
def test_many_more_measures(scoring: str, data: st.DataObject) -> None:
    compare(data, scoring)
