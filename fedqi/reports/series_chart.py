"""The control chart of an own series, chosen by what the series is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedqi.reports.data_basic import SeriesKind, SeriesPoint
from fedqi.stats import SpecialCause, p_prime_chart, u_prime_chart, xmr_chart

FEWEST = 12
"""Points from which natural limits are worth drawing; with fewer it is a run chart."""

CHART_NAMES = {
    "proportion": "p′ chart",
    "rate": "u′ chart",
    "ratio": "u′ chart",
    "value": "XmR chart",
}

CHART_WORDS = {
    "proportion": (
        "p′ chart (Laney): limits at the mean ± 3 standard errors of each period's own size, "
        "widened by how much neighbouring periods really differ"
    ),
    "rate": (
        "u′ chart (Laney): limits at the mean ± 3 standard errors of each period's own exposure, "
        "widened by how much neighbouring periods really differ"
    ),
    "ratio": (
        "u′ chart (Laney) of observed over expected: limits at the mean ± 3 standard errors of "
        "each period's own expected count, widened by how much neighbouring periods really differ"
    ),
    "value": "XmR chart: natural limits at the mean ± 2.66 times the mean moving range",
}
"""Which chart it is and how its limits are made, in words."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Centre, limits and causes, one limit and one cause per period."""

    centre: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    causes: tuple[SpecialCause, ...]


def chart_of(kind: SeriesKind, points: Sequence[SeriesPoint]) -> Chart | None:
    """Return the chart; None while there are too few points.

    Proportions, rates and ratios have limits that follow the size of each period; means have
    none that could be known from the mean alone, so theirs come from the moving range.
    """
    if len(points) < FEWEST:
        return None
    if kind == "value":
        plain = xmr_chart([point.value for point in points])
        ends = ((plain.lower,) * len(points), (plain.upper,) * len(points))
        return Chart(plain.centre, *ends, plain.causes)
    observed = [round(point.observed) for point in points]
    if kind == "proportion":
        found = p_prime_chart(observed, [round(point.denominator) for point in points])
    else:
        found = u_prime_chart(observed, [point.denominator for point in points])
    return Chart(found.centre, found.lower, found.upper, found.causes)
