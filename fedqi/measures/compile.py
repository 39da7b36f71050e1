"""A measure as SQL: rows of a typed table to grouped counts. Nothing but aggregates comes out.

Names that begin with ``@`` are ours; the name of a column of a measure cannot.
"""

from collections.abc import Iterator, Mapping

from fedqi.measures.covariates import complete, covariate_names, covariates, unguarded
from fedqi.measures.definition import Measure, Sum
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.grammar import Kind
from fedqi.measures.rewriting import compiled

ROWS = '"@rows"'
"""The typed rows that the SQL reads: ``@site`` and the columns of the measure."""

_CRITERIA = (
    "initial_population",
    "denominator",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
    "numerator_exclusion",
)
_PERIODS = {
    "month": "strftime({anchor}, '%Y-%m')",
    "quarter": "strftime({anchor}, '%Y') || '-Q' || quarter({anchor})",
    "year": "strftime({anchor}, '%Y')",
}


def check_expressions(measure: Measure) -> None:
    """Parse every expression of a measure.

    Raises
    ------
    DefinitionError
        Naming the key, line:column and the offending text of the first that is not allowed.
    """
    _Expressions(measure)
    derived_rows(measure, ROWS)


def counted_rows(measure: Measure) -> str:
    """Return SQL for the rows that count, from the relation :data:`ROWS`.

    Returns
    -------
    str
        Columns ``@site``, ``@provider``, ``@period``, ``@numerator``, ``@denominator`` (of a rate
        its exposure), ``@expected`` (NULL where the measure has none) and, with ``@`` before it,
        each covariate. A criterion that is NULL does not hold: the row is not in the population,
        not excluded, not in the numerator.
    """
    sql = _Expressions(measure).sql
    rows = derived_rows(measure, ROWS)
    places = f'"@site", {_provider(measure)} AS "@provider", {period_sql(measure)} AS "@period"'
    expected = f'{sql["expected"]} AS "@expected"{covariates(measure)}'
    event = f"{holds(sql['numerator'])} AND NOT {holds(sql['numerator_exclusion'])}"
    events = sql["numerator"] if measure.counted else f"CASE WHEN {event} THEN 1 ELSE 0 END"
    population = (
        f"{holds(sql['initial_population'])} AND NOT {holds(sql['denominator_exclusion'])}"
        f"{complete(measure)}"
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
        f"WHERE {population} AND {holds(sql['denominator'])} "
        f"AND (({event}) OR NOT {holds(sql['denominator_exception'])})"
    )


def cells(counted: str) -> str:
    """Return SQL for the counts per site, provider and period.

    Parameters
    ----------
    counted
        Name of the relation that :func:`counted_rows` describes.

    Returns
    -------
    str
        Columns site, provider, period, numerator, denominator, expected. Expected events are
        added as decimals of 12 places: the sum does not depend on the order of the rows.
    """
    return (
        'SELECT "@site", "@provider", "@period", sum(CAST("@numerator" AS BIGINT)), '
        'sum(CAST("@denominator" AS BIGINT)), '
        'CAST(sum(CAST("@expected" AS DECIMAL(38, 12))) AS DOUBLE) '
        f"FROM {counted} GROUP BY ALL ORDER BY ALL"
    )


def patterns(counted: str, measure: Measure) -> str:
    """Return SQL for the counts per site, provider, period and covariate pattern.

    Parameters
    ----------
    counted
        Name of the relation that :func:`counted_rows` describes.
    measure
        With a risk model.

    Returns
    -------
    str
        Columns site, provider, period, the covariates in model order, numerator, denominator.
    """
    places = ", ".join(
        ['"@site", "@provider", "@period"', *(f'"@{name}"' for name in covariate_names(measure))]
    )
    return (
        f'SELECT {places}, sum(CAST("@numerator" AS BIGINT)), sum(CAST("@denominator" AS BIGINT)) '
        f"FROM {counted} GROUP BY {places} ORDER BY {places}"
    )


def row_faults(measure: Measure) -> Mapping[str, str]:
    """Return what no counted row may be: words -> condition over :func:`counted_rows`."""
    faults: dict[str, str] = {}
    over = "a denominator" if measure.exposure is None else "an exposure"
    summed = {"numerator": "a numerator"} if measure.counted else {}
    if measure.counted or measure.exposure is not None:
        summed["denominator"] = over
    for name, words in summed.items():
        value = f'CAST("@{name}" AS DOUBLE)'
        faults[f"{words} that is missing"] = f'"@{name}" IS NULL'
        faults[f"{words} that is no whole number from 0"] = (
            f"NOT ({value} >= 0 AND {value} = floor({value}) AND isfinite({value}))"
        )
    if measure.counted and measure.exposure is None:
        faults["a numerator above its denominator"] = '"@numerator" > "@denominator"'
    if measure.expected is not None:
        faults["expected events that are missing"] = '"@expected" IS NULL'
        faults["expected events outside 0 to the denominator"] = (
            'NOT ("@expected" >= 0 AND "@expected" <= "@denominator")'
        )
    for name in unguarded(measure):
        faults[f"no value of {name}, a covariate of the risk model"] = f'"@{name}" IS NULL'
    return faults


class _Expressions:
    """The expressions of a measure, checked, as SQL that DuckDB reads."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self.sql = {"expected": "NULL"}
        for key, place, text, wanted in self._all():
            self.sql[key] = compiled(measure, place, text, wanted)

    def _all(self) -> Iterator[tuple[str, str, str, Kind]]:
        for key in _CRITERIA:
            value: str | Sum = getattr(self._measure, key)
            if isinstance(value, Sum):
                yield key, f"{key}.sum", value.sum, "number"
            else:
                yield key, key, value, "boolean"
        if self._measure.exposure is not None:
            yield "exposure", "exposure.sum", self._measure.exposure.sum, "number"
        if self._measure.expected is not None:
            yield "expected", "expected.sum", self._measure.expected.sum, "number"
        if self._measure.ascertainment is not None:
            text = self._measure.ascertainment.expected.sum
            yield "ascertainment", "ascertainment.expected.sum", text, "number"


def holds(condition: str) -> str:
    """Return the condition that another one is true, and not only not false."""
    return f"({condition} IS TRUE)"


def _provider(measure: Measure) -> str:
    return "''" if measure.dataset.provider is None else f'"{measure.dataset.provider}"'


def period_sql(measure: Measure) -> str:
    """Return the expression for the name of the period that a row belongs to."""
    time = measure.dataset.time
    return "'all'" if time is None else _PERIODS[time.grain].format(anchor=f'"{time.anchor}"')
