"""Small collaboratives of values: numbers in, a finished job out."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import Result, collect_positions, collect_results
from fedqi.measures import (
    ALL_PERIODS,
    Cell,
    Measure,
    MeasureSummary,
    ValueTable,
    parse_measure,
)
from fedqi.stats import value_bin

Numbers = Mapping[str, Mapping[str, Sequence[float]]]
"""Site -> period -> values."""

BOUNDS = (0.0, 400.0)
GRID = (1, 2, 3, 5, 7, 10, 14, 21, 28, 60)


def stays(direction: str = "lower", **value: Any) -> Measure:
    """Return a measure of the length of stay."""
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "Length of stay",
            "direction": direction,
            "scoring": "continuous",
            "dataset": {"columns": {"days": {"type": "number"}}},
            "value": {"expression": "days", "bounds": list(BOUNDS), "grid": list(GRID)} | value,
        }
    )


def table_of(measure: Measure, values: Sequence[float]) -> ValueTable:
    """Return what the engine would count of these values."""
    scale = measure.scale
    assert scale is not None
    steps = [scale.steps(value) for value in values]
    grid = [0] * (len(scale.edges) - 1)
    for value in values:
        grid[value_bin(value, scale.edges)] += 1
    return ValueTable(len(steps), sum(steps), sum(s * s for s in steps), tuple(grid))


def summary_of(
    measure: Measure, periods: Mapping[str, Sequence[float]], missing: int = 0
) -> MeasureSummary:
    """Return one provider's summary; `missing` rows more have no value."""
    tables = {period: table_of(measure, values) for period, values in periods.items() if values}
    cells = {p: Cell(len(values), len(values) + missing) for p, values in periods.items()}
    return MeasureSummary(
        measure.id, measure.version, measure.digest, {"": cells}, values={"": tables}
    )


def run_numbers(
    measure: Measure,
    numbers: Numbers,
    drop: Mapping[str, str] | None = None,
    policy: Policy | None = None,
    missing: int = 0,
) -> tuple[Rehearsal, Result]:
    """Run one masked job over these values."""
    summaries = {
        site: {measure.id: summary_of(measure, own, missing)} for site, own in numbers.items()
    }
    return run_summaries(measure, summaries, drop, policy)


def run_summaries(
    measure: Measure,
    summaries: Mapping[str, Mapping[str, MeasureSummary]],
    drop: Mapping[str, str] | None = None,
    policy: Policy | None = None,
) -> tuple[Rehearsal, Result]:
    """Run one masked job over these summaries."""
    rehearsal = rehearse([measure], summaries, ["crude"], seeded_entropy(1), policy, drop)
    state = rehearsal.outcome.state
    return rehearsal, collect_results(rehearsal.plan, state, rehearsal.transcript)


def position(
    rehearsal: Rehearsal, summary: MeasureSummary, site: str, period: str = ALL_PERIODS
) -> Any:
    """Return the crude figures of one site's one provider."""
    found = collect_positions(rehearsal.plan, rehearsal.outcome.state, {"m": summary}, site)
    return next(each.analyses["crude"] for each in found if each.period == period)
