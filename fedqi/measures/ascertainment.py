"""How complete the cases are: SQL for what was to be expected, per site and period."""

from fedqi.measures.compile import ROWS, holds, period_sql
from fedqi.measures.definition import Measure
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.rewriting import compiled


def ascertained(measure: Measure, rows: str = ROWS) -> str:
    """Return SQL for the cases that were to be expected.

    They are added up over the rows of the initial population that no denominator exclusion takes
    out; a row that ``missing`` or ``denominator`` leaves aside is one of those that lack.

    Parameters
    ----------
    measure
        With an ascertainment.
    rows
        Name of the relation of typed rows, in quotation marks.

    Returns
    -------
    str
        Columns site, period, expected cases, and rows whose number of them is missing or negative.
    """
    assert measure.ascertainment is not None
    expected = compiled(
        measure, "ascertainment.expected.sum", measure.ascertainment.expected.sum, "number"
    )
    inside = compiled(measure, "initial_population", measure.initial_population, "boolean")
    outside = compiled(measure, "denominator_exclusion", measure.denominator_exclusion, "boolean")
    usable = f"{expected} >= 0"
    return (
        f'SELECT "@site", {period_sql(measure)} AS "@period", '
        f"CAST(sum(CASE WHEN {usable} THEN CAST({expected} AS DECIMAL(38, 12)) ELSE 0 END) "
        f"AS DOUBLE), sum(CASE WHEN {usable} THEN 0 ELSE 1 END) "
        f"FROM {derived_rows(measure, rows)} WHERE {holds(inside)} AND NOT {holds(outside)} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
