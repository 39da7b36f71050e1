"""The ``direct`` analysis: the rate a hospital would have if its patients were those of all.

Step 1 sums counts per period, step 2 how many sites have each stratum, step 3 patients and events
of the strata that stand, which make the standard population, and how many sites have all of them,
and step 4 how the providers' standardised rates lie about the common one. All but the first are
over all periods together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.crude_counts import checked, period_blocks, period_values, provider_cells
from fedqi.benchmarking.crude_sums import read_counts
from fedqi.benchmarking.direct_figures import direct_position, direct_result
from fedqi.benchmarking.direct_state import MOST_STRATA, DirectState, Stage, standing
from fedqi.benchmarking.direct_sums import (
    grouped,
    own_strata,
    read_spread,
    step_blocks,
    step_values,
)
from fedqi.benchmarking.standardised_result import FailedAnalysis
from fedqi.errors import DefinitionError, RemoteProtocolError
from fedqi.measures import ALL_PERIODS, MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats.regression_design import CategoryTerm


class DirectAnalysis:
    """Direct standardisation over the strata that the categories of the risk model make."""

    name = "direct"

    def initial(self, subject: Subject) -> DirectState:
        """Return the state before any step.

        Raises
        ------
        DefinitionError
            If the measure has no strata: no risk model, a number in it, or too many levels.
        """
        measure = subject.measure
        fault = fault_of(measure.scoring, measure.design.terms if measure.design else ())
        if fault is not None:
            raise DefinitionError(
                f"measure {measure.id}: the analysis {self.name} compares within strata, {fault}; "
                "the measure's author must change the risk_model, or the programme choose another "
                "analysis"
            )
        return DirectState(subject)

    def layout(self, state: DirectState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        if state.stage is Stage.COUNTS:
            return period_blocks(state)
        return tuple(step_blocks(state))

    def summarise(self, state: DirectState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        if state.stage is not Stage.COUNTS:
            return step_values(state, summary)
        return period_values(state, summary)

    def combine(self, state: DirectState, total: Values, offering: Offering) -> DirectState:
        """Return the state after a step's verified total.

        Raises
        ------
        RemoteProtocolError
            If the total breaks an invariant that honest sites cannot break.
        """
        if state.stage is Stage.COUNTS:
            state = replace(state, offering=dict(offering))
            counts = {period: read_counts(period, total) for period in state.released}
            state = replace(state, counts=checked(state, counts))
            return replace(state, stage=Stage.SUPPORT if state.whole else Stage.FINISHED)
        return _NEXT[state.stage](state, total)

    def results(self, state: DirectState) -> Mapping[str, UnitResult]:
        """Return the result over all periods, or why there is none."""
        if not state.whole:
            return {}
        observed, denominator = state.pooled
        detail = FailedAnalysis(state.failure) if state.failure else direct_result(state)
        sites = state.sites(ALL_PERIODS)
        return {ALL_PERIODS: UnitResult(sites, state.providers, observed, denominator, detail)}

    def positions(
        self, state: DirectState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider with patients stands, over all periods."""
        if not state.whole or state.failure:
            return []
        result, strata = direct_result(state), own_strata(state, summary)
        cells = provider_cells(state, summary, ALL_PERIODS)
        return [
            UnitPosition(
                ALL_PERIODS,
                provider or site,
                cells[provider].observed,
                cells[provider].denominator,
                direct_position(state, result, grouped(state, own)),
            )
            for provider, own in strata.items()
        ]


def fault_of(scoring: str, terms: Sequence[object]) -> str | None:
    """Say why there are no strata; None where there are."""
    if scoring not in ("proportion", "rate"):
        return f"of proportions and rates, found scoring {scoring}"
    categories = [term for term in terms if isinstance(term, CategoryTerm)]
    if not categories or len(categories) < len(terms):
        return "so every term of the risk_model must be a category, and there must be one"
    count = prod(len(term.levels) for term in categories)
    if count > MOST_STRATA:
        return f"found {count} of them, expected {MOST_STRATA} at most"
    return None


def _supported(state: DirectState, total: Values) -> DirectState:
    claims = tuple(int(each) for each in total["claims"])
    if max(claims) > len(state.sites(ALL_PERIODS)):
        _refuse(state, "more sites claim a stratum than take part")
    groups = standing(claims, state.subject.minimum)
    state = replace(state, providers=int(total["providers"][0]), groups=groups)
    if groups:
        return replace(state, stage=Stage.STRATA)
    failure = (
        f"no stratum has patients at {state.subject.minimum} hospitals; the measure's author must "
        "make fewer levels"
    )
    return replace(state, stage=Stage.FINISHED, failure=failure)


def _summed(state: DirectState, total: Values) -> DirectState:
    patients, observed = (tuple(map(int, total[name])) for name in ("patients", "observed"))
    if (sum(observed), sum(patients)) != state.pooled:
        _refuse(state, "the strata do not add up to the sums of step 1")
    complete = int(total["complete"][0])
    if complete > len(state.sites(ALL_PERIODS)):
        _refuse(state, "more sites claim every stratum than take part")
    state = replace(state, patients=patients, observed=observed, complete=complete)
    failure = _without_spread(state)
    return replace(state, stage=Stage.FINISHED if failure else Stage.SPREAD, failure=failure)


def _without_spread(state: DirectState) -> str | None:
    if not state.largest_weight:
        return "no patient, or every patient, had the event: no hospital can differ"
    if state.complete < state.subject.minimum:
        # Each stratum stands at m sites, but the squares of few would be their own figures.
        return (
            f"{state.complete} hospitals have patients in every stratum, expected "
            f"{state.subject.minimum}; the measure's author must make fewer levels"
        )
    return None


def _spread(state: DirectState, total: Values) -> DirectState:
    return replace(state, spread=read_spread(total), stage=Stage.FINISHED)


def _refuse(state: DirectState, why: str) -> None:
    raise RemoteProtocolError(f"{state.subject.measure.id}: {why}")


_NEXT = {Stage.SUPPORT: _supported, Stage.STRATA: _summed, Stage.SPREAD: _spread}
