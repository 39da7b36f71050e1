"""What a report cannot show, and why: nothing is left out in silence."""

from collections.abc import Sequence

from fedqi.benchmarking.result import MeasureResult, Result
from fedqi.measures import Measure
from fedqi.reports.analyses import LADDER, failure_of
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import Absent

NOT_RELEASED = (
    "Not released: in no period did enough hospitals have figures to stand together, so nothing "
    "was summed that could have shown a single one."
)
NO_FIGURES = "Your hospital has no figures for it in this job."
NOT_DRAWN = "Its figures are in the results; this page has no picture for them."
NO_TOTAL = (
    "No figures of this analysis were released: it was not completed, or too few hospitals had "
    "figures to stand together."
)
NO_POSITION = "Your hospital had no figures that this analysis could place."


def absences(
    measures: Sequence[Measure], result: Result, shown: Sequence[MeasureReport]
) -> tuple[Absent, ...]:
    """Return the measures of the collection that no page was made of."""
    there = {report.measure for report in shown}
    return tuple(
        Absent(measure.title, reason(measure.id, result))
        for measure in measures
        if measure.id not in there
    )


def reason(measure: str, result: Result) -> str:
    """Say why a measure is not shown."""
    released = [each for each in result.results if each.measure == measure]
    if not released:
        return NOT_RELEASED
    failed = [why for each in released for why in failures(each)]
    if failed:
        return f"The analysis failed: {failed[0]}"
    drawn = any(name in LADDER for each in released for name in each.analyses)
    return NO_FIGURES if drawn else NOT_DRAWN


def failures(released: MeasureResult) -> list[str]:
    """Return the reasons of the analyses that failed."""
    found = (failure_of(detail) for detail in released.analyses.values())
    return [why for why in found if why is not None]


def unfinished(total_missing: bool) -> str:
    """Say why an analysis that was asked for says nothing here."""
    return NO_TOTAL if total_missing else NO_POSITION
