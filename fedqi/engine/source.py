"""One site's rows: a table, and where several sites share it, the rows of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fedqi.engine.csv_header import literal, quoted
from fedqi.engine.mapped import MappedTables
from fedqi.engine.opened import OpenTable
from fedqi.engine.opening import label_of, open_table
from fedqi.engine.report import rows_in_words
from fedqi.errors import DataQualityError
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.refusals import nearest


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of one site or of several.

    Parameters
    ----------
    rows
        A path, a DuckDB relation, or a pyarrow, pandas or polars table.
    by
        The table's column that names the site of a row; None if all rows are of one site.
    only
        The one site that is asked for; None if all of them are.
    """

    rows: Any
    by: str | None = None
    only: str | None = None
    evaluated: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was evaluated already; a table that many sites share is read once per measure."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The rows of one site; it sees no others.

    Parameters
    ----------
    table
        The table.
    site
        Whose rows of it; ``""`` where the table is one site's.
    """

    table: Table
    site: str = ""

    @property
    def label(self) -> str:
        """How messages name it."""
        label = label_of(self.table.rows)
        return f"{label}, {self.table.by} {self.site}" if self.table.by is not None else label


def split(table: Any, by: str, mapping: DataMapping | None = None) -> dict[str, Source]:
    """Divide a table into the rows of its sites, without copying them.

    Parameters
    ----------
    table
        A path, a DuckDB relation, or a pyarrow, pandas or polars table. It must stay as it is
        for as long as the sources are used: a measure is evaluated for all of them at once.
    by
        The column that names the site of a row; under a mapping one of its datasets' columns.
    mapping
        From the tables of a hospital, `table` then being their folder or database, to datasets.

    Returns
    -------
    dict of str to Source
        Site -> its rows, in the order of the sites.

    Raises
    ------
    DataQualityError
        If the column is missing, or empty in some row, or there are no rows.
    DefinitionError
        If no dataset of the mapping has the column.
    """
    name = f"CAST({quoted(by)} AS VARCHAR)"
    table = table if mapping is None else MappedTables(table, mapping)
    found: list[tuple[Any, ...]] = []
    for each in table.with_column(by) if isinstance(table, MappedTables) else [table]:
        with open_table(each) as opened:
            require_site_column(opened, by)
            found += opened.ask(f"SELECT {name}, count(*) FROM {opened.rows} GROUP BY 1")
    unnamed = sum(count for site, count in found if site is None)
    if unnamed:
        raise DataQualityError(
            f"{label_of(table)}: column {by!r} is empty in {rows_in_words(unnamed)}, expected the "
            "site of each row; the data manager must fill it in"
        )
    if not found:
        raise DataQualityError(
            f"{label_of(table)}: no rows below the header, expected those of every site; the data "
            "manager must export the table anew"
        )
    shared = Table(table, by)
    return {site: Source(shared, site) for site in sorted({site for site, _ in found})}


def require_site_column(opened: OpenTable, by: str) -> None:
    """Refuse a table without the column that names the site of a row.

    Raises
    ------
    DataQualityError
        Naming the table and the column.
    """
    if by not in opened.columns:
        raise DataQualityError(
            f"{opened.label}: column {by!r} for the site is missing: "
            f"{nearest_column(by, opened.columns)}"
        )


def nearest_column(name: str, columns: Mapping[str, str]) -> str:
    """Return a hint at the nearest column; never the whole header, which may hold values."""
    hint = nearest(name, columns)
    return hint if hint.startswith("did you mean") else f"the table has {len(columns)} others"


def as_source(source: Any, site_filter: tuple[str, str] | None) -> Source:
    """Return what a caller gave as a source; `site_filter` is a column and its value."""
    if isinstance(source, Source):
        return source
    if site_filter is None:
        return Source(Table(source))
    by, site = site_filter
    return Source(Table(source, by, only=site), site)


def of_measure(
    measure: Measure, table: Table, mapping: Mapping[str, str] | DataMapping
) -> tuple[Table, Mapping[str, str]]:
    """Return the rows that a measure is asked of, and which of their columns have other names.

    Parameters
    ----------
    measure
        The measure.
    table
        The rows; or the tables from which a mapping makes them.
    mapping
        Column of the measure to column of the table, or a mapping of several tables.

    Raises
    ------
    DefinitionError
        If the mapping has no dataset of the measure's grain.
    """
    if isinstance(mapping, DataMapping):
        table, mapping = replace(table, rows=MappedTables(table.rows, mapping)), {}
    if isinstance(table.rows, MappedTables):
        table = replace(table, rows=table.rows.of_measure(measure, table.by))
    return table, mapping


def site_sql(table: Table) -> str:
    """Return the expression that gives a row's site."""
    return "''" if table.by is None else f"CAST({quoted(table.by)} AS VARCHAR)"


def site_condition(table: Table) -> str:
    """Return the condition that keeps the rows of the sites that are asked for."""
    return "TRUE" if table.only is None else f"{site_sql(table)} = {literal(table.only)}"
