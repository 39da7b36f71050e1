"""A table that can be asked for aggregates, whatever system holds it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fedqi.engine.reading import Reading
from fedqi.engine.report import Finding
from fedqi.measures.rewriting import System


class OpenTable(ABC):
    """A table that can be asked for aggregates.

    Parameters
    ----------
    label
        The table's name in messages.
    columns
        Column -> its type in the table.
    statistics
        Whether the range of a column is known without reading it, as in Parquet.
    """

    rows: str
    """The rows, in the SQL that the table is asked."""
    types: Mapping[str, str]
    """Type of a column of a measure -> type of the system."""
    system: System
    hashes: bool
    """Whether :meth:`numbers` and the function ``hash`` are there."""

    def __init__(self, label: str, columns: Mapping[str, str], statistics: bool = False) -> None:
        self.label = label
        self.columns = columns
        self.statistics = statistics

    @abstractmethod
    def read(self, wanted: str, cell: str, kind: str) -> Reading:
        """Return how a column is read.

        Parameters
        ----------
        wanted
            Type of the measure's column.
        cell
            The table's column, quoted.
        kind
            Its type in the table.
        """

    @abstractmethod
    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL over :attr:`rows` and return the rows of its answer.

        Raises
        ------
        DataQualityError
            If the table cannot be read to its end or an expression cannot be evaluated.
        """

    def numbers(self, sql: str) -> np.ndarray:
        """Run SQL for one column of numbers without NULL and return it, shape (rows,).

        Raises
        ------
        DataQualityError
            As of :meth:`ask`.
        """
        raise NotImplementedError

    def faults(self) -> Sequence[Finding]:
        """Return what keeps the rows from being those that a mapping describes."""
        return ()
