"""The content of a report for machines: everything as JSON, the figures as one tidy CSV table."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from fedqi.benchmarking.result import plain
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.data_basic import Interval, Ratio
from fedqi.reports.data_model import Effect
from fedqi.reports.export_parts import Row, part_rows

SCHEMA_VERSION = 1

COLUMNS = (
    *("site", "provider", "measure", "version", "period", "analysis", "figure"),
    *("value", "lower", "upper"),
)
"""One row a figure; lower and upper are the ends of its interval or limits."""

COEFFICIENTS: Mapping[Effect, str] = {
    "odds ratio": "log odds",
    "rate ratio": "log rate",
    "difference": "difference",
}
"""What the coefficients of a model are called, by what they tell."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a text that a spreadsheet would compute."""


def report_json(report: ReportData) -> str:
    """Return everything that the page is made of; floats are not rounded, None is left out."""
    document = {"schema_version": SCHEMA_VERSION, **plain(report)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def report_csv(report: ReportData) -> str:
    """Return every figure of the page in one row of its own."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for measure in _every(report.measures):
        head = (report.site, measure.provider, measure.measure, measure.version)
        for period, (analysis, figure, value, ends) in _rows(measure):
            cells = (*head, period, analysis, figure, value, *_ends(ends))
            writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue()


def _every(measures: Sequence[MeasureReport]) -> Iterator[MeasureReport]:
    """Yield what the page speaks of, and the other providers of the hospital."""
    for measure in measures:
        yield measure
        yield from (each for each in measure.units if each.provider != measure.provider)


def _rows(measure: MeasureReport) -> Iterator[tuple[str, Row]]:
    parts = (*_counts(measure), *_comparators(measure), *_readings(measure), *part_rows(measure))
    for row in parts:
        if row[2] is not None:
            yield measure.period, row
    for point in measure.series:
        yield point.period, ("", "observed", point.observed, None)
        yield point.period, ("", f"size ({measure.series_kind})", point.denominator, None)
        if point.network_rate is not None:
            yield point.period, ("", "comparator", point.network_rate, None)
    for each in measure.bands:
        yield each.period, (measure.basis, "position", each.band, None)


def _counts(m: MeasureReport) -> Iterator[Row]:
    yield "", "observed", m.observed, None
    yield "", "denominator", m.denominator, None
    figure = figure_name(m)
    yield "", figure, m.rate, m.interval
    yield "", f"network {figure}", m.network_rate, None
    yield m.basis, "position", m.band, None


def _comparators(m: MeasureReport) -> Iterator[Row]:
    yield m.basis, "expected", m.expected, None
    yield m.basis, f"{m.unit or 'sum' if m.scale == 'mean' else 'patients'} to gain", m.gap, None
    yield "", "benchmark", m.benchmark.value if m.benchmark else None, None
    for target in m.targets:
        yield "", f"target: {target.label}", target.value, None
    yield "crude", f"steadied {figure_name(m)}", m.shrunken, None
    yield "crude", "funnel 95 %", m.funnel.target if m.funnel else None, _limits(m)
    if m.shrinkage is not None:
        yield m.basis, "probability of being worse", m.shrinkage.probability_worse, None
    if m.quality is not None:
        yield m.basis, "reliability", m.quality.reliability, None
        yield m.basis, "minimum volume", m.quality.minimum_volume, None
        yield m.basis, "share of hospitals below it", m.quality.share_below, None


def figure_name(m: MeasureReport) -> str:
    """Return what the own figure is called."""
    return "mean" if m.scale == "mean" else "rate"


def _limits(m: MeasureReport) -> tuple[float, float] | None:
    return m.funnel.limits_95 if m.funnel else None


def _readings(m: MeasureReport) -> Iterator[Row]:
    for reading in m.readings:
        figure = "ratio" if reading.is_ratio else figure_name(m)
        yield reading.analysis, figure, reading.value, reading.interval
        yield reading.analysis, "position", reading.band, None
        yield reading.analysis, "failed", reading.failed, None
    if m.model is not None:
        reference: Ratio | None = m.model.reference
        if reference is not None:
            yield m.model.analysis, "ratio, frozen model", reference.value, reference.interval
        for each in m.model.coefficients:
            yield (
                m.model.analysis,
                f"{COEFFICIENTS[m.model.effect]}: {each.name}",
                each.estimate,
                None,
            )
            yield m.model.analysis, f"standard error: {each.name}", each.standard_error, None
        yield m.model.analysis, "c-statistic", m.model.c_statistic, None
        yield m.model.analysis, "R squared", m.model.r_squared, None


def _ends(ends: Interval | tuple[float, float] | None) -> tuple[float | None, float | None]:
    if ends is None:
        return None, None
    return (ends.lower, ends.upper) if isinstance(ends, Interval) else ends


def _safe(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
