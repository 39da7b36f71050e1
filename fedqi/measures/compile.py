"""A measure as SQL: rows of a typed table to grouped counts. Nothing but aggregates comes out.

Names that begin with ``@`` are ours; the name of a column of a measure cannot.
"""

from collections.abc import Iterable, Mapping

from fedqi.measures.covariates import (
    absent,
    complete,
    covariate_names,
    covariates,
    has_categories,
    mapped,
    unguarded,
)
from fedqi.measures.definition import Measure
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.expressions import expressions, holds
from fedqi.measures.rewriting import System
from fedqi.measures.summary import ALL_PERIODS
from fedqi.measures.value_sql import (
    component_columns,
    value_faults,
    valued_columns,
)

ROWS = '"@rows"'
"""The typed rows that the SQL reads: ``@site`` and the columns of the measure."""

_PARTS = {"month": 12, "quarter": 4, "year": 1}
"""Periods of a grain in a year."""

MOST_IN_A_ROW = 10**15
"""Largest number that one row of a counted table may bring."""


def check_expressions(measure: Measure) -> None:
    """Parse every expression of a measure.

    Raises
    ------
    DefinitionError
        Naming the key, line:column and the offending text of the first that is not allowed.
    """
    expressions(measure)
    derived_rows(measure, ROWS)


def counted_rows(measure: Measure, system: System = "duckdb") -> str:
    """Return SQL for the rows that count, from the relation :data:`ROWS`.

    Parameters
    ----------
    measure
        What counts.
    system
        Whose SQL.

    Returns
    -------
    str
        Columns ``@site``, ``@provider``, ``@period`` (a number, see :func:`period_name`),
        ``@numerator``, ``@denominator`` (of a rate its exposure), ``@expected`` (NULL where the
        measure has none) and, with ``@`` before it, each covariate as the row has it. A
        criterion that is NULL does not hold: the row is not in the population, not excluded, not
        in the numerator.
    """
    sql = expressions(measure, system)
    rows = derived_rows(measure, ROWS, system)
    places = f'"@site", {_provider(measure)} AS "@provider", {period_sql(measure)} AS "@period"'
    expected = f'{sql["expected"]} AS "@expected"{covariates(measure)}'
    event = f"{holds(sql['numerator'])} AND NOT {holds(sql['numerator_exclusion'])}"
    events = sql["numerator"] if measure.counted else f"CASE WHEN {event} THEN 1 ELSE 0 END"
    # What is unknown is not kept by WHERE anyway, and a bare criterion can be looked up in a file.
    population = (
        f"{sql['initial_population']} AND NOT {holds(sql['denominator_exclusion'])}"
        f"{complete(measure)}"
    )
    if measure.scale is not None:
        columns = valued_columns(measure, measure.scale, sql, system)
        return (
            f"SELECT {places}, {columns}{covariates(measure)} FROM {rows} "
            f"WHERE {population} AND {holds(sql['denominator'])}"
        )
    if measure.components:
        columns, eligible = component_columns(measure, sql)
        return (
            f"SELECT {places}, {columns} FROM {rows} "
            f"WHERE {population} AND {holds(sql['denominator'])} AND {eligible}"
        )
    if measure.counted or measure.exposure is not None:
        over = sql["denominator" if measure.exposure is None else "exposure"]
        return (
            f'SELECT {places}, {events} AS "@numerator", {over} AS "@denominator", {expected} '
            f"FROM {rows} WHERE {population}"
        )
    return (
        f'SELECT {places}, {events} AS "@numerator", '
        f'1 AS "@denominator", {expected} FROM {rows} '
        f"WHERE {population} AND {sql['denominator']} "
        f"AND (({event}) OR NOT {holds(sql['denominator_exception'])})"
    )


def cells(
    counted: str, measure: Measure, faults: Iterable[str] = (), one_site: bool = False
) -> str:
    """Return SQL for the counts per site, provider and period.

    Parameters
    ----------
    counted
        Name of the relation that :func:`counted_rows` describes.
    measure
        What is counted.
    faults
        Conditions over its rows, to be counted in the same pass.
    one_site
        Whether all rows are of the site ``""``.

    Returns
    -------
    str
        Columns site, provider, period, numerator, denominator, rows with each fault, expected.
        Expected events are added as decimals of 12 places: the sum does not depend on the order
        of the rows.
    """
    expected = "NULL"
    if measure.expected is not None:
        expected = 'CAST(sum(CAST("@expected" AS DECIMAL(38, 12))) AS FLOAT8)'
    shown, varying = _places(measure, one_site)
    grouped = f" GROUP BY {', '.join(varying)}" if varying else ""
    found = ", ".join([*shown, *_sums(measure, faults), expected])
    return f"SELECT {found} FROM {counted}{grouped}"


