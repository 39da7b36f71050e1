"""Expressions of a mapping: the language of measures, over the columns of several tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlglot import exp

from fedqi.errors import DefinitionError
from fedqi.mapping.model import DataMapping
from fedqi.measures.criteria import Scope, parse_any
from fedqi.measures.grammar import KIND_OF_TYPE, Kind
from fedqi.measures.postgres import postgres
from fedqi.measures.refusals import nearest
from fedqi.measures.rewriting import System, portable

AUTHOR = "the mapping's author must correct it"
_TYPE_OF_KIND = {
    "string": "string",
    "number": "number",
    "date": "date",
    "boolean": "boolean",
    "null": "string",
}


class Term(NamedTuple):
    """An expression, checked, as SQL.

    Parameters
    ----------
    sql
        Over columns that are named as ``"table.column"``.
    type
        Type of its value, as of a column.
    uses
        The columns that it reads.
    """

    sql: str
    type: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What expressions may name: the columns of some tables of a mapping.

    Parameters
    ----------
    mapping
        Whose tables.
    tables
        The names of those that may be named here.
    system
        Whose SQL.
    """

    mapping: DataMapping
    tables: tuple[str, ...]
    system: System

    @property
    def columns(self) -> dict[str, str]:
        """``table.column`` to type; and the column alone where only one table has it."""
        full: dict[str, str] = {}
        alone: dict[str, list[str]] = {}
        for table in self.tables:
            for name, column in self.mapping.tables[table].columns.items():
                full[f"{table}.{name}"] = column.type
                alone.setdefault(name, []).append(column.type)
        return full | {name: types[0] for name, types in alone.items() if len(types) == 1}

    def term(self, place: str, text: str, wanted: Kind | None = None) -> Term:
        """Return an expression as SQL.

        Parameters
        ----------
        place
            Where it stands, for messages.
        text
            The expression.
        wanted
            The kind that it must have; any if None.

        Raises
        ------
        DefinitionError
            Naming the place, and in the expression line, column and the offending text.
        """
        types = self.columns
        tree, kind = parse_any(text, Scope(place, types, author=AUTHOR, qualified=True))
        if wanted is not None and kind not in (wanted, "null"):
            raise DefinitionError(f"{place}: {text!r} is a {kind}, expected a {wanted}; {AUTHOR}")
        tree = tree.transform(self._full)
        uses = frozenset(column.name for column in tree.find_all(exp.Column))
        tree = portable(tree, types, {})
        own = wanted or kind
        try:
            if self.system == "postgres":
                tree = postgres(tree, own, types)
        except DefinitionError as error:
            raise DefinitionError(f"{place}: {error}") from None
        return Term(f"({tree.sql(dialect=self.system, comments=False)})", _TYPE_OF_KIND[own], uses)

    def column(self, place: str, text: str) -> Term:
        """Return a column as it is, a datetime with its time.

        Raises
        ------
        DefinitionError
            If there is none of this name.
        """
        types = self.columns
        if text not in types:
            raise DefinitionError(
                f"{place}: {text!r} is an unknown column: {nearest(text, types)}; {AUTHOR}"
            )
        name = self.full(text)
        return Term(f'"{name}"', types[text], frozenset({name}))

    def full(self, name: str) -> str:
        """Return a name with its table."""
        if "." in name:
            return name
        return next(f"{t}.{name}" for t in self.tables if name in self.mapping.tables[t].columns)

    def _full(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return exp.column(exp.to_identifier(self.full(node.name), quoted=True))
        return node


def kind_of(kinds: Mapping[str, str], name: str) -> Kind:
    """Return the kind of a column from its type."""
    return KIND_OF_TYPE[kinds[name]]


def used_tables(terms: Iterable[Term]) -> set[str]:
    """Return the tables whose columns are read."""
    return {name.partition(".")[0] for term in terms for name in term.uses}
