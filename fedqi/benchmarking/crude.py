"""The ``crude`` analysis: where a proportion stands, from sums of counts alone.

Step 1 sums counts per period; step 2 sums all periods together and counts sites on a public grid
of performance; step 3 sums patients per merged bin. The grid and its bins are of all periods
only. What each number means and where it comes from is in docs/statistics.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from fedqi.benchmarking.crude_position import position_of
from fedqi.benchmarking.crude_result import result_of
from fedqi.benchmarking.crude_state import (
    CrudeState,
    Sums,
    read_sums,
    sums_blocks,
    sums_of,
    sums_values,
)
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS, Cell, MeasureSummary, pooled
from fedqi.secagg.encoding import Block

COUNTS, GRID, BINS, FINISHED = range(4)
"""The steps, in order."""


class CrudeAnalysis:
    """Rate, funnel limits, overdispersion, achievable benchmark and shrunken value."""

    name = "crude"

    def initial(self, subject: Subject) -> CrudeState:
        """Return the state before any step."""
        return CrudeState(subject)

    def layout(self, state: CrudeState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        if state.step == COUNTS:
            return tuple(b for p in state.subject.periods for b in sums_blocks(state, p))
        if state.step == GRID:
            grids = [grid_block(state, unit) for unit in state.binned]
            own_sums = sums_blocks(state, ALL_PERIODS) if needs_all_sums(state) else []
            return (*own_sums, *grids)
        if state.step == BINS:
            return tuple(b for unit in state.binned for b in bin_blocks(state, unit))
        return ()

    def summarise(self, state: CrudeState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        names = {block.name for block in self.layout(state)}
        values: dict[str, NDArray[Any]] = {}
        for unit in state.subject.periods if state.step == COUNTS else (ALL_PERIODS,):
            cells = cells_of(state, summary, unit)
            if not cells:
                continue
            values |= sums_values(unit, sums_of(cells), names)
            if state.step == GRID and state.binned:
                values |= grid_values(unit, pooled(cells), state.subject.measure)
            if state.step == BINS:
                values |= bin_values(state, unit, pooled(cells))
        return values

    def combine(self, state: CrudeState, total: Values, offering: Offering) -> CrudeState:
        """Return the state after a step's verified total."""
        if state.step == COUNTS:
            state = replace(state, offering=dict(offering))
            sums = {p: read_sums(p, total) for p in state.released}
            state = replace(state, step=GRID, sums=checked(state, sums))
            return state if self.layout(state) else replace(state, step=FINISHED)
        if state.step == GRID:
            bins = {unit: merged(state, unit, total) for unit in state.binned}
            sums = dict(state.sums)
            if needs_all_sums(state):
                sums[ALL_PERIODS] = read_sums(ALL_PERIODS, total)
            state = replace(state, step=BINS, bins=bins, sums=checked(state, sums))
            return state if self.layout(state) else replace(state, step=FINISHED)
        bins = {unit: with_sums(state, unit, total) for unit in state.binned}
        return replace(state, step=FINISHED, bins=bins)

    def results(self, state: CrudeState) -> Mapping[str, UnitResult]:
        """Return one result per released unit."""
        return {
            unit: UnitResult(
                sites=state.sites(unit),
                providers=state.sums[unit].providers,
                observed=state.sums[unit].observed,
                denominator=state.sums[unit].denominator,
                detail=result_of(state, unit),
            )
            for unit in state.units
        }

    def positions(
        self, state: CrudeState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        results = self.results(state)
        return [
            UnitPosition(
                period=unit,
                provider=provider or site,
                observed=cell.observed,
                denominator=cell.denominator,
                detail=position_of(state.subject, result.detail, cell),
            )
            for unit, result in results.items()
            for provider, cell in sorted(provider_cells(state, summary, unit).items())
        ]


def needs_all_sums(state: CrudeState) -> bool:
    """Whether all periods together are summed: only with a calendar, and over released cells."""
    return state.has_calendar and ALL_PERIODS in state.units


def provider_cells(state: CrudeState, summary: MeasureSummary, unit: str) -> dict[str, Cell]:
    """Return provider -> cell of one unit at this site; "all" pools the released periods."""
    if unit == ALL_PERIODS and state.has_calendar:
        kept = summary.restricted(set(state.released))
        totals = kept.provider_totals().items()
        return {provider: cell for provider, cell in totals if kept.cells[provider]}
    return {p: series[unit] for p, series in summary.cells.items() if unit in series}


def cells_of(state: CrudeState, summary: MeasureSummary, unit: str) -> list[Cell]:
    """Return this site's cells of one unit, in the order of the providers."""
    return [cell for _, cell in sorted(provider_cells(state, summary, unit).items())]


def checked(state: CrudeState, sums: Mapping[str, Sums]) -> Mapping[str, Sums]:
    """Refuse sums that honest counts cannot give.

    Raises
    ------
    RemoteProtocolError
        If a numerator exceeds its denominator, or all periods are not the sum of the periods.
    """
    for unit, found in sums.items():
        if not 0 <= found.observed <= found.denominator:
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
