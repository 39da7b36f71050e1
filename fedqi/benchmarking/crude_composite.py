"""The ``crude`` analysis of a composite: its proportion, and the rates of its components beside it.

The proportion goes the steps of any proportion. Besides, step 2 asks how many sites have patients
eligible for each component and, for the opportunity score, sums how much the opportunities of one
patient go together; step 3 sums the components, if enough sites have each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.crude_counts import (
    BINS,
    FINISHED,
    SPREAD,
    CountedAnalysis,
    provider_cells,
)
from fedqi.benchmarking.crude_position import CrudePosition, position_of
from fedqi.benchmarking.crude_result import ComponentRate, CrudeResult, result_of
from fedqi.benchmarking.crude_state import CrudeState
from fedqi.benchmarking.crude_value_sums import Arrays, number, only, significant
from fedqi.benchmarking.released import atom_of
from fedqi.errors import RemoteProtocolError
from fedqi.measures import MAXIMUM_COUNT, ComponentTable, Measure, MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats import cluster_sums, design_effect

RESOLUTION = 2.0**-14


@dataclass(frozen=True, slots=True)
class CompositeState(CrudeState):
    """The state of the proportion, and what is known of its components.

    Parameters
    ----------
    effects
        Unit -> design effect of an opportunity score.
    held
        Units in which enough sites have patients eligible for every component.
    components
        Unit -> (eligible, met) per component.
    """

    effects: Mapping[str, float] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    components: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    @property
    def clusters(self) -> bool:
        """Whether one patient counts several times."""
        return self.subject.measure.rule == "opportunity"


class CompositeAnalysis:
    """All-or-none or opportunity score, as a proportion, with its components."""

    name = "crude"
    counts = CountedAnalysis()

    def initial(self, subject: Subject) -> CompositeState:
        """Return the state before any step."""
        return CompositeState(subject)

    def layout(self, state: CompositeState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        return (*self.counts.layout(state), *own_blocks(state))

    def summarise(self, state: CompositeState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        values = dict(self.counts.summarise(state, summary))
        for unit in state.units if state.step in (SPREAD, BINS) else ():
            tables = list(provider_tables(state, summary, unit).values())
            if tables:
                values |= own_values(state, unit, tables)
        return values

    def combine(self, state: CompositeState, total: Values, offering: Offering) -> CompositeState:
        """Return the state after a step's verified total."""
        step = state.step
        state = self.counts.combine(state, total, offering)
        if step == SPREAD:
            effects = {unit: effect_of(state, unit, total) for unit in state.units}
            held = tuple(unit for unit in state.whole if all_held(state, unit, total))
            state = replace(state, step=BINS, effects=effects, held=held)
            return state if self.layout(state) else replace(state, step=FINISHED)
        if step == BINS:
            found = {unit: read_components(state, unit, total) for unit in state.held}
            return replace(state, components=found)
        return state

    def results(self, state: CompositeState) -> Mapping[str, UnitResult]:
        """Return one result per released unit."""
        found = self.counts.results(state)
        return {unit: replace(each, detail=released(state, unit)) for unit, each in found.items()}

    def positions(
        self, state: CompositeState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per released unit."""
        return [p for unit in state.units for p in self.unit_positions(state, summary, site, unit)]

    def unit_positions(
        self, state: CompositeState, summary: MeasureSummary, site: str, unit: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands in one unit."""
        found = []
        result, tables = released(state, unit), provider_tables(state, summary, unit)
        for provider, cell in sorted(provider_cells(state, summary, unit).items()):
            detail: CrudePosition = position_of(state.subject, result, cell)
            if provider in tables:
                own = component_rates(state.subject.measure, pairs(tables[provider]))
                detail = replace(detail, components=own)
            found.append(
                UnitPosition(unit, provider or site, cell.observed, cell.denominator, detail)
            )
        return found


def released(state: CompositeState, unit: str) -> CrudeResult:
    """Return what the sums of a unit say."""
    found = result_of(state, unit, state.effects.get(unit) if state.clusters else None)
    if unit not in state.components:
        return found
    rates = component_rates(state.subject.measure, state.components[unit])
    return replace(found, components=rates)


def own_blocks(state: CompositeState) -> list[Block]:
    """Return the blocks that a composite has besides those of a proportion."""
    length, blocks = len(state.subject.measure.components), []
    if state.step == SPREAD:
        for unit in state.units if state.clusters else ():
            most, atom = float(MAXIMUM_COUNT * length), atom_of(state.subject, unit)
            for name in ("clustered", "independent"):
                blocks.append(Block(f"{unit}/{name}", (1,), "real", 0, most, RESOLUTION, atom))
        for unit in state.whole:
            atom = atom_of(state.subject, unit)
            blocks.append(Block(f"{unit}/holders", (length,), "count", 0, 1, atom=atom))
    if state.step == BINS:
        for unit in state.held:
            atom = atom_of(state.subject, unit)
            for name in ("eligible", "met"):
                blocks.append(
                    Block(f"{unit}/{name}", (length,), "count", 0, MAXIMUM_COUNT, atom=atom)
                )
    return blocks


def own_values(state: CompositeState, unit: str, tables: Sequence[ComponentTable]) -> Arrays:
    """Return this site's numbers for these blocks."""
    whole = sum(tables[1:], start=tables[0])
    names = {block.name for block in own_blocks(state)}
    values: Arrays = {
        f"{unit}/holders": (np.array(whole.eligible) > 0).astype(np.int64),
        f"{unit}/eligible": np.array(whole.eligible),
        f"{unit}/met": np.array(whole.met),
    }
    values = {name: array for name, array in values.items() if name in names}
    return values | only(clustering(state, unit, tables), unit, own_blocks(state))


def clustering(
    state: CompositeState, unit: str, tables: Sequence[ComponentTable]
) -> dict[str, float]:
    """Return this site's sums for the design effect, coarse where the group is small."""
    sums = [
        cluster_sums(
            sum(each.met),
            sum(each.eligible),
            (each.met_squares, each.products, each.eligible_squares),
        )
        for each in tables
    ]
    values = {
        "clustered": sum(clustered for clustered, _ in sums),
        "independent": sum(independent for _, independent in sums),
    }
    if state.is_small(unit):
        return {name: significant(value) for name, value in values.items()}
    return values


def effect_of(state: CompositeState, unit: str, total: Values) -> float:
    """Return the design effect of an opportunity score; 1 of all-or-none."""
    if not state.clusters:
        return 1.0
    return design_effect(number(unit, "clustered", total), number(unit, "independent", total))


def all_held(state: CompositeState, unit: str, total: Values) -> bool:
    """Whether enough sites have patients for every component.

    With one component left out, the opportunities less the others would give it.
    """
    return bool(np.min(total[f"{unit}/holders"]) >= state.bin_minimum)


def read_components(state: CompositeState, unit: str, total: Values) -> tuple[tuple[int, int], ...]:
    """Read the sums of the components.

    Raises
    ------
    RemoteProtocolError
        If more patients received a component than were eligible for it.
    """
    columns = (total[f"{unit}/eligible"], total[f"{unit}/met"])
    found = tuple((int(e), int(m)) for e, m in zip(*columns, strict=True))
    if any(not 0 <= met <= eligible for eligible, met in found):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: a component was received more often than due"
        )
    return found


def provider_tables(
    state: CompositeState, summary: MeasureSummary, unit: str
) -> dict[str, ComponentTable]:
    """Return provider -> components of one unit at this site."""
    found: dict[str, ComponentTable] = {}
    for provider, series in sorted(summary.components.items()):
        for period in state.parts(unit):
            if period in series:
                own = series[period]
                found[provider] = found[provider] + own if provider in found else own
    return found


def pairs(table: ComponentTable) -> tuple[tuple[int, int], ...]:
    """Return (eligible, met) per component."""
    return tuple(zip(table.eligible, table.met, strict=True))


def component_rates(
    measure: Measure, found: Sequence[tuple[int, int]]
) -> Mapping[str, ComponentRate]:
    """Return component -> its rate; None of a rate where nobody was eligible."""
    named: dict[str, Any] = {}
    for part, (eligible, met) in zip(measure.components, found, strict=True):
        rate = met / eligible if eligible else None
        named[part.component] = ComponentRate(met, eligible, rate)
    return named
