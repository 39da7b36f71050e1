"""Small collaboratives for the tests: counts in, a finished job out."""

from collections.abc import Mapping, Sequence

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import Result, collect_results
from fedqi.measures import ALL_PERIODS, Cell, Measure, MeasureSummary, parse_measure

Counts = Mapping[str, Mapping[str, Cell]]
"""Site -> period -> cell."""


def counted_measure(direction: str = "lower", expected: bool = False, name: str = "m") -> Measure:
    """Return a pre-aggregated measure."""
    columns = {"r": {"type": "integer"}, "n": {"type": "integer"}, "e": {"type": "number"}}
    content = {
        "fedqi": 1,
        "id": name,
        "version": "1.0.0",
        "title": "Test",
        "direction": direction,
        "scoring": "proportion",
        "dataset": {"columns": columns},
        "numerator": {"sum": "r"},
        "denominator": {"sum": "n"},
    }
    return parse_measure(content | ({"expected": {"sum": "e"}} if expected else {}))


def summary_of(measure: Measure, cells: Mapping[str, Cell], provider: str = "") -> MeasureSummary:
    """Return one provider's summary."""
    return MeasureSummary(measure.id, measure.version, measure.digest, {provider: dict(cells)})


def run_counts(
    measure: Measure,
    counts: Counts,
    drop: Mapping[str, str] | None = None,
    policy: Policy | None = None,
    seed: int = 1,
    analysis: str = "crude",
) -> tuple[Rehearsal, Result]:
    """Run one masked job over these counts."""
    summaries = {site: {measure.id: summary_of(measure, own)} for site, own in counts.items()}
    rehearsal = rehearse([measure], summaries, [analysis], seeded_entropy(seed), policy, drop)
    state = rehearsal.outcome.state
    return rehearsal, collect_results(rehearsal.plan, state, rehearsal.transcript)


def whole(pairs: Sequence[tuple[str, int, int]]) -> Counts:
    """Return (site, observed, denominator) rows as counts without a calendar."""
    return {site: {ALL_PERIODS: Cell(r, n)} for site, r, n in pairs}
