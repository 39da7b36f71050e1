"""Rows that describe nobody, made from the dataset of a measure alone and replayed from a seed.

They fit the columns, their types, allowed values and ranges, so that a measure can be tried before
there is a table. All they can show is whether the way from a table to a page is free.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from fedqi.measures import Column, Measure
from fedqi.measures.code_use import code_uses
from fedqi.measures.definition import Sum

Row = dict[str, Any]

FIRST_DAY, DAYS = date(2023, 1, 1), 330
"""When the first date of a row can be."""

DAYS_BETWEEN, MINUTES_BETWEEN = 30, 200
"""Within which the next date, or time, of the same row follows."""

SPREAD = 400
"""No number is drawn further above its least value, whatever a column allows."""

ROWS_OF_A_PATIENT = 2
"""How many rows a patient has on average."""

MISSING = 0.1
"""Share of empty cells in a column that may be empty."""

LEAST, MOST = 0.2, 0.6
"""Share of what is true, at the first hospital and at the last."""

_TEXT = re.compile(r"'((?:[^']|'')+)'")
_LIST = re.compile(r"code_list\('[^']*'\)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_CRITERIA = {
    *("derive", "initial_population", "denominator", "denominator_exclusion"),
    *("denominator_exception", "numerator", "numerator_exclusion", "value", "components"),
}


def synthetic_rows(
    measure: Measure, sites: Sequence[str], rows: int, seed: int
) -> dict[str, list[Row]]:
    """Make the rows of several hospitals, which differ in how often something is true.

    Parameters
    ----------
    measure
        Whose dataset they fit.
    sites
        Names of the hospitals.
    rows
        How many of each hospital.
    seed
        The same seed gives the same rows.

    Returns
    -------
    dict
        Hospital to its rows; column to value, None where there is none.
    """
    random, step = Random(seed), (MOST - LEAST) / max(len(sites) - 1, 1)
    found = {}
    for number, site in enumerate(sites):
        maker = _Maker(measure, random, LEAST + step * number)
        found[site] = [maker.row(index, rows) for index in range(rows)]
    return found


class _Maker:
    """Makes the rows of one hospital."""

    def __init__(self, measure: Measure, random: Random, share: float) -> None:
        self._measure, self._random, self._share = measure, random, share
        self._items = {each.item: each.range for each in measure.items}
        self._texts = _texts(measure)
        self._parts = _parts_of_totals(measure)

    def row(self, index: int, rows: int) -> Row:
        """Return a row; its dates and its times rise in the order of the columns."""
        columns, draw = self._measure.dataset.columns, self._random
        days, minutes = _days(draw), _minutes(draw)
        row: Row = {}
        for name, column in columns.items():
            if column.type == "date":
                row[name] = next(days)
            elif column.type == "datetime":
                row[name] = next(minutes)
            else:
                row[name] = self._value(name, column)
        for part, total in self._parts.items():
            row[part] = int(row[total] * self._share * draw.random())
        row |= self._names(index, rows)
        absent = [n for n, c in columns.items() if not c.required and draw.random() < MISSING]
        return row | dict.fromkeys(absent)

    def _value(self, name: str, column: Column) -> Any:
        draw = self._random
        if column.allowed is not None:
            return draw.choice(column.allowed)
        if column.type == "boolean":
            return draw.random() < self._share
        if column.type == "string":
            return draw.choice(draw.choice(self._texts[name]))
        if name in self._items:
            return draw.randint(*self._items[name])
        low, high = _range(column)
        if column.type == "integer":
            return draw.randint(round(low), round(high))
        return round(draw.uniform(low, high), 2)

    def _names(self, index: int, rows: int) -> Row:
        """Return what identifies: one column of the key tells all rows apart."""
        dataset = self._measure.dataset
        found: Row = {}
        if dataset.subject is not None:
            found[dataset.subject] = self._random.randrange(rows // ROWS_OF_A_PATIENT + 1)
        if dataset.provider is not None:
            found[dataset.provider] = "main"
        names = [n for n in dataset.key or () if dataset.columns[n].type in ("string", "integer")]
        return found | {name: index for name in names[:1]}


def _days(draw: Random) -> Iterator[date]:
    day = FIRST_DAY + timedelta(days=draw.randrange(DAYS))
    while True:
        yield day
        day += timedelta(days=draw.randrange(DAYS_BETWEEN))


def _minutes(draw: Random) -> Iterator[datetime]:
    first = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 20)
    time = first + timedelta(days=draw.randrange(DAYS))
    while True:
        yield time
        time += timedelta(minutes=draw.randrange(MINUTES_BETWEEN))


def _range(column: Column) -> tuple[float, float]:
    """Return between which numbers is drawn: what is allowed, from 0 up where that is allowed."""
    low, high = column.min, column.max
    if low is None or (low < 0 and (high is None or high > 0)):
        low = 0.0 if high is None or high > 0 else high - SPREAD
    return low, low + SPREAD if high is None else min(high, low + SPREAD)


def _texts(measure: Measure) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Return of each column the codes that criteria look for in it, and a text that is none."""
    uses = code_uses(measure)
    looked_for = {text for use in uses for text in use.codes}
    named = [_LIST.sub("", text) for text in _strings(measure.model_dump(include=_CRITERIA))]
    texts = [text for each in named for text in _TEXT.findall(each) if text not in looked_for]
    # What LIKE would find, in whichever column: any letters, and any one.
    like = [each.replace("''", "'").replace("%", "").replace("_", "x") for each in texts]
    rest = (tuple(filter(None, like)), ("other",))
    return {
        column: tuple(filter(None, (*(use.codes for use in uses if use.column == column), *rest)))
        for column in measure.dataset.columns
    }


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _strings(each)


def _parts_of_totals(measure: Measure) -> Mapping[str, str]:
    """Return column to column that it is counted in: of a total, events are a part."""
    if not isinstance(measure.denominator, Sum) or not isinstance(measure.numerator, Sum):
        return {}
    columns = measure.dataset.columns
    totals = [name for name in _WORD.findall(measure.denominator.sum) if name in columns]
    counted = [name for name in _WORD.findall(measure.numerator.sum) if name in columns]
    return {name: totals[0] for name in counted if totals and name not in totals}
