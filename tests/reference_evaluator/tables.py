"""Random tables of one site: few rows, many values that are missing, many that are equal."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.reference_evaluator.criteria import CODES, Row

TYPES: dict[str, dict[str, Any]] = {
    "id": {"type": "string"},
    "part": {"type": "integer"},
    "who": {"type": "string"},
    "ward": {"type": "string"},
    "begin": {"type": "date"},
    "end": {"type": "date"},
    "x": {"type": "number", "required": False, "min": -10, "max": 10},
    "y": {"type": "integer", "required": False, "min": -10, "max": 10},
    "s": {"type": "string", "required": False, "allowed": [*CODES, "J18"]},
    "p": {"type": "boolean", "required": False},
    "d": {"type": "date", "required": False},
    "e": {"type": "date", "required": False},
    "came": {"type": "datetime", "required": False},
    "left": {"type": "datetime", "required": False},
    "a": {"type": "integer", "required": False},
    "b": {"type": "integer", "required": False},
    "c": {"type": "integer", "required": False},
    "events": {"type": "integer", "required": False},
    "days": {"type": "integer", "required": False},
}
"""Columns of a measure, by name."""

SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "FLOAT8",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
SQL_COLUMNS = {name: SQL_TYPES[column["type"]] for name, column in TYPES.items()}

# Around the ends of a month, of a quarter and of a leap day.
DAYS = st.integers(0, 8).map(lambda n: date(2020, 2, 25) + timedelta(days=n)) | st.integers(
    0, 3
).map(lambda n: date(2019, 12, 30) + timedelta(days=n))
MOMENTS = st.integers(0, 40).map(
    lambda n: datetime(2020, 2, 28, 23, 50) + timedelta(seconds=45 * n)
)
ANSWERS = st.none() | st.integers(1, 5)

ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", "10", "2", "b", "B"]),
            "part": st.integers(1, 3),
            "who": st.sampled_from(["p", "q"]),
            "ward": st.sampled_from(["W", "w"]),
            "begin": DAYS,
            "end": DAYS,
            # Quarters are exact in binary, so that sums and differences of them are, too.
            "x": st.none() | st.integers(-8, 8).map(lambda n: n / 4),
            "y": st.none() | st.integers(-3, 3),
            "s": st.none() | st.sampled_from([*CODES, "J18", ""]),
            "p": st.none() | st.booleans(),
            "d": st.none() | DAYS,
            "e": st.none() | DAYS,
            "came": st.none() | MOMENTS,
            "left": st.none() | MOMENTS,
            "a": ANSWERS,
            "b": ANSWERS,
            "c": ANSWERS,
            "events": st.integers(0, 2),
            "days": st.integers(0, 4) | st.integers(2, 4),
        }
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: (row["id"], row["part"]),
)


def as_tuples(rows: list[Row]) -> list[list[Any]]:
    """Return the values in the order of the columns; the order of a drawn row is another."""
    return [[row[name] for name in TYPES] for row in rows]