def patterns(
    counted: str, measure: Measure, faults: Iterable[str] = (), one_site: bool = False
) -> str:
    """Return SQL for the counts per site, provider, period and covariate pattern.

    Parameters
    ----------
    counted, measure, faults, one_site
        As of :func:`cells`; the measure has a risk model.

    Returns
    -------
    str
        Columns site, provider, period, numerator, denominator, rows with each fault, the
        covariates in model order: a number, or the index of a level. Sorted by the covariates.
    """
    names = [f'"@{name}"' for name in covariate_names(measure)]
    sums = _sums(measure, faults)
    shown, varying = _places(measure, one_site)
    # Without a covariate, calendar and provider all rows are one pattern, if there are any.
    grouping = f"GROUP BY {', '.join([*varying, *names])}" if varying or names else _IF_ANY
    order = f" ORDER BY {', '.join(names)}" if names else ""
    if not has_categories(measure):
        grouped = ", ".join([*shown, *sums, *names])
        return f"SELECT {grouped} FROM {counted} {grouping}{order}"
    # Levels are looked up once for each pattern and not in each row, then patterns that became
    # alike are added.
    named = [f'{each} AS "@{number}"' for number, each in enumerate(sums)]
    raw = f"SELECT {', '.join([*varying, *named, *names])} FROM {counted} {grouping}"
    kept = ", ".join([*varying, *(f'"@{number}"' for number in range(len(sums)))])
    levels = f'SELECT {kept}{mapped(measure)} FROM ({raw}) AS "@raw"'
    added = [f'sum("@{number}")' for number in range(len(sums))]
    return (
        f"SELECT {', '.join([*shown, *added, *names])} "
        f'FROM ({levels}) AS "@mapped" {grouping}{order}'
    )


def period_name(measure: Measure, number: int) -> str:
    """Return the name of a period from the number that :func:`counted_rows` gives it.

    Parameters
    ----------
    number
        Months, quarters or years since the year 0; 0 where the measure has no calendar.
    """
    time = measure.dataset.time
    if time is None:
        return ALL_PERIODS
    year, part = divmod(number, _PARTS[time.grain])
    names = {"month": f"-{part + 1:02}", "quarter": f"-Q{part + 1}", "year": ""}
    return f"{year:04}{names[time.grain]}"


_IF_ANY = "HAVING count(*) > 0"


def _places(measure: Measure, one_site: bool) -> tuple[list[str], list[str]]:
    """Return site, provider and period as selected, and those to group by: not the constants."""
    constant = {
        "@site": "''" if one_site else None,
        "@provider": "''" if measure.dataset.provider is None else None,
        "@period": "0" if measure.dataset.time is None else None,
    }
    varying = [f'"{name}"' for name, value in constant.items() if value is None]
    return [value or f'"{name}"' for name, value in constant.items()], varying


def _sums(measure: Measure, faults: Iterable[str]) -> list[str]:
    """Return the sums of the counts; what a fault tells of is NULL and does not fail."""
    over = 'sum("@denominator")' if measure.components else "count(*)"
    counts = ['sum("@numerator")', over]
    if measure.counted or measure.exposure is not None:
        counts = [
            f"sum(CASE WHEN {name} BETWEEN 0 AND {MOST_IN_A_ROW} THEN CAST({name} AS BIGINT) END)"
            for name in ('"@numerator"', '"@denominator"')
        ]
    return [*counts, *(f"count(CASE WHEN {fault} THEN 1 END)" for fault in faults)]


def row_faults(measure: Measure) -> Mapping[str, str]:
    """Return what no counted row may be: words -> condition over :func:`counted_rows`."""
    faults: dict[str, str] = dict(value_faults(measure))
    over = "a denominator" if measure.exposure is None else "an exposure"
    summed = {"numerator": "a numerator"} if measure.counted else {}
    if measure.counted or measure.exposure is not None:
        summed["denominator"] = over
    for name, words in summed.items():
        value = f'CAST("@{name}" AS FLOAT8)'
        faults[f"{words} that is missing"] = f'"@{name}" IS NULL'
        faults[f"{words} that is no whole number from 0 to {MOST_IN_A_ROW}"] = (
            f"NOT ({value} BETWEEN 0 AND {MOST_IN_A_ROW} AND {value} = floor({value}))"
        )
    if measure.counted and measure.exposure is None:
        faults["a numerator above its denominator"] = '"@numerator" > "@denominator"'
    if measure.expected is not None:
        faults["expected events that are missing"] = '"@expected" IS NULL'
        faults["expected events outside 0 to the denominator"] = (
            'NOT ("@expected" >= 0 AND "@expected" <= "@denominator")'
        )
    for name in unguarded(measure):
        faults[
            f"no value of {name}, a covariate of the risk model (the measure's author can say "
            "under missing what that means)"
        ] = absent(measure, name)
    return faults


def _provider(measure: Measure) -> str:
    return "''" if measure.dataset.provider is None else f'"{measure.dataset.provider}"'


def period_sql(measure: Measure) -> str:
    """Return the expression for the period that a row belongs to; see :func:`period_name`."""
    time = measure.dataset.time
    if time is None:
        return "0"
    parts, anchor = _PARTS[time.grain], f'"{time.anchor}"'
    within = "" if parts == 1 else f" + EXTRACT({time.grain.upper()} FROM {anchor}) - 1"
    return f"CAST(EXTRACT(YEAR FROM {anchor}) * {parts}{within} AS INTEGER)"
