"""How complete the cases are: SQL for what was to be expected, per site and period."""

from fedqi.measures.compile import ROWS, period_sql
from fedqi.measures.definition import Measure
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.expressions import holds
from fedqi.measures.rewriting import System, compiled


def ascertained(measure: Measure, rows: str = ROWS, system: System = "duckdb") -> str:
    """Return SQL for the cases that were to be expected.

    They are added up over the rows of the initial population that no denominator exclusion takes
    out; a row that ``missing`` or ``denominator`` leaves aside is one of those that lack.

    Parameters
    ----------
    measure
        With an ascertainment.
    rows
        Name of the relation of typed rows, in quotation marks.
    system
        Whose SQL.

    Returns
    -------
    str
        Columns site, period (a number, see :func:`fedqi.measures.compile.period_name`),
        expected cases, and rows whose number of them is missing or negative.
    """
    assert measure.ascertainment is not None
    text = measure.ascertainment.expected.sum
    expected = compiled(measure, "ascertainment.expected.sum", text, "number", system)
    inside, outside = (
        compiled(measure, key, getattr(measure, key), "boolean", system)
        for key in ("initial_population", "denominator_exclusion")
    )
    usable = f"{expected} >= 0"
    population = f"{holds(inside)} AND NOT {holds(outside)}"
    return (
        f'SELECT "@site", {period_sql(measure)} AS "@period", '
        f"CAST(sum(CASE WHEN {usable} THEN CAST({expected} AS DECIMAL(38, 12)) ELSE 0 END) "
        f"AS FLOAT8), sum(CASE WHEN {usable} THEN 0 ELSE 1 END) "
        f"FROM {derived_rows(measure, rows, system)} WHERE {population} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
