"""The ``crude`` analysis of counts: where a proportion or a rate stands, from sums of counts alone.

Step 1 sums counts per period; step 2 sums how far providers lie from the pooled rate and counts
sites on a public grid of performance; step 3 sums patients per merged bin. The grid and its bins
are of all periods together. What each number means and where it comes from is in
docs/statistics.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, TypeVar

from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.crude_bins import (
    bin_blocks,
    bin_values,
    grid_block,
    grid_values,
    merged,
    with_sums,
)
from fedqi.benchmarking.crude_position import CrudePosition, position_of
from fedqi.benchmarking.crude_rate import rate_position, rate_result
from fedqi.benchmarking.crude_result import CrudeResult, result_of
from fedqi.benchmarking.crude_state import Counts, CrudeState
from fedqi.benchmarking.crude_sums import (
    counts_blocks,
    counts_values,
    read_counts,
    read_spread,
    spread_blocks,
    spread_values,
)
from fedqi.benchmarking.crude_units import UnitState
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS, Cell, MeasureSummary, pooled
from fedqi.secagg.encoding import Block

StateT = TypeVar("StateT", bound=CrudeState)

COUNTS, SPREAD, BINS, FINISHED = range(4)
"""The steps, in order."""


class CountedAnalysis:
    """Rate, funnel limits, overdispersion, achievable benchmark and shrunken value."""

    name = "crude"

    def initial(self, subject: Subject) -> CrudeState:
        """Return the state before any step."""
        return CrudeState(subject)

    def layout(self, state: CrudeState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        if state.step == COUNTS:
            return period_blocks(state)
        if state.step == SPREAD:
            counts = counts_blocks(state, ALL_PERIODS) if state.counts_all else []
            spreads = [b for unit in state.units for b in spread_blocks(state, unit)]
            return (*counts, *spreads, *(grid_block(state, unit) for unit in state.binned))
        if state.step == BINS:
            return tuple(b for unit in state.binned for b in bin_blocks(state, unit))
        return ()

    def summarise(self, state: CrudeState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        if state.step == COUNTS:
            return period_values(state, summary)
        values: dict[str, NDArray[Any]] = {}
        for unit in state.units:
            cells = cells_of(state, summary, unit)
            if cells:
                values |= unit_values(state, unit, cells)
        return values

    def combine(self, state: StateT, total: Values, offering: Offering) -> StateT:
        """Return the state after a step's verified total."""
        if state.step == COUNTS:
            state = replace(state, offering=dict(offering))
            counts = {p: read_counts(p, total) for p in state.released}
            state = replace(state, step=SPREAD, counts=checked(state, counts))
            return state if self.layout(state) else replace(state, step=FINISHED)
        if state.step == SPREAD:
            bins = {unit: merged(state, unit, total) for unit in state.binned}
            spreads = {unit: read_spread(unit, total) for unit in state.units}
            counts = dict(state.counts)
            if state.counts_all:
                counts[ALL_PERIODS] = read_counts(ALL_PERIODS, total)
            state = replace(state, counts=checked(state, counts), spreads=spreads)
            state = replace(state, step=BINS, bins=bins)
            return state if self.layout(state) else replace(state, step=FINISHED)
        bins = {unit: with_sums(state, unit, total) for unit in state.binned}
        return replace(state, step=FINISHED, bins=bins)

    def results(self, state: CrudeState) -> Mapping[str, UnitResult]:
        """Return one result per released unit."""
        return {
            unit: UnitResult(
                sites=state.sites(unit),
                providers=state.counts[unit].providers,
                observed=state.counts[unit].observed,
                denominator=state.counts[unit].denominator,
                detail=released_figures(state, unit),
            )
            for unit in state.units
        }

    def positions(
        self, state: CrudeState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        return [p for unit in state.units for p in self.unit_positions(state, summary, site, unit)]

    def unit_positions(
        self, state: CrudeState, summary: MeasureSummary, site: str, unit: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands in one unit."""
        result = released_figures(state, unit)
        return [
            UnitPosition(
                period=unit,
                provider=provider or site,
                observed=cell.observed,
                denominator=cell.denominator,
                detail=own_figures(state.subject, result, cell),
            )
            for provider, cell in sorted(provider_cells(state, summary, unit).items())
        ]


def released_figures(state: CrudeState, unit: str) -> CrudeResult:
    """Return what the sums of a unit say, by the scoring of the measure."""
    of_scoring = rate_result if state.subject.measure.scoring == "rate" else result_of
    return of_scoring(state, unit)


def own_figures(subject: Subject, result: CrudeResult, cell: Cell) -> CrudePosition:
    """Return where a provider stands, by the scoring of the measure."""
    of_scoring = rate_position if subject.measure.scoring == "rate" else position_of
    return of_scoring(subject, result, cell)


def unit_values(state: CrudeState, unit: str, cells: list[Cell]) -> Mapping[str, NDArray[Any]]:
    """Return this site's numbers of one unit for the next step."""
    if state.step == BINS:
        return bin_values(state, unit, pooled(cells)) if unit in state.binned else {}
    values = spread_values(state, unit, cells)
    if unit == ALL_PERIODS and state.counts_all:
        values |= counts_values(unit, cells)
    if unit in state.binned:
        values |= grid_values(state, unit, pooled(cells))
    return values


def period_blocks(state: UnitState) -> tuple[Block, ...]:
    """Return the blocks of the first step of every analysis of counts."""
    return tuple(block for p in state.subject.periods for block in counts_blocks(state, p))


def period_values(state: UnitState, summary: MeasureSummary) -> dict[str, NDArray[Any]]:
    """Return this site's numbers for these blocks; none of a period without patients."""
    values: dict[str, NDArray[Any]] = {}
    for period in state.subject.periods:
        if cells := cells_of(state, summary, period):
            values |= counts_values(period, cells)
    return values


def provider_cells(state: UnitState, summary: MeasureSummary, unit: str) -> dict[str, Cell]:
    """Return provider -> cell of one unit at this site; "all" pools the released periods."""
    if unit == ALL_PERIODS and state.has_calendar:
        kept = summary.restricted(set(state.released))
        totals = kept.provider_totals().items()
        return {provider: cell for provider, cell in totals if kept.cells[provider]}
    return {p: series[unit] for p, series in summary.cells.items() if unit in series}


def cells_of(state: UnitState, summary: MeasureSummary, unit: str) -> list[Cell]:
    """Return this site's cells of one unit, in the order of the providers."""
    return [cell for _, cell in sorted(provider_cells(state, summary, unit).items())]


def checked(state: UnitState, sums: Mapping[str, Counts]) -> Mapping[str, Counts]:
    """Refuse sums that honest counts cannot give.

    Raises
    ------
    RemoteProtocolError
        If a numerator is negative or, of a proportion, exceeds its denominator, or all periods
        are not the sum of the periods.
    """
    of_rate = state.subject.measure.scoring == "rate"
    for unit, found in sums.items():
        # A rate may have more events than exposure, but none without any.
        most = inf if of_rate and found.denominator else found.denominator
        if not 0 <= found.observed <= most:
            raise RemoteProtocolError(
                f"{state.subject.measure.id}, {unit}: the summed numerator {found.observed} is not "
                f"within 0 and the summed denominator {found.denominator}"
            )
    if ALL_PERIODS in sums and state.has_calendar:
        for name in ("observed", "denominator"):
            parts = sum(getattr(sums[p], name) for p in state.released)
            if parts != getattr(sums[ALL_PERIODS], name):
                raise RemoteProtocolError(
                    f"{state.subject.measure.id}: the {name} of all periods together is not the "
                    "sum of the periods"
                )
    return sums
