"""How much of a difference is left once chance in small numbers is allowed for."""

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Ratio
from fedqi.reports.data_model import Shrinkage
from fedqi.reports.forest_figure import LARGEST, SMALLEST, readable_ticks
from fedqi.reports.numbers import decimal
from fedqi.reports.style import (
    INK,
    INNER,
    MARKERS,
    NETWORK,
    OWN,
    SIZES,
    canvas,
    own_colour,
    to_markup,
)
from fedqi.reports.verdict import probability
from fedqi.reports.wording import BAND_WORDS

COUNTED, STEADIED = 1.0, 0.0
"""Heights of the two rows."""


def shrinkage_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the own ratio before and after; None without a hierarchical analysis."""
    found = measure.shrinkage
    if found is None:
        return None
    with canvas(1.72) as figure:
        axes = figure.add_axes((0.2, 0.27, 0.645, 0.66))
        if found.spread is not None:
            low, high = (_held(edge) for edge in found.spread)
            axes.axvspan(low, high, color=INNER, lw=0, zorder=0)
        axes.axvline(1, color=NETWORK, lw=1.2, zorder=1)
        _counted(axes, found.observed)
        _steadied(axes, found.steadied, measure)
        _frame(axes, found)
        return to_markup(figure, name, "Shrinkage plot", describe(measure, found))


def describe(measure: MeasureReport, found: Shrinkage) -> str:
    """Say in words what the picture shows."""
    seen, left = found.observed, found.steadied
    spread = (
        f"95 of 100 hospitals truly lie between {_ends(*found.spread)}. "
        if found.spread
        else "The hospitals do not differ beyond chance. "
    )
    return (
        f"What was seen: {decimal(seen.value, 2)} times the events expected of patients like yours "
        f"({_ends(seen.interval.lower, seen.interval.upper)}); allowing for chance, "
        f"{decimal(left.value, 2)} times ({_ends(left.interval.lower, left.interval.upper)}). "
        f"1 is the average hospital. {spread}{probability(found) or ''} "
        f"Position: {BAND_WORDS[measure.band]}."
    )


def _ends(low: float, high: float) -> str:
    return f"{decimal(low, 2)} to {decimal(high, 2)}"


def _held(value: float) -> float:
    return min(max(value, SMALLEST), LARGEST)


def _counted(axes: Axes, ratio: Ratio) -> None:
    """Draw what was seen, thin and hollow: it is where the other row comes from."""
    ends = [_held(ratio.interval.lower), _held(ratio.interval.upper)]
    axes.plot(ends, [COUNTED, COUNTED], color=OWN, lw=1.0, zorder=3)
    at = [_held(ratio.value)]
    # A ratio of nothing seen has no place on the axis: an arrowhead points to it.
    shape = "o" if ratio.value >= SMALLEST else "<"
    axes.plot(at, [COUNTED], shape, color=OWN, mfc="white", mew=1.3, markersize=7, zorder=5)


def _steadied(axes: Axes, ratio: Ratio, measure: MeasureReport) -> None:
    """Draw what is left, and the way it came."""
    colour = own_colour(measure.band)
    ends = [_held(ratio.interval.lower), _held(ratio.interval.upper)]
    axes.plot(ends, [STEADIED, STEADIED], color=colour, lw=2.6, zorder=3)
    axes.plot(
        [_held(ratio.value)],
        [STEADIED],
        MARKERS[measure.band],
        color=colour,
        mfc="white" if measure.band == "insufficient" else colour,
        mew=1.4,
        markersize=SIZES[measure.band],
        zorder=5,
    )
    if measure.shrinkage is not None:
        axes.annotate(
            "",
            (_held(ratio.value), STEADIED + 0.2),
            (_held(measure.shrinkage.observed.value), COUNTED - 0.2),
            arrowprops={"arrowstyle": "->", "color": colour, "lw": 0.9, "linestyle": (0, (2, 2))},
            zorder=4,
        )


def _frame(axes: Axes, found: Shrinkage) -> None:
    pairs = [found.spread or (0.9, 1.1)]
    pairs += [(r.interval.lower, r.interval.upper) for r in (found.observed, found.steadied)]
    low = min(0.85, *(_held(a) for a, _ in pairs)) / 1.05
    high = max(1.18, *(_held(b) for _, b in pairs)) * 1.05
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-0.55, 1.55)
    axes.xaxis.set_major_locator(FixedLocator(readable_ticks(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("times the events expected of patients like yours (1: average hospital)")
    rows = (
        (COUNTED, "what was seen", found.observed),
        (STEADIED, "allowing for chance", found.steadied),
    )
    for height, words, ratio in rows:
        bold = "bold" if height == STEADIED else "normal"
        _beside(axes, height, words, 0.0, "right", (INK, bold))
        _beside(axes, height, decimal(ratio.value, 2), 1.0, "left", (OWN, bold))


def _beside(
    axes: Axes, height: float, text: str, edge: float, side: str, style: tuple[str, str]
) -> None:
    axes.annotate(
        text,
        (edge, height),
        xycoords=("axes fraction", "data"),
        xytext=(-10 if side == "right" else 10, 0),
        textcoords="offset points",
        ha=side,
        va="center",
        color=style[0],
        weight=style[1],
    )
