"""Values, answers and components per site, provider and period, as whole numbers."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby, pairwise
from typing import Any

from fedqi.engine.opened import OpenTable
from fedqi.measures import ComponentTable, Measure, PatternTable, ValueTable
from fedqi.measures.compile import period_name
from fedqi.measures.covariates import covariate_names
from fedqi.measures.value_sql import (
    component_question,
    value_pattern_question,
    value_question,
)

SiteValues = Mapping[str, Mapping[str, ValueTable]]
"""Provider -> period -> values."""

SiteComponents = Mapping[str, Mapping[str, ComponentTable]]
"""Provider -> period -> components."""

SiteValuePatterns = Mapping[str, Mapping[str, PatternTable]]
"""Provider -> period -> values per covariate pattern."""

_PLACES = 3


def value_tables(measure: Measure, opened: OpenTable, counted: str) -> Mapping[str, SiteValues]:
    """Return site -> provider -> period -> values; empty where the measure has none.

    Parameters
    ----------
    measure
        The measure.
    opened
        Its rows.
    counted
        SQL before a question to the rows that count.
    """
    if measure.scale is None:
        return {}
    rows = opened.ask(counted + value_question(measure, measure.scale, opened.system))
    found: dict[str, dict[str, dict[str, ValueTable]]] = {}
    for (site, provider, period), group in groupby(rows, key=lambda row: row[:_PLACES]):
        table = _values(measure, len(measure.scale.edges) - 1, list(group))
        series = found.setdefault(site, {}).setdefault(provider, {})
        series[period_name(measure, period)] = table
    return found


def value_patterns(
    measure: Measure, opened: OpenTable, counted: str
) -> Mapping[str, SiteValuePatterns]:
    """Return site -> provider -> period -> values by what the risk model knows of the patients."""
    rows = opened.ask(counted + value_pattern_question(measure, opened.system))
    names = covariate_names(measure)
    found: dict[str, dict[str, dict[str, PatternTable]]] = {}
    for (site, provider, period), group in groupby(rows, key=lambda row: row[:_PLACES]):
        counts, totals, squares, *columns = zip(*(row[_PLACES:] for row in group), strict=True)
        values = {
            name: tuple(map(float, column)) for name, column in zip(names, columns, strict=True)
        }
        whole = (tuple(map(int, numbers)) for numbers in (counts, totals, squares))
        series = found.setdefault(site, {}).setdefault(provider, {})
        series[period_name(measure, period)] = PatternTable(values, *whole)
    return found


def component_tables(
    measure: Measure, opened: OpenTable, counted: str
) -> Mapping[str, SiteComponents]:
    """Return site -> provider -> period -> components; empty where the measure has none."""
    if not measure.components:
        return {}
    found: dict[str, dict[str, dict[str, ComponentTable]]] = {}
    for site, provider, period, *numbers in opened.ask(counted + component_question(measure)):
        *parts, mm, mo, oo = (int(number) for number in numbers)
        table = ComponentTable(tuple(parts[::2]), tuple(parts[1::2]), mm, mo, oo)
        series = found.setdefault(site, {}).setdefault(provider, {})
        series[period_name(measure, period)] = table
    return found


def _values(measure: Measure, bins: int, rows: Iterable[tuple[Any, ...]]) -> ValueTable:
    grid = [0] * bins
    sums: list[int] = []
    for _, _, _, place, *numbers in rows:
        own = [int(number) for number in numbers]
        grid[place] = own[0]
        sums = [a + b for a, b in zip(sums, own, strict=True)] if sums else own
    count, total, squares, responders, *answers = sums
    return ValueTable(
        count, total, squares, tuple(grid), responders, tuple(_items(measure, answers))
    )


def _items(measure: Measure, answers: list[int]) -> Iterator[tuple[int, ...]]:
    lengths = [each.range[1] - each.range[0] + 1 for each in measure.items]
    for start, end in pairwise(accumulate(lengths, initial=0)):
        yield tuple(answers[start:end])
