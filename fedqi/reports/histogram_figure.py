"""How many hospitals lie where, in bins coarse enough that nobody is known by them."""

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Histogram
from fedqi.reports.numbers import base_of, written
from fedqi.reports.style import INNER, NETWORK, OWN, WIDTH, canvas, to_markup

NARROW = 3.4
"""Inches: two pictures beside each other."""

FEW = 8
"""Bins that a narrow picture has room for."""


def histogram_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw sites per bin with the own bin marked; None where no histogram was released.

    The bins are drawn equally wide: they were merged until each holds enough hospitals, so their
    true widths say more about the merging than about the hospitals.
    """
    found = measure.histogram
    if found is None or measure.rate is None:
        return None
    own = own_bin(found, measure.rate)
    with canvas(1.08, NARROW if is_narrow(found) else WIDTH) as figure:
        axes = figure.add_axes((0.01, 0.2, 0.98, 0.76))
        for place, sites in enumerate(found.sites):
            _bar(axes, place, sites, place == own)
        _frame(axes, measure, found)
        return to_markup(figure, name, "Histogram of hospitals", describe(measure))


def is_narrow(histogram: Histogram) -> bool:
    """Whether the picture fits in half the width of the page."""
    return len(histogram.sites) <= FEW


def own_bin(histogram: Histogram, rate: float) -> int:
    """Return the bin of a rate; the last bin holds its upper edge."""
    inner = histogram.edges[1:-1]
    return sum(rate >= edge for edge in inner)


def describe(measure: MeasureReport) -> str:
    """Say in words what the picture shows."""
    found = measure.histogram
    if found is None or measure.rate is None:
        return "No histogram."
    bins = [
        f"{sites} hospitals {edge_words(measure, found, i)}" for i, sites in enumerate(found.sites)
    ]
    by = "mean" if measure.scale == "mean" else f"rate of {base_of(measure):,}"
    return (
        f"By {by}: {'; '.join(bins)}. Your hospital lies in the "
        f"bin {edge_words(measure, found, own_bin(found, measure.rate))}."
    )


def edge_words(measure: MeasureReport, histogram: Histogram, place: int) -> str:
    """Write the range of one bin; the outer ones are open."""
    low, high = (written(edge, measure) for edge in histogram.edges[place : place + 2])
    if place == 0:
        return f"below {high}"
    if place == len(histogram.sites) - 1:
        return f"from {low} up"
    return f"from {low} to {high}"


def _bar(axes: Axes, place: int, sites: int, own: bool) -> None:
    axes.bar(
        place,
        sites,
        width=1,
        align="edge",
        color="#f3d9c6" if own else INNER,
        edgecolor=OWN if own else "white",
        hatch="////" if own else None,
        lw=1.1,
        zorder=3 if own else 2,
    )
    axes.annotate(
        f"{sites}",
        (place + 0.5, sites),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        color=OWN if own else NETWORK,
        weight="bold" if own else "normal",
    )
    if own:
        _you(axes, place, sites)


def _you(axes: Axes, place: int, sites: int) -> None:
    axes.annotate(
        "you",
        (place + 0.5, sites / 2),
        ha="center",
        va="center",
        color=OWN,
        weight="bold",
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"},
        zorder=5,
    )


def _frame(axes: Axes, measure: MeasureReport, found: Histogram) -> None:
    axes.set_xlim(0, len(found.sites))
    axes.set_ylim(0, 1.28 * max(found.sites, default=1))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    inner = range(1, len(found.sites))
    axes.set_xticks(list(inner), [written(found.edges[i], measure) for i in inner])
