"""How each analysis is read into a report: the place to add one.

A reader takes the report so far, the released figures and the own position, and returns the
report with what the analysis says. Readers run in the order of :data:`LADDER`, in which each
analysis allows for more than the one before; the last one that has figures gives the verdict.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fedqi.benchmarking.crude_position import CrudePosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.crude_value_position import ValuePosition
from fedqi.benchmarking.crude_value_result import ValueResult
from fedqi.benchmarking.standardised_linear_figures import LinearPosition, LinearResult
from fedqi.benchmarking.standardised_position import StandardisedPosition
from fedqi.benchmarking.standardised_result import StandardisedResult
from fedqi.reports.beside_parts import with_direct, with_meta
from fedqi.reports.composite_parts import with_composite
from fedqi.reports.crude_parts import with_crude
from fedqi.reports.data import MeasureReport
from fedqi.reports.linear_parts import with_linear
from fedqi.reports.mean_parts import with_mean
from fedqi.reports.model_parts import with_hierarchical, with_standardised

Reader = Callable[[MeasureReport, Any, Any], MeasureReport]


def read_crude(
    made: MeasureReport, common: CrudeResult | ValueResult, own: CrudePosition | ValuePosition
) -> MeasureReport:
    """Read what was counted, or the mean of a value, as the measure has it."""
    if isinstance(common, ValueResult) and isinstance(own, ValuePosition):
        return with_mean(made, common, own)
    if isinstance(common, CrudeResult) and isinstance(own, CrudePosition):
        return with_composite(with_crude(made, common, own), common, own)
    raise TypeError(f"crude released {type(common).__name__}, the position is {type(own).__name__}")


def read_standardised(
    made: MeasureReport,
    common: StandardisedResult | LinearResult,
    own: StandardisedPosition | LinearPosition,
) -> MeasureReport:
    """Read observed over expected, or the adjusted mean of a value."""
    if isinstance(common, LinearResult) and isinstance(own, LinearPosition):
        return with_linear(made, common, own)
    if isinstance(common, StandardisedResult) and isinstance(own, StandardisedPosition):
        return with_standardised(made, common, own)
    raise TypeError(
        f"standardised released {type(common).__name__}, the position is {type(own).__name__}"
    )


LADDER: Mapping[str, Reader] = {
    "crude": read_crude,
    "meta": with_meta,
    "direct": with_direct,
    "standardised": read_standardised,
    "hierarchical": with_hierarchical,
}


def failure_of(detail: Any) -> str | None:
    """Return why an analysis failed, where its detail says so."""
    failed = getattr(detail, "failed", None)
    return str(failed) if failed else None
