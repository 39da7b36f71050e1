"""The funnel: where this hospital stands among the sizes of hospitals."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.funnel_view import FunnelView, rate_view, ratio_view
from fedqi.reports.numbers import base_of, decimal, in_unit, written
from fedqi.reports.style import (
    AIM,
    INNER,
    MARKERS,
    MUTED,
    NETWORK,
    OUTER,
    SIZES,
    canvas,
    margin_labels,
    own_colour,
    to_markup,
)
from fedqi.reports.wording import BAND_WORDS

LINES: dict[str, dict[str, Any]] = {
    "network": {"color": NETWORK, "lw": 1.3},
    "benchmark": {"color": AIM, "lw": 1.3, "dashes": (5, 3)},
    "target": {"color": AIM, "lw": 1.1, "dashes": (1, 2)},
}
WEIGHTS = {"network": "bold", "benchmark": "bold", "target": "normal"}


def funnel_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the funnel of rates; None where there are no limits or no patients.

    Parameters
    ----------
    measure
        What is drawn.
    name
        Prefix of the picture's ids.
    """
    view = rate_view(measure)
    kind = "means" if measure.scale == "mean" else "rates"
    return None if view is None else draw(view, name, f"Funnel plot of {kind}", describe(measure))


def ratio_funnel_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the funnel of observed over expected; None where there are no limits for it."""
    view = ratio_view(measure)
    if view is None:
        return None
    return draw(view, name, "Funnel plot of observed over expected", describe_ratio(measure, view))


def draw(view: FunnelView, name: str, title: str, alternative: str) -> str:
    """Draw what the view says."""
    with canvas(2.42) as figure:
        axes = figure.add_axes((0.062, 0.16, 0.715, 0.735))
        axes.fill_between(view.sizes, *view.outer, color=OUTER, lw=0)
        axes.fill_between(view.sizes, *view.inner, color=INNER, lw=0)
        for line in view.lines:
            axes.axhline(line.value, **LINES[line.style])
        _own_point(axes, view)
        _frame(axes, view)
        _own_label(axes, view)
        margin_labels(axes, _margin(view), _gap(axes))
        return to_markup(figure, name, title, alternative)


def describe(measure: MeasureReport) -> str:
    """Say in words what the funnel of rates or means shows."""
    assert measure.funnel is not None
    low, high = (written(end, measure) for end in measure.funnel.limits_95)
    return (
        f"Your hospital: {_seen(measure)}, {measure.size:,} {measure.patients}. Network: "
        f"{written(measure.funnel.target, measure)}. At this size 95 of 100 hospitals like the "
        f"network lie between {low} and {high}. Position: {BAND_WORDS[measure.band]}."
    )


def _seen(measure: MeasureReport) -> str:
    own, base = written(measure.rate or 0, measure), base_of(measure)
    if measure.scale == "mean":
        return f"a mean of {own}{in_unit(measure)}"
    if measure.scale == "rate":
        return f"{own} {measure.event} in {base:,}"
    return f"{own} of {base:,} {measure.event}"


def describe_ratio(measure: MeasureReport, view: FunnelView) -> str:
    """Say in words what the funnel of ratios shows."""
    assert measure.ratio_funnel is not None
    low, high = measure.ratio_funnel.limits_95
    return (
        f"Your hospital: {measure.observed:,} observed where {decimal(view.own_size)} were "
        f"expected, a ratio of {decimal(view.own_value, 2)}. At this size 95 of 100 hospitals like "
        f"the network lie between {decimal(low, 2)} and {decimal(high, 2)}. "
        f"Position: {BAND_WORDS[view.band]}."
    )


def _own_point(axes: Axes, view: FunnelView) -> None:
    value, (low, high), colour = view.own_value, view.own_interval, own_colour(view.band)
    axes.errorbar(
        [view.own_size],
        [value],
        yerr=[[max(0.0, value - low)], [max(0.0, high - value)]],
        color=colour,
        marker=MARKERS[view.band],
        markersize=SIZES[view.band],
        markerfacecolor="white" if view.band == "insufficient" else colour,
        markeredgewidth=1.4,
        lw=1.9,
        capsize=3.5,
        clip_on=False,
        zorder=5,
    )


def _frame(axes: Axes, view: FunnelView) -> None:
    # The middle line may lie outside the interval and the limits of a hospital of this size.
    marks = [*view.own_interval, *(line.value for line in view.lines)]
    low, high = min(float(view.outer[0].min()), *marks), max(float(view.outer[1].max()), *marks)
    room = 0.04 * (high - low)
    axes.set_xlim(float(view.sizes[0]), float(view.sizes[-1]))
    lowest = -np.inf if view.lowest is None else view.lowest
    highest = np.inf if view.highest is None else view.highest
    axes.set_ylim(max(lowest, low - room), min(highest, high + room))
    axes.set_xlabel(view.axis, loc="right")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_title(view.title, loc="left", fontsize=8.5, pad=8, x=-0.06)


def _own_label(axes: Axes, view: FunnelView) -> None:
    """Write beside the own point, at the height that lies farthest from every line and edge."""
    low, high = axes.get_ylim()
    beside = view.sizes >= view.own_size
    edges = [edge[beside] for pair in (view.inner, view.outer) for edge in pair]
    blocked = np.concatenate([[line.value for line in view.lines], [low, high], *edges])
    tried = np.linspace(*view.own_interval, 41)
    clear = np.abs(tried[:, None] - blocked[None, :]).min(axis=1)
    # Of equally free heights the one nearest to the point reads best.
    enough = np.minimum(clear, 0.06 * (high - low))
    height = tried[np.lexsort((np.abs(tried - view.own_value), -np.round(enough, 6)))[0]]
    axes.annotate(
        view.own_label,
        (view.own_size, float(height)),
        xytext=(13, 0),
        textcoords="offset points",
        va="center",
        color=own_colour(view.band),
        weight="bold",
        fontsize=10,
    )


def _margin(view: FunnelView) -> list[tuple[float, str, str, str]]:
    middle = view.lines[0].value
    inner, outer = float(view.inner[1][-1]), float(view.outer[1][-1])
    labels = [
        ((inner + outer) / 2, "998 of 1,000 hospitals", MUTED, "normal"),
        ((middle + inner) / 2, "95 of 100 hospitals", MUTED, "normal"),
    ]
    for line in view.lines:
        colour = NETWORK if line.style == "network" else AIM
        labels.append((line.value, line.label, colour, WEIGHTS[line.style]))
    return labels


def _gap(axes: Axes) -> float:
    low, high = axes.get_ylim()
    return 0.088 * (high - low)
