"""One way to open every source of rows, under a mapping of tables or as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapped_opening import label_of_mapped, open_mapped
from fedqi.engine.opened import OpenTable
from fedqi.engine.tables import label_of_plain, open_plain


@contextmanager
def open_table(table: Any) -> Iterator[OpenTable]:
    """Open what :func:`~fedqi.engine.tables.open_plain` opens, or tables under a mapping.

    Raises
    ------
    DataQualityError
        If a table or a column of it is missing or cannot be read.
    ConfigurationError
        If `table` is nothing that can be opened, a database cannot be reached, or times need a
        zone that nothing names.
    """
    opening = open_mapped if isinstance(table, MappedTables) else open_plain
    with opening(table) as opened:
        yield opened


def label_of(table: Any) -> str:
    """Return how messages name a source."""
    return label_of_mapped(table) if isinstance(table, MappedTables) else label_of_plain(table)
