"""How many rows are left after each criterion, over periods: where the patients go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedqi.engine.csv_header import literal
from fedqi.engine.opening import open_table
from fedqi.engine.source import Source, as_source, of_measure
from fedqi.engine.typed import file_columns, loose_rows
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.compile import ROWS, period_name
from fedqi.measures.stages import WORDS, Stage, staged_rows, stages

ALL, LAST = "rows", "numerator"
_LAST_WORDS = {
    "proportion": "in the numerator",
    "rate": "with an event",
    "continuous": "with a value",
    "survey": "with a score",
    "composite": "adding to the numerator",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Rows that are left after a criterion.

    Parameters
    ----------
    key
        ``rows`` for all of them, a stage of :func:`fedqi.measures.stages.stages`, or
        ``numerator`` for those of the rows that count which add to it.
    words
        What these rows are.
    rows
        How many, over all periods.
    """

    key: str
    words: str
    rows: int


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """The same for one period; None is the period of rows without a date."""

    period: str | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Attrition:
    """What is left after each criterion.

    Parameters
    ----------
    steps
        In order; the last one is the numerator, the one before it what counts.
    periods
        In order of time, those without a date last.
    absent
        Columns of the measure that the table lacks and need not have.
    """

    steps: tuple[Step, ...]
    periods: tuple[PeriodRows, ...]
    absent: tuple[str, ...] = ()

    @property
    def counted(self) -> Mapping[str, int]:
        """Period -> rows that count."""
        return {each.period: each.rows[-2] for each in self.periods if each.period is not None}


def attrition(
    measure: Measure, source: Any, *, mapping: Mapping[str, str] | DataMapping | None = None
) -> Attrition | None:
    """Count the rows that are left after each criterion, by one question to the table.

    Values that cannot be read count as missing, so that a table that does not conform yet can
    be looked into.

    Parameters
    ----------
    measure, source, mapping
        As in :func:`fedqi.engine.check`.

    Returns
    -------
    Attrition or None
        None if the table lacks a column.
    """
    given, path = as_source(source, None), stages(measure)
    table, names = of_measure(measure, given.table, mapping or {})
    with open_table(table.rows) as opened:
        columns, missing = file_columns(measure, opened, names)
        if missing:
            return None
        rows = loose_rows(measure, opened, table, columns, {})
        staged = staged_rows(measure, ROWS, (), opened.system)
        found = opened.ask(
            f'WITH {ROWS} AS ({rows}), "@staged" AS ({staged}) SELECT "@period", '
            f'{", ".join(_counts(path))} FROM "@staged" WHERE {own_rows(given)} '
            "GROUP BY 1 ORDER BY 1"
        )
    periods = [PeriodRows(_name(measure, number), tuple(counts)) for number, *counts in found]
    periods.sort(key=lambda each: (each.period is None, each.period or ""))
    absent = tuple(name for name in measure.dataset.columns if name not in columns)
    return Attrition(_steps(measure, path, periods), tuple(periods), absent)


def _counts(path: Sequence[Stage]) -> list[str]:
    conditions = [stage.condition for stage in path]
    left = [" AND ".join(conditions[: n + 1]) for n in range(len(conditions))]
    event = " AND ".join([*conditions, '"@numerator" > 0'])
    return ["count(*)", *(f"count(CASE WHEN {each} THEN 1 END)" for each in [*left, event])]


def own_rows(given: Source) -> str:
    """Return the condition that a row is the site's own."""
    return "TRUE" if given.table.by is None else f'"@site" = {literal(given.site)}'


def _name(measure: Measure, number: int | None) -> str | None:
    return None if number is None else period_name(measure, number)


def _steps(
    measure: Measure, path: Sequence[Stage], periods: Sequence[PeriodRows]
) -> tuple[Step, ...]:
    named = [
        (ALL, "in the table"),
        *((stage.key, WORDS[stage.key]) for stage in path),
        (LAST, _LAST_WORDS[measure.scoring]),
    ]
    totals = [sum(each.rows[n] for each in periods) for n in range(len(named))]
    return tuple(Step(*name, total) for name, total in zip(named, totals, strict=True))
