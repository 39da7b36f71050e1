"""What ``standardised`` releases of a value, and where one provider stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from fedqi.benchmarking.crude_position import LEVELS, FunnelPosition, Limits
from fedqi.benchmarking.standardised_linear import ValueScale, means_of, residual_squares
from fedqi.benchmarking.standardised_result import LEVEL, joint_threshold
from fedqi.benchmarking.standardised_state import ModelState, PeriodSums
from fedqi.stats import Interval, classify, mean_funnel_limits, mean_z_score, overdispersion
from fedqi.stats.hierarchical_effect import expected_false_alarms
from fedqi.stats.intervals import normal_quantile
from fedqi.stats.regression import fitted
from fedqi.stats.regression_blocks import Patterns


@dataclass(frozen=True, slots=True)
class LinearResult:
    """The released figures of a linear risk model, in the unit of the values.

    Parameters
    ----------
    coefficients, standard_errors
        By name of the column, in model order.
    covariance
        Rows in that order.
    residual_sd
        Root of the residual sum of squares over n - p.
    r_squared
        Share of the values' variation that the model explains.
    steps
        Sums that the regression took.
    mean, expected
        Of all values, as observed and as predicted; equal but for rounding.
    within_sd
        Standard deviation of the residuals within providers; None where nothing varies there.
    phi, tau2, overdispersed
        Overdispersion of the differences, additive variance between providers, and whether the
        adjusted limits are the ones to use.
    false_alarms
        How many of as many average providers a single comparison at 95 % would call to review.
    joint_z
        z beyond which a provider stands out among all (Bonferroni, 5 % in all).
    joined
        Category -> levels that too few sites have, joined to its reference level.
    left_out
        Terms that too few sites support.
    """

    coefficients: Mapping[str, float]
    standard_errors: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...]
    residual_sd: float
    r_squared: float
    steps: int
    mean: float
    expected: float
    within_sd: float | None
    phi: float
    tau2: float
    overdispersed: bool
    false_alarms: float
    joint_z: float
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinearPeriodResult:
    """All sites in one period against the model of all periods; means in the values' unit."""

    mean: float | None
    expected: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class LinearPosition:
    """One provider's mean beside what the model expects of its patients.

    Parameters
    ----------
    band
        "exemplary", "as expected", "review" or "insufficient", by ``z_adjusted``.
    stands_out
        Whether ``z_adjusted`` is beyond the threshold for all comparisons together.
    mean, expected
        Observed, and among these patients at an average provider.
    difference, difference_interval
        mean - expected, with normal limits from the standard deviation within providers.
    estimate, interval
        The adjusted mean: that of all values plus the difference, with its limits.
    z, z_adjusted
        Of the difference, and with the overdispersion of all providers.
    funnel
        Limits around a difference of 0 at this provider's own number of values.
    """

    band: str
    stands_out: bool
    mean: float
    expected: float
    difference: float
    difference_interval: Interval
    estimate: float
    interval: Interval
    z: float
    z_adjusted: float
    funnel: FunnelPosition


def linear_result(state: ModelState) -> LinearResult:
    """Compute everything that the sums say."""
    design, scale = state.fitted_model.design, ValueScale.of(state)
    model = fitted(state.plain_fit, design.unscaled() * scale.half, float(state.weight))
    first, *others = model.coefficients.items()
    residuals = state.residuals
    spread = overdispersion(
        residuals.providers, residuals.z_squared, residuals.weights, residuals.weights_squared
    )
    return LinearResult(
        coefficients=dict([(first[0], first[1] + scale.centre), *others]),
        standard_errors=model.standard_errors,
        covariance=model.covariance,
        residual_sd=scale.half * sqrt(model.dispersion),
        r_squared=max(0.0, 1 - residual_squares(state) / state.scatter) if state.scatter else 0.0,
        steps=model.steps,
        mean=scale.centre + scale.half * state.outcome / state.weight,
        expected=scale.centre + scale.half * residuals.expected / state.weight,
        within_sd=scale.half * sqrt(state.within) if state.within else None,
        phi=spread.phi,
        tau2=scale.half**2 * spread.tau2,
        overdispersed=spread.evident,
        false_alarms=expected_false_alarms(LEVEL, state.totals.providers),
        joint_z=joint_threshold(state.totals.providers),
        joined=state.fitted_model.joined,
        left_out=state.fitted_model.left_out,
    )


def linear_period(state: ModelState, sums: PeriodSums) -> LinearPeriodResult:
    """Return the figures of one period; None in a period without a single value."""
    if not sums.observed:
        return LinearPeriodResult(None, None, None)
    scale = ValueScale.of(state)
    mean, expected = (
        scale.centre + scale.half * total / sums.observed for total in (sums.outcome, sums.expected)
    )
    return LinearPeriodResult(mean, expected, mean - expected)


def linear_position(
    state: ModelState, result: LinearResult, own: Patterns
) -> LinearPosition | None:
    """Return where a provider stands; None where values do not vary within providers."""
    if result.within_sd is None:
        return None
    scale, count, sd = ValueScale.of(state), round(float(own.weight.sum())), result.within_sd
    mean, expected = (scale.centre + scale.half * each for each in means_of(state, own))
    difference, half = mean - expected, normal_quantile(LEVEL) * sd / sqrt(count)
    z = mean_z_score(mean, count, expected, sd)
    z_adjusted = mean_z_score(mean, count, expected, sd, result.tau2)
    assert z is not None and z_adjusted is not None
    measure = state.subject.measure
    enough = count >= measure.minimum_denominator
    return LinearPosition(
        band=classify(z_adjusted, count, measure.direction, measure.minimum_denominator).value,
        stands_out=enough and abs(z_adjusted) >= result.joint_z,
        mean=mean,
        expected=expected,
        difference=difference,
        difference_interval=_around(difference, half),
        estimate=result.mean + difference,
        interval=_around(result.mean + difference, half),
        z=z,
        z_adjusted=z_adjusted,
        funnel=FunnelPosition(
            kind="normal",
            target=0.0,
            limits=_limits(count, sd, 0.0),
            adjusted_limits=_limits(count, sd, result.tau2),
            adjusted=result.overdispersed,
        ),
    )


def _around(value: float, half: float) -> Interval:
    return Interval(value - half, value + half, LEVEL, "normal")


def _limits(count: int, sd: float, tau2: float) -> Limits:
    found = {level: mean_funnel_limits(count, 0.0, sd, level, tau2) for level in LEVELS}
    return {str(level): (each.lower, each.upper) for level, each in found.items()}
