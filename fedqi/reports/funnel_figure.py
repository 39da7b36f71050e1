"""The first page's picture: where this hospital stands among the sizes of hospitals."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Funnel
from fedqi.reports.numbers import base_of, per_decimal
from fedqi.reports.style import (
    AIM,
    INNER,
    MARKERS,
    MUTED,
    NETWORK,
    OUTER,
    OWN,
    SIZES,
    canvas,
    margin_labels,
    to_markup,
)
from fedqi.reports.wording import BAND_WORDS
from fedqi.stats import FunnelKind, adjusted_curve, funnel_curve

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]

POINTS = 160
"""Sizes at which the limits are computed."""


def funnel_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the funnel; None where there are no limits or no patients.

    Parameters
    ----------
    measure
        What is drawn.
    name
        Prefix of the picture's ids.
    """
    if measure.funnel is None or measure.rate is None or measure.interval is None:
        return None
    base = base_of(measure)
    sizes = grid(measure.denominator)
    inner, outer = curves(measure.funnel, sizes, 0.95), curves(measure.funnel, sizes, 0.998)
    with canvas(2.42) as figure:
        axes = figure.add_axes((0.062, 0.16, 0.715, 0.735))
        axes.fill_between(sizes, base * outer[0], base * outer[1], color=OUTER, lw=0)
        axes.fill_between(sizes, base * inner[0], base * inner[1], color=INNER, lw=0)
        _levels(axes, measure, base)
        _own_point(axes, measure, base)
        _frame(axes, measure, sizes, outer, base)
        _own_label(axes, measure, sizes, (inner, outer), base)
        margin_labels(axes, _margin(measure, inner, outer, base), _gap(axes))
        return to_markup(figure, name, describe(measure))


def grid(denominator: int) -> NDArray[np.float64]:
    """Return the sizes drawn: whole patients from a quarter to about twice the own size."""
    low, high = max(1, denominator // 4), max(10, round(denominator * 2.2))
    return np.unique(np.round(np.linspace(low, high, POINTS)))


def curves(funnel: Funnel, sizes: NDArray[np.float64], level: float) -> Curve:
    """Return the limits over the sizes, of the same kind as those of the position."""
    if funnel.tau2 > 0:
        return adjusted_curve(sizes, funnel.target, level, funnel.tau2)
    return funnel_curve(sizes, funnel.target, level, FunnelKind(funnel.kind))


def describe(measure: MeasureReport) -> str:
    """Say in words what the picture shows."""
    base = base_of(measure)
    assert measure.funnel is not None
    low, high = measure.funnel.limits_95
    return (
        f"Funnel plot. Your hospital: {per_decimal(measure.rate or 0, base)} of {base:,} "
        f"{measure.event}, {measure.denominator:,} {measure.patients}. Network: "
        f"{per_decimal(measure.funnel.target, base)}. At this size 95 of 100 hospitals like the "
        f"network lie between {per_decimal(low, base)} and {per_decimal(high, base)}. "
        f"Position: {BAND_WORDS[measure.band]}."
    )


def _levels(axes: Axes, measure: MeasureReport, base: int) -> None:
    assert measure.funnel is not None
    axes.axhline(base * measure.funnel.target, color=NETWORK, lw=1.3)
    if measure.benchmark is not None:
        axes.axhline(base * measure.benchmark.value, color=AIM, lw=1.3, dashes=(5, 3))
    for target in measure.targets:
        axes.axhline(base * target.value, color=AIM, lw=1.1, dashes=(1, 2))


def _own_point(axes: Axes, measure: MeasureReport, base: int) -> None:
    assert measure.rate is not None and measure.interval is not None
    value, own = base * measure.rate, measure.interval
    errors = [[max(0.0, value - base * own.lower)], [max(0.0, base * own.upper - value)]]
    axes.errorbar(
        [measure.denominator],
        [value],
        yerr=errors,
        color=OWN,
        marker=MARKERS[measure.band],
        markersize=SIZES[measure.band],
        markerfacecolor="white" if measure.band == "insufficient" else OWN,
        markeredgewidth=1.4,
        lw=1.9,
        capsize=3.5,
        clip_on=False,
        zorder=5,
    )


def _frame(
    axes: Axes, measure: MeasureReport, sizes: NDArray[np.float64], outer: Curve, base: int
) -> None:
    assert measure.interval is not None
    marks = [t.value for t in measure.targets] + [measure.interval.lower, measure.interval.upper]
    marks += [measure.benchmark.value] if measure.benchmark else []
    low = min(float(outer[0].min()), *marks)
    high = max(float(outer[1].max()), *marks)
    room = 0.04 * (high - low)
    axes.set_xlim(float(sizes[0]), float(sizes[-1]))
    axes.set_ylim(base * max(0.0, low - room), base * min(1.02, high + room))
    axes.set_xlabel(f"{measure.patients} in the period", loc="right")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_title(f"{measure.event}, per {base:,}", loc="left", fontsize=8.5, pad=8, x=-0.06)


def _own_label(
    axes: Axes,
    measure: MeasureReport,
    sizes: NDArray[np.float64],
    limits: Sequence[Curve],
    base: int,
) -> None:
    """Write beside the own point, at the height that lies farthest from every line and edge."""
    assert measure.rate is not None and measure.interval is not None
    low, high = axes.get_ylim()
    beside = sizes >= measure.denominator
    lines = [base * mark.value for mark in (measure.benchmark, *measure.targets) if mark]
    lines += [base * (measure.funnel.target if measure.funnel else 0.0), low, high]
    edges = [base * edge[beside] for pair in limits for edge in pair]
    blocked = np.concatenate([np.array(lines), *edges])
    tried = np.linspace(base * measure.interval.lower, base * measure.interval.upper, 41)
    clear = np.abs(tried[:, None] - blocked[None, :]).min(axis=1)
    # Of equally free heights the one nearest to the point reads best.
    enough = np.minimum(clear, 0.06 * (high - low))
    height = tried[np.lexsort((np.abs(tried - base * measure.rate), -np.round(enough, 6)))[0]]
    axes.annotate(
        f"your hospital {per_decimal(measure.rate, base)}",
        (measure.denominator, float(height)),
        xytext=(13, 0),
        textcoords="offset points",
        va="center",
        color=OWN,
        weight="bold",
        fontsize=10,
    )


def _margin(
    measure: MeasureReport, inner: Curve, outer: Curve, base: int
) -> list[tuple[float, str, str, str]]:
    assert measure.funnel is not None
    target = measure.funnel.target
    upper_inner, upper_outer = float(inner[1][-1]), float(outer[1][-1])
    labels = [
        (base * (upper_inner + upper_outer) / 2, "998 of 1,000 hospitals", MUTED, "normal"),
        (base * (target + upper_inner) / 2, "95 of 100 hospitals", MUTED, "normal"),
        (base * target, f"network {per_decimal(target, base)}", NETWORK, "bold"),
    ]
    if (aim := measure.benchmark) is not None:
        named = aim.label.replace("achievable ", "")
        labels.append((base * aim.value, f"{named} {per_decimal(aim.value, base)}", AIM, "bold"))
    for target_ in measure.targets:
        text = f"{target_.label} {per_decimal(target_.value, base)}"
        labels.append((base * target_.value, text, AIM, "normal"))
    return labels


def _gap(axes: Axes) -> float:
    low, high = axes.get_ylim()
    return 0.088 * (high - low)
