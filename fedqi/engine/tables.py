"""Where rows come from: a file or a table that the caller holds, behind one way to ask it.

A file is read by a connection of its own, which can open that file and nothing else, cannot
load extensions, and cannot be reconfigured. Errors of the database carry values of patients;
none of them is passed on.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from fedqi.engine.csv_header import csv_sql, literal, quoted
from fedqi.engine.database import Database
from fedqi.engine.opened import OpenTable
from fedqi.engine.reading import TYPES, Reading, read
from fedqi.errors import ConfigurationError, DataQualityError

RAW = "fedqi_raw"
"""The rows as they are, in the SQL that a table is asked."""

THREADS = 2
_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    # Rows of patients must not be left on a disk: rather out of memory than spilled.
    "temp_directory": "",
}
_LINE = re.compile(r"CSV Error on Line: (\d+)")


class DuckTable(OpenTable):
    """A table that DuckDB reads.

    Parameters
    ----------
    label
        The table's name in messages.
    relation
        Its rows; they are read anew by every question.
    statistics
        Whether it is Parquet.
    """

    rows = RAW
    types = TYPES
    system = "duckdb"
    hashes = True

    def __init__(
        self, label: str, relation: duckdb.DuckDBPyRelation, statistics: bool = False
    ) -> None:
        kinds = (str(kind) for kind in relation.types)
        super().__init__(label, dict(zip(relation.columns, kinds, strict=True)), statistics)
        self._relation = relation

    def read(self, wanted: str, cell: str, kind: str) -> Reading:
        """Return how a column is read; see :func:`fedqi.engine.reading.read`."""
        return read(wanted, cell, kind)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL over :data:`RAW` and return its rows; see the base."""
        with _told_without_values(self.label):
            answer = self._relation.query(RAW, sql)
            return [] if answer is None else answer.fetchall()

    def numbers(self, sql: str) -> np.ndarray:
        """Run SQL for one column of numbers and return it; see the base."""
        with _told_without_values(self.label):
            answer = self._relation.query(RAW, sql)
            columns = {} if answer is None else answer.fetchnumpy()
        (column,) = columns.values()
        return np.asarray(column)


@contextmanager
def open_plain(table: Any) -> Iterator[OpenTable]:
    """Open a path, a database, a DuckDB relation, or a pyarrow, pandas or polars table.

    Raises
    ------
    DataQualityError
        If a file is missing or cannot be read.
    ConfigurationError
        If `table` is something else.
    """
    if isinstance(table, Database):
        # Its driver is an extra, and slow to load.
        from fedqi.engine.postgres import open_database

        with open_database(table) as opened:
            yield opened
        return
    if isinstance(table, duckdb.DuckDBPyRelation):
        yield DuckTable("the DuckDB relation", table)
        return
    with duckdb.connect(":memory:", config=_CONFIGURATION) as connection:
        paths = []
        if isinstance(table, str | Path):
            paths = [Path(table).absolute()]
            source = _file_sql(paths[0])
        else:
            source = _register(connection, table)
        _lock(connection, paths)
        label = label_of_plain(table)
        with _told_without_values(label):
            relation = connection.sql(f"SELECT * FROM {source}")
        yield DuckTable(label, relation, source.startswith("read_parquet("))


@contextmanager
def open_files(label: str, files: Mapping[str, str], paths: Sequence[Path]) -> Iterator[DuckTable]:
    """Open several files at once.

    Parameters
    ----------
    label
        How messages name them together.
    files
        Name by which SQL calls a table to the table expression that reads it.
    paths
        The files; no other can be opened.

    Raises
    ------
    DataQualityError
        If one cannot be read.
    """
    with duckdb.connect(":memory:", config=_CONFIGURATION) as connection:
        _lock(connection, paths)
        with _told_without_values(label):
            for name, source in files.items():
                connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM {source}")
            relation = connection.sql("SELECT 1 AS one")
        yield DuckTable(label, relation)


def _lock(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let a connection open these files and nothing else, for good."""
    allowed = ", ".join(literal(str(path)) for path in paths)
    connection.execute(f"SET allowed_paths = [{allowed}]")
    # Several questions to one file read its footer once.
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def label_of_plain(table: Any) -> str:
    """Return how messages name what :func:`open_plain` opens."""
    if isinstance(table, Database):
        return table.label
    if isinstance(table, str | Path):
        return os.fspath(table)
    return f"the {type(table).__module__.split('.')[0]} table"


def _file_sql(path: Path) -> str:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise DataQualityError(f"{path}: {found}, expected a table; check the path that was given")
    if path.suffix.lower() in (".parquet", ".pq"):
        return f"read_parquet({literal(str(path))})"
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv", ".txt")):
        return csv_sql(path)
    raise ConfigurationError(
        f"{path}: a file of this kind cannot be read, expected .csv, .csv.gz or .parquet"
    )


def _register(connection: duckdb.DuckDBPyConnection, table: Any) -> str:
    try:
        connection.register("fedqi_given", table)
    except (duckdb.Error, TypeError):
        raise ConfigurationError(
            f"a source of type {type(table).__name__} cannot be read, expected a path, a DuckDB "
            "relation, or a pyarrow, pandas or polars table"
        ) from None
    return "fedqi_given"


@contextmanager
def _told_without_values(label: str) -> Iterator[None]:
    """Turn an error of the database into one that names the place and no value."""
    try:
        yield
    except duckdb.Error as error:
        raise DataQualityError(f"{label}: {_reason(error)}") from None


def _reason(error: duckdb.Error) -> str:
    line = _LINE.search(str(error))
    if line is not None:
        return (
            f"line {line[1]} cannot be read: it has not as many cells as the header has names, a "
            "quotation mark is open, or it is not UTF-8; the data manager must export it anew"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return "memory is not enough to read it; the operator must give the process more"
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return "a number is too large for an expression of the measure; see its values and units"
    return f"it cannot be read ({type(error).__name__}); the data manager must check the file"
