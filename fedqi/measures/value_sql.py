"""Values, answers and components of a measure as SQL: one row in, grouped whole numbers out."""

from collections.abc import Iterator, Mapping

from fedqi.measures.covariates import covariate_names, mapped
from fedqi.measures.definition import Measure
from fedqi.measures.grammar import Kind
from fedqi.measures.rewriting import System
from fedqi.measures.values import Item, Scale

PLACES = '"@site", "@provider", "@period"'

_LARGEST = "1.7976931348623157e308"
_WIDE: Mapping[System, str] = {"duckdb": "HUGEINT", "postgres": "NUMERIC"}
"""Type in which the square of a whole number of steps has room."""


def value_expressions(measure: Measure) -> Iterator[tuple[str, str, Kind]]:
    """Yield key, text and wanted kind of the expressions of values and components."""
    if measure.value is not None and measure.value.expression is not None:
        yield "value.expression", measure.value.expression, "number"
    for index, part in enumerate(measure.components):
        yield f"components.{index}.denominator", part.denominator, "boolean"
        yield f"components.{index}.numerator", part.numerator, "boolean"


def valued_columns(
    measure: Measure, scale: Scale, sql: Mapping[str, str], system: System = "duckdb"
) -> str:
    """Return SQL that selects ``@numerator`` (has a value), ``@denominator``, the value, answers.

    Parameters
    ----------
    measure
        With a value or a survey.
    scale
        Its scale.
    sql
        Key -> compiled expression.
    system
        Whose SQL.
    """
    raw = _raw(measure, sql)
    lower, upper = repr(scale.lower), repr(scale.upper)
    if measure.value is not None and measure.value.outside == "winsorise":
        kept = (
            f"CASE WHEN abs({raw}) <= {_LARGEST} THEN greatest({lower}, least({upper}, {raw})) END"
        )
    else:
        kept = f"CASE WHEN {raw} BETWEEN {lower} AND {upper} THEN {raw} END"
    steps = _nearest(f"(({kept}) - {scale.origin!r}) / {scale.step!r}", system)
    answers = "".join(f', "{each.item}" AS "@{each.item}"' for each in measure.items)
    return (
        f'CASE WHEN {steps} IS NULL THEN 0 ELSE 1 END AS "@numerator", 1 AS "@denominator", '
        f'NULL AS "@expected", {steps} AS "@value", {raw} AS "@raw"{answers}'
    )


def value_faults(measure: Measure) -> Mapping[str, str]:
    """Return what no row with a value may be: words -> condition."""
    faults: dict[str, str] = {}
    scale, value = measure.scale, measure.value
    if scale is not None and value is not None and value.outside == "error":
        faults[f"a value outside {scale.lower:g} to {scale.upper:g}"] = (
            f'"@raw" NOT BETWEEN {scale.lower!r} AND {scale.upper!r}'
        )
    if value is not None and value.minutes is not None:
        faults[f"{value.minutes[1]} before {value.minutes[0]}"] = '"@raw" < 0'
    for each in measure.items:
        first, last = each.range
        faults[f"an answer to {each.item} outside {first} to {last}"] = (
            f'"@{each.item}" NOT BETWEEN {first} AND {last}'
        )
    return faults


def value_question(measure: Measure, scale: Scale, system: System = "duckdb") -> str:
    """Return SQL for the sums of values, from the relation ``@counted``.

    Parameters
    ----------
    measure
        With a value or a survey.
    scale
        Its scale.
    system
        Whose SQL.

    Returns
    -------
    str
        Columns site, provider, period, bin of the public grid (1 + the inner edges below the
        value), values, sum, sum of squares, responders, and per item and answer how many.
    """
    inner = [scale.steps(edge) for edge in scale.edges[1:-1]]
    place = " + ".join(f'CAST("@value" > {edge} AS INTEGER)' for edge in inner) or "0"
    counts = "".join(
        f', count(*) FILTER (WHERE "@{each.item}" = {answer})'
        for each in measure.items
        for answer in range(each.range[0], each.range[1] + 1)
    )
    return (
        f'SELECT {PLACES}, {place} AS "@bin", count(*), sum("@value"), '
        f'sum(CAST("@value" AS {_WIDE[system]}) * "@value"), {_responders(measure, scale)}{counts} '
        f'FROM "@counted" WHERE "@value" IS NOT NULL GROUP BY {PLACES}, "@bin" '
        f'ORDER BY {PLACES}, "@bin"'
    )


