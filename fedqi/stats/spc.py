"""Statistical process control: XmR charts and the rules for special causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

MOVING_RANGE_FACTOR = 2.66
"""Conventional rounding of 3/d2; not the same as 3/1.128 = 2.6596."""

SCREEN_FACTOR = 3.267
"""A moving range from this many mean moving ranges upwards is left out of the second mean."""

RUN = 7
"""Points of a shift (on one side of the centre) and of a trend (rising or falling)."""


class SpecialCause(StrEnum):
    """Why a point is unlikely to be chance; the names that NHS plot-the-dots uses."""

    ABOVE_LIMIT = "Above UCL"
    BELOW_LIMIT = "Below LCL"
    TWO_IN_THREE_ABOVE = "2 in 3 Above CL"
    TWO_IN_THREE_BELOW = "2 in 3 Below CL"
    INCREASING = "7 Point Trend (Increasing)"
    DECREASING = "7 Point Trend (Decreasing)"
    SEVEN_ABOVE = "7 Points Above CL"
    SEVEN_BELOW = "7 Points Below CL"
    COMMON = "Common Cause"


@dataclass(frozen=True, slots=True)
class XmRChart:
    """An individuals chart.

    Parameters
    ----------
    centre, lower, upper
        Mean and process limits, in the unit of the values; the limits are not clipped.
    mean_moving_range
        Mean absolute difference of neighbours, after screening where asked for.
    causes
        One per value, in order.
    """

    centre: float
    lower: float
    upper: float
    mean_moving_range: float
    causes: tuple[SpecialCause, ...]


def xmr_chart(values: Sequence[float], screen: bool = True) -> XmRChart:
    """Return centre, limits and special causes of a series.

    ``mean ± 2.66 · mean moving range``. With screening, moving ranges of at least 3.267 times
    their mean are left out and the mean is taken again, once, as NHS plot-the-dots does.

    Parameters
    ----------
    values
        In order of time, at least two.
    screen
        Whether large moving ranges are screened out.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    References
    ----------
    Wheeler DJ (2000). Understanding Variation. SPC Press.
    NHSRplotthedots, nhs-r-community/NHSRplotthedots, function ``ptd_spc``.
    """
    require_series(len(values))
    ranges = [abs(b - a) for a, b in pairwise(values)]
    mean_range = sum(ranges) / len(ranges)
    if screen:
        kept = [each for each in ranges if each < SCREEN_FACTOR * mean_range]
        mean_range = sum(kept) / len(kept) if kept else mean_range
    centre = sum(values) / len(values)
    half = MOVING_RANGE_FACTOR * mean_range
    causes = special_causes([each - centre for each in values], [half] * len(values), values)
    return XmRChart(centre, centre - half, centre + half, mean_range, causes)


def special_causes(
    away: Sequence[float], halves: Sequence[float], values: Sequence[float]
) -> tuple[SpecialCause, ...]:
    """Return why each point stands out; the first rule that applies gives the name.

    1. outside the limits; 2. part of 7 points that rise or fall; 3. one of two in three
    neighbours on one side that lie beyond two thirds of the way to the limit (but not outside
    it); 4. part of 7 points on one side of the centre. Order and details are those of NHS
    plot-the-dots 0.2.0 (function ``ptd_special_cause_type``).

    Parameters
    ----------
    away
        Distance of each value from the centre.
    halves
        Distance of the limits from the centre, per value.
    values
        The values, whose rises and falls make a trend.
    """
    sides = [_sign(each) for each in away]
    outside = [abs(a) > half for a, half in zip(away, halves, strict=True)]
    close = [
        not out and abs(a) > 2 * half / 3
        for out, a, half in zip(outside, away, halves, strict=True)
    ]
    steps = [_sign(b - a) for a, b in pairwise(values)]
    shift = _in_run(sides, RUN, len(sides))
    trend = _in_run(steps, RUN - 1, len(sides))
    near = _two_in_three(close, sides)
    rules = (
        ([side * out for side, out in zip(sides, outside, strict=True)], "ABOVE_LIMIT BELOW_LIMIT"),
        (trend, "INCREASING DECREASING"),
        (near, "TWO_IN_THREE_ABOVE TWO_IN_THREE_BELOW"),
        (shift, "SEVEN_ABOVE SEVEN_BELOW"),
    )
    named = [(marks, [SpecialCause[name] for name in names.split()]) for marks, names in rules]
    return tuple(
        next((up if m[i] > 0 else down for m, (up, down) in named if m[i]), SpecialCause.COMMON)
        for i in range(len(sides))
    )


def _in_run(signs: Sequence[int], length: int, points: int) -> list[int]:
    """Return the sign of the run each point belongs to; of steps, a run of k joins k+1 points."""
    marks = [0] * points
    extra = points - len(signs)
    for start in range(len(signs) - length + 1):
        run = set(signs[start : start + length])
        if len(run) == 1 and 0 not in run:
            marks[start : start + length + extra] = [signs[start]] * (length + extra)
    return marks


def _two_in_three(close: Sequence[bool], sides: Sequence[int]) -> list[int]:
    marks = [0] * len(sides)
    for start in range(len(sides) - 2):
        window = range(start, start + 3)
        if abs(sum(sides[i] for i in window)) == 3 and sum(close[i] for i in window) >= 2:
            for i in window:
                marks[i] = sides[i] if close[i] else marks[i]
    return marks


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def require_series(length: int) -> None:
    """Raise ValueError for a series of fewer than two points."""
    if length < 2:
        raise ValueError(f"a series of {length} points, expected at least 2")
