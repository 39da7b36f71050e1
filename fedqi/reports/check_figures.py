"""The pictures of a data check: what is left after each criterion, and the cases of each period."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from fedqi.reports.check_data import CheckedMeasure, CheckedPeriod, CheckedStep
from fedqi.reports.style import AIM, INK, INNER, MUTED, NETWORK, OWN, canvas, to_markup

ROW = 0.3
"""Inches of one criterion."""

HEIGHT = 2.1
"""Inches of the picture of the periods."""

MOST_NAMES = 12
"""Names of periods that fit below the axis."""


def attrition_figure(steps: Sequence[CheckedStep], name: str) -> str | None:
    """Draw the rows that are left after each criterion; None where that is not known."""
    if not steps or not steps[0].rows:
        return None
    height = ROW * len(steps) + 0.1
    with canvas(height) as figure:
        axes = figure.add_axes((0.34, 0.05 / height, 0.48, ROW * len(steps) / height))
        for place, step in enumerate(steps):
            before = steps[place - 1].rows if place else None
            _step(axes, step, before, -place, last=place == len(steps) - 1)
        axes.set_xlim(0, steps[0].rows)
        axes.set_ylim(-len(steps) + 0.5, 0.5)
        axes.axis("off")
        return to_markup(figure, name, "What is left after each criterion", describe_steps(steps))


def describe_steps(steps: Sequence[CheckedStep]) -> str:
    """Say in words what the picture shows."""
    return "; ".join(f"{step.rows:,} rows {step.words}" for step in steps) + "."


def _step(axes: Axes, step: CheckedStep, before: int | None, place: float, last: bool) -> None:
    if before is not None:
        # What this criterion takes away stays visible as the paler end of the bar.
        axes.barh(place, before, height=0.62, color=INNER, zorder=1)
    axes.barh(place, step.rows, height=0.62, color=OWN if last else NETWORK, zorder=2)
    _beside(axes, 0.0, place, step.words, INK, -8)
    lost = before - step.rows if before is not None else 0
    told = f"{step.rows:,}" + (f"  (−{lost:,})" if lost and not last else "")
    _beside(axes, 1.0, place, told, OWN if last else INK, 8)


def _beside(axes: Axes, x: float, y: float, text: str, colour: str, offset: float) -> None:
    axes.annotate(
        text,
        (x, y),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 0),
        textcoords="offset points",
        ha="right" if offset < 0 else "left",
        va="center",
        color=colour,
        fontsize=8.5,
    )


def periods_figure(measure: CheckedMeasure, name: str) -> str | None:
    """Draw the rows that count per period beside the cases expected; None below two periods."""
    periods = measure.periods
    if len(periods) < 2 or len(measure.steps) < 2:
        return None
    with canvas(HEIGHT) as figure:
        axes = figure.add_axes((0.08, 0.17, 0.9, 0.74))
        for place, period in enumerate(periods):
            _period(axes, period, place)
        _frame(axes, periods)
        return to_markup(figure, name, "Cases over periods", describe_periods(periods))


def describe_periods(periods: Sequence[CheckedPeriod]) -> str:
    """Say in words what the picture shows."""
    told = []
    for period in periods:
        expected = "" if period.expected is None else f" of {period.expected:,.0f} expected"
        told.append(f"{period.period}: {_cases(period):,}{expected}")
    return "; ".join(told) + "."


def _cases(period: CheckedPeriod) -> int:
    return period.rows[-2] if period.found is None else period.found


def _period(axes: Axes, period: CheckedPeriod, place: int) -> None:
    waits = bool(period.waits)
    axes.bar(
        place,
        _cases(period),
        width=0.66,
        color="#ffffff" if waits else NETWORK,
        edgecolor=MUTED if waits else NETWORK,
        hatch="////" if waits else None,
        linewidth=0.8,
        zorder=2,
    )
    if period.expected is not None:
        ends = [place - 0.42, place + 0.42]
        axes.plot(ends, [period.expected] * 2, color=AIM, lw=2.4, zorder=3)


def _frame(axes: Axes, periods: Sequence[CheckedPeriod]) -> None:
    every = -(-len(periods) // MOST_NAMES)
    axes.set_xticks(range(0, len(periods), every), [p.period for p in periods[::every]])
    axes.set_xlim(-0.6, len(periods) - 0.4)
    highest = max(max(_cases(p), p.expected or 0.0) for p in periods)
    axes.set_ylim(0, 1.08 * max(highest, 1.0))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value % 1 == 0 else "")
    axes.tick_params(length=3)
    axes.set_title("rows that count", loc="left", fontsize=8.5, color=MUTED, pad=5)
