"""Codes that a table writes otherwise than the measure: such rows are silently not counted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fedqi.engine.attrition import own_rows
from fedqi.engine.opening import open_table
from fedqi.engine.report import rows_in_words
from fedqi.engine.source import as_source, of_measure
from fedqi.engine.typed import file_columns, loose_rows
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.code_use import CodeUse, code_uses, spelled_alike, spelled_otherwise

FEWEST_ROWS = 50
"""Below it that no row has a code tells nothing."""


def code_doubts(
    measure: Measure, source: Any, *, mapping: Mapping[str, str] | DataMapping | None = None
) -> tuple[str, ...]:
    """Return which codes no row has, or only in another spelling, in counts of rows.

    Parameters
    ----------
    measure, source, mapping
        As in :func:`fedqi.engine.check`.

    Returns
    -------
    tuple of str
        Sentences that name the column and the measure's own codes, never a value of the table;
        none if the table lacks a column.
    """
    given, uses = as_source(source, None), code_uses(measure)
    if not uses:
        return ()
    table, names = of_measure(measure, given.table, mapping or {})
    with open_table(table.rows) as opened:
        columns, missing = file_columns(measure, opened, names)
        if missing:
            return ()
        rows = loose_rows(measure, opened, table, columns, {})
        ((total, *counts),) = opened.ask(
            f'SELECT count(*), {", ".join(_counts(uses))} FROM ({rows}) AS "@typed" '
            f"WHERE {own_rows(given)}"
        )
    return tuple(_told(uses, int(total), [int(each) for each in counts]))


def _counts(uses: Sequence[CodeUse]) -> Iterator[str]:
    for use in uses:
        for condition in (spelled_alike, spelled_otherwise):
            yield f"count(CASE WHEN {condition(use)} THEN 1 END)"


def _told(uses: Sequence[CodeUse], total: int, counts: Sequence[int]) -> Iterator[str]:
    for use, alike, otherwise in zip(uses, counts[::2], counts[1::2], strict=True):
        if otherwise:
            have = "has" if otherwise == 1 else "have"
            yield (
                f"column {use.column!r}: {rows_in_words(otherwise)} {have} {use.words} but for "
                "dots, blanks or capitals, which is not the same; the data manager must write "
                "codes as the measure does, or map them"
            )
        elif not alike and total >= FEWEST_ROWS:
            yield f"column {use.column!r}: no row of {total} has {use.words}"
