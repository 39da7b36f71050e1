"""A hospital's tables under a mapping, as a source of rows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from fedqi.errors import DefinitionError
from fedqi.mapping import DataMapping
from fedqi.mapping.plan import Plan, plan
from fedqi.measures import Measure
from fedqi.measures.rewriting import System


@dataclass(frozen=True, slots=True, eq=False)
class MappedTables:
    """Tables, and how the datasets of measures come from them.

    Parameters
    ----------
    place
        A folder of files, a schema of a database (``schema.*``); or, where the mapping has one
        table only, whatever that is: a file, a database's table, a DuckDB relation.
    mapping
        The mapping.
    grain
        Which of its datasets; its only one if None.
    wanted
        The columns that are asked for; all of them if None.
    """

    place: Any
    mapping: DataMapping
    grain: str | None = None
    wanted: frozenset[str] | None = None

    def of_measure(self, measure: Measure, by: str | None = None) -> "MappedTables":
        """Return what a measure needs of them.

        Parameters
        ----------
        measure
            The measure; the grain of its dataset names the dataset of the mapping.
        by
            A column that is needed besides.

        Raises
        ------
        DefinitionError
            If the mapping has no dataset of that grain.
        """
        grain, known = measure.dataset.grain, self.mapping.datasets
        if grain not in known:
            raise DefinitionError(
                f"mapping {self.mapping.id}: measure {measure.name} has one row per {grain!r}, and "
                f"no dataset of the mapping is called so; there are: {', '.join(known)}; the "
                "mapping's author must add it"
            )
        wanted = {*measure.dataset.columns, *([by] if by else ())}
        return replace(self, grain=grain, wanted=frozenset(wanted))

    def with_column(self, column: str) -> Iterable["MappedTables"]:
        """Return each dataset that has a column, with this column only.

        Raises
        ------
        DefinitionError
            If none has.
        """
        found = [g for g, d in self.mapping.datasets.items() if column in d.columns]
        if not found:
            raise DefinitionError(
                f"mapping {self.mapping.id}: no dataset has the column {column!r}; the mapping's "
                "author must add it, or the one who asks name another column for the site"
            )
        return [replace(self, grain=grain, wanted=frozenset({column})) for grain in found]

    def plan(self, system: System) -> Plan:
        """Return what is needed of which table."""
        grain = self.grain if self.grain is not None else next(iter(self.mapping.datasets))
        return plan(self.mapping, grain, self.wanted, system)
