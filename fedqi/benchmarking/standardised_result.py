"""What the ``standardised`` analysis releases."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedqi.benchmarking.standardised_state import ModelState, Residuals
from fedqi.stats import overdispersion
from fedqi.stats.calibration import CalibrationGroup, c_statistic, calibration_table
from fedqi.stats.hierarchical_effect import expected_false_alarms
from fedqi.stats.intervals import normal_quantile
from fedqi.stats.regression import FittedModel, fitted

LEVEL = 0.95
"""Of intervals and of a single comparison."""


@dataclass(frozen=True, slots=True)
class ModelSpread:
    """Observed against what a model expects, over all sites.

    Parameters
    ----------
    expected
        Sum of E.
    ratio
        Sum of O over sum of E; 1 for the fitted model.
    phi, tau2
        Overdispersion of O / E, and additive variance between providers on its scale.
    overdispersed
        Whether phi is so far above 1 that the adjusted limits are the ones to use.
    """

    expected: float
    ratio: float
    phi: float
    tau2: float
    overdispersed: bool


@dataclass(frozen=True, slots=True)
class FailedAnalysis:
    """What an analysis releases that found no model; nobody has a position in it.

    Parameters
    ----------
    failed
        What was found, what was expected, and who must act.
    """

    failed: str


@dataclass(frozen=True, slots=True)
class StandardisedResult:
    """The released figures of a risk model.

    Parameters
    ----------
    coefficients, standard_errors
        By name of the column, in model order.
    covariance
        Rows in that order.
    log_likelihood, deviance
        Of Bernoulli rows, without combinatorial constant.
    steps
        Sums that the regression took.
    rate
        Sum O / sum N, by which ratios become rates.
    phi, tau2, overdispersed, expected
        See :class:`ModelSpread`.
    false_alarms
        How many of as many average providers a single comparison at 95 % would call to review.
    joint_z
        z beyond which a provider stands out among all (Bonferroni, 5 % in all).
    c_statistic
        From patients by score; None where no two bins have enough sites.
    calibration
        Observed and expected in groups of similar risk; empty where no two bins stand.
    joined
        Category -> levels that too few sites have, joined to its reference level.
    left_out
        Terms that too few sites support.
    reference
        The frozen model's spread, where the measure brings one.
    """

    coefficients: Mapping[str, float]
    standard_errors: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    deviance: float | None
    steps: int
    rate: float
    expected: float
    phi: float
    tau2: float
    overdispersed: bool
    false_alarms: float
    joint_z: float
    c_statistic: float | None = None
    calibration: tuple[CalibrationGroup, ...] = ()
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    reference: ModelSpread | None = None


def standardised_result(state: ModelState) -> StandardisedResult:
    """Compute everything that the sums say."""
    return result_of(state, fitted(state.plain_fit, state.fitted_model.design.unscaled()))


def result_of(state: ModelState, model: FittedModel) -> StandardisedResult:
    """Join a fitted model with how well it fits."""
    spread = spread_of(state, state.residuals)
    histogram = state.histogram
    return StandardisedResult(
        coefficients=model.coefficients,
        standard_errors=model.standard_errors,
        covariance=model.covariance,
        log_likelihood=model.log_likelihood,
        deviance=model.deviance,
        steps=model.steps,
        rate=state.totals.observed / state.totals.denominator,
        expected=spread.expected,
        phi=spread.phi,
        tau2=spread.tau2,
        overdispersed=spread.overdispersed,
        false_alarms=expected_false_alarms(LEVEL, state.totals.providers),
        joint_z=joint_threshold(state.totals.providers),
        c_statistic=c_statistic(histogram.patients, histogram.events) if histogram else None,
        calibration=calibration_table(state.edges, histogram) if histogram else (),
        joined=state.fitted_model.joined,
        left_out=state.fitted_model.left_out,
        reference=spread_of(state, state.reference) if state.reference else None,
    )


def joint_threshold(providers: int) -> float:
    """Return the z beyond which one of so many providers stands out among all."""
    return normal_quantile(1 - (1 - LEVEL) / max(1, providers))


def spread_of(state: ModelState, residuals: Residuals) -> ModelSpread:
    """Return observed over expected, and how much more providers differ than chance explains."""
    spread = overdispersion(
        residuals.providers, residuals.z_squared, residuals.weights, residuals.weights_squared
    )
    expected = residuals.expected
    return ModelSpread(
        expected=expected,
        ratio=state.totals.observed / expected if expected > 0 else 0.0,
        phi=spread.phi,
        tau2=spread.tau2,
        overdispersed=spread.evident,
    )
