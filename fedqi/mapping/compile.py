"""A mapped dataset as SQL: one SELECT over the hospital's tables, and the questions about them.

Every table is first read as the types that the mapping gives its columns, which are then called
``"table.column"``; ``"table.column?"`` says whether something is there that cannot be read so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from fedqi.errors import ConfigurationError, DataQualityError
from fedqi.mapping.crosswalk import crossed, unnamed
from fedqi.mapping.model import SourceTable, TableColumn
from fedqi.mapping.plan import Plan, PlannedJoin
from fedqi.mapping.questions import Fault, Question, RawTable, Reader
from fedqi.mapping.zones import AWARE, carries_offset, zoned
from fedqi.measures.refusals import nearest
from fedqi.measures.rewriting import System


@dataclass(frozen=True)
class Compiled:
    """A plan over the tables that are there.

    Parameters
    ----------
    plan
        What is asked.
    tables
        Name in the mapping to the table.
    read
        How a column is read as a type.
    types
        Type of a column of a measure to type of the system.
    system
        Whose SQL.

    Raises
    ------
    DataQualityError
        If a column is not in its table.
    ConfigurationError
        If times need the hospital's zone and the mapping has none.
    """

    plan: Plan
    tables: Mapping[str, RawTable]
    read: Reader
    types: Mapping[str, str]
    system: System

    def __post_init__(self) -> None:
        lacking = self.lacking()
        if lacking:
            raise DataQualityError("; ".join(lacking))

    def lacking(self) -> list[str]:
        """Return what is wrong with each column that is not there, in words."""
        found = []
        for name in (self.plan.base, *(join.table for join in self.plan.joins)):
            table, known = self.plan.mapping.tables[name], self.tables[name]
            for own in self.plan.uses_of(name):
                column = table.columns[own]
                if known.columns is not None and column.path is None:
                    found += _absent(known, known.columns, column.from_ or own)
                elif known.columns is not None:
                    found += _absent(known, known.columns, table.document)
        return list(dict.fromkeys(found))

    @property
    def kinds(self) -> dict[str, str]:
        """Column of the dataset to its type of the system."""
        return {
            name: self.types[crossed(term, column, self.types).type]
            for name, (term, column) in self.plan.columns.items()
        }

    @cached_property
    def rows(self) -> str:
        """The dataset: a SELECT with the columns of the plan."""
        values = []
        for name, (term, column) in self.plan.columns.items():
            found = crossed(term, column, self.types)
            values.append(f'CAST({found.sql} AS {self.types[found.type]}) AS "{name}"')
        where = f" WHERE {self.plan.where.sql}" if self.plan.where else ""
        return f"SELECT {', '.join(values)} FROM {self._joined}{where}"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What no row may be: of the rows of the dataset, then of each joined table."""
        keys = {name for join in self.plan.joins for name in _looked_up(join)}
        faults = [self._fault(name) for name in self.plan.uses if name not in keys]
        for name, (term, column) in self.plan.columns.items():
            condition = unnamed(term, column)
            if condition is not None:
                expected = f"is not among the codes of {name!r} in the mapping"
                faults.append(Fault(None, name, expected, condition, term.sql))
        # Rows of which it is unknown whether they belong are looked at as well.
        where = f" WHERE {self.plan.where.sql} IS NOT FALSE" if self.plan.where else ""
        first = Question(f"{self._joined}{where}", tuple(f for f in faults if f is not None))
        return (first, *(q for join in self.plan.joins for q in self._of_join(join)))

    @property
    def partners(self) -> Question:
        """How many rows of the dataset have no row of a joined table."""
        where = f" WHERE {self.plan.where.sql}" if self.plan.where else ""
        faults = (
            Fault(self.tables[join.table].label, join.table, "", f'"{join.matches[0][0]}" IS NULL')
            for join in self.plan.joins
        )
        return Question(f"{self._joined}{where}", tuple(faults))

    @property
    def offsets(self) -> list[Question]:
        """Per table, texts with an offset where the mapping names no zone."""
        found = []
        for name in (self.plan.base, *(join.table for join in self.plan.joins)):
            table, faults = self.plan.mapping.tables[name], []
            for own in self.plan.uses_of(name):
                column = table.columns[own]
                cell, kind = self._raw(table, self.tables[name], column, own)
                if column.zone is None and column.type in ("date", "datetime"):
                    shown = column.path or column.from_ or own
                    condition = carries_offset(f"CAST({cell} AS {self.types['string']})")
                    if kind not in AWARE:
                        faults.append(Fault(self.tables[name].label, shown, "", condition))
            found.append(Question(self.tables[name].rows, tuple(faults)))
        return [question for question in found if question.faults]

    def codes(self, question: Question, fault: Fault) -> str:
        """Return SQL for the codes that a crosswalk does not name, with the rows of each."""
        return (
            f"SELECT CAST({fault.code} AS {self.types['string']}), count(*) FROM {question.rows} "
            f"{'AND' if self.plan.where else 'WHERE'} {fault.condition} "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        )

    @cached_property
    def _joined(self) -> str:
        parts = [self._typed(self.plan.base)]
        for join in self.plan.joins:
            equal = " AND ".join(f'"{own}" = {term.sql}' for own, term in join.matches)
            parts.append(f"LEFT JOIN {self._one_each(join)} ON {equal}")
        return " ".join(parts)

    def _of_join(self, join: PlannedJoin) -> list[Question]:
        """Return what the rows of a joined table may not be."""
        where = f" WHERE {join.where.sql} IS NOT FALSE" if join.where else ""
        read = tuple(f for name in _looked_up(join) if (f := self._fault(name)) is not None)
        found = [Question(f"{self._typed(join.table)}{where}", read)] if read else []
        if join.order is None:
            keys = [f'"{name}"' for name, _ in join.matches]
            kept = [*(f"{key} IS NOT NULL" for key in keys)]
            kept += [join.where.sql] if join.where else []
            groups = (
                f'(SELECT count(*) AS "@n" FROM {self._typed(join.table)} '
                f'WHERE {" AND ".join(kept)} GROUP BY {", ".join(keys)}) AS "@keys"'
            )
            own = ", ".join(name.partition(".")[2] for name, _ in join.matches)
            words = "comes in several rows; say which one counts with first: or last:"
            table = self.tables[join.table].label
            found.append(Question(groups, (Fault(table, own, words, '"@n" > 1'),)))
        return found

    def _one_each(self, join: PlannedJoin) -> str:
        typed = self._typed(join.table)
        where = f" WHERE {join.where.sql}" if join.where else ""
        if join.order is None:
            return f'(SELECT * FROM {typed}{where}) AS "@only {join.table}"'
        keys = ", ".join(f'"{name}"' for name, _ in join.matches)
        name, ascending = join.order
        # Ties are broken by every other column: the same rows always give the same figures.
        others = [f'"{join.table}.{own}"' for own in self.plan.uses_of(join.table)]
        order = f'"{name}" {"ASC" if ascending else "DESC"} NULLS LAST, {", ".join(others)}'
        return (
            f"(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY {order}) "
            f'AS "@nth {join.table}" FROM {typed}{where}) AS "@all {join.table}" '
            f'WHERE "@nth {join.table}" = 1) AS "@only {join.table}"'
        )

    def _typed(self, name: str) -> str:
        """Return a table as its columns are typed, without what is not needed."""
        selected = ['1 AS "@one"'] if not self.plan.uses_of(name) else []
        for own in self.plan.uses_of(name):
            value, unreadable = self._cell(name, own)
            selected.append(f'{value} AS "{name}.{own}"')
            if unreadable is not None:
                selected.append(f'({unreadable}) AS "{name}.{own}?"')
        return f'(SELECT {", ".join(selected)} FROM {self.tables[name].rows}) AS "@typed {name}"'

    def _fault(self, name: str) -> Fault | None:
        table, _, own = name.partition(".")
        column = self.plan.mapping.tables[table].columns[own]
        if self._cell(table, own)[1] is None:
            return None
        label = self.tables[table].label
        shown = column.path or column.from_ or own
        return Fault(label, shown, f"cannot be read as a {column.type}", f'"{name}?"')

    def _cell(self, name: str, own: str) -> tuple[str, str | None]:
        """Return value and what is unreadable of a column of a table."""
        table = self.plan.mapping.tables[name]
        column = table.columns[own]
        cell, kind = self._raw(table, self.tables[name], column, own)
        zone = self.plan.mapping.time_zone
        place = f"mapping {self.plan.mapping.id}: tables.{name}.columns.{own}"
        if column.type in ("date", "datetime") and kind in AWARE and column.zone is None:
            raise ConfigurationError(
                f"{place}: {self.tables[name].label} holds times with a time zone there; the "
                "mapping's author must say zone: offset"
            )
        if column.zone is None:
            found = self.read(column.type, cell, kind)
            return found.value, found.unreadable
        if zone is None:
            raise ConfigurationError(
                f"{place}: its times are of another zone (zone: {column.zone}), and nothing says "
                "in which zone the hospital counts its days; the operator must say time_zone, such "
                "as Europe/Amsterdam, in the mapping or beside it in the configuration"
            )
        naive = self.read("datetime", cell, kind).value
        return zoned(cell, kind, column.type, (column.zone, zone), naive, self.system)

    def _raw(
        self, table: SourceTable, raw: RawTable, column: TableColumn, own: str
    ) -> tuple[str, str]:
        if column.path is None and raw.columns is not None:
            name = spelled(raw.columns, column.from_ or own) or ""
            return _quoted(name), raw.columns[name]
        if self.system == "postgres":
            return f"({_quoted(table.document)} #>> '{{{','.join(column.steps)}}}')", "text"
        document = raw.document if raw.columns is None else _quoted(table.document)
        path = column.path or f"$.{column.from_ or own}"
        return f"json_extract_string({document}, '{path}')", "VARCHAR"


def _looked_up(join: PlannedJoin) -> list[str]:
    """Return the columns that decide which row is joined, in full."""
    of_where = sorted(join.where.uses) if join.where else []
    return list(dict.fromkeys([*(name for name, _ in join.matches), *of_where]))


def spelled(names: Iterable[str], wanted: str) -> str | None:
    """Return a name as it is written there: exactly, or else but for capitals; None if absent."""
    known = list(names)
    if wanted in known:
        return wanted
    return next((name for name in known if name.casefold() == wanted.casefold()), None)


def _absent(table: RawTable, columns: Mapping[str, str], name: str) -> list[str]:
    if spelled(columns, name) is not None:
        return []
    hint = nearest(name, columns)
    shown = hint if hint.startswith("did you mean") else f"it has {len(columns)} others"
    return [
        f"{table.label}: column {name!r} is missing ({shown}); the data manager must add it, or "
        "the mapping's author name another"
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
