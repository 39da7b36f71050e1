"""The own periods of a measure: what a chart is drawn from, and how often it was to review."""

from collections.abc import Sequence

from fedqi.benchmarking.result import Position, Result
from fedqi.measures import ALL_PERIODS
from fedqi.reports.analyses import LADDER, failure_of
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import (
    PeriodBand,
    Persistence,
    SeriesKind,
    SeriesPoint,
    band_name,
)
from fedqi.reports.persistence_words import FEWEST
from fedqi.stats import Band, persistence

LAST = 12
"""Periods of which persistence speaks, at most."""


def series_of(
    made: MeasureReport, series: Sequence[Position], result: Result
) -> tuple[SeriesKind, tuple[SeriesPoint, ...]]:
    """Return the own periods: ratios where every period has an expectation, else its rates."""
    single = [position for position in series if position.period != ALL_PERIODS]
    expected = [expected_of(position) for position in single]
    if len(single) < 2:
        return "proportion", ()
    if made.ratio is not None and all(expected):
        return "ratio", tuple(
            SeriesPoint(position.period, position.observed, value or 0.0, 1.0)
            for position, value in zip(single, expected, strict=True)
        )
    kind: SeriesKind = "value" if made.scale == "mean" else made.scale
    return kind, tuple(point_of(made, position, result) for position in single)


def point_of(made: MeasureReport, position: Position, result: Result) -> SeriesPoint:
    """Return one period; of a mean the sum of its values over their number."""
    beside = network_of(position, result)
    if made.scale != "mean":
        return SeriesPoint(position.period, position.observed, position.denominator, beside)
    mean = getattr(position.analyses.get("crude"), "estimate", None)
    if mean is None:
        return SeriesPoint(position.period, 0.0, 0.0, beside)
    return SeriesPoint(position.period, mean * position.observed, position.observed, beside)


def expected_of(position: Position) -> float | None:
    """Return the expected events of a period by the most adjusted analysis that has them."""
    found = [getattr(position.analyses.get(name), "expected", None) for name in LADDER]
    return next((value for value in reversed(found) if value is not None), None)


def network_of(position: Position, result: Result) -> float | None:
    """Return the network's rate or mean in a period, as any analysis states it."""
    details = result.find(position.measure, position.period).analyses.values()
    stated = (getattr(detail, name, None) for detail in details for name in ("rate", "mean"))
    return next((figure for figure in stated if figure is not None), None)


def persistence_of(
    made: MeasureReport, series: Sequence[Position], result: Result
) -> Persistence | None:
    """Return in how many of the last periods the hospital was to review."""
    bands = [Band(each.band) for each in bands_of(made, series)]
    if not bands:
        return None
    found = persistence(bands, LAST)
    if found.judged < FEWEST:
        return None
    others = getattr(made_of(result, made), "persistence", None)
    return Persistence(
        found.flagged,
        found.judged,
        found.by_chance,
        flagged=None if others is None else others.flagged,
        returned=None if others is None else others.returned,
    )


def bands_of(made: MeasureReport, series: Sequence[Position]) -> tuple[PeriodBand, ...]:
    """Return where the hospital stood in the last periods, by the analysis of the verdict."""
    found = []
    for position in series:
        detail = position.analyses.get(made.basis)
        if position.period != ALL_PERIODS and detail is not None and failure_of(detail) is None:
            found.append(PeriodBand(position.period, band_name(detail.band)))
    return tuple(found[-LAST:])


def made_of(result: Result, made: MeasureReport) -> object:
    """Return what the analysis of the verdict released."""
    return result.find(made.measure, made.period).analyses.get(made.basis)
