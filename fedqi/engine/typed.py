"""The rows of a table as the measure types them: what does not read as its type is NULL."""

from collections.abc import Mapping

from fedqi.engine.csv_header import quoted
from fedqi.engine.source import Table, site_condition, site_sql
from fedqi.engine.tables import RAW, OpenTable
from fedqi.measures import Column, Measure

_SAME = {
    "string": frozenset[str](),
    "integer": frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT"}),
    "number": frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"}),
    "date": frozenset({"DATE", "TIMESTAMP"}),
    "datetime": frozenset({"TIMESTAMP"}),
    "boolean": frozenset({"BOOLEAN"}),
}
"""Types of a database that a column's type takes as they are; all others are read as text."""

_TARGET = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
_FROM_TEXT = {
    "string": "{text}",
    "integer": (
        "CASE WHEN regexp_full_match(trim({text}), '[+-]?[0-9]+([.]0*)?') "
        "THEN TRY_CAST(trim({text}) AS BIGINT) END"
    ),
    "number": (
        "CASE WHEN regexp_full_match(trim({text}), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)"
        "([eE][+-]?[0-9]+)?') AND isfinite(TRY_CAST(trim({text}) AS DOUBLE)) "
        "THEN TRY_CAST(trim({text}) AS DOUBLE) END"
    ),
    "date": (
        "CASE WHEN regexp_full_match(trim({text}), "
        "'[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?') "
        "THEN TRY_CAST(left(trim({text}), 10) AS DATE) END"
    ),
    "datetime": (
        "CASE WHEN regexp_full_match(trim({text}), "
        "'[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T][0-9]{{2}}:[0-9]{{2}}(:[0-9.]+)?') "
        "THEN TRY_CAST(trim({text}) AS TIMESTAMP) END"
    ),
    "boolean": (
        "CASE WHEN lower(trim({text})) IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
        "WHEN lower(trim({text})) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
    ),
}

EXPECTED = {
    "string": "text",
    "integer": "whole numbers",
    "number": "numbers with a decimal point",
    "date": "dates such as 2016-04-01",
    "datetime": "dates with the time such as 2016-04-01 13:45, all in one time zone",
    "boolean": "true or false (also yes or no, 1 or 0)",
}
"""What a column of a type holds, in words."""


def file_columns(
    measure: Measure, table: OpenTable, mapping: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return which column of the table each column of the measure is, and those that lack.

    A mapping may name columns that this measure has not: one mapping serves a collection.
    """
    wanted = {name: mapping.get(name, name) for name in measure.dataset.columns}
    found = {name: own for name, own in wanted.items() if own in table.columns}
    needed = {name for name, column in measure.dataset.columns.items() if column.required}
    # A column that was mapped was meant to be there, required or not.
    return found, [name for name in wanted if name not in found and name in needed | set(mapping)]


def typed_rows(
    measure: Measure, table: OpenTable, shared: Table, columns: Mapping[str, str]
) -> str:
    """Return SQL for the typed rows: ``@site`` and the columns of the measure."""
    selected = [f'{site_sql(shared)} AS "@site"']
    for name, column in measure.dataset.columns.items():
        own = columns.get(name)
        kind = _TARGET[column.type]
        value = f"CAST(NULL AS {kind})" if own is None else typed(column, own, table.columns[own])
        selected.append(f'{value} AS "{name}"')
    return f"SELECT {', '.join(selected)} FROM {RAW} WHERE {site_condition(shared)}"


def typed(column: Column, own: str, kind: str) -> str:
    """Return the expression that reads a column of the table as its type.

    Parameters
    ----------
    column
        What the measure says of it.
    own
        Its name in the table.
    kind
        Its type in the table.
    """
    if kind in _SAME[column.type]:
        return f"CAST({quoted(own)} AS {_TARGET[column.type]})"
    return f"({_FROM_TEXT[column.type].format(text=as_text(own, kind))})"


def as_text(own: str, kind: str) -> str:
    """Return the expression for a cell as text, NULL where it has no value."""
    text = f"CAST({quoted(own)} AS VARCHAR)"
    # Data frames write "not a number" where there is no value, and keep an empty text.
    none = "nan" if kind in ("DOUBLE", "FLOAT") else ""
    return f"nullif({text}, '{none}')"
