"""Small collaboratives with a risk model: patterns in, a finished job out."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import Position, Result, collect_positions, collect_results
from fedqi.measures import (
    ALL_PERIODS,
    Cell,
    Measure,
    MeasureSummary,
    PatternTable,
    parse_measure,
)

Row = tuple[tuple[float, ...], int, int]
"""Covariates, patients, events."""

Providers = Mapping[str, Mapping[str, Sequence[Row]]]
"""Provider -> period -> rows."""

COLUMNS: dict[str, dict[str, Any]] = {
    "event": {"type": "boolean"},
    "type": {"type": "string", "allowed": ["a", "b", "c"]},
    "age": {"type": "number", "min": 0, "max": 100},
    "day": {"type": "date"},
}
TYPE_AND_AGE: dict[str, Any] = {"terms": ["type", "age"]}


def modelled(
    risk_model: dict[str, Any] | None = None, direction: str = "lower", calendar: bool = False
) -> Measure:
    """Return a measure with a risk model; of the intercept alone unless told."""
    dataset: dict[str, Any] = {"columns": COLUMNS}
    if calendar:
        dataset["time"] = {"anchor": "day", "grain": "month"}
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "Test",
            "direction": direction,
            "scoring": "proportion",
            "dataset": dataset,
            "numerator": "event",
            "risk_model": risk_model or {},
        }
    )


def summary_of(measure: Measure, providers: Providers) -> MeasureSummary:
    """Return one site's summary."""
    assert measure.design is not None
    names = [term.name for term in measure.design.terms]
    cells: dict[str, dict[str, Cell]] = {}
    patterns: dict[str, dict[str, PatternTable]] = {}
    for provider, series in providers.items():
        for period, rows in series.items():
            values = {
                name: tuple(float(row[0][index]) for row in rows)
                for index, name in enumerate(names)
            }
            patients, events = tuple(r[1] for r in rows), tuple(r[2] for r in rows)
            patterns.setdefault(provider, {})[period] = PatternTable(values, patients, events)
            cells.setdefault(provider, {})[period] = Cell(sum(events), sum(patients))
    return MeasureSummary(measure.id, measure.version, measure.digest, cells, patterns)


class Job:
    """A finished masked job."""

    def __init__(
        self,
        measure: Measure,
        sites: Mapping[str, Providers],
        analysis: str = "standardised",
        drop: Mapping[str, str] | None = None,
        policy: Policy | None = None,
        beside: str | None = None,
    ) -> None:
        self.measure = measure
        self.analysis = analysis
        self.summaries = {
            site: {measure.id: summary_of(measure, providers)} for site, providers in sites.items()
        }
        analyses = [analysis, *([beside] if beside else [])]
        self.rehearsal: Rehearsal = rehearse(
            [measure], self.summaries, analyses, seeded_entropy(1), policy, drop
        )

    @property
    def steps(self) -> int:
        """Secure sums of the job."""
        return len(self.rehearsal.outcome.state.totals)

    @property
    def result(self) -> Result:
        """Everything released."""
        rehearsal = self.rehearsal
        return collect_results(rehearsal.plan, rehearsal.outcome.state, rehearsal.transcript)

    @property
    def detail(self) -> Any:
        """The analysis's released figures."""
        return self.result.find(self.measure.id, ALL_PERIODS).analyses[self.analysis]

    def positions(self, site: str) -> tuple[Position, ...]:
        """Return one site's positions."""
        rehearsal = self.rehearsal
        return collect_positions(
            rehearsal.plan, rehearsal.outcome.state, self.summaries[site], site
        )

    def place(self, site: str) -> Any:
        """Return the first provider's position in the analysis."""
        return self.positions(site)[0].analyses[self.analysis]


def alone(*rows: Row) -> Providers:
    """Return a site that is its one provider, without a calendar."""
    return {"": {ALL_PERIODS: rows}}


def hospital(index: int, shift: float = 0.0) -> list[Row]:
    """Return patients of types a, b, c and of four ages, with more events where shift is larger."""
    rows: list[Row] = []
    for kind in range(3):
        for age in (20.0, 45.0, 60.0, 85.0):
            patients = 20 + (7 * index + 5 * kind + int(age)) % 13
            rate = min(max(0.05 + 0.08 * kind + age / 400 + shift, 0.02), 0.95)
            rows.append(((float(kind), age), patients, round(patients * rate)))
    return rows


def collaborative(sites: int = 9) -> dict[str, Providers]:
    """Return sites whose outcomes differ somewhat."""
    return {
        f"site{index}": alone(*hospital(index, 0.03 * (index % 4 - 1.5))) for index in range(sites)
    }
