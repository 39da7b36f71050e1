"""The question that a measure asks of a table, as one statement to read or to run elsewhere."""

from collections.abc import Mapping
from typing import Literal

from sqlglot import parse_one

from fedqi.measures.compile import ROWS, cells, counted_rows, patterns
from fedqi.measures.definition import Measure
from fedqi.measures.rewriting import System
from fedqi.measures.tsql import COLLATION, tsql
from fedqi.measures.tsql import TYPES as TSQL_TYPES

Dialect = Literal["duckdb", "postgres", "tsql"]

_TYPES: Mapping[System, Mapping[str, str]] = {
    "duckdb": {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "date": "DATE",
        "datetime": "TIMESTAMP",
        "boolean": "BOOLEAN",
    },
    "postgres": {
        "string": "TEXT",
        "integer": "BIGINT",
        "number": "FLOAT8",
        "date": "DATE",
        "datetime": "TIMESTAMP",
        "boolean": "BOOLEAN",
    },
}
_COUNTED = '"@counted"'


def statement(measure: Measure, table: str, dialect: Dialect = "duckdb") -> str:
    """Return the statement that counts a measure, per provider and period.

    The engine asks the same of rows whose columns it has read and held against the dataset
    before; here they are cast, and a value that cannot be is an error of the database.

    Parameters
    ----------
    measure
        What is counted. With a risk model, one row per covariate pattern.
    table
        Name of the table, as the database knows it; each part is quoted.
    dialect
        Whose SQL. That of SQL Server is generated only: the project runs it nowhere.

    Returns
    -------
    str
        One SELECT, whose columns are site (empty), provider, the number of the period, numerator,
        denominator and expected events, or covariates.

    Raises
    ------
    DefinitionError
        If the database has nothing that means the same as an expression of the measure.
    """
    system: System = "postgres" if dialect == "postgres" else "duckdb"
    counted = counted_rows(measure, system)
    asked = (cells if measure.design is None else patterns)(_COUNTED, measure, (), one_site=True)
    if dialect != "tsql":
        rows = _rows(measure, table, _TYPES[system])
        text = f"WITH {ROWS} AS ({rows}), {_COUNTED} AS ({counted}) {asked}"
        return f"{parse_one(text, dialect=system).sql(dialect=system, pretty=True)}\n"
    rows = tsql_rows(measure, table)
    types = {name: column.type for name, column in measure.columns.items()}
    inner, outer = tsql(counted, types), tsql(asked, types)
    return f"WITH [@rows] AS (\n{rows}\n),\n[@counted] AS (\n{inner}\n)\n{outer}\n"


def _rows(measure: Measure, table: str, types: Mapping[str, str]) -> str:
    columns = (
        f'CAST("{name}" AS {types[column.type]}) AS "{name}"'
        for name, column in measure.dataset.columns.items()
    )
    name = ".".join(f'"{part}"' for part in table.split("."))
    return f"""SELECT '' AS "@site", {", ".join(columns)} FROM {name}"""


def tsql_rows(measure: Measure, table: str) -> str:
    """Return the typed rows for SQL Server; an empty text is missing, and text has an order."""
    columns = []
    for name, column in measure.dataset.columns.items():
        value = f"CAST([{name}] AS {TSQL_TYPES[column.type]})"
        if column.type == "string":
            value = f"NULLIF({value} COLLATE {COLLATION}, '')"
        columns.append(f"  {value} AS [{name}]")
    listed = ",\n".join(["  '' AS [@site]", *columns])
    return f"SELECT\n{listed}\nFROM {'.'.join(f'[{part}]' for part in table.split('.'))}"