def value_pattern_question(measure: Measure, system: System = "duckdb") -> str:
    """Return SQL for the sums of values per covariate pattern, from the relation ``@counted``.

    Parameters
    ----------
    measure
        With a value and a risk model.
    system
        Whose SQL.

    Returns
    -------
    str
        Columns site, provider, period, values, sum, sum of squares, and the covariates in model
        order: a number, or the index of a level. Sorted by place and covariates.
    """
    names = "".join(f', "@{name}"' for name in covariate_names(measure))
    rows = f'SELECT {PLACES}, "@value"{mapped(measure)} FROM "@counted"'
    return (
        f'SELECT {PLACES}, count(*), sum("@value"), '
        f'sum(CAST("@value" AS {_WIDE[system]}) * "@value"){names} '
        f'FROM ({rows} WHERE "@value" IS NOT NULL) AS "@mapped" '
        f"GROUP BY {PLACES}{names} ORDER BY {PLACES}{names}"
    )


def component_columns(measure: Measure, sql: Mapping[str, str]) -> tuple[str, str]:
    """Return SQL that selects numerator, denominator and components, and who is eligible for any.

    Parameters
    ----------
    measure
        A composite.
    sql
        Key -> compiled expression.
    """
    eligible, met = [], []
    for index in range(len(measure.components)):
        one = f"({sql[f'components.{index}.denominator']} IS TRUE)"
        eligible.append(f"CAST({one} AS INTEGER)")
        met.append(f"CAST({one} AND ({sql[f'components.{index}.numerator']} IS TRUE) AS INTEGER)")
    own, received = f"({' + '.join(eligible)})", f"({' + '.join(met)})"
    if measure.rule == "opportunity":
        counted = f'{received} AS "@numerator", {own} AS "@denominator"'
    else:
        counted = f'CAST({own} = {received} AS INTEGER) AS "@numerator", 1 AS "@denominator"'
    parts = "".join(
        f', {e} AS "@eligible{index}", {m} AS "@met{index}"'
        for index, (e, m) in enumerate(zip(eligible, met, strict=True))
    )
    sums = f', {own} AS "@own", {received} AS "@received"'
    return f'{counted}, NULL AS "@expected"{parts}{sums}', f"{own} > 0"


def component_question(measure: Measure) -> str:
    """Return SQL for the sums of components, from the relation ``@counted``.

    Returns
    -------
    str
        Columns site, provider, period; per component eligible and met; the three sums of products.
    """
    parts = "".join(
        f', sum("@eligible{index}"), sum("@met{index}")' for index in range(len(measure.components))
    )
    return (
        f'SELECT {PLACES}{parts}, sum("@received" * "@received"), sum("@received" * "@own"), '
        f'sum("@own" * "@own") FROM "@counted" GROUP BY {PLACES} ORDER BY {PLACES}'
    )


def _raw(measure: Measure, sql: Mapping[str, str]) -> str:
    value = measure.value
    if value is None:
        return _score(measure.items)
    if value.minutes is not None:
        start, end = value.minutes
        return f"(({_seconds(end)} - {_seconds(start)}) / 60.0)"
    if value.change is not None:
        before, after = value.change
        return f'(CAST("{after}" AS FLOAT8) - CAST("{before}" AS FLOAT8))'
    return f"CAST({sql['value.expression']} AS FLOAT8)"


def _nearest(steps: str, system: System) -> str:
    """Round halves away from 0; PostgreSQL does so with decimals, here those of the text."""
    exact = f"CAST(CAST({steps} AS TEXT) AS NUMERIC)" if system == "postgres" else steps
    return f"CAST(round({exact}) AS BIGINT)"


def _seconds(column: str) -> str:
    return f'CAST(EXTRACT(EPOCH FROM "{column}") AS FLOAT8)'


def _score(items: tuple[Item, ...]) -> str:
    """Return the mean answer of a patient who answered at least half of the items."""
    answered = " + ".join(f'CAST("{each.item}" IS NOT NULL AS INTEGER)' for each in items)
    total = " + ".join(f"COALESCE({_answer(each)}, 0)" for each in items)
    return (
        f"(CASE WHEN 2 * ({answered}) >= {len(items)} "
        f"THEN CAST({total} AS FLOAT8) / ({answered}) END)"
    )


def _answer(item: Item) -> str:
    return f'({sum(item.range)} - "{item.item}")' if item.reverse else f'"{item.item}"'


def _responders(measure: Measure, scale: Scale) -> str:
    if measure.value is None or measure.value.responder is None:
        return "0"
    lower_is_better = measure.direction == "lower"
    change = -measure.value.responder if lower_is_better else measure.value.responder
    sign = "<=" if lower_is_better else ">="
    return f'count(*) FILTER (WHERE "@value" {sign} {scale.steps(change)})'
