"""Opens the tables of a mapping, and asks their dataset as if it were one table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fedqi.engine.csv_header import quoted
from fedqi.engine.database import Database
from fedqi.engine.mapped import MappedTables
from fedqi.engine.opened import OpenTable
from fedqi.engine.reading import Reading
from fedqi.engine.report import Finding, Problem, rows_in_words
from fedqi.engine.table_files import files_of, files_sql, is_json
from fedqi.engine.tables import label_of_plain, open_files, open_plain
from fedqi.errors import DataQualityError
from fedqi.mapping import DataMapping
from fedqi.mapping.compile import Compiled, spelled
from fedqi.mapping.plan import Plan
from fedqi.mapping.questions import Fault, RawTable
from fedqi.measures.refusals import nearest

DATA_MANAGER = "the data manager must correct the table, or the mapping's author the mapping"


class MappedTable(OpenTable):
    """A dataset of a mapping; its SQL runs where the tables are.

    Parameters
    ----------
    label
        How messages name it.
    inner
        What is asked.
    compiled
        The dataset in its SQL.
    """

    def __init__(self, label: str, inner: OpenTable, compiled: Compiled) -> None:
        self.types, self.system, self.hashes = inner.types, inner.system, inner.hashes
        self.compiled = compiled
        self._inner = inner
        self.rows = f'({compiled.rows}) AS "@mapped"'
        kinds = _POSTGRES_KINDS if inner.system == "postgres" else {}
        super().__init__(label, {n: kinds.get(kind, kind) for n, kind in compiled.kinds.items()})

    def read(self, wanted: str, cell: str, kind: str) -> Reading:
        """Return how a column is read; see the base."""
        return self._inner.read(wanted, cell, kind)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL over the dataset; see the base."""
        return self._inner.ask(sql)

    def numbers(self, sql: str) -> np.ndarray:
        """Run SQL for one column of numbers; see the base."""
        return self._inner.numbers(sql)

    def faults(self) -> Sequence[Finding]:
        """Return what cannot be read, codes that are not named, and joins that are not unique."""
        found = []
        for question in self.compiled.questions:
            if question.faults:
                (counts,) = self.ask(question.sql)
                told = zip(question.faults, counts[1:], strict=True)
                found += [_finding(fault, int(count)) for fault, count in told if count]
        return found


_POSTGRES_KINDS = {
    "TEXT": "text",
    "BIGINT": "bigint",
    "FLOAT8": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "BOOLEAN": "boolean",
}
"""Types as PostgreSQL names them in its catalogue."""


def _finding(fault: Fault, count: int) -> Finding:
    rows = rows_in_words(count)
    if fault.table is None:
        words = f"a code that {fault.expected} in {rows}; 'fedqi-site map check' lists them"
        return Finding(Problem.MAPPING, fault.column, count, words)
    words = f"{fault.table}: {fault.expected} in {rows}; {DATA_MANAGER}"
    return Finding(Problem.MAPPING, fault.column, count, words)


@contextmanager
def open_mapped(tables: MappedTables) -> Iterator[MappedTable]:
    """Open what a mapping needs.

    Raises
    ------
    DataQualityError
        If a table or a column of it is missing or cannot be read.
    ConfigurationError
        If a database cannot be reached, or times need a zone that nothing names.
    """
    with open_tables(tables) as (inner, plan, raw):
        compiled = Compiled(plan, raw, inner.read, inner.types, inner.system)
        yield MappedTable(label_of_mapped(tables), inner, compiled)


@contextmanager
def open_tables(tables: MappedTables) -> Iterator[tuple[OpenTable, Plan, dict[str, RawTable]]]:
    """Open the tables of a mapping as they are.

    Yields
    ------
    tuple
        What is asked, what is needed, and name in the mapping to table.
    """
    place = tables.place
    if isinstance(place, Database):
        with open_plain(place) as opened:
            plan = tables.plan(opened.system)
            yield opened, plan, _of_database(place, opened, plan)
    elif isinstance(place, str | Path) and Path(place).is_dir():
        plan = tables.plan("duckdb")
        found = {name: files_of(Path(place), physical(plan, name)) for name in _needed(plan)}
        sql = {f"@raw {name}": files_sql(paths) for name, paths in found.items()}
        every = [path for paths in found.values() for path in paths]
        with open_files(label_of_mapped(tables), sql, every) as folder:
            raw = {name: _of_files(folder, f"@raw {name}", paths) for name, paths in found.items()}
            yield folder, plan, raw
    else:
        with open_plain(place) as opened:
            plan = tables.plan(opened.system)
            yield opened, plan, {_only(tables.mapping, opened): _as_it_is(opened)}


def label_of_mapped(tables: MappedTables) -> str:
    """Return how messages name them."""
    return f"{label_of_plain(tables.place)}, mapping {tables.mapping.id}"


def _needed(plan: Plan) -> list[str]:
    return [plan.base, *(join.table for join in plan.joins)]


def physical(plan: Plan, name: str) -> str:
    """Return what a table of a mapping is called at the hospital."""
    return plan.mapping.tables[name].table or name


def _of_files(folder: OpenTable, view: str, paths: Sequence[Path]) -> RawTable:
    label = ", ".join(path.name for path in paths)
    if is_json(paths[0]):
        return RawTable(quoted(view), None, "json", label)
    found = folder.ask(f"DESCRIBE SELECT * FROM {quoted(view)}")
    return RawTable(quoted(view), {name: kind for name, kind, *_ in found}, "", label)


def _as_it_is(opened: OpenTable) -> RawTable:
    return RawTable(opened.rows, opened.columns, "", opened.label)


def _only(mapping: DataMapping, opened: OpenTable) -> str:
    if len(mapping.tables) > 1:
        raise DataQualityError(
            f"{opened.label}: is one table, and mapping {mapping.id} needs "
            f"{len(mapping.tables)}; the operator must name the folder of the files, or schema.* "
            "of the database"
        )
    return next(iter(mapping.tables))


def _of_database(place: Database, opened: OpenTable, plan: Plan) -> dict[str, RawTable]:
    from fedqi.engine.postgres import PostgresTable

    if not place.whole_schema or not isinstance(opened, PostgresTable):
        return {_only(plan.mapping, opened): _as_it_is(opened)}
    names = opened.names_in(place.names[0])
    found = {}
    for name in _needed(plan):
        wanted = physical(plan, name)
        own = spelled(names, wanted)
        if own is None:
            raise DataQualityError(
                f"{place.label}: no table {wanted!r}: {nearest(wanted, names) if names else ''}; "
                "the administrator must grant SELECT on it, or the mapping's author name another"
            )
        rows = f"{quoted(place.names[0])}.{quoted(own)}"
        found[name] = RawTable(rows, opened.columns_of(place.names[0], own), "", own)
    return found
