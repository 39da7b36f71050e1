"""The own trend as an XmR chart, with the network's rate beside it."""

import re
from collections.abc import Sequence

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import SeriesPoint
from fedqi.reports.numbers import base_of, per_decimal
from fedqi.reports.style import AIM, MUTED, NETWORK, OWN, canvas, margin_labels, to_markup
from fedqi.stats import SpecialCause, XmRChart, xmr_chart

FEWEST = 12
"""Points from which natural limits are worth drawing; with fewer it is a run chart."""

OUTSIDE = {SpecialCause.ABOVE_LIMIT, SpecialCause.BELOW_LIMIT}

NATURAL, EDGE = "#f3ece7", "#b08a70"
"""The natural limits: their inside and their edges."""

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")


def series_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the own series; None for fewer than two periods with patients."""
    points = usable(measure)
    if len(points) < 2:
        return None
    base = base_of(measure)
    chart = chart_of(points)
    with canvas(2.35) as figure:
        axes = figure.add_axes((0.062, 0.16, 0.715, 0.71))
        _network(axes, points, base)
        _own(axes, points, base)
        if chart is not None:
            _limits(axes, chart, base)
            _marks(axes, points, chart, base)
        _frame(axes, measure, points, base)
        low, high = axes.get_ylim()
        margin_labels(axes, _labels(measure, points, chart, base), 0.085 * (high - low))
        return to_markup(figure, name, describe(measure))


def usable(measure: MeasureReport) -> list[SeriesPoint]:
    """Return the periods in which there were patients."""
    return [point for point in measure.series if point.denominator > 0]


def chart_of(points: Sequence[SeriesPoint]) -> XmRChart | None:
    """Return centre, limits and special causes; None while there are too few points."""
    if len(points) < FEWEST:
        return None
    return xmr_chart([point.observed / point.denominator for point in points])


def describe(measure: MeasureReport) -> str:
    """Say in words what the picture shows."""
    points, base = usable(measure), base_of(measure)
    rates = [point.observed / point.denominator for point in points]
    told = (
        f"Own series of {len(points)} periods, {points[0].period} to {points[-1].period}: first "
        f"{per_decimal(rates[0], base)}, last {per_decimal(rates[-1], base)}, lowest "
        f"{per_decimal(min(rates), base)}, highest {per_decimal(max(rates), base)} of {base:,}."
    )
    return f"{told} {reading(measure)}"


def reading(measure: MeasureReport) -> str:
    """Say what the rules find in the series."""
    points = usable(measure)
    chart = chart_of(points)
    if chart is None:
        return (
            f"With {len(points)} periods natural limits would not hold yet; they are drawn from "
            f"{FEWEST} on."
        )
    out = [p.period for p, c in zip(points, chart.causes, strict=True) if c in OUTSIDE]
    runs = sum(c not in OUTSIDE and c is not SpecialCause.COMMON for c in chart.causes)
    if not out and not runs:
        return "Nothing but ordinary variation: the series is stable."
    parts = []
    if out:
        named = ", ".join(month_words(period) for period in out[:6])
        more = f" and {len(out) - 6} more" if len(out) > 6 else ""
        parts.append(f"beyond the natural limits: {named}{more}")
    if runs:
        parts.append(f"{runs} period{'s' if runs > 1 else ''} in a run or trend")
    return f"More than ordinary variation: {'; '.join(parts)}. Ask what changed then."


def month_words(period: str) -> str:
    """Write ``2017-01`` as ``Jan 2017``; other names stay."""
    found = _MONTH.match(period)
    return f"{MONTHS[int(found[2]) - 1]} {found[1]}" if found else period


def _network(axes: Axes, points: Sequence[SeriesPoint], base: int) -> None:
    known = [(i, base * p.network_rate) for i, p in enumerate(points) if p.network_rate is not None]
    if known:
        axes.plot(*zip(*known, strict=True), color=NETWORK, lw=1.6, dashes=(4, 2), zorder=2)


def _own(axes: Axes, points: Sequence[SeriesPoint], base: int) -> None:
    rates = [base * point.observed / point.denominator for point in points]
    axes.plot(rates, color=OWN, lw=1.4, marker="o", markersize=3.6, zorder=3)


def _limits(axes: Axes, chart: XmRChart, base: int) -> None:
    lower, upper = max(0.0, chart.lower), min(1.0, chart.upper)
    axes.axhline(base * chart.centre, color=OWN, lw=0.8, zorder=1)
    axes.axhspan(base * lower, base * upper, color=NATURAL, lw=0, zorder=0)
    for limit in (lower, upper):
        axes.axhline(base * limit, color=EDGE, lw=0.7, zorder=1)


def _marks(axes: Axes, points: Sequence[SeriesPoint], chart: XmRChart, base: int) -> None:
    """Draw a diamond where a point lies beyond the limits, a ring where it is part of a run."""
    for i, (point, cause) in enumerate(zip(points, chart.causes, strict=True)):
        if cause is SpecialCause.COMMON:
            continue
        shape, size = ("D", 7.5) if cause in OUTSIDE else ("o", 7.0)
        face = OWN if cause in OUTSIDE else "white"
        rate = base * point.observed / point.denominator
        axes.plot([i], [rate], shape, color=OWN, mfc=face, markersize=size, mew=1.2, zorder=4)


def _frame(axes: Axes, measure: MeasureReport, points: Sequence[SeriesPoint], base: int) -> None:
    for target in measure.targets:
        axes.axhline(base * target.value, color=AIM, lw=1.1, dashes=(1, 2))
    axes.set_xlim(-0.6, len(points) - 0.4)
    axes.margins(y=0.12)
    low, high = axes.get_ylim()
    axes.set_ylim(max(0.0, low), high)
    step = max(1, -(-len(points) // 12))
    places = list(range(0, len(points), step))
    axes.set_xticks(places, [month_words(points[i].period).replace(" ", "\n") for i in places])
    axes.set_title(f"{measure.event}, per {base:,}", loc="left", fontsize=8.5, pad=8, x=-0.06)


def _labels(
    measure: MeasureReport, points: Sequence[SeriesPoint], chart: XmRChart | None, base: int
) -> list[tuple[float, str, str, str]]:
    labels: list[tuple[float, str, str, str]] = []
    if chart is not None:
        centre = base * chart.centre
        labels.append((centre, f"your mean {per_decimal(chart.centre, base)}", OWN, "bold"))
        top = min(1.0, chart.upper)
        labels.append((base * top, f"upper limit {per_decimal(top, base)}", MUTED, "normal"))
        if chart.lower > 0:
            text = f"lower limit {per_decimal(chart.lower, base)}"
            labels.append((base * chart.lower, text, MUTED, "normal"))
    last = points[-1].network_rate
    if last is not None:
        labels.append((base * last, f"network {per_decimal(last, base)}", NETWORK, "bold"))
    for target in measure.targets:
        text = f"{target.label} {per_decimal(target.value, base)}"
        labels.append((base * target.value, text, AIM, "normal"))
    return labels
