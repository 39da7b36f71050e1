"""What tables there are, and how the cells of a few columns can be read; for a suggestion.

No value comes out of here but the codes of columns that hold few, short and common ones: a value
that fewer than :data:`COMMON` rows share might be a patient's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedqi.engine.csv_header import quoted
from fedqi.engine.database import Database
from fedqi.engine.opened import OpenTable
from fedqi.engine.opening import open_table
from fedqi.engine.table_files import files_sql, is_json, tables_of
from fedqi.engine.tables import open_files
from fedqi.mapping.suggest import ColumnProfile, TableProfile, candidates
from fedqi.measures import Measure

SAMPLE = 100_000
"""Rows of a table that are looked at, at most."""
COMMON = 5
"""Rows that must share a code before it is shown."""
MOST_CODES = 20
LONGEST = 20
_TYPES = ("integer", "number", "date", "datetime", "boolean")


@dataclass(frozen=True, slots=True)
class Found:
    """The tables of a place.

    Parameters
    ----------
    tables
        Those with columns.
    documents
        Names of those of which each row is a JSON document.
    """

    tables: tuple[TableProfile, ...]
    documents: tuple[str, ...]


def profile(measure: Measure, place: Any) -> Found:
    """Look at the tables of a folder, a schema, a file or a database's table.

    Parameters
    ----------
    measure
        Only columns whose names could be one of its own are looked at more closely.
    place
        As of :class:`fedqi.engine.mapped.MappedTables`.

    Raises
    ------
    DataQualityError
        If a table cannot be read.
    """
    with _opened(place) as (inner, tables, documents):
        found = [_table(measure, inner, name, *own) for name, own in tables.items()]
    return Found(tuple(found), tuple(documents))


Tables = dict[str, tuple[str, dict[str, str]]]
"""Name of a table to its rows in SQL, and its columns with their types."""


@contextmanager
def _opened(place: Any) -> Iterator[tuple[OpenTable, Tables, list[str]]]:
    if isinstance(place, Database) and place.whole_schema:
        from fedqi.engine.postgres import open_database

        schema = place.names[0]
        with open_database(place) as database:
            names = database.names_in(schema)
            rows = {name: f"{quoted(schema)}.{quoted(name)}" for name in names}
            known = {name: (rows[name], database.columns_of(schema, name)) for name in names}
            yield database, known, []
    elif isinstance(place, str | Path) and Path(place).is_dir():
        files = tables_of(Path(place))
        tabular = {name: paths for name, paths in files.items() if not is_json(paths[0])}
        sql = {f"@raw {name}": files_sql(paths) for name, paths in tabular.items()}
        every = [path for paths in tabular.values() for path in paths]
        with open_files(str(place), sql, every) as folder:
            yield (
                folder,
                {name: _described(folder, name) for name in tabular},
                [name for name in files if name not in tabular],
            )
    else:
        with open_table(place) as opened:
            yield opened, {_name(place): (opened.rows, dict(opened.columns))}, []


def _described(folder: OpenTable, name: str) -> tuple[str, dict[str, str]]:
    view = quoted(f"@raw {name}")
    described = folder.ask(f"DESCRIBE SELECT * FROM {view}")
    return view, {column: kind for column, kind, *_ in described}


def _name(place: Any) -> str:
    if isinstance(place, Database):
        return place.names[1]
    return Path(place).name.partition(".")[0] if isinstance(place, str | Path) else "table"


def _table(
    measure: Measure, inner: OpenTable, name: str, rows: str, columns: dict[str, str]
) -> TableProfile:
    profiles = {column: ColumnProfile() for column in columns}
    sample = f'(SELECT * FROM {rows} LIMIT {SAMPLE}) AS "@sample"'
    for column, coded in candidates(measure, columns).items():
        profiles[column] = _column(inner, sample, column, columns[column], coded)
    return TableProfile(name, profiles)


def _column(inner: OpenTable, sample: str, column: str, kind: str, coded: bool) -> ColumnProfile:
    cell = quoted(column)
    text = inner.read("string", cell, kind).value
    reads = [inner.read(wanted, cell, kind).value for wanted in _TYPES]
    asked = ", ".join(f"count({value})" for value in (text, *reads))
    ((rows, filled, *readable),) = inner.ask(f"SELECT count(*), {asked} FROM {sample}")
    if not filled:
        return ColumnProfile({}, 0.0)
    shares = {t: n / filled for t, n in zip(_TYPES, readable, strict=True)}
    return ColumnProfile(shares, filled / rows, _codes(inner, sample, text) if coded else ())


def _codes(inner: OpenTable, sample: str, text: str) -> tuple[str, ...]:
    """Return the codes of a column, or nothing if it has many, long or rare values only."""
    found = inner.ask(
        f"SELECT {text}, count(*) FROM {sample} WHERE {text} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {MOST_CODES + 1}"
    )
    if len(found) > MOST_CODES or any(len(code) > LONGEST for code, _ in found):
        return ()
    return tuple(code for code, rows in found if rows >= COMMON)
