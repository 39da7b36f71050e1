"""What the analysis ``crude`` says of a composite besides its proportion."""

from dataclasses import replace

from fedqi.benchmarking.crude_position import CrudePosition
from fedqi.benchmarking.crude_result import ComponentRate, CrudeResult
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Interval
from fedqi.reports.data_parts import Share
from fedqi.stats import wilson


def with_composite(made: MeasureReport, common: CrudeResult, own: CrudePosition) -> MeasureReport:
    """Add the components, and what the opportunities of one patient do to interval and funnel."""
    effect, funnel = common.design_effect or 1.0, made.funnel
    return replace(
        made,
        funnel=None if funnel is None else replace(funnel, design_effect=effect),
        components=tuple(
            component_of(name, each, (common.components or {}).get(name))
            for name, each in (own.components or {}).items()
        ),
    )


def component_of(name: str, own: ComponentRate, common: ComponentRate | None) -> Share:
    """Return who received a component, of those eligible for it."""
    interval = wilson(own.observed, own.denominator) if own.denominator else None
    return Share(
        label=name.replace("_", " ").replace("-", " "),
        own=own.rate,
        network=None if common is None else common.rate,
        interval=None if interval is None else Interval.of(interval),
        size=own.denominator,
    )
