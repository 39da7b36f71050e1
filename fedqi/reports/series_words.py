"""What the rules of a control chart find in a series, in words."""

import re
from collections.abc import Sequence
from itertools import groupby

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import SeriesPoint
from fedqi.reports.series_chart import FEWEST, Chart, chart_of
from fedqi.stats import SpecialCause

OUTSIDE = {SpecialCause.ABOVE_LIMIT, SpecialCause.BELOW_LIMIT}

UP = {
    SpecialCause.ABOVE_LIMIT,
    SpecialCause.TWO_IN_THREE_ABOVE,
    SpecialCause.INCREASING,
    SpecialCause.SEVEN_ABOVE,
}
"""Causes that lie or lead upwards."""

RULES = {
    SpecialCause.ABOVE_LIMIT: "above the upper limit",
    SpecialCause.BELOW_LIMIT: "below the lower limit",
    SpecialCause.INCREASING: "seven or more in a row rising",
    SpecialCause.DECREASING: "seven or more in a row falling",
    SpecialCause.TWO_IN_THREE_ABOVE: "two of three close to the upper limit",
    SpecialCause.TWO_IN_THREE_BELOW: "two of three close to the lower limit",
    SpecialCause.SEVEN_ABOVE: "seven or more in a row above your mean",
    SpecialCause.SEVEN_BELOW: "seven or more in a row below your mean",
}
"""What a rule found."""

MOST = 3
"""Signals that are named, the latest; more would not be read."""

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")


def usable(measure: MeasureReport) -> list[SeriesPoint]:
    """Return the periods in which there was something to divide by."""
    return [point for point in measure.series if point.denominator > 0]


def chart(measure: MeasureReport) -> Chart | None:
    """Return the chart of a measure's usable periods."""
    return chart_of(measure.series_kind, usable(measure))


def reading(measure: MeasureReport) -> str:
    """Say what the rules find in the series, the latest first, and what it means."""
    points, found = usable(measure), chart(measure)
    if found is None:
        return (
            f"With {len(points)} periods natural limits would not hold yet; they are drawn from "
            f"{FEWEST} on."
        )
    signals = list(_signals(points, found.causes))
    if not signals:
        return "Nothing but ordinary variation: the series is stable."
    shown = [f"{_span(ends)}: {RULES[cause]}" for cause, ends in reversed(signals)][:MOST]
    more = len(signals) - len(shown)
    rest = f"; and {more} earlier" if more else ""
    return f"Not chance alone: {'; '.join(shown)}{rest}. {_meaning(measure, signals[-1][0])}"


def _signals(
    points: Sequence[SeriesPoint], causes: Sequence[SpecialCause]
) -> list[tuple[SpecialCause, list[str]]]:
    """Return neighbouring periods with the same cause together."""
    marked = zip(causes, (point.period for point in points), strict=True)
    grouped = groupby(marked, key=lambda each: each[0])
    runs = [(cause, [period for _, period in run]) for cause, run in grouped]
    return [(cause, run) for cause, run in runs if cause is not SpecialCause.COMMON]


def _span(periods: Sequence[str]) -> str:
    first, last = month_words(periods[0]), month_words(periods[-1])
    return first if len(periods) == 1 else f"{first} to {last}"


def _meaning(measure: MeasureReport, latest: SpecialCause) -> str:
    if measure.direction == "none":
        return "Ask what changed then."
    worse = (latest in UP) == (measure.direction == "lower")
    change = "worse" if worse else "better"
    return f"The latest of these was for the {change}: ask what was different then."


def month_words(period: str) -> str:
    """Write a month as people do: ``Jan 2017``; other periods stay as they are."""
    found = _MONTH.match(period)
    return f"{MONTHS[int(found[2]) - 1]} {found[1]}" if found else period
