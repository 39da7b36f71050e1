"""What a funnel shows: own figure, limits over the sizes, and the lines to compare with.

There are two: of rates over the denominator, and of ratios over the expected events.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import BandName, Funnel, Interval
from fedqi.reports.data_model import RatioFunnel
from fedqi.reports.numbers import base_of, decimal, written
from fedqi.stats import (
    FunnelKind,
    adjusted_curve,
    funnel_curve,
    normal_quantile,
    rate_funnel_curve,
    ratio_funnel_curve,
)

Floats = NDArray[np.float64]
Curve = tuple[Floats, Floats]

POINTS = 160
"""Sizes at which the limits are computed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A level to compare with; ``style`` is "network", "benchmark" or "target"."""

    value: float
    label: str
    style: str


@dataclass(frozen=True, slots=True)
class FunnelView:
    """A funnel in the units that are drawn.

    Parameters
    ----------
    own_size, own_value, own_interval
        This hospital's point.
    band
        Where it stands.
    sizes, inner, outer
        The axis, and the limits (lower, upper) over it.
    lines
        The middle first.
    lowest, highest
        Where the axis of values must end; None for no end.
    title, axis
        What is shown, and over what.
    own_label
        The own figure as it is written beside the point.
    """

    own_size: float
    own_value: float
    own_interval: tuple[float, float]
    band: BandName
    sizes: Floats
    inner: Curve
    outer: Curve
    lines: tuple[Line, ...]
    lowest: float | None
    highest: float | None
    title: str
    axis: str
    own_label: str


def grid(size: int) -> Floats:
    """Return the sizes drawn: whole numbers from a quarter to about twice the own size."""
    low, high = max(1, size // 4), max(10, round(size * 2.2))
    return np.unique(np.round(np.linspace(low, high, POINTS)))


def rate_view(measure: MeasureReport) -> FunnelView | None:
    """Return the funnel of rates; None where there are no limits or no patients."""
    if measure.funnel is None or measure.rate is None or measure.interval is None:
        return None
    base, sizes = base_of(measure), grid(measure.size)
    inner, outer = (
        scaled(rate_curves(measure, measure.funnel, sizes, level), base) for level in (0.95, 0.998)
    )
    lowest, highest = reach(measure, base)
    counted = "with a value " if measure.scale == "mean" else ""
    return FunnelView(
        own_size=measure.size,
        own_value=base * measure.rate,
        own_interval=ends(measure.interval, base),
        band=measure.band,
        sizes=sizes,
        inner=inner,
        outer=outer,
        lines=rate_lines(measure, measure.funnel.target, base),
        lowest=lowest,
        highest=highest,
        title=unit_words(measure),
        axis=f"{measure.patients} {counted}in the period",
        own_label=f"your hospital {written(measure.rate, measure)}",
    )


def reach(measure: MeasureReport, base: int) -> tuple[float | None, float | None]:
    """Return where the axis of values must end, in the base of the page."""
    if measure.scale == "mean":
        return measure.bounds or (None, None)
    return 0.0, None if measure.scale == "rate" else 1.02 * base


def ratio_view(measure: MeasureReport) -> FunnelView | None:
    """Return the funnel of observed over expected; None without limits for it."""
    found, own = measure.ratio_funnel, observed_ratio(measure)
    if found is None or own is None or measure.rate is None:
        return None
    sizes = np.linspace(found.expected / 4, found.expected * 2.2, POINTS)
    return FunnelView(
        own_size=found.expected,
        own_value=own[0],
        own_interval=(own[1].lower, own[1].upper),
        band=ratio_band(measure),
        sizes=sizes,
        inner=ratio_curves(found, sizes, 0.95),
        outer=ratio_curves(found, sizes, 0.998),
        lines=(Line(1.0, "as expected 1", "network"),),
        lowest=0.0,
        highest=None,
        title=f"{measure.event}: observed / expected",
        axis="events expected of patients like yours",
        own_label=f"your hospital {decimal(own[0], 2)}",
    )


def observed_ratio(measure: MeasureReport) -> tuple[float, Interval] | None:
    """Return the ratio that the funnel is one of: the last plain one."""
    found = [r for r in measure.readings if r.is_ratio and r.analysis != "hierarchical"]
    if found and found[-1].value is not None and found[-1].interval is not None:
        return found[-1].value, found[-1].interval
    if measure.ratio is not None and measure.ratio.kind == "observed":
        return measure.ratio.value, measure.ratio.interval
    return None


def ratio_band(measure: MeasureReport) -> BandName:
    """Return where that ratio places the hospital."""
    found = [r.band for r in measure.readings if r.is_ratio and r.analysis != "hierarchical"]
    return found[-1] if found and found[-1] is not None else measure.band


def unit_words(measure: MeasureReport) -> str:
    """Return what is counted and in what base."""
    if measure.scale == "mean":
        return f"mean, in {measure.unit}" if measure.unit else "mean"
    base = f"{base_of(measure):,}"
    if measure.scale == "rate":
        return f"{measure.event} per {base} {measure.patients}"
    return f"{measure.event}, per {base}"


def rate_lines(measure: MeasureReport, target: float, base: int) -> tuple[Line, ...]:
    """Return the network, the benchmark and the targets."""
    lines = [Line(base * target, f"network {written(target, measure)}", "network")]
    if (aim := measure.benchmark) is not None:
        named = aim.label.replace("achievable ", "")
        lines.append(Line(base * aim.value, f"{named} {written(aim.value, measure)}", "benchmark"))
    for each in measure.targets:
        label = f"{each.label} {written(each.value, measure)}"
        lines.append(Line(base * each.value, label, "target"))
    return tuple(lines)


def rate_curves(measure: MeasureReport, funnel: Funnel, sizes: Floats, level: float) -> Curve:
    """Return the limits over the sizes, of the same kind as those of the position."""
    if funnel.within_sd is not None:
        return mean_curves(funnel, funnel.within_sd, measure.bounds, sizes, level)
    if measure.scale == "rate":
        return exposure_curves(funnel, sizes, level)
    # Exact limits are those of whole patients; opportunities are worth fewer.
    worth = np.maximum(1.0, np.round(sizes / funnel.design_effect))
    if funnel.tau2 > 0:
        return adjusted_curve(worth, funnel.target, level, funnel.tau2)
    return funnel_curve(worth, funnel.target, level, FunnelKind(funnel.kind))


def mean_curves(
    funnel: Funnel,
    within_sd: float,
    bounds: tuple[float, float] | None,
    sizes: Floats,
    level: float,
) -> Curve:
    """Return the limits of a mean, cut off at the bounds of its value."""
    low, high = bounds or (-np.inf, np.inf)
    half = normal_quantile(level) * np.sqrt(within_sd**2 / sizes + funnel.tau2)
    return np.maximum(low, funnel.target - half), np.minimum(high, funnel.target + half)


def exposure_curves(funnel: Funnel, sizes: Floats, level: float) -> Curve:
    """Return the limits of events over an exposure."""
    if funnel.tau2 > 0:
        half = normal_quantile(level) * np.sqrt(funnel.target / sizes + funnel.tau2)
        return np.maximum(0.0, funnel.target - half), funnel.target + half
    return rate_funnel_curve(sizes, funnel.target, level, FunnelKind(funnel.kind))


def ratio_curves(funnel: RatioFunnel, sizes: Floats, level: float) -> Curve:
    """Return the limits over the expected events: exact, or with the ordinary differences."""
    if funnel.tau2 is None:
        return ratio_funnel_curve(sizes, level)
    half = normal_quantile(level) * np.sqrt(funnel.scale / sizes + funnel.tau2)
    return np.maximum(0.0, 1 - half), 1 + half


def scaled(curve: Curve, base: float) -> Curve:
    """Return limits in the base of the page."""
    return base * curve[0], base * curve[1]


def ends(interval: Interval, base: float) -> tuple[float, float]:
    """Return an interval in the base of the page."""
    return base * interval.lower, base * interval.upper
