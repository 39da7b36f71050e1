"""What a compiled mapping reads, and what it asks of it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol


class Read(Protocol):
    """A column read as a type; see :class:`fedqi.engine.reading.Reading`."""

    @property
    def value(self) -> str:
        """Expression of the value, NULL where it cannot be read."""

    @property
    def unreadable(self) -> str | None:
        """Condition that it is not of the type; None where that cannot be."""


Reader = Callable[[str, str, str], Read]
"""Wanted type, cell and its own type to how it is read."""


class RawTable(NamedTuple):
    """A table of the hospital as it is.

    Parameters
    ----------
    rows
        Its rows, in SQL.
    columns
        Column -> its type there; None where each row is a JSON document.
    document
        Expression of that document.
    label
        How messages name it.
    """

    rows: str
    columns: Mapping[str, str] | None
    document: str
    label: str


class Fault(NamedTuple):
    """What some rows may not be.

    Parameters
    ----------
    table
        The hospital's table, in words; None where it concerns a column of the dataset.
    column
        Its column, or the column of the dataset.
    expected
        What it should be, or else what is wrong, in words.
    condition
        When a row is at fault, over the relation of the question.
    code
        For a crosswalk the expression of the code; None otherwise.
    """

    table: str | None
    column: str
    expected: str
    condition: str
    code: str | None = None


class Question(NamedTuple):
    """Rows, and what they may not be.

    Parameters
    ----------
    rows
        SQL after FROM, with its conditions.
    faults
        What is counted in them.
    """

    rows: str
    faults: tuple[Fault, ...]

    @property
    def sql(self) -> str:
        """One row: how many rows there are, and how many with each fault."""
        counts = [f"count(CASE WHEN {fault.condition} THEN 1 END)" for fault in self.faults]
        return f"SELECT {', '.join(['count(*)', *counts])} FROM {self.rows}"
