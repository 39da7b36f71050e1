"""Derivations over random tables, by the engine and by a loop over all pairs of rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from fedqi.measures import Measure, parse_measure
from fedqi.measures.derive import KINDS
from fedqi.measures.derive_sql import derived_rows
from tests.unit.measures.documents import document

Row = dict[str, Any]
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "string"},
    "part": {"type": "integer"},
    "who": {"type": "string"},
    "begin": {"type": "date"},
    "end": {"type": "date"},
    "call": {"type": "date", "required": False},
    "planned": {"type": "boolean", "required": False},
    "score": {"type": "number", "required": False, "min": -9, "max": 9},
}
SQL_TYPES = ["VARCHAR", "BIGINT", "VARCHAR", "DATE", "DATE", "DATE", "BOOLEAN", "DOUBLE"]
WHERE: dict[str, Callable[[Row], bool]] = {
    "TRUE": lambda row: True,
    "planned": lambda row: row["planned"] is True,
    "NOT planned": lambda row: row["planned"] is False,
    "planned IS NULL OR score > 1": lambda row: (
        row["planned"] is None or (row["score"] is not None and row["score"] > 1)
    ),
    "score / (score - 1) > 0": lambda row: (
        row["score"] not in (None, 1) and row["score"] / (row["score"] - 1) > 0
    ),
}
# Few days, few patients and few keys: ties, same days and chains of stays are the rule.
DAYS = st.integers(0, 8).map(lambda n: date(2020, 2, 25) + timedelta(days=n))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "@site": st.sampled_from("AB"),
            "id": st.sampled_from(["1", "10", "2", "b", "B"]),
            "part": st.integers(1, 2),
            "who": st.sampled_from(["p", "q"]),
            "begin": DAYS,
            "end": DAYS,
            "call": st.none() | DAYS,
            "planned": st.none() | st.booleans(),
            "score": st.none() | st.integers(-2, 2).map(float),
        }
    ),
    max_size=10,
    unique_by=lambda row: (row["@site"], row["id"], row["part"]),
)


@st.composite
def derivations(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    found: dict[str, Any] = {
        kind: draw(st.sampled_from(["score", "planned", "end", "part"]))
        if kind in ("first", "last")
        else "stay",
        draw(st.sampled_from(["after", "before"])): draw(st.sampled_from(["begin", "end", "call"])),
        "where": draw(st.sampled_from([*WHERE])),
    }
    within = draw(st.none() | st.integers(0, 5))
    if within is not None:
        found["within"] = f"{within} days"
    if kind == "count" and draw(st.booleans()):
        found["at_most"] = 1
    return found


def measure_of(derivation: dict[str, Any], numerator: str = "x IS NOT NULL") -> Measure:
    dataset = {
        "grain": "hospital stay",
        "key": ["id", "part"],
        "subject": "who",
        "time": {"start": "begin", "anchor": "end", "grain": "month", "follow_up": "5 days"},
        "columns": COLUMNS,
    }
    body = document(dataset=dataset, derive={"x": derivation}, numerator=numerator)
    return parse_measure({**body, "code_lists": {}})


def place(row: Row) -> tuple[Any, ...]:
    return row["begin"], row["id"], row["part"]


def looked_at(derivation: dict[str, Any], row: Row, rows: list[Row]) -> list[Row]:
    """Return the other rows in the window, in their order; as the documentation says it."""
    anchor = row[derivation.get("after") or derivation["before"]]
    found = []
    for other in rows:
        if other["@site"] != row["@site"] or other["who"] != row["who"]:
            continue
        days = (other["begin"] - anchor).days
        if "before" in derivation:
            days = -days
        later = place(other) > place(row) if "after" in derivation else place(other) < place(row)
        longest = int(derivation["within"].split()[0]) if "within" in derivation else 10_000
        if later and 0 <= days <= longest and WHERE[derivation["where"]](other):
            found.append(other)
    return sorted(found, key=place)


def expected(derivation: dict[str, Any], row: Row, rows: list[Row]) -> Any:
    anchor = row[derivation.get("after") or derivation["before"]]
    if anchor is None:
        return None
    found = looked_at(derivation, row, rows)
    if "exists" in derivation:
        return bool(found)
    if "count" in derivation:
        return min(len(found), derivation.get("at_most", len(found)))
    if not found:
        return None
    if "days_to" in derivation:
        return min(abs((other["begin"] - anchor).days) for other in found)
    return found[0][derivation["first"]] if "first" in derivation else found[-1][derivation["last"]]


@contextmanager
def typed(rows: list[Row]) -> Iterator[duckdb.DuckDBPyConnection]:
    kinds = zip(COLUMNS, SQL_TYPES, strict=True)
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds)
        connection.execute(f'CREATE TABLE "@rows" ("@site" VARCHAR, {columns})')
        for row in rows:
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            values = [row["@site"], *(row[name] for name in COLUMNS)]
            connection.execute(f'INSERT INTO "@rows" VALUES ({marks})', values)
        yield connection


@given(derivation=derivations(), rows=ROWS)
def test_every_row_takes_what_the_oracle_says(derivation: dict[str, Any], rows: list[Row]) -> None:
    relation = derived_rows(measure_of(derivation), '"@rows"')
    with typed(rows) as connection:
        found = connection.execute(f'SELECT "@site", id, part, x FROM {relation}').fetchall()
    wanted = [(r["@site"], r["id"], r["part"], expected(derivation, r, rows)) for r in rows]
    assert sorted(found, key=lambda each: each[:3]) == sorted(wanted, key=lambda each: each[:3])
