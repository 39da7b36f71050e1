"""The values of all hospitals together, with the quantiles of both and the measure's limit."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_parts import Distribution
from fedqi.reports.distribution_view import DistributionView, distribution_view
from fedqi.reports.numbers import decimal, in_unit, plainly, written
from fedqi.reports.style import AIM, INNER, MUTED, NETWORK, OWN, canvas, to_markup

ALL, YOURS = 0, 1
"""Heights of the two strips of quantiles."""

OWN_FACE = "#f3d9c6"


def distribution_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the distribution of the values; None where none was released."""
    found = measure.distribution
    if found is None:
        return None
    view = distribution_view(found)
    with canvas(2.15) as figure:
        bars = figure.add_axes((0.145, 0.44, 0.7, 0.45))
        strips = figure.add_axes((0.145, 0.12, 0.7, 0.29), sharex=bars)
        _bars(bars, view)
        _strip(strips, ALL, found.network, NETWORK, INNER)
        if found.own:
            _strip(strips, YOURS, found.own, OWN, OWN_FACE)
        _strip_labels(strips, measure, found)
        _limit(bars, strips, measure, found)
        _frame(bars, strips, measure, view)
        return to_markup(figure, name, "Distribution of the values", describe(measure, found))


def describe(measure: MeasureReport, found: Distribution) -> str:
    """Say in words what the picture shows."""
    told = [f"All hospitals: {_quantiles(measure, found.shares, found.network)}."]
    if found.own:
        told.append(f"Your hospital: {_quantiles(measure, found.shares, found.own)}.")
    if found.limit is not None:
        told.append(f"The dashed line is the limit of {plainly(found.limit)}{in_unit(measure)}.")
    return " ".join(told)


def _quantiles(measure: MeasureReport, shares: Sequence[float], values: Sequence[float]) -> str:
    pairs = zip(shares, values, strict=True)
    listed = "; ".join(
        f"{decimal(100 * share, 0)} of 100 up to {written(value, measure)}"
        for share, value in pairs
    )
    return f"{listed}{in_unit(measure)}"


def _bars(axes: Axes, view: DistributionView) -> None:
    axes.stairs(view.densities, view.edges, fill=True, color=INNER, lw=0, zorder=1)
    axes.stairs(view.densities, view.edges, color=NETWORK, lw=0.9, zorder=2)


def _strip(axes: Axes, height: int, values: Sequence[float], colour: str, face: str) -> None:
    """Draw the outer quantiles as a line, the inner ones as a box, the middle one as a mark."""
    axes.plot([values[0], values[-1]], [height, height], color=colour, lw=1.5, zorder=2)
    axes.barh(
        height, values[-2] - values[1], left=values[1], height=0.46,
        color=face, edgecolor=colour, lw=1.1, zorder=3,
    )  # fmt: skip
    axes.plot([values[len(values) // 2]], [height], "|", color=colour, ms=11, mew=2.6, zorder=4)


def _strip_labels(axes: Axes, measure: MeasureReport, found: Distribution) -> None:
    rows = [(ALL, "all hospitals", found.network, NETWORK)]
    if found.own:
        rows.append((YOURS, "your hospital", found.own, OWN))
    for height, whose, values, colour in rows:
        median = f"median {written(values[len(values) // 2], measure)}"
        weight = "bold" if height == YOURS else "normal"
        for text, edge, side in ((whose, 0.0, "right"), (median, 1.0, "left")):
            axes.annotate(
                text,
                (edge, height),
                xycoords=("axes fraction", "data"),
                xytext=(-8 if side == "right" else 8, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                color=colour,
                weight=weight,
            )


def _limit(bars: Axes, strips: Axes, measure: MeasureReport, found: Distribution) -> None:
    if found.limit is None:
        return
    for axes in (bars, strips):
        axes.axvline(found.limit, color=AIM, lw=1.2, dashes=(5, 3), zorder=5)
    bars.annotate(
        f"limit {plainly(found.limit)}{in_unit(measure)}",
        (found.limit, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        color=AIM,
        weight="bold",
    )


def _frame(bars: Axes, strips: Axes, measure: MeasureReport, view: DistributionView) -> None:
    bars.set_xlim(view.edges[0], view.edges[-1])
    bars.set_ylim(0, 1.08 * max(view.densities))
    strips.set_ylim(-0.6, 1.6)
    for axes in (bars, strips):
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    bars.tick_params(bottom=False, labelbottom=False)
    strips.xaxis.set_major_formatter(lambda value, _: plainly(round(value, 9)))
    bars.set_title(f"values of all hospitals{in_words(measure)}", loc="left", fontsize=8.5, pad=7)
    _beyond(bars, view)


def in_words(measure: MeasureReport) -> str:
    """Return the unit after a comma."""
    return f", in {measure.unit}" if measure.unit else ""


def _beyond(axes: Axes, view: DistributionView) -> None:
    """Say how much lies beyond either end, so that nothing is cut off in silence."""
    for share, edge, end, side in (
        (view.below, 0.0, view.edges[0], "left"),
        (view.above, 1.0, view.edges[-1], "right"),
    ):
        if share > 0:
            # Bins are closed above.
            words = "up to" if side == "left" else "above"
            axes.annotate(
                f"{decimal(100 * share)} % {words} {plainly(end)}",
                (edge, 0.3),
                xycoords="axes fraction",
                xytext=(-6 if side == "left" else 6, 0),
                textcoords="offset points",
                ha="right" if side == "left" else "left",
                color=MUTED,
            )
