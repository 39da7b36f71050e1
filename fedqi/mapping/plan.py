"""What a dataset needs of which table: checked, and only as much as the wanted columns ask for."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from fedqi.errors import DefinitionError
from fedqi.mapping.model import DataMapping, DatasetMapping, Join, MappedColumn
from fedqi.mapping.terms import AUTHOR, Term, Vocabulary, used_tables
from fedqi.measures.grammar import KIND_OF_TYPE
from fedqi.measures.refusals import nearest
from fedqi.measures.rewriting import System

Place = Callable[[Sequence[str | int]], str]


@dataclass(frozen=True, slots=True)
class PlannedJoin:
    """A table that is joined.

    Parameters
    ----------
    table
        Its name in the mapping.
    matches
        Its columns, in full, and what they must equal.
    where
        Which of its rows.
    order
        The column that decides between several rows, in full, and whether the smallest wins.
    """

    table: str
    matches: tuple[tuple[str, Term], ...]
    where: Term | None
    order: tuple[str, bool] | None

    @property
    def terms(self) -> tuple[Term, ...]:
        """Everything that is evaluated for it."""
        return (*(term for _, term in self.matches), *([self.where] if self.where else ()))


@dataclass(frozen=True, slots=True)
class Plan:
    """A dataset, checked.

    Parameters
    ----------
    mapping
        Whose.
    base
        The table whose rows they are.
    columns
        Column of the dataset to its value before any crosswalk, and how it is mapped.
    where
        Which rows.
    joins
        The tables that are needed, in order.
    uses
        Every column that is read, in full, in the order of the mapping.
    """

    mapping: DataMapping
    base: str
    columns: dict[str, tuple[Term, MappedColumn]]
    where: Term | None
    joins: tuple[PlannedJoin, ...]
    uses: tuple[str, ...]

    def uses_of(self, table: str) -> tuple[str, ...]:
        """Return the columns that are read of one table, without its name."""
        split = (name.partition(".") for name in self.uses)
        return tuple(column for of, _, column in split if of == table)


def plan(
    mapping: DataMapping,
    grain: str,
    wanted: Collection[str] | None = None,
    system: System = "duckdb",
    place: Place = lambda _: "",
) -> Plan:
    """Check one dataset of a mapping.

    Parameters
    ----------
    mapping
        The mapping.
    grain
        Which of its datasets.
    wanted
        The columns that are asked for; all of them if None. Tables and columns that these do
        not need are left out.
    system
        Whose SQL the expressions become.
    place
        Where keys stand in the file.

    Raises
    ------
    DefinitionError
        Naming the place of what is unknown or of the wrong kind.
    """
    return _Planner(mapping, grain, system, place).plan(wanted)


class _Planner:
    def __init__(self, mapping: DataMapping, grain: str, system: System, place: Place) -> None:
        self._mapping = mapping
        self._grain = grain
        self._system = system
        self._place = place
        self._dataset: DatasetMapping = mapping.datasets[grain]
        for steps, table in self._named_tables():
            if table not in mapping.tables:
                raise self._error(steps, f"{table!r} is no table: {nearest(table, mapping.tables)}")
        if self._dataset.from_ in self._dataset.joins:
            raise self._error(["joins", self._dataset.from_], "is joined to itself")

    def plan(self, wanted: Collection[str] | None) -> Plan:
        everything = self._vocabulary(self._dataset.tables)
        columns = {
            name: (self._column(everything, name, column), column)
            for name, column in self._dataset.columns.items()
            if wanted is None or name in wanted
        }
        where = self._where(everything)
        terms = [term for term, _ in columns.values()] + ([where] if where else [])
        joins = self._needed(used_tables(terms))
        return Plan(self._mapping, self._dataset.from_, columns, where, joins, _uses(terms, joins))

    def _named_tables(self) -> Iterator[tuple[list[str], str]]:
        yield ["from"], self._dataset.from_
        for table in self._dataset.joins:
            yield ["joins", table], table

    def _needed(self, tables: set[str]) -> tuple[PlannedJoin, ...]:
        """Return the joins that bring these tables, and what those need, in order."""
        before = [self._dataset.from_]
        planned = []
        for table, join in self._dataset.joins.items():
            planned.append(self._join(table, join, before))
            before.append(table)
        needed = set(tables)
        for each in reversed(planned):
            if each.table in needed:
                needed |= used_tables(each.terms)
        return tuple(each for each in planned if each.table in needed)

    def _join(self, table: str, join: Join, before: Sequence[str]) -> PlannedJoin:
        own, earlier = self._vocabulary([table]), self._vocabulary(before)
        matches = []
        for column, text in join.match.items():
            steps = ["joins", table, "match", column]
            found = self._own(own, table, column, steps)
            kind = KIND_OF_TYPE[own.columns[found]]
            if own.columns[found] == "datetime":
                raise self._error(steps, "is a datetime; rows are matched by text, numbers, dates")
            matches.append((found, earlier.term(self._words(steps), text, kind)))
        steps = ["joins", table, "where"]
        where = own.term(self._words(steps), join.where, "boolean") if join.where else None
        order = None
        if join.first or join.last:
            key = "first" if join.first else "last"
            name = self._own(own, table, join.first or join.last or "", ["joins", table, key])
            order = (name, join.first is not None)
        return PlannedJoin(table, tuple(matches), where, order)

    def _own(self, own: Vocabulary, table: str, column: str, steps: list[str]) -> str:
        """Return a column of the joined table in full."""
        known = self._mapping.tables[table].columns
        if column not in known:
            hint = nearest(column, known)
            raise self._error(steps, f"{column!r} is no column of {table}: {hint}")
        return own.full(column)

    def _where(self, everything: Vocabulary) -> Term | None:
        text = self._dataset.where
        return everything.term(self._words(["where"]), text, "boolean") if text else None

    def _column(self, everything: Vocabulary, name: str, column: MappedColumn) -> Term:
        key = "from" if column.from_ else "expression"
        steps = ["columns", name, key]
        build = everything.column if column.from_ else everything.term
        term = build(self._words(steps), column.text)
        if column.codes is not None and term.type not in ("string", "integer"):
            raise self._error(
                ["columns", name, "codes"],
                f"stand for a {term.type}, expected text or a whole number as codes",
            )
        return term

    def _vocabulary(self, tables: Sequence[str]) -> Vocabulary:
        return Vocabulary(self._mapping, tuple(tables), self._system)

    def _words(self, steps: Sequence[str]) -> str:
        whole = ["datasets", self._grain, *steps]
        return f"mapping {self._mapping.id}: {self._place(whole)}{'.'.join(whole)}"

    def _error(self, steps: Sequence[str], why: str) -> DefinitionError:
        return DefinitionError(f"{self._words(steps)}: {why}; {AUTHOR}")


def _uses(terms: Sequence[Term], joins: Sequence[PlannedJoin]) -> tuple[str, ...]:
    found: set[str] = set()
    for term in [*terms, *(term for join in joins for term in join.terms)]:
        found |= term.uses
    for join in joins:
        found |= {name for name, _ in join.matches}
        found |= {join.order[0]} if join.order else set()
    return tuple(sorted(found))
