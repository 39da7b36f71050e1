"""The way of a row into the figures, criterion by criterion: SQL per row, not yet counted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fedqi.measures.compile import period_sql
from fedqi.measures.covariates import complete, covariate_names, covariates
from fedqi.measures.definition import Measure
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.expressions import expressions, holds
from fedqi.measures.rewriting import System
from fedqi.measures.value_sql import component_columns, valued_columns

_TRIVIAL = {"TRUE", "FALSE"}


class Stage(NamedTuple):
    """A condition that a row must satisfy to count, beside those before it.

    Parameters
    ----------
    key
        Of the definition: ``initial_population``, ``denominator_exclusion``, ``missing``,
        ``denominator``, ``components`` or ``denominator_exception``.
    condition
        SQL over the columns of :func:`staged_rows`; never NULL.
    """

    key: str
    condition: str


WORDS: Mapping[str, str] = {
    "initial_population": "in the initial population",
    "denominator_exclusion": "not excluded",
    "missing": "with every value that may not be missing",
    "denominator": "in the denominator",
    "components": "eligible for at least one component",
    "denominator_exception": "not excused by an exception",
}
"""Stage -> what a row is that has passed it."""


def stages(measure: Measure) -> tuple[Stage, ...]:
    """Return what a row must pass to count, in order; nothing that the definition leaves open."""
    return tuple(Stage(key, f'"@stage {key}" = 1') for key in _conditions(measure, "duckdb"))


def staged_rows(measure: Measure, rows: str, keys: Sequence[str], system: System = "duckdb") -> str:
    """Return SQL for every row with how far it comes.

    Parameters
    ----------
    measure
        What counts.
    rows
        Name of the relation of typed rows, in quotation marks.
    keys
        Further columns of it to be kept, in quotation marks.
    system
        Whose SQL.

    Returns
    -------
    str
        `keys`; ``@site``, ``@period`` as in :func:`fedqi.measures.compile.counted_rows`;
        ``@stage KEY`` per stage, 1 or 0; ``@numerator`` and ``@denominator`` as the row brings
        them if it counts, ``@raw`` where the measure has a value; ``@NAME`` per covariate;
        ``@lacks NAME`` per value that may not be missing, 1 or 0.
    """
    sql = expressions(measure, system)
    passed = [
        f'CASE WHEN {condition} THEN 1 ELSE 0 END AS "@stage {key}"'
        for key, condition in _conditions(measure, system).items()
    ]
    lacks = [
        f'CASE WHEN "{name}" IS NULL THEN 1 ELSE 0 END AS "@lacks {name}"'
        for name in needed_columns(measure)
    ]
    places = [*keys, '"@site"', f'{period_sql(measure)} AS "@period"']
    columns = [*places, *passed, *lacks, _figures(measure, sql, system)]
    found = f"{', '.join(columns)}{covariates(measure)}"
    return f"SELECT {found} FROM {derived_rows(measure, rows, system)}"


def needed_columns(measure: Measure) -> tuple[str, ...]:
    """Return the columns in which the definition says what a missing value does.

    Those that every row must fill, those under ``missing``, and the covariates.
    """
    required = [name for name, column in measure.dataset.columns.items() if column.required]
    return tuple(dict.fromkeys([*required, *measure.missing, *covariate_names(measure)]))


def _conditions(measure: Measure, system: System) -> dict[str, str]:
    sql = expressions(measure, system)
    outside, lacking = holds(sql["denominator_exclusion"]), complete(measure)
    found = {
        "initial_population": holds(sql["initial_population"]),
        "denominator_exclusion": f"NOT {outside}",
        "missing": lacking.removeprefix(" AND "),
    }
    if not measure.counted and measure.exposure is None:
        found["denominator"] = holds(sql["denominator"])
    if measure.components:
        found["components"] = component_columns(measure, sql)[1]
    if _has_event(measure):
        excused = holds(sql["denominator_exception"])
        found["denominator_exception"] = f"(({_event(sql)}) OR NOT {excused})"
    return {key: condition for key, condition in found.items() if _is_stated(measure, key)}


def _is_stated(measure: Measure, key: str) -> bool:
    if key == "missing":
        return bool(complete(measure))
    return key == "components" or getattr(measure, key) not in _TRIVIAL


def _has_event(measure: Measure) -> bool:
    counted = measure.counted or measure.exposure is not None
    return not counted and measure.scale is None and not measure.components


def _event(sql: Mapping[str, str]) -> str:
    return f"{holds(sql['numerator'])} AND NOT {holds(sql['numerator_exclusion'])}"


def _figures(measure: Measure, sql: Mapping[str, str], system: System) -> str:
    if measure.scale is not None:
        return valued_columns(measure, measure.scale, sql, system)
    if measure.components:
        return component_columns(measure, sql)[0]
    events = sql["numerator"] if measure.counted else f"CASE WHEN {_event(sql)} THEN 1 ELSE 0 END"
    over = "1"
    if measure.counted or measure.exposure is not None:
        over = sql["denominator" if measure.exposure is None else "exposure"]
    return f'{events} AS "@numerator", {over} AS "@denominator"'
