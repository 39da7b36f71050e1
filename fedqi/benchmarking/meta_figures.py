"""What ``meta`` releases, and where one provider stands."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

from fedqi.benchmarking.meta_state import MetaState
from fedqi.benchmarking.standardised_result import LEVEL, joint_threshold
from fedqi.measures import Cell
from fedqi.stats import Interval, RandomEffects, classify, heterogeneity, normal_quantile
from fedqi.stats import random_effects as pooled_effects


@dataclass(frozen=True, slots=True)
class MetaResult:
    """The released figures; rates are told back from log odds or log rates.

    Parameters
    ----------
    scale
        "log odds" of a proportion, "log rate" of a rate.
    mean, mean_se
        μ on that scale, and its standard error.
    rate, interval
        That of the median hospital, with its interval.
    prediction
        Where the true rate of another hospital lies.
    tau2
        Variance between hospitals on the scale; 0: no variation beyond chance.
    q, p_value
        Cochran's Q, and the probability of as much by chance.
    i2
        Share of the variation between estimates that is not chance, 0 to 1.
    joint_z
        z beyond which a provider stands out among all (Bonferroni, 5 % in all).
    """

    scale: str
    mean: float
    mean_se: float
    rate: float
    interval: Interval
    prediction: Interval
    tau2: float
    q: float
    p_value: float
    i2: float
    joint_z: float


@dataclass(frozen=True, slots=True)
class MetaPosition:
    """One provider among others that differ as hospitals do.

    Parameters
    ----------
    band
        "exemplary", "as expected", "review" or "insufficient", by ``z_adjusted``.
    stands_out
        Whether ``z_adjusted`` is beyond the threshold for all comparisons together.
    estimate, interval
        The own rate and its normal limits on the scale of the estimates; with one half added
        where there is no event, or nothing else.
    shrunken, shrunken_interval
        The best linear unbiased prediction of the true rate.
    reliability
        τ²/(τ²+v), the weight of the own data in it.
    z, z_adjusted
        Distance from μ in standard errors, without and with τ².
    """

    band: str
    stands_out: bool
    estimate: float
    interval: Interval
    shrunken: float
    shrunken_interval: Interval
    reliability: float
    z: float
    z_adjusted: float


def effects_of(state: MetaState) -> RandomEffects:
    """Return the distribution of the true values, told from the centre."""
    assert state.random is not None
    return pooled_effects(*state.random, state.tau2)


def meta_result(state: MetaState) -> MetaResult:
    """Compute everything that the sums say."""
    assert state.fixed is not None
    effects, spread, rate = effects_of(state), heterogeneity(state.fixed), rate_of(state)
    return MetaResult(
        scale="log rate" if state.is_rate else "log odds",
        mean=state.centre + effects.mean,
        mean_se=effects.mean_se,
        rate=rate(effects.mean),
        interval=told(effects.interval(LEVEL), rate),
        prediction=told(effects.prediction(LEVEL), rate),
        tau2=state.tau2,
        q=spread.q,
        p_value=spread.p_value,
        i2=spread.i2,
        joint_z=joint_threshold(spread.units),
    )


def meta_position(state: MetaState, result: MetaResult, cell: Cell) -> MetaPosition:
    """Return where a provider with patients stands."""
    effects, own, rate = effects_of(state), state.estimate(cell), rate_of(state)
    difference, reach = own.value - effects.mean, normal_quantile(LEVEL)
    z_adjusted = difference / sqrt(own.variance + state.tau2)
    measure = state.subject.measure
    minimum = measure.minimum_denominator
    band = classify(z_adjusted, cell.denominator, measure.direction, minimum)
    shrunken, error = effects.shrunken(own), reach * effects.shrunken_se(own)
    half = reach * sqrt(own.variance)
    return MetaPosition(
        band=band.value,
        stands_out=cell.denominator >= minimum and abs(z_adjusted) >= result.joint_z,
        estimate=rate(own.value),
        interval=told(around(own.value, half), rate),
        shrunken=rate(shrunken),
        shrunken_interval=told(around(shrunken, error), rate),
        reliability=effects.reliability(own.variance),
        z=difference / sqrt(own.variance),
        z_adjusted=z_adjusted,
    )


def around(value: float, half: float) -> Interval:
    """Return a normal interval on the scale of the estimates."""
    return Interval(value - half, value + half, LEVEL, "random_effects")


def rate_of(state: MetaState) -> Callable[[float], float]:
    """Return what turns an estimate told from the centre into a rate."""
    centre = state.centre
    if state.is_rate:
        return lambda value: exp(centre + value)
    return lambda value: 1 / (1 + exp(-(centre + value)))


def told(interval: Interval, rate: Callable[[float], float]) -> Interval:
    """Return an interval as rates."""
    return Interval(rate(interval.lower), rate(interval.upper), interval.level, interval.method)
