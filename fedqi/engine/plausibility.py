"""What looks unlikely about a table over time. Hints for a person; none of them refuses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import median

from fedqi.engine.attrition import Attrition
from fedqi.engine.report import rows_in_words
from fedqi.measures import Measure
from fedqi.measures.calendar import first_day, last_day, period_number
from fedqi.measures.compile import period_name

FEWEST_PERIODS = 4
"""Below it the usual number of rows of a period is not known."""

USUAL_ROWS = 20
"""Below it chance alone takes a period below half of it."""

FEW = 0.5
"""Share of the usual number below which a period looks incomplete."""


def doubts(measure: Measure, found: Attrition, today: date) -> tuple[str, ...]:
    """Return what a person should look at, in sentences with counts of rows only.

    Parameters
    ----------
    measure
        What counts.
    found
        Its rows over periods.
    today
        The day of the caller's clock.
    """
    time, counted = measure.dataset.time, found.counted
    if time is None:
        return ()
    over = {each: n for each, n in counted.items() if last_day(each, time.grain) < today}
    future = [each for each in counted if first_day(each, time.grain) > today]
    # A date in the far future is one wrong date and no gap before it.
    begun = [each for each in counted if each not in future]
    return (*_undated(found), *_later(future), *_gaps(measure, begun), *_few(over))


def _undated(found: Attrition) -> Iterator[str]:
    for each in found.periods:
        if each.period is None:
            yield f"{rows_in_words(each.rows[0])} without a date, which belong to no period"


def _later(future: Sequence[str]) -> Iterator[str]:
    if future:
        told = future[0] if len(future) == 1 else f"{future[0]} to {future[-1]}"
        yield f"{told}: rows of periods that begin after today"


def _gaps(measure: Measure, periods: Sequence[str]) -> Iterator[str]:
    numbers = [_number(measure, period) for period in periods]
    for before, after in pairwise(numbers):
        if after - before > 1:
            first, last = period_name(measure, before + 1), period_name(measure, after - 1)
            told = first if first == last else f"{first} to {last}"
            yield f"{told}: no rows at all, between periods that have some"


def _few(counted: Mapping[str, int]) -> Iterator[str]:
    periods: Sequence[str] = [*counted]
    usual = median(counted.values()) if len(periods) >= FEWEST_PERIODS else 0
    if usual < USUAL_ROWS:
        return
    for period in periods:
        if counted[period] < FEW * usual:
            told = rows_in_words(counted[period])
            yield f"{period}: {told} in the denominator, fewer than half of the usual {usual:g}"


def _number(measure: Measure, period: str) -> int:
    number = period_number(measure, period)
    assert number is not None
    return number
