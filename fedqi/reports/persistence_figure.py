"""The own positions period by period, as a small strip: standing out once is little."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import PeriodBand
from fedqi.reports.series_words import month_words
from fedqi.reports.style import MARKERS, MUTED, NETWORK, OWN, canvas, to_markup
from fedqi.reports.wording import BAND_WORDS

PLACES = 12
"""Periods that the width holds."""


def persistence_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the positions of the last periods; None for fewer than two."""
    found = measure.bands
    if len(found) < 2:
        return None
    with canvas(0.62) as figure:
        axes = figure.add_axes((0.03, 0.02, 0.94, 0.96))
        for place, each in enumerate(found):
            _mark(axes, place, each)
        axes.set_xlim(-0.5, max(PLACES, len(found)) - 0.5)
        axes.set_ylim(-1.1, 0.5)
        axes.set_axis_off()
        return to_markup(figure, name, "Own positions over the periods", describe(found))


def describe(bands: Sequence[PeriodBand]) -> str:
    """Say in words what the strip shows."""
    told = (f"{month_words(each.period)} {BAND_WORDS[each.band]}" for each in bands)
    return f"{', '.join(told)}."


def _mark(axes: Axes, place: int, each: PeriodBand) -> None:
    flagged = each.band in {"review", "exemplary"}
    colour = OWN if flagged else NETWORK
    axes.plot(
        [place],
        [0],
        MARKERS[each.band],
        color=MUTED if each.band == "insufficient" else colour,
        markerfacecolor="white" if each.band == "insufficient" else colour,
        markersize={"exemplary": 12.0, "review": 7.5}.get(each.band, 6.5),
        mew=1.2,
    )
    lines = month_words(each.period).split(" ")
    for i, line in enumerate(lines):
        axes.annotate(
            line,
            (place, -0.55),
            xytext=(0, -9.5 * i),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=7.5,
            color=OWN if flagged else MUTED,
            weight="bold" if flagged else "normal",
        )
