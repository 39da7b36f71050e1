"""The own trend as a control chart, with the network's figure beside it."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import SeriesPoint
from fedqi.reports.funnel_view import unit_words
from fedqi.reports.numbers import base_of, decimal
from fedqi.reports.numbers import written as written_plainly
from fedqi.reports.series_chart import Chart
from fedqi.reports.series_words import OUTSIDE, chart, month_words, reading, usable
from fedqi.reports.style import AIM, MUTED, NETWORK, OWN, canvas, margin_labels, to_markup
from fedqi.stats import SpecialCause

NATURAL, EDGE = "#f3ece7", "#b08a70"
"""The natural limits: their inside and their edges."""


def series_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the own series; None for fewer than two periods with patients."""
    points = usable(measure)
    if len(points) < 2:
        return None
    base, found = series_base(measure), chart(measure)
    with canvas(2.35) as figure:
        axes = figure.add_axes((0.062, 0.16, 0.715, 0.71))
        _network(axes, points, base)
        axes.plot(
            [base * point.value for point in points],
            color=OWN, lw=1.4, marker="o", markersize=3.6, zorder=3,
        )  # fmt: skip
        if found is not None:
            _limits(axes, found, base)
            _marks(axes, points, found, base)
        _frame(axes, measure, points, base)
        low, high = axes.get_ylim()
        margin_labels(axes, _labels(measure, points, found), 0.085 * (high - low))
        return to_markup(figure, name, "Control chart of the own periods", describe(measure))


def series_base(measure: MeasureReport) -> int:
    """Return the base of what is charted; ratios and means stand for themselves."""
    return 1 if measure.series_kind == "ratio" else base_of(measure)


def written(value: float, measure: MeasureReport) -> str:
    """Write a charted value."""
    if measure.series_kind == "ratio":
        return decimal(value, 2)
    return written_plainly(value, measure)


def title(measure: MeasureReport) -> str:
    """Return what is charted."""
    if measure.series_kind == "ratio":
        return f"{measure.event}: observed / expected"
    return unit_words(measure)


def describe(measure: MeasureReport) -> str:
    """Say in words what the picture shows."""
    points = usable(measure)
    values = [point.value for point in points]
    first, last, lowest, highest = (
        written(value, measure) for value in (values[0], values[-1], min(values), max(values))
    )
    return (
        f"{title(measure)}: {len(points)} own periods, {points[0].period} to {points[-1].period}: "
        f"first {first}, last {last}, lowest {lowest}, highest {highest}. {reading(measure)}"
    )


def _network(axes: Axes, points: Sequence[SeriesPoint], base: int) -> None:
    known = [(i, base * p.network_rate) for i, p in enumerate(points) if p.network_rate is not None]
    if known:
        axes.plot(*zip(*known, strict=True), color=NETWORK, lw=1.6, dashes=(4, 2), zorder=2)


def _limits(axes: Axes, found: Chart, base: int) -> None:
    """Draw the limits as steps: each belongs to its own period."""
    axes.axhline(base * found.centre, color=OWN, lw=0.8, zorder=1)
    edges = [i - 0.5 for i in range(len(found.lower) + 1)]
    lower = [base * value for value in found.lower]
    upper = [base * value for value in found.upper]
    axes.stairs(upper, edges, baseline=lower, fill=True, color=NATURAL, lw=0, zorder=0)
    for limit in (lower, upper):
        axes.stairs(limit, edges, baseline=None, color=EDGE, lw=0.7, zorder=1)


def _marks(axes: Axes, points: Sequence[SeriesPoint], found: Chart, base: int) -> None:
    """Draw a diamond where a point lies beyond the limits, a ring where it is part of a run."""
    for i, (point, cause) in enumerate(zip(points, found.causes, strict=True)):
        if cause is SpecialCause.COMMON:
            continue
        shape, size = ("D", 7.5) if cause in OUTSIDE else ("o", 7.0)
        face = OWN if cause in OUTSIDE else "white"
        value = base * point.value
        axes.plot([i], [value], shape, color=OWN, mfc=face, markersize=size, mew=1.2, zorder=4)


def _frame(axes: Axes, measure: MeasureReport, points: Sequence[SeriesPoint], base: int) -> None:
    if measure.series_kind != "ratio":
        for target in measure.targets:
            axes.axhline(base * target.value, color=AIM, lw=1.1, dashes=(1, 2))
    axes.set_xlim(-0.6, len(points) - 0.4)
    axes.margins(y=0.12)
    low, high = axes.get_ylim()
    axes.set_ylim(max(0.0, low) if min(p.value for p in points) >= 0 else low, high)
    step = max(1, -(-len(points) // 12))
    places = list(range(0, len(points), step))
    axes.set_xticks(places, [month_words(points[i].period).replace(" ", "\n") for i in places])
    axes.set_title(title(measure), loc="left", fontsize=8.5, pad=8, x=-0.06)


def _labels(
    measure: MeasureReport, points: Sequence[SeriesPoint], found: Chart | None
) -> list[tuple[float, str, str, str]]:
    base = series_base(measure)
    named: list[tuple[float, str, str, str]] = []
    if found is not None:
        named.append((found.centre, "your mean", OWN, "bold"))
        named.append((found.upper[-1], "upper limit", MUTED, "normal"))
        # At 0 the axis itself says where the limit is.
        if found.lower[-1] != 0:
            named.append((found.lower[-1], "lower limit", MUTED, "normal"))
    last = points[-1].network_rate
    if last is not None:
        beside = "as expected" if measure.series_kind == "ratio" else "network"
        named.append((last, beside, NETWORK, "bold"))
    if measure.series_kind != "ratio":
        named += [(target.value, target.label, AIM, "normal") for target in measure.targets]
    return [
        (base * value, f"{words} {written(value, measure)}", colour, weight)
        for value, words, colour, weight in named
    ]
