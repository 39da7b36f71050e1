"""Derivations over random stays: PostgreSQL counts what DuckDB counts."""

from typing import Any

import duckdb
from hypothesis import given, settings

from fedqi.engine import summarise
from fedqi.measures import Measure
from tests.property.test_derivations_oracle import (
    COLUMNS,
    ROWS,
    SQL_TYPES,
    Row,
    derivations,
    measure_of,
)
from tests.unit.engine.postgres.server import Server

KINDS = dict(
    zip(
        COLUMNS, [{"VARCHAR": "text", "DOUBLE": "float8"}.get(t, t) for t in SQL_TYPES], strict=True
    )
)
TELLING = {"exists": "x", "count": "x > 1", "days_to": "x + 0 <= 2"}
"""Kind -> a criterion that tells its values apart."""
OF_COLUMN = {"score": "x > 0", "planned": "x", "end": "x > DATE '2020-02-28'", "part": "x = 1"}


def telling(derivation: dict[str, Any]) -> Measure:
    kind = next(name for name in derivation if name in {*TELLING, "first", "last"})
    return measure_of(derivation, TELLING.get(kind) or OF_COLUMN[derivation[kind]])


def test_random_derivations(server: Server) -> None:
    @settings(max_examples=60)
    @given(derivation=derivations(), rows=ROWS.filter(bool))
    def agree(derivation: dict[str, Any], rows: list[Row]) -> None:
        own = [[row[name] for name in COLUMNS] for row in rows if row["@site"] == rows[0]["@site"]]
        connection = duckdb.connect()
        columns = ", ".join(
            f'"{name}" {kind}' for name, kind in zip(COLUMNS, SQL_TYPES, strict=True)
        )
        connection.execute(f"CREATE TABLE t ({columns})")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", own)
        measure = telling(derivation)
        of_file = summarise(measure, connection.table("t"))
        assert summarise(measure, server.table("derived", KINDS, own)) == of_file

    agree()
