"""The ``meta`` analysis: random effects of DerSimonian and Laird over the sites' own estimates.

Step 1 sums counts per period, step 2 the weights and squares that give the variance between
providers, step 3 the weights with it. Steps 2 and 3 are over all periods together; where
providers do not differ beyond chance, step 2 says what step 3 would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.crude_counts import (
    cells_of,
    checked,
    period_blocks,
    period_values,
    provider_cells,
)
from fedqi.benchmarking.crude_sums import read_counts
from fedqi.benchmarking.meta_figures import meta_position, meta_result
from fedqi.benchmarking.meta_state import (
    MetaState,
    Stage,
    read_fixed,
    sum_blocks,
    sum_values,
)
from fedqi.benchmarking.standardised_result import FailedAnalysis
from fedqi.errors import DefinitionError, RemoteProtocolError
from fedqi.measures import ALL_PERIODS, MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats.random_effects import heterogeneity

SCORINGS = ("proportion", "rate")


class MetaAnalysis:
    """Random effects of log odds or log rates."""

    name = "meta"

    def initial(self, subject: Subject) -> MetaState:
        """Return the state before any step.

        Raises
        ------
        DefinitionError
            If the measure counts no events.
        """
        scoring = subject.measure.scoring
        if scoring not in SCORINGS:
            raise DefinitionError(
                f"measure {subject.measure.id}: the analysis {self.name} is for proportions and "
                f"rates, found scoring {scoring}; the author of the programme must choose another "
                "(crude has the variance between hospitals of a mean)"
            )
        return MetaState(subject)

    def layout(self, state: MetaState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        if state.stage is Stage.COUNTS:
            return period_blocks(state)
        return () if state.stage is Stage.FINISHED else sum_blocks(state)

    def summarise(self, state: MetaState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        if state.stage is not Stage.COUNTS:
            cells = cells_of(state, summary, ALL_PERIODS)
            return sum_values(state, cells) if cells else {}
        return period_values(state, summary)

    def combine(self, state: MetaState, total: Values, offering: Offering) -> MetaState:
        """Return the state after a step's verified total.

        Raises
        ------
        RemoteProtocolError
            If the total breaks an invariant that honest sites cannot break.
        """
        if state.stage is Stage.COUNTS:
            return counted(replace(state, offering=dict(offering)), total)
        if state.stage is Stage.FIXED:
            return spread(state, total)
        weights = float(total["random/weights"][0])
        if not weights > 0:
            raise RemoteProtocolError(f"{state.subject.measure.id}: the summed weights are not > 0")
        pooled = (weights, float(total["random/weighted"][0]))
        return replace(state, random=pooled, stage=Stage.FINISHED)

    def results(self, state: MetaState) -> Mapping[str, UnitResult]:
        """Return the result over all periods, or why there is none."""
        if not state.whole:
            return {}
        observed, denominator = state.pooled
        providers = state.fixed.units if state.fixed is not None else 0
        detail = FailedAnalysis(state.failure) if state.failure else meta_result(state)
        sites = state.sites(ALL_PERIODS)
        return {ALL_PERIODS: UnitResult(sites, providers, observed, denominator, detail)}

    def positions(
        self, state: MetaState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider with patients stands, over all periods."""
        if not state.whole or state.failure:
            return []
        result = meta_result(state)
        return [
            UnitPosition(
                ALL_PERIODS,
                provider or site,
                cell.observed,
                cell.denominator,
                meta_position(state, result, cell),
            )
            for provider, cell in sorted(provider_cells(state, summary, ALL_PERIODS).items())
            if cell.denominator > 0
        ]


def counted(state: MetaState, total: Values) -> MetaState:
    """Keep the counts; go on where enough sites stand together."""
    counts = {period: read_counts(period, total) for period in state.released}
    state = replace(state, counts=checked(state, counts))
    found, needed = len(state.sites(ALL_PERIODS)), 2 * state.subject.minimum
    if not state.whole:
        return replace(state, stage=Stage.FINISHED)
    if found < needed:
        # Exact weights of fewer would be a fingerprint of their counts.
        failure = (
            f"{found} hospitals stand together, random effects take {needed}; the members must "
            "wait for more"
        )
        return replace(state, stage=Stage.FINISHED, failure=failure)
    return replace(state, stage=Stage.FIXED)


def spread(state: MetaState, total: Values) -> MetaState:
    """Estimate the variance between providers."""
    fixed = read_fixed(total)
    if fixed.units < 2 or not fixed.weights > 0:
        failure = f"{fixed.units} hospitals have patients, a spread takes at least two"
        return replace(state, fixed=fixed, stage=Stage.FINISHED, failure=failure)
    tau2 = heterogeneity(fixed).tau2
    state = replace(state, fixed=fixed, tau2=tau2, stage=Stage.RANDOM)
    if tau2 > 0:
        return state
    return replace(state, random=(fixed.weights, fixed.weighted), stage=Stage.FINISHED)
