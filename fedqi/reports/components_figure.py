"""Who received each component of a composite, own beside all hospitals."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_parts import Share
from fedqi.reports.numbers import decimal
from fedqi.reports.style import INK, MUTED, NETWORK, OWN, canvas, to_markup

ROW = 0.36
"""Inches of one component."""

WORDS = 28
"""Letters of a line of its name."""


def components_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the components; None where the measure has none."""
    rows = measure.components
    if not rows:
        return None
    height = ROW * len(rows) + 0.46
    with canvas(height) as figure:
        axes = figure.add_axes((0.29, 0.4 / height, 0.42, ROW * len(rows) / height))
        for place, row in enumerate(reversed(rows)):
            _row(axes, row, place)
        _frame(axes, rows, measure)
        return to_markup(figure, name, "Components beside each other", describe(rows))


def describe(rows: Sequence[Share]) -> str:
    """Say in words what the picture shows."""
    told = (f"{row.label}: {_own(row)}; all hospitals {percent(row.network)}." for row in rows)
    return " ".join(told)


def _own(row: Share) -> str:
    if row.own is None:
        return "nobody at your hospital was due it"
    return f"your hospital {percent(row.own)} of {row.size:,} who were due it"


def percent(share: float | None) -> str:
    """Write a share in per cent."""
    return "not released" if share is None else f"{decimal(100 * share, 1)} %"


def _row(axes: Axes, row: Share, place: int) -> None:
    if row.network is not None:
        axes.plot([row.network] * 2, [place - 0.3, place + 0.3], color=NETWORK, lw=2.2, zorder=2)
    if row.own is not None and row.interval is not None:
        ends = [row.interval.lower, row.interval.upper]
        axes.plot(ends, [place, place], color=OWN, lw=1.9, zorder=3)
        axes.plot([row.own], [place], "o", color=OWN, markersize=7, zorder=4)
    lines = fill(row.label, WORDS).splitlines()
    for i, line in enumerate(lines):
        _beside(axes, (0.0, place), line, INK, (-9, 10.5 * ((len(lines) - 1) / 2 - i)))
    own = "nobody was due it" if row.own is None else f"{percent(row.own)} of {row.size:,}"
    _beside(axes, (1.0, place), own, OWN, (9, 5.5))
    _beside(axes, (1.0, place), f"all hospitals {percent(row.network)}", MUTED, (9, -5.5))


def _beside(
    axes: Axes, at: tuple[float, float], text: str, colour: str, offset: tuple[float, float]
) -> None:
    axes.annotate(
        text,
        at,
        xycoords=("axes fraction", "data"),
        xytext=offset,
        textcoords="offset points",
        ha="right" if offset[0] < 0 else "left",
        va="center",
        color=colour,
        fontsize=8.5,
    )


def _frame(axes: Axes, rows: Sequence[Share], measure: MeasureReport) -> None:
    marks = [row.network for row in rows if row.network is not None]
    marks += [end for r in rows if r.interval for end in (r.interval.lower, r.interval.upper)]
    low, high = (min(marks), max(marks)) if marks else (0.0, 1.0)
    room = max(0.02, 0.06 * (high - low))
    axes.set_xlim(max(0.0, low - room), min(1.005, high + room))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    better = "" if measure.direction == "none" else f" ({measure.direction} is better)"
    axes.set_xlabel(f"received it, of those who were due it{better}")
