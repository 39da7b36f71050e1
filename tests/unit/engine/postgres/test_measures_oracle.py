"""Random measures over random rows: PostgreSQL sums what a loop over the rows sums."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_measures_oracle import obvious, summed
from tests.reference_evaluator.measures import SCORINGS
from tests.reference_evaluator.tables import ROWS, SQL_COLUMNS, as_tuples
from tests.unit.engine.postgres.server import Server

FEW, MANY = 12, 150


def compare(server: Server, data: st.DataObject, scoring: str) -> None:
    drawn, rows = data.draw(SCORINGS[scoring]), data.draw(ROWS)
    table = server.table("drawn", SQL_COLUMNS, as_tuples(rows))
    assert summed(drawn, table) == obvious(drawn, rows)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_server_finds_what_a_loop_over_the_rows_finds(server: Server, scoring: str) -> None:
    @settings(max_examples=FEW)
    @given(data=st.data())
    def agree(data: st.DataObject) -> None:
        compare(server, data, scoring)

    agree()


@pytest.mark.slow
@pytest.mark.parametrize("scoring", SCORINGS)
def test_many_more_measures(server: Server, scoring: str) -> None:
    @settings(max_examples=MANY)
    @given(data=st.data())
    def agree(data: st.DataObject) -> None:
        compare(server, data, scoring)

    agree()
