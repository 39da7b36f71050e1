"""Values, answers, components, times and derivations: PostgreSQL sums what DuckDB sums."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.engine import check, summarise
from fedqi.errors import DataQualityError
from fedqi.measures import Measure
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.tables import measure

HALVES = st.integers(-12, 12).map(lambda n: n / 2)
NUMBERS = st.none() | HALVES | st.floats(-1e6, 1e6, allow_nan=False)
ANSWERS = st.none() | st.integers(1, 5)
ROWS = st.lists(
    st.tuples(NUMBERS, NUMBERS, ANSWERS, ANSWERS, ANSWERS, st.sampled_from(["A", "b"])),
    min_size=1,
    max_size=12,
)
KINDS = {"x": "float8", "y": "float8", "a": "bigint", "b": "bigint", "c": "bigint", "ward": "text"}
TYPES = {"x": "number", "y": "number", "a": "integer", "b": "integer", "c": "integer"}


def body(**ranges: Any) -> dict[str, Any]:
    columns = {name: {"type": kind, "required": False} for name, kind in TYPES.items()}
    columns = {name: {**column, **ranges} for name, column in columns.items()}
    return {"provider": "ward", "columns": {**columns, "ward": {"type": "string"}}}


def valued(scoring: str, **changes: Any) -> Measure:
    given = {"dataset": body(), "code_lists": None, "numerator": None, "scoring": scoring}
    return measure(**{**given, **changes})


ITEMS = [{"item": n, "range": [1, 5], "reverse": n == "b"} for n in ("a", "b", "c")]
PARTS = [
    {"component": "first", "denominator": "a > 1", "numerator": "x > y"},
    {"component": "second", "numerator": "b = c"},
]
MEASURES = {
    "winsorise": valued("continuous", value={"expression": "x / y", "bounds": [-3, 3]}),
    "exclude": valued(
        "continuous",
        value={"expression": "x + y", "bounds": [-10, 7], "outside": "exclude", "grid": [0, 2.5]},
        denominator="a IS NULL OR a < 4",
    ),
    "change": valued(
        "continuous",
        dataset=body(min=-2_000_000, max=2_000_000),
        value={"change": ["x", "y"], "responder": 2},
    ),
    "modelled": valued(
        "continuous",
        value={"expression": "x", "bounds": [-12, 12], "outside": "exclude"},
        dataset=body(min=-2_000_000, max=2_000_000),
        missing={"a": "exclude"},
        risk_model={"terms": ["a"]},
    ),
    "survey": valued("survey", items=ITEMS),
    "all_or_none": valued("composite", rule="all_or_none", components=PARTS),
    "opportunity": valued("composite", rule="opportunity", components=PARTS),
}


@pytest.mark.parametrize("name", MEASURES)
def test_the_same_sums(server: Server, name: str) -> None:
    @settings(max_examples=15)
    @given(rows=ROWS)
    def agree(rows: list[tuple[Any, ...]]) -> None:
        connection = duckdb.connect()
        connection.execute(
            "CREATE TABLE t (x DOUBLE, y DOUBLE, a BIGINT, b BIGINT, c BIGINT, ward VARCHAR)"
        )
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
        of_file = summarise(MEASURES[name], connection.table("t"))
        assert summarise(MEASURES[name], server.table("valued", KINDS, rows)) == of_file

    agree()


TIMES = [
    "2020-03-01 23:50,2020-03-02 00:35:30",
    "2020-03-01T10:00,2020-03-01T11:00:00.1234567",
    "2020-02-29 00:00:59.5,2020-02-29 23:59",
    "2020-03-01 10:00,",
]


def timed(**value: Any) -> Measure:
    columns = {"arrived": {"type": "datetime"}, "opened": {"type": "datetime", "required": False}}
    return valued(
        "continuous",
        dataset={"columns": columns},
        value={"minutes": ["arrived", "opened"], "bounds": [0, 240], **value},
        initial_population="arrived >= '2020-02-29' AND date_diff('day', arrived, opened) < 2",
    )


def test_times_of_day(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["arrived,opened", *TIMES]) + "\n")
    of_file = summarise(timed(), path)
    assert of_file.cells[""]["all"].denominator == 3
    assert summarise(timed(), server.copy_of(path, "doors")) == of_file
    kinds = {"arrived": "timestamp", "opened": "timestamp"}
    path.write_text("\n".join(["arrived,opened", TIMES[0], *TIMES[2:]]) + "\n")
    assert summarise(timed(), server.copy_of(path, "doors", **kinds)) == summarise(timed(), path)


@pytest.mark.parametrize(
    "cell",
    [
        "2020-03-01",
        "2020-02-30 10:00",
        "2020-03-01 24:00",
        "2020-03-01 10:60",
        "2020-03-01 10:00:60",
        "2020-03-01 1:00",
        "2020-03-01 10:00Z",
        " 2020-03-01 10:00:05. ",
        "2020-03-01 09:00",
        "01/03/2020 10:00",
    ],
)
def test_the_same_findings_of_times(server: Server, tmp_path: Path, cell: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"arrived,opened\n2020-03-01 10:00,{cell}\n")
    assert check(timed(), server.copy_of(path, "f")).findings == check(timed(), path).findings


def test_values_that_are_refused(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y,a,b,c,ward\n1,9,6,2,1,A\n1,2,3,4,5,A\n")
    outside = valued("continuous", value={"expression": "y", "bounds": [0, 5], "outside": "error"})
    table = server.copy_of(path, "refused")
    with pytest.raises(DataQualityError, match="1 row with a value outside 0 to 5"):
        summarise(outside, table)
    with pytest.raises(DataQualityError, match="1 row with an answer to a outside 1 to 5"):
        summarise(MEASURES["survey"], table)
