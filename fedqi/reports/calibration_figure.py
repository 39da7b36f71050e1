"""Whether a model's expectations come true, in groups of similar risk over all hospitals."""

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import RiskModel
from fedqi.reports.numbers import decimal
from fedqi.reports.style import INK, NETWORK, canvas, to_markup

SIDE = 2.5
"""Inches: the axes are square, so that the line of truth rises at 45 degrees."""


def calibration_figure(measure: MeasureReport, model: RiskModel, name: str) -> str | None:
    """Draw observed against expected; None where nothing was released."""
    rows = [row for row in model.calibration if row.patients]
    if len(rows) < 2:
        return None
    expected = [100 * row.expected / row.patients for row in rows]
    observed = [100 * row.observed / row.patients for row in rows]
    with canvas(SIDE, SIDE) as figure:
        axes = figure.add_axes((0.15, 0.17, 0.8, 0.73))
        top = 1.08 * max(*expected, *observed)
        axes.plot([0, top], [0, top], color=NETWORK, lw=1.0, dashes=(4, 2))
        axes.plot(expected, observed, "o", color=INK, markersize=4.5, clip_on=False)
        _frame(axes, top)
        return to_markup(figure, name, "Calibration plot", describe(measure, expected, observed))


def describe(measure: MeasureReport, expected: list[float], observed: list[float]) -> str:
    """Say in words what the picture shows."""
    pairs = "; ".join(
        f"{decimal(e)} expected, {decimal(o)} observed"
        for e, o in zip(expected, observed, strict=True)
    )
    return f"{measure.event}, per 100, in groups from the lowest to the highest risk: {pairs}."


def _frame(axes: Axes, top: float) -> None:
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_xlabel("expected, per 100", loc="right")
    axes.set_title("observed, per 100", loc="left", fontsize=8.5, pad=6, x=-0.14)
