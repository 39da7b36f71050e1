"""What the ``hierarchical`` analysis releases, and where one provider stands in it."""

from dataclasses import dataclass, fields

from fedqi.benchmarking.standardised_periods import OverTime, over_time
from fedqi.benchmarking.standardised_position import Own, ReferencePosition, reference_of
from fedqi.benchmarking.standardised_result import LEVEL, StandardisedResult, result_of
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.stats import Band, Interval
from fedqi.stats.hierarchical import hierarchical_model
from fedqi.stats.hierarchical_effect import (
    individual_threshold,
    provider_effect,
)
from fedqi.stats.quadrature import NODES


@dataclass(frozen=True, slots=True)
class HierarchicalResult(StandardisedResult):
    """The released figures of a random-intercept model.

    Parameters
    ----------
    sigma
        Standard deviation between providers on the logit scale; 0 if they differ no more than
        chance.
    nodes_per_provider
        Of the adaptive Gauss-Hermite quadrature.
    single_threshold
        Probability of being worse from which one comparison calls a provider to review.
    joint_threshold
        Probability from which a provider stands out among all (Bonferroni).
    """

    sigma: float = 0.0
    nodes_per_provider: int = 25
    single_threshold: float = 0.0
    joint_threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class HierarchicalRatio:
    """Predicted over expected, its interval from effect ± z effect_sd."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class HierarchicalPosition:
    """One provider beside the average one.

    Parameters
    ----------
    band
        "review" or "exemplary" where a single comparison says so, else "as expected";
        "insufficient" below the measure's minimum denominator.
    stands_out
        Whether it is worse or better beyond the threshold for all comparisons together.
    expected, predicted
        Events among its patients at an average provider, and at itself.
    estimate, interval
        Predicted / expected times the rate of all sites.
    ratio
        Predicted / expected.
    effect, effect_sd
        Conditional mode on the logit scale and its standard deviation.
    probability_worse
        Posterior probability of being worse than the average provider; None where neither
        direction is worse.
    reference
        Observed over expected against the frozen model, where the measure brings one.
    over_time
        CUSUM and VLAD against the average provider, over all periods of a calendar.
    """

    band: str
    stands_out: bool
    expected: float
    predicted: float
    estimate: float
    interval: Interval
    ratio: HierarchicalRatio
    effect: float
    effect_sd: float
    probability_worse: float | None = None
    reference: ReferencePosition | None = None
    over_time: OverTime | None = None


def hierarchical_result(state: ModelState) -> HierarchicalResult:
    """Compute everything that the sums say."""
    mixed, unscaled = state.mixed_fit, state.fitted_model.design.unscaled()
    common = result_of(state, hierarchical_model(mixed, unscaled))
    providers = state.totals.providers
    return HierarchicalResult(
        **{field.name: getattr(common, field.name) for field in fields(StandardisedResult)},
        sigma=mixed.sigma,
        nodes_per_provider=NODES,
        single_threshold=individual_threshold(LEVEL, 1),
        joint_threshold=individual_threshold(LEVEL, providers),
    )


def hierarchical_position(
    state: ModelState, result: HierarchicalResult, own: Own
) -> HierarchicalPosition:
    """Return where a provider stands over all periods."""
    found = provider_effect(own.patterns, state.coefficients, state.sigma, LEVEL)
    measure = state.subject.measure
    worse = {"lower": found.probability_above, "higher": 1 - found.probability_above}.get(
        measure.direction
    )
    extreme = max(found.probability_above, 1 - found.probability_above)
    enough = own.patterns.weight.sum() >= measure.minimum_denominator
    return HierarchicalPosition(
        band=(band_of(worse, result.single_threshold) if enough else Band.INSUFFICIENT).value,
        stands_out=bool(enough) and extreme >= result.joint_threshold,
        expected=found.expected,
        predicted=found.predicted,
        estimate=found.ratio * result.rate,
        interval=found.interval.scaled(result.rate),
        ratio=HierarchicalRatio(found.ratio, found.interval),
        effect=found.effect,
        effect_sd=found.effect_sd,
        probability_worse=worse,
        reference=reference_of(state, result.reference, own.reference),
        over_time=over_time(state, own.series),
    )


def band_of(worse: float | None, threshold: float) -> Band:
    """Return the band of a provider that is worse than the average with this probability."""
    if worse is None or 1 - threshold < worse < threshold:
        return Band.AS_EXPECTED
    return Band.REVIEW if worse >= threshold else Band.EXEMPLARY
