"""A measure as SQL: rows of a typed table to grouped counts. Nothing but aggregates comes out.

Names that begin with ``@`` are ours; the name of a column of a measure cannot.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from fedqi.measures.covariates import complete, covariate_names, covariates, unguarded
from fedqi.measures.criteria import Scope, parse_expression
from fedqi.measures.definition import Measure, Sum
from fedqi.measures.grammar import Kind
from fedqi.measures.value_sql import (
    component_columns,
    value_expressions,
    value_faults,
    valued_columns,
)

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
    places = f'"@site", {_provider(measure)} AS "@provider", {_period(measure)} AS "@period"'
    expected = f'{sql["expected"]} AS "@expected"{covariates(measure)}'
    event = f"{_holds(sql['numerator'])} AND NOT {_holds(sql['numerator_exclusion'])}"
    events = sql["numerator"] if measure.counted else f"CASE WHEN {event} THEN 1 ELSE 0 END"
    population = (
        f"{_holds(sql['initial_population'])} AND NOT {_holds(sql['denominator_exclusion'])}"
        f"{complete(measure)}"
    )
    if measure.scale is not None:
        columns = valued_columns(measure, measure.scale, sql)
        return (
            f"SELECT {places}, {columns} FROM {ROWS} "
            f"WHERE {population} AND {_holds(sql['denominator'])}"
        )
    if measure.components:
        columns, eligible = component_columns(measure, sql)
        return (
            f"SELECT {places}, {columns} FROM {ROWS} "
            f"WHERE {population} AND {_holds(sql['denominator'])} AND {eligible}"
        )
    if measure.counted or measure.exposure is not None:
        over = sql["denominator" if measure.exposure is None else "exposure"]
        return (
            f'SELECT {places}, {events} AS "@numerator", {over} AS "@denominator", {expected} '
            f"FROM {ROWS} WHERE {population}"
        )
    return (
        f'SELECT {places}, {events} AS "@numerator", '
        f'1 AS "@denominator", {expected} FROM {ROWS} '
        f"WHERE {population} AND {_holds(sql['denominator'])} "
        f"AND (({event}) OR NOT {_holds(sql['denominator_exception'])})"
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
    faults: dict[str, str] = dict(value_faults(measure))
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
            self.sql[key] = self._compiled(place, text, wanted)

    def _all(self) -> Iterator[tuple[str, str, str, Kind]]:
        for key in _CRITERIA:
            value: str | Sum = getattr(self._measure, key)
            if isinstance(value, Sum):
                yield key, f"{key}.sum", value.sum, "number"
            else:
                yield key, key, value, "boolean"
        yield from ((key, key, text, kind) for key, text, kind in value_expressions(self._measure))
        if self._measure.exposure is not None:
            yield "exposure", "exposure.sum", self._measure.exposure.sum, "number"
        if self._measure.expected is not None:
            yield "expected", "expected.sum", self._measure.expected.sum, "number"

    def _compiled(self, key: str, text: str, wanted: Kind) -> str:
        measure = self._measure
        scope = Scope(
            place=f"measure {measure.id}: {key}",
            columns={name: column.type for name, column in measure.dataset.columns.items()},
            identifying=measure.dataset.identifying,
            code_lists=frozenset(measure.code_lists),
        )
        tree = parse_expression(text, scope, wanted).transform(self._rewritten)
        return f"({tree.sql(dialect='duckdb', comments=False)})"

    def _rewritten(self, node: exp.Expression) -> exp.Expression:
        """Replace code lists by their codes, and let a division by zero give NULL."""
        if isinstance(node, exp.In) and node.args.get("field") is not None:
            codes = self._measure.code_lists[node.args["field"].expressions[0].name]
            return exp.In(this=node.this, expressions=[exp.Literal.string(c) for c in codes])
        if isinstance(node, (exp.Div, exp.Mod)) and not isinstance(node.expression, exp.Nullif):
            node.set("expression", exp.Nullif(this=node.expression, expression=_ZERO.copy()))
        if isinstance(node, exp.Identifier):
            node.set("quoted", True)
        if isinstance(node, exp.Column) and self._is_datetime(node.name):
            # In a criterion a time of day is its date; only `value.minutes` reads the time.
            return exp.cast(exp.column(exp.to_identifier(node.name, quoted=True)), "date")
        return node

    def _is_datetime(self, name: str) -> bool:
        return self._measure.dataset.columns[name].type == "datetime"


_ZERO = exp.Literal.number(0)


def _holds(condition: str) -> str:
    return f"({condition} IS TRUE)"


def _provider(measure: Measure) -> str:
    return "''" if measure.dataset.provider is None else f'"{measure.dataset.provider}"'


def _period(measure: Measure) -> str:
    time = measure.dataset.time
    return "'all'" if time is None else _PERIODS[time.grain].format(anchor=f'"{time.anchor}"')
