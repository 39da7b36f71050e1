"""All measures of a collection side by side, each beside where most hospitals lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import BandName
from fedqi.reports.numbers import decimal
from fedqi.reports.style import INK, INNER, MARKERS, NETWORK, OWN, SIZES, canvas, to_markup
from fedqi.reports.wording import BAND_WORDS

TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Ratios that people can place; of these, those that have room are written."""

SMALLEST, LARGEST = 0.1, 10.0
"""Where the axis ends, however wide an interval is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture; None where there is nothing to draw."""

    title: str
    band: BandName
    value: float | None
    interval: tuple[float, float] | None
    limits: tuple[float, float] | None


def forest_figure(measures: Sequence[MeasureReport], name: str) -> str | None:
    """Draw the ratios of several measures; None for fewer than two."""
    rows = forest_rows(measures)
    if len([row for row in rows if row.value is not None]) < 2:
        return None
    height = 0.5 + row_height(rows) * len(rows)
    left = 0.03 + 0.0105 * max(len(line) for row in rows for line in wrapped(row).split("\n"))
    with canvas(height) as figure:
        axes = figure.add_axes((left, 0.46 / height, 0.86 - left, 1 - 0.5 / height))
        for place, row in enumerate(reversed(rows)):
            _draw(axes, row, place)
        _frame(axes, rows, adjusted=is_adjusted(measures))
        return to_markup(figure, name, "Forest plot of ratios", describe(rows))


def row_height(rows: Sequence[Row]) -> float:
    """Return the inches that the longest title needs."""
    return 0.13 + 0.14 * max(len(wrapped(row).splitlines()) for row in rows)


def wrapped(row: Row) -> str:
    """Return the title of a row in lines that leave room for the picture."""
    return fill(row.title, 30)


def is_adjusted(measures: Sequence[MeasureReport]) -> bool:
    """Whether every measure with patients has a case-mix adjusted ratio."""
    return all(m.ratio is not None for m in measures if m.rate is not None)


def forest_rows(measures: Sequence[MeasureReport]) -> list[Row]:
    """Return observed / expected, or where a measure has none, rates over the network's."""
    adjusted = is_adjusted(measures)
    return [_adjusted_row(m) if adjusted else _crude_row(m) for m in measures]


def describe(rows: Sequence[Row]) -> str:
    """Say in words what the picture shows."""
    parts = [
        f"{row.title} {decimal(row.value, 2)}, {BAND_WORDS[row.band]}"
        if row.value is not None
        else f"{row.title}, no ratio"
        for row in rows
    ]
    return f"1 is the network. {'; '.join(parts)}."


def _adjusted_row(m: MeasureReport) -> Row:
    if m.ratio is None:
        return Row(m.title, m.band, None, None, None)
    interval = (m.ratio.interval.lower, m.ratio.interval.upper)
    return Row(m.title, m.band, m.ratio.value, interval, m.ratio.limits)


def _crude_row(m: MeasureReport) -> Row:
    if m.rate is None or m.interval is None or not m.network_rate or not m.from_zero:
        return Row(m.title, m.band, None, None, None)
    at = m.network_rate
    limits = None if m.funnel is None else (m.funnel.limits_95[0] / at, m.funnel.limits_95[1] / at)
    return Row(m.title, m.band, m.rate / at, (m.interval.lower / at, m.interval.upper / at), limits)


def _held(value: float) -> float:
    return min(max(value, SMALLEST), LARGEST)


def _draw(axes: Axes, row: Row, place: int) -> None:
    if row.limits is not None:
        low, high = (_held(edge) for edge in row.limits)
        axes.barh(place, high - low, left=low, height=0.56, color=INNER, lw=0)
    if row.value is None or row.interval is None:
        axes.text(1.06, place, "no ratio", va="center", color=NETWORK)
        return
    colour = OWN if row.band in {"review", "exemplary"} else INK
    axes.plot([_held(edge) for edge in row.interval], [place, place], color=colour, lw=2)
    axes.plot(
        [_held(row.value)],
        [place],
        color=colour,
        marker=MARKERS[row.band],
        markersize=SIZES[row.band] * 0.85,
        markerfacecolor="white" if row.band == "insufficient" else colour,
        zorder=5,
    )
    axes.annotate(
        BAND_WORDS[row.band],
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        weight="bold" if row.band in {"review", "exemplary"} else "normal",
    )


def _frame(axes: Axes, rows: Sequence[Row], adjusted: bool) -> None:
    ends = [
        _held(end) for row in rows for pair in (row.interval, row.limits) if pair for end in pair
    ]
    low, high = min(*ends, 0.9) / 1.04, max(*ends, 1.1) * 1.04
    axes.axvline(1, color=NETWORK, lw=1.1, zorder=1.5)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.xaxis.set_major_locator(FixedLocator(readable_ticks(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_yticks([])
    for place, row in enumerate(reversed(rows)):
        _title(axes, wrapped(row).splitlines(), place)
    axes.spines["left"].set_visible(False)
    what = "observed / expected" if adjusted else "own figure / network's, not adjusted"
    axes.set_xlabel(f"{what} (shaded: where 95 of 100 hospitals lie)")


def _title(axes: Axes, lines: Sequence[str], place: int) -> None:
    """Write each line by itself: the page's own typeface would not keep a block aligned."""
    for i, line in enumerate(lines):
        axes.annotate(
            line,
            (0.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(-8, 10.5 * ((len(lines) - 1) / 2 - i)),
            textcoords="offset points",
            ha="right",
            va="center",
        )


def readable_ticks(low: float, high: float) -> list[float]:
    """Return the ticks within an axis that have room beside each other; 1 always has."""
    room = log(high / low) / 11
    kept = [1.0]
    for tick in sorted(TICKS, key=lambda t: abs(log(t))):
        if low <= tick <= high and all(abs(log(tick / other)) >= room for other in kept):
            kept.append(tick)
    return sorted(kept)
