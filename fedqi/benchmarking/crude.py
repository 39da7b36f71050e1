"""The ``crude`` analysis: where providers stand, unadjusted, by the scoring of the measure.

Proportions, rates and composites are counts (`crude_counts`, `crude_composite`); a continuous
measure and the score of a survey are values (`crude_values`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fedqi.benchmarking.analysis import (
    Analysis,
    Offering,
    Subject,
    UnitPosition,
    UnitResult,
    Values,
)
from fedqi.benchmarking.crude_composite import CompositeAnalysis
from fedqi.benchmarking.crude_counts import CountedAnalysis
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.crude_values import ValueAnalysis
from fedqi.measures import MeasureSummary
from fedqi.secagg.encoding import Block


class CrudeAnalysis:
    """The analysis that fits the scoring of the measure."""

    name = "crude"

    def initial(self, subject: Subject) -> UnitState:
        """Return the state before any step."""
        state: UnitState = of_scoring(subject).initial(subject)
        return state

    def layout(self, state: UnitState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        return of_scoring(state.subject).layout(state)

    def summarise(self, state: UnitState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        return of_scoring(state.subject).summarise(state, summary)

    def combine(self, state: UnitState, total: Values, offering: Offering) -> UnitState:
        """Return the state after a step's verified total."""
        found: UnitState = of_scoring(state.subject).combine(state, total, offering)
        return found

    def results(self, state: UnitState) -> Mapping[str, UnitResult]:
        """Return one result per released unit."""
        return of_scoring(state.subject).results(state)

    def positions(
        self, state: UnitState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        return of_scoring(state.subject).positions(state, summary, site)


def of_scoring(subject: Subject) -> Analysis[Any]:
    """Return the analysis of a measure's scoring."""
    if subject.measure.scoring in ("continuous", "survey"):
        return ValueAnalysis()
    return CompositeAnalysis() if subject.measure.components else CountedAnalysis()
