"""The ``crude`` analysis: where providers stand, unadjusted, by the scoring of the measure.

Proportions and rates are counts (`crude_counts`), composites are proportions with components
(`crude_composite`), a continuous measure and the score of a survey are values (`crude_values`).
Over the periods of a calendar, the bands of all of them are followed (`crude_persistence`), and
beside the bins it is summed how many hospitals are large enough to be told apart (`crude_quality`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from fedqi.benchmarking.analysis import (
    Analysis,
    Offering,
    Subject,
    UnitPosition,
    UnitResult,
    Values,
)
from fedqi.benchmarking.crude_composite import CompositeAnalysis
from fedqi.benchmarking.crude_counts import BINS, CountedAnalysis
from fedqi.benchmarking.crude_persistence import (
    asks_persistence,
    flags_returned,
    own_persistence,
    persistence_blocks,
    persistence_values,
    read_flags,
)
from fedqi.benchmarking.crude_quality import quality_blocks, quality_values, read_quality
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.crude_values import ValueAnalysis
from fedqi.measures import ALL_PERIODS, MeasureSummary
from fedqi.secagg.encoding import Block


class UnitAnalysis(Analysis[Any], Protocol):
    """An analysis that can tell the positions of one unit before all units are finished."""

    def unit_positions(
        self, state: Any, summary: MeasureSummary, site: str, unit: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands in one unit."""
        ...


class CrudeAnalysis:
    """The analysis that fits the scoring of the measure."""

    name = "crude"

    def initial(self, subject: Subject) -> UnitState:
        """Return the state before any step."""
        state: UnitState = of_scoring(subject).initial(subject)
        return state

    def layout(self, state: UnitState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        blocks = of_scoring(state.subject).layout(state)
        if not closes(state):
            return blocks
        flags = persistence_blocks(state) if asks_persistence(state) else []
        return (*blocks, *flags, *quality_blocks(state))

    def summarise(self, state: UnitState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        analysis = of_scoring(state.subject)
        values = dict(analysis.summarise(state, summary))
        if not closes(state):
            return values
        if asks_persistence(state):
            own = [
                each
                for period in state.released
                for each in analysis.unit_positions(state, summary, "", period)
            ]
            values |= persistence_values(state, own)
        return values | quality_values(analysis.unit_positions(state, summary, "", ALL_PERIODS))

    def combine(self, state: UnitState, total: Values, offering: Offering) -> UnitState:
        """Return the state after a step's verified total."""
        analysis = of_scoring(state.subject)
        quality, flags = state.quality, state.flags
        if closes(state):
            quality = read_quality(state, total)
            flags = read_flags(state, total) if asks_persistence(state) else None
        if analysis.layout(state):
            state = analysis.combine(state, total, offering)
        return replace(state, quality=quality, flags=flags)

    def results(self, state: UnitState) -> Mapping[str, UnitResult]:
        """Return one result per released unit."""
        found = dict(of_scoring(state.subject).results(state))
        if state.quality is not None:
            whole = found[ALL_PERIODS]
            returned = None if state.flags is None else flags_returned(state.flags)
            detail = replace(whole.detail, quality=state.quality, persistence=returned)
            found[ALL_PERIODS] = replace(whole, detail=detail)
        return found

    def positions(
        self, state: UnitState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        found = of_scoring(state.subject).positions(state, summary, site)
        if not state.has_calendar:
            return found
        own = own_persistence(state, found)
        return [with_persistence(each, own.get(each.provider)) for each in found]


def closes(state: UnitState) -> bool:
    """Whether what needs the spread is summed next, beside whatever else is; once at most."""
    return state.step >= BINS and state.quality is None and bool(state.placed)


def with_persistence(position: UnitPosition, own: Any) -> UnitPosition:
    """Add a provider's history to its position over all periods."""
    if position.period != ALL_PERIODS:
        return position
    return replace(position, detail=replace(position.detail, persistence=own))


def of_scoring(subject: Subject) -> UnitAnalysis:
    """Return the analysis of a measure's scoring."""
    if subject.measure.scoring in ("continuous", "survey"):
        return ValueAnalysis()
    return CompositeAnalysis() if subject.measure.components else CountedAnalysis()
