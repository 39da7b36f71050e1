"""The rows of a table as the measure types them: what does not read as its type is NULL."""

from collections.abc import Callable, Mapping

from fedqi.engine.csv_header import quoted
from fedqi.engine.opened import OpenTable
from fedqi.engine.reading import Reading
from fedqi.engine.source import Table, site_condition, site_sql
from fedqi.measures import Column, Measure

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
    return _rows(measure, table, shared, columns, _value)


def loose_rows(
    measure: Measure,
    table: OpenTable,
    shared: Table,
    columns: Mapping[str, str],
    more: Mapping[str, str],
) -> str:
    """Return SQL for the typed rows of a table that may not conform, and further columns.

    Parameters
    ----------
    measure, table, shared, columns
        As of :func:`typed_rows`. A value that is missing or not of its type is NULL.
    more
        Name of a further column to its expression over the table's own.
    """
    return _rows(measure, table, shared, columns, lambda _, read: read.value, more)


def _rows(
    measure: Measure,
    table: OpenTable,
    shared: Table,
    columns: Mapping[str, str],
    value_of: Callable[[Column, Reading], str],
    more: Mapping[str, str] | None = None,
) -> str:
    selected = [f'{site_sql(shared)} AS "@site"']
    for name, column in measure.dataset.columns.items():
        own = columns.get(name)
        absent = f"CAST(NULL AS {table.types[column.type]})"
        value = absent if own is None else value_of(column, reading(table, column, own))
        selected.append(f'{value} AS "{name}"')
    selected += [f'{value} AS "{name}"' for name, value in (more or {}).items()]
    return f"SELECT {', '.join(selected)} FROM {table.rows} WHERE {site_condition(shared)}"


def reading(table: OpenTable, column: Column, own: str) -> Reading:
    """Return how a column of the table is read as its type.

    Parameters
    ----------
    table
        Where it is.
    column
        What the measure says of it.
    own
        Its name in the table.
    """
    return table.read(column.type, quoted(own), table.columns[own])


def _value(column: Column, read: Reading) -> str:
    """Return the value: a site in which a required one is missing or unreadable is refused."""
    return read.plain if column.required else read.value
