"""The ``standardised`` analysis: a risk model over all sites, and observed against expected.

Step 1 sums counts per period, step 2 which cells enough sites have, then one step per point of
the regression (for ``hierarchical`` also its moments, and one per point of the random-intercept
model), then which scores enough sites have, and patients by score. The model is over all released
periods together; each period is held against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fedqi.benchmarking.analysis import Offering, Subject, UnitPosition, UnitResult, Values
from fedqi.benchmarking.hierarchical_size import require_providers
from fedqi.benchmarking.standardised_layout import frozen, layout_of
from fedqi.benchmarking.standardised_linear import mean_residuals, require_residuals
from fedqi.benchmarking.standardised_linear_figures import linear_position, linear_result
from fedqi.benchmarking.standardised_patients import patients_of
from fedqi.benchmarking.standardised_periods import period_results, series_of, with_periods
from fedqi.benchmarking.standardised_position import Own, standardised_position
from fedqi.benchmarking.standardised_result import FailedAnalysis, standardised_result
from fedqi.benchmarking.standardised_site import (
    RESIDUAL_FIELDS,
    SPREAD_FIELDS,
    site_values,
)
from fedqi.benchmarking.standardised_state import ModelState, PeriodSums, Residuals, Stage, Totals
from fedqi.benchmarking.support import supported_model
from fedqi.errors import (
    ConvergenceError,
    DefinitionError,
    InsufficientSitesError,
    RemoteProtocolError,
)
from fedqi.measures import ALL_PERIODS, MeasureSummary, pooled
from fedqi.secagg.encoding import Block
from fedqi.stats.calibration import ScoreCounts, supported_edges
from fedqi.stats.hierarchical import (
    HierarchicalFit,
    hierarchical_model,
    spread_advanced,
    spread_started,
)
from fedqi.stats.hierarchical_block import SpreadSums
from fedqi.stats.regression import advanced, fitted, started
from fedqi.stats.regression_blocks import (
    Family,
    ModelSums,
    from_upper_triangle,
)

COUNTED = ("observed", "denominator")


class StandardisedAnalysis:
    """Indirect standardisation by a regression that is fitted to all sites.

    Logistic for a proportion, Poisson with the exposure as offset for a rate, linear for a value.
    """

    name = "standardised"
    hierarchical = False

    def initial(self, subject: Subject) -> ModelState:
        """Return the state before any step.

        Raises
        ------
        DefinitionError
            If the measure has no risk model.
        """
        if subject.measure.design is None:
            raise DefinitionError(
                f"measure {subject.measure.id}: the analysis {self.name} needs a risk_model; the "
                "measure's author must add one, or the programme choose another analysis"
            )
        return ModelState(subject, self.hierarchical)

    def layout(self, state: ModelState) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when finished."""
        return layout_of(state)

    def summarise(self, state: ModelState, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the next step."""
        return site_values(state, summary)

    def combine(self, state: ModelState, total: Values, offering: Offering) -> ModelState:
        """Return the state after a step's verified total.

        Where there is no model to be had, this analysis ends and says why; the job's others go on.

        Raises
        ------
        RemoteProtocolError
            If the total breaks an invariant that honest sites cannot break.
        """
        if state.stage is Stage.COUNTS:
            return _counted(replace(state, offering=dict(offering)), total)
        state = _before(state, total)
        try:
            return _NEXT[state.stage](state, total)
        except (ConvergenceError, InsufficientSitesError) as reason:
            return replace(state, stage=Stage.FINISHED, failure=str(reason))

    def results(self, state: ModelState) -> Mapping[str, UnitResult]:
        """Return one result per period of a calendar, and one over all.

        There is none where periods may not be pooled. Where there is no model, the one over all
        periods says why.
        """
        if not state.modelled:
            return {}
        failed = FailedAnalysis(state.failure) if state.failure else None
        together = UnitResult(
            sites=state.sites,
            providers=state.totals.providers,
            observed=state.totals.observed,
            denominator=state.totals.denominator,
            detail=failed or self.detail(state),
        )
        return {**({} if failed else period_results(state)), ALL_PERIODS: together}

    def positions(
        self, state: ModelState, summary: MeasureSummary, site: str
    ) -> Sequence[UnitPosition]:
        """Return where each provider stands, per period and over all; nowhere without a model."""
        if not state.modelled or state.failure:
            return []
        detail, series = self.detail(state), series_of(state, summary)
        places = [
            (period, provider, position_of(state, detail, Own(patterns)))
            for provider, own in series.items()
            for period, patterns in own.items()
        ]
        patients = patients_of(state, summary)
        reference = patients.unscaled_patterns(state) if frozen(state) else {}
        for provider, patterns in patients.patterns(state).items():
            own = Own(patterns, reference.get(provider), series.get(provider, {}))
            places.append((ALL_PERIODS, provider, self.place(state, detail, own)))
        return [
            _at(summary, state, period, provider, site, place)
            for period, provider, place in places
            if place is not None
        ]

    def detail(self, state: ModelState) -> Any:
        """Return the released figures."""
        linear = state.family is Family.GAUSSIAN
        return linear_result(state) if linear else standardised_result(state)

    def place(self, state: ModelState, detail: Any, own: Own) -> Any:
        """Return where one provider stands over all periods; None where nothing can vary."""
        return position_of(state, detail, own)


def position_of(state: ModelState, detail: Any, own: Own) -> Any:
    """Return where a provider stands against the model of all periods."""
    if state.family is Family.GAUSSIAN:
        return linear_position(state, detail, own.patterns)
    return standardised_position(state, detail, own)


def _at(
    summary: MeasureSummary, state: ModelState, period: str, provider: str, site: str, place: Any
) -> UnitPosition:
    kept = set(state.released) if period == ALL_PERIODS else {period}
    cells = summary.restricted(kept).cells[provider].values()
    cell = pooled(cells)
    return UnitPosition(period, provider or site, cell.observed, cell.denominator, place)


def _counted(state: ModelState, total: Values) -> ModelState:
    series = {period: _period_sums(total, period) for period in state.released}
    outcome = sum(sums.outcome for sums in series.values())
    observed = sum(sums.observed for sums in series.values())
    denominator = sum(sums.denominator for sums in series.values())
    within = observed >= 0 and (observed <= denominator or state.family is Family.POISSON)
    _require(state, within, "the summed numerator exceeds its denominator")
    state = replace(state, totals=Totals(observed, denominator, outcome=outcome), series=series)
    return replace(state, stage=Stage.SUPPORT if state.modelled else Stage.FINISHED)


def _period_sums(total: Values, period: str) -> PeriodSums:
    observed, denominator = (int(total[f"{period}/{name}"][0]) for name in COUNTED)
    values = total.get(f"{period}/total")
    return PeriodSums(observed, denominator, outcome=0.0 if values is None else float(values[0]))


def _before(state: ModelState, total: Values) -> ModelState:
    """Keep what holds whether or not there is a model: how many providers there are."""
    if state.stage is not Stage.SUPPORT:
        return state
    return replace(state, totals=replace(state.totals, providers=int(total["providers"][0])))


def _supported(state: ModelState, total: Values) -> ModelState:
    claims = total.get("claims", np.zeros(0, dtype=np.int64))
    most = max((int(each) for each in claims), default=0)
    _require(state, most <= len(state.sites), "more sites claim a cell than take part")
    if state.hierarchical:
        require_providers(total["provider_claims"], state.subject.minimum, state.where)
    model = supported_model(state.design, claims, state.subject.minimum)
    plain = started(state.family, model.design.names, state.outcome, state.weight, state.where)
    return replace(state, stage=Stage.PLAIN, model=model, plain=plain)


def _regressed(state: ModelState, total: Values) -> ModelState:
    sums, weight = read_sums(total, len(state.coefficients)), float(state.weight)
    if state.plain_fit.first is None:  # of values, the squares about their mean
        state = replace(state, scatter=-2 * sums.log_likelihood)
    state = replace(state, plain=advanced(state.plain_fit, sums, weight, state.where))
    if not state.plain_fit.finished:
        return state
    if state.family is Family.GAUSSIAN:
        require_residuals(state)
    fitted(state.plain_fit, None, weight, state.where)  # refuses what the sums leave open
    return replace(state, stage=Stage.MOMENTS if state.hierarchical else Stage.SCORES)


def _started(state: ModelState, total: Values) -> ModelState:
    spread = SpreadSums(*(float(total[name][0]) for name in SPREAD_FIELDS))
    return _mixed(state, spread_started(state.plain_fit, spread))


def _spread(state: ModelState, total: Values) -> ModelState:
    sums = read_sums(total, len(state.coefficients) + 1)
    return _mixed(state, spread_advanced(state.mixed_fit, sums, state.where))


def _mixed(state: ModelState, mixed: HierarchicalFit) -> ModelState:
    state = replace(state, mixed=mixed)
    if not mixed.finished:
        return replace(state, stage=Stage.SPREAD)
    hierarchical_model(mixed, where=state.where)  # refuses an estimate that the sums leave open
    return replace(state, stage=Stage.SCORES)


def read_sums(total: Values, length: int) -> ModelSums:
    """Read the sums of a regression back from a decoded total."""
    return ModelSums(
        float(total["log_likelihood"][0]),
        np.asarray(total["gradient"], dtype=np.float64),
        from_upper_triangle(total["information"], length),
    )


def _scored(state: ModelState, total: Values) -> ModelState:
    if state.family is Family.GAUSSIAN:
        residuals, within = mean_residuals(state, total)
        state = replace(with_periods(state, total), residuals=residuals, within=within)
        return replace(state, stage=Stage.FINISHED)
    claimed = total.get("score_claims")
    edges = () if claimed is None else supported_edges(claimed, state.subject.minimum)
    return replace(
        with_periods(state, total),
        edges=edges,
        residuals=_residuals(total, "model"),
        reference=_residuals(total, "reference") if frozen(state) else None,
        stage=Stage.HISTOGRAM if len(edges) > 2 else Stage.FINISHED,
    )


def _residuals(total: Values, prefix: str) -> Residuals:
    found = {name: total[f"{prefix}/{name}"][0].item() for name in RESIDUAL_FIELDS}
    return Residuals(**found)


def _binned(state: ModelState, total: Values) -> ModelState:
    patients, events = total["score_patients"], total["score_events"]
    adds_up = (int(patients.sum()), int(events.sum())) == (
        state.totals.denominator,
        state.totals.observed,
    )
    within = bool(np.all((events >= 0) & (events <= patients)))
    _require(state, adds_up and within, "patients by score do not add up to the sums of step 1")
    histogram = ScoreCounts(patients, events, total["score_expected"])
    return replace(state, histogram=histogram, stage=Stage.FINISHED)


def _require(state: ModelState, holds: bool, otherwise: str) -> None:
    if not holds:
        raise RemoteProtocolError(f"{state.subject.measure.id}: {otherwise}")


_NEXT = {
    Stage.SUPPORT: _supported,
    Stage.PLAIN: _regressed,
    Stage.MOMENTS: _started,
    Stage.SPREAD: _spread,
    Stage.SCORES: _scored,
    Stage.HISTOGRAM: _binned,
}
