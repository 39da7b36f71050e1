"""Where one provider stands against a risk model; computed at its own site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_position import (
    LEVELS,
    FunnelPosition,
    Limits,
    RatioPosition,
    pair,
)
from fedqi.benchmarking.standardised_patients import expectation, frozen_coefficients
from fedqi.benchmarking.standardised_periods import OverTime, over_time
from fedqi.benchmarking.standardised_result import ModelSpread, StandardisedResult
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.stats import (
    FunnelKind,
    Interval,
    adjusted_ratio_limits,
    classify,
    exact_poisson,
    ratio_funnel_limits,
)
from fedqi.stats.regression_blocks import Patterns


@dataclass(frozen=True, slots=True)
class ReferencePosition:
    """One provider against the frozen reference model."""

    expected: float
    ratio: RatioPosition


@dataclass(frozen=True, slots=True)
class StandardisedPosition:
    """One provider's figures beside what the model expects of its patients.

    Parameters
    ----------
    band
        "exemplary", "as expected", "review" or "insufficient", by ``z_adjusted``.
    stands_out
        Whether ``z_adjusted`` is beyond the threshold for all comparisons together.
    expected
        E, events among these patients at an average provider.
    estimate, interval
        O / E times the rate of all sites, with exact Poisson limits.
    z, z_adjusted
        (O - E) / sqrt(V), and with the overdispersion of all providers.
    ratio
        O / E.
    funnel
        Limits around a ratio of 1 at this provider's own E.
    reference
        Against the frozen model, where the measure brings one.
    over_time
        CUSUM and VLAD, over all periods of a calendar.
    """

    band: str
    stands_out: bool
    expected: float
    estimate: float
    interval: Interval
    z: float
    z_adjusted: float
    ratio: RatioPosition
    funnel: FunnelPosition
    reference: ReferencePosition | None = None
    over_time: OverTime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """One provider's patients.

    Parameters
    ----------
    patterns
        In the scaled columns of the fitted model.
    reference
        In the columns of the frozen model; None without one.
    series
        Period -> those of one period of a calendar, in order of time.
    """

    patterns: Patterns
    reference: Patterns | None = None
    series: Mapping[str, Patterns] = field(default_factory=dict)


def standardised_position(
    state: ModelState, result: StandardisedResult, own: Own
) -> StandardisedPosition | None:
    """Return where a provider stands, held against the model of all periods.

    Where the model is sure of every one of its patients there is nothing to stand against: None.
    """
    observed, expected, variance = expectation(own.patterns, state.coefficients, state.family)
    if not (expected > 0 and variance > 0):
        return None
    enough = own.patterns.weight.sum() >= state.subject.measure.minimum_denominator
    ratio = ratio_of(observed, expected, variance, result.tau2)
    return StandardisedPosition(
        band=band_of(state.subject, ratio.z_adjusted, own.patterns),
        stands_out=bool(enough) and abs(ratio.z_adjusted) >= result.joint_z,
        expected=expected,
        estimate=ratio.value * result.rate,
        interval=ratio.interval.scaled(result.rate),
        z=ratio.z,
        z_adjusted=ratio.z_adjusted,
        ratio=ratio,
        funnel=funnel_of(expected, ratio.adjusted_limits, result.overdispersed),
        reference=reference_of(state, result.reference, own.reference),
        over_time=over_time(state, own.series),
    )


def band_of(subject: Subject, z: float, own: Patterns) -> str:
    """Return the band of a provider with this z."""
    measure, patients = subject.measure, round(float(own.weight.sum()))
    return classify(z, patients, measure.direction, measure.minimum_denominator).value


def ratio_of(observed: float, expected: float, variance: float, tau2: float) -> RatioPosition:
    """Return O / E with exact limits; its variance is V / E², with tau2 beside it if adjusted."""
    value, squared = observed / expected, variance / expected**2
    return RatioPosition(
        value=value,
        interval=exact_poisson(observed).scaled(1 / expected),
        z=(value - 1) / sqrt(squared),
        z_adjusted=(value - 1) / sqrt(squared + tau2),
        # These limits have variance 1 / E, so that E² / V stands for the patients' own E.
        adjusted_limits={
            str(level): pair(adjusted_ratio_limits(1 / squared, level, tau2)) for level in LEVELS
        },
    )


def funnel_of(expected: float, adjusted: Limits, overdispersed: bool) -> FunnelPosition:
    """Return the limits around 1 at a provider's own size."""
    return FunnelPosition(
        kind=FunnelKind.SYMMETRIC.value,
        target=1.0,
        limits={str(level): pair(ratio_funnel_limits(expected, level)) for level in LEVELS},
        adjusted_limits=adjusted,
        adjusted=overdispersed,
    )


def reference_of(
    state: ModelState, spread: ModelSpread | None, own: Patterns | None
) -> ReferencePosition | None:
    """Return where a provider stands against the frozen model."""
    if spread is None or own is None:
        return None
    observed, expected, variance = expectation(own, frozen_coefficients(state), state.family)
    if not (expected > 0 and variance > 0):
        return None
    return ReferencePosition(expected, ratio_of(observed, expected, variance, spread.tau2))
