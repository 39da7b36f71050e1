"""What one site adds to each step of the model-based analyses, from its own patterns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.hierarchical_size import provider_claims
from fedqi.benchmarking.standardised_layout import frozen, layout_of
from fedqi.benchmarking.standardised_linear import mean_values, total_values
from fedqi.benchmarking.standardised_patients import (
    SitePatients,
    expectation,
    frozen_coefficients,
    patients_of,
)
from fedqi.benchmarking.standardised_periods import period_values
from fedqi.benchmarking.standardised_state import ModelState, Residuals, Stage
from fedqi.benchmarking.support import claims
from fedqi.measures import MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats.calibration import claims as score_claims
from fedqi.stats.calibration import score_counts
from fedqi.stats.hierarchical_block import SpreadSums, site_sums, spread_sums
from fedqi.stats.regression_blocks import (
    Family,
    ModelSums,
    Patterns,
    model_sums,
    upper_triangle,
)


def site_values(state: ModelState, summary: MeasureSummary) -> Values:
    """Return this site's numbers for the next step, within the bounds of the layout."""
    if state.stage is Stage.COUNTS:
        return _counts(state, summary)
    own = patients_of(state, summary)
    if not own.tables:
        return {}
    found = _STEPS[state.stage](state, own)
    if state.stage is Stage.SCORES:
        found |= period_values(state, summary)
    return {block.name: within(block, found[block.name]) for block in layout_of(state)}


def within(block: Block, values: NDArray[Any]) -> NDArray[Any]:
    """Return real numbers within the bounds of their block; counts as they are.

    Sums at a point far from the data can lie beyond; such a point is left again in any case.
    """
    return values if block.kind == "count" else np.clip(values, block.lower, block.upper)


def _counts(state: ModelState, summary: MeasureSummary) -> Values:
    values = {}
    for period in state.subject.periods:
        cells = summary.period_cells(period)
        if cells:
            values[f"{period}/observed"] = np.array([sum(c.observed for c in cells)])
            values[f"{period}/denominator"] = np.array([sum(c.denominator for c in cells)])
    return values | total_values(state, summary) if state.family is Family.GAUSSIAN else values


def _support(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    design = state.design
    every = [claims(design, given, len(n)) for given, n, _ in own.arrays.values()]
    return {
        "providers": np.array([len(every)]),
        "provider_claims": provider_claims(len(every)),
        "claims": np.max(every, axis=0),
    }


def _plain(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    point = state.coefficients
    providers = list(own.patterns(state).values())
    nothing = ModelSums.nothing(len(point))
    return _model(sum((model_sums(each, point, state.family) for each in providers), nothing))


def _moments(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    providers = own.patterns(state).values()
    spread = sum((spread_sums(each, state.coefficients) for each in providers), SpreadSums())
    return {name: np.array([getattr(spread, name)]) for name in SPREAD_FIELDS}


SPREAD_FIELDS = tuple(SpreadSums.__dataclass_fields__)
RESIDUAL_FIELDS = tuple(Residuals.__dataclass_fields__)


def _spread(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    providers = list(own.patterns(state).values())
    return _model(site_sums(providers, state.coefficients, state.mixed_fit.log_sigma))


def _model(sums: ModelSums) -> dict[str, NDArray[Any]]:
    return {
        "log_likelihood": np.array([sums.log_likelihood]),
        "gradient": sums.gradient,
        "information": upper_triangle(sums.information),
    }


def _scores(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    providers = list(own.patterns(state).values())
    if state.family is Family.GAUSSIAN:
        return mean_values(state, providers)
    found = _residual_values("model", state, state.coefficients, providers)
    if state.family is Family.BINOMIAL:
        scores = np.concatenate([each.mean(state.coefficients) for each in providers])
        found["score_claims"] = score_claims(scores)
    if frozen(state):
        unscaled = list(own.unscaled_patterns(state).values())
        found |= _residual_values("reference", state, frozen_coefficients(state), unscaled)
    return found


def _residual_values(
    prefix: str, state: ModelState, coefficients: Sequence[float], providers: Sequence[Patterns]
) -> dict[str, NDArray[Any]]:
    each = [expectation(patterns, coefficients, state.family) for patterns in providers]
    each = [(o, e, v) for o, e, v in each if e > 0 and v > 0]
    weights = [e * e / v for _, e, v in each]
    numbers = {
        "providers": len(each),
        "expected": sum(e for _, e, _ in each),
        "z_squared": sum((o - e) ** 2 / v for o, e, v in each),
        "weights": sum(weights),
        "weights_squared": sum(w * w for w in weights),
    }
    return {f"{prefix}/{name}": np.array([numbers[name]]) for name in RESIDUAL_FIELDS}


def _histogram(state: ModelState, own: SitePatients) -> dict[str, NDArray[Any]]:
    every = [
        score_counts(each.mean(state.coefficients), each.weight, each.outcome, state.edges)
        for each in own.patterns(state).values()
    ]
    return {
        "score_patients": np.sum([each.patients for each in every], axis=0),
        "score_events": np.sum([each.events for each in every], axis=0),
        "score_expected": np.sum([each.expected for each in every], axis=0),
    }


_STEPS = {
    Stage.SUPPORT: _support,
    Stage.PLAIN: _plain,
    Stage.MOMENTS: _moments,
    Stage.SPREAD: _spread,
    Stage.SCORES: _scores,
    Stage.HISTOGRAM: _histogram,
}
