"""The ``crude`` analysis of a value or a survey: means and distributions from sums alone.

Step 1 sums values per period; step 2 sums squares about the mean that is known by then, and asks
in which bins of public grids sites have values; step 3 sums values per merged bin. The grids are
of all periods together. What each number means is in docs/statistics.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.crude_value_bins import (
    bin_blocks,
    bin_values,
    grid_blocks,
    grid_values,
    merged_items,
    merged_means,
    merged_values,
    with_items,
    with_means,
    with_values,
)
from fedqi.benchmarking.crude_value_position import value_position
from fedqi.benchmarking.crude_value_result import value_result
from fedqi.benchmarking.crude_value_state import ValueState, ValueSums
from fedqi.benchmarking.crude_value_sums import (
    joined_sums,
    provider_cells,
    provider_tables,
    read_spread,
    read_sums,
    spread_blocks,
    spread_values,
    sum_unit,
    sums_blocks,
    sums_values,
)
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS, MeasureSummary, ValueTable
from fedqi.secagg.encoding import Block

SUMS, SPREAD, BINS, FINISHED = range(4)
"""The steps, in order."""


class ValueAnalysis:
    """Mean, spread, funnel, quantiles and benchmark of a value; of a survey also its items."""

    name = "crude"

    def initial(self, subject: Subject) -> ValueState:
        """Return the state before any step."""
        return ValueState(subject)

    def layout(self, state: ValueState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        if state.step == SUMS:
            return tuple(b for p in state.subject.periods for b in sums_blocks(state, p))
        if state.step == SPREAD:
            spreads = [b for unit in state.units for b in spread_blocks(state, unit)]
            return (*spreads, *(b for unit in state.placed for b in grid_blocks(state, unit)))
        if state.step == BINS:
            return tuple(b for unit in state.placed for b in bin_blocks(state, unit))
        return ()

    def summarise(self, state: ValueState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        values: dict[str, NDArray[Any]] = {}
        if state.step == SUMS:
            for period in state.subject.periods:
                values |= sums_values(state, summary, period)
            return values
        if state.step == SPREAD:
            for unit in state.units:
                values |= spread_values(state, summary, unit)
        of_step = grid_values if state.step == SPREAD else bin_values
        for unit in state.placed:
            own = site_table(state, summary, unit)
            if own is not None:
                values |= of_step(state, unit, own)
        return values

    def combine(self, state: ValueState, total: Values, offering: Offering) -> ValueState:
        """Return the state after a step's verified total."""
        if state.step == SUMS:
            state = replace(state, offering=dict(offering))
            sums = {period: read_sums(period, total) for period in state.released}
            state = replace(state, step=SPREAD, sums=checked(state, sums))
        elif state.step == SPREAD:
            state = after_spread(state, total)
        else:
            return replace(
                state,
                step=FINISHED,
                means={unit: with_means(state, unit, total) for unit in state.means},
                values={unit: with_values(state, unit, total) for unit in state.values},
                items={unit: with_items(state, unit, total) for unit in state.items},
            )
        return state if self.layout(state) else replace(state, step=FINISHED)

    def results(self, state: ValueState) -> Mapping[str, UnitResult]:
        """Return one result per released unit; observed is the number of values."""
        return {
            unit: UnitResult(
                sites=state.sites(unit),
                providers=state.sums[unit].providers,
                observed=state.sums[unit].values,
                denominator=state.sums[unit].asked,
                detail=value_result(state, unit),
            )
            for unit in state.units
        }

    def positions(
        self, state: ValueState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        return [p for unit in state.units for p in self.unit_positions(state, summary, site, unit)]

    def unit_positions(
        self, state: ValueState, summary: MeasureSummary, site: str, unit: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands in one unit."""
        found = []
        result, tables = value_result(state, unit), provider_tables(state, summary, unit)
        for provider, cell in sorted(provider_cells(state, summary, unit).items()):
            own = value_position(state.subject, result, cell, tables.get(provider))
            found.append(UnitPosition(unit, provider or site, cell.observed, cell.denominator, own))
        return found


def site_table(state: ValueState, summary: MeasureSummary, unit: str) -> ValueTable | None:
    """Return the values of all providers of this site; None without any."""
    tables = list(provider_tables(state, summary, unit).values())
    return sum(tables[1:], start=tables[0]) if tables else None


def after_spread(state: ValueState, total: Values) -> ValueState:
    """Return the state after the second step: the spread, and which bins stand."""
    sums = dict(state.sums)
    if state.sums_all:
        sums[ALL_PERIODS] = joined_sums(state, total)
    return replace(
        state,
        step=BINS,
        sums=sums,
        spreads={unit: read_spread(unit, total) for unit in state.units},
        means={unit: merged_means(state, unit, total) for unit in state.placed},
        values={unit: merged_values(state, unit, total) for unit in state.placed},
        items={unit: merged_items(state, unit, total) for unit in state.placed},
    )


def checked(state: ValueState, sums: Mapping[str, ValueSums]) -> Mapping[str, ValueSums]:
    """Refuse sums that honest values cannot give.

    Raises
    ------
    RemoteProtocolError
        If there are more values than rows, more responders than values, or the mean is outside
        the bounds.
    """
    scale = state.scale
    for unit, found in sums.items():
        rounding = len(state.sites(unit)) * sum_unit(scale)
        reach = found.values * (scale.upper - scale.origin) + rounding
        counts = 0 <= found.responders <= found.values <= found.asked
        if not counts or abs(found.total) > reach:
            raise RemoteProtocolError(
                f"{state.subject.measure.id}, {unit}: {found.values} values of {found.asked} rows "
                f"with {found.responders} responders, or a mean outside the bounds"
            )
    return sums
