"""How each analysis is read into a report: the place to add one.

A reader takes the report so far, the released figures and the own position, and returns the
report with what the analysis says. Readers run in the order of :data:`LADDER`, in which each
analysis allows for more than the one before; the last one that has figures gives the verdict.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fedqi.reports.crude_parts import with_crude
from fedqi.reports.data import MeasureReport
from fedqi.reports.model_parts import with_hierarchical, with_standardised

Reader = Callable[[MeasureReport, Any, Any], MeasureReport]

LADDER: Mapping[str, Reader] = {
    "crude": with_crude,
    "standardised": with_standardised,
    "hierarchical": with_hierarchical,
}


def failure_of(detail: Any) -> str | None:
    """Return why an analysis failed, where its detail says so."""
    failed = getattr(detail, "failed", None)
    return str(failed) if failed else None
