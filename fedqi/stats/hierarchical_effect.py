"""Where one provider stands in a fitted random-intercept model; computed at its own site."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from fedqi.stats.intervals import Interval, normal_quantile
from fedqi.stats.provider_likelihood import log_likelihoods, provider_mode
from fedqi.stats.regression_blocks import Family, Floats, Patterns, link_inverse

_LEGENDRE_NODES = 100
_NEGLIGIBLE = 40.0
"""Fall of the log posterior density beyond which nothing is integrated: exp(-40) of the peak."""


@dataclass(frozen=True, slots=True)
class ProviderEffect:
    """One provider beside the average one.

    Parameters
    ----------
    effect, effect_sd
        Conditional mode on the logit scale and its standard deviation, given the estimates.
    predicted, expected
        Events among its patients with its own effect, and with the average one (0).
    ratio
        predicted / expected.
    interval
        Of the ratio, from effect ± z effect_sd.
    probability_above
        Posterior probability that its effect is above the average one.
    """

    effect: float
    effect_sd: float
    predicted: float
    expected: float
    ratio: float
    interval: Interval
    probability_above: float


def provider_effect(
    patterns: Patterns, coefficients: ArrayLike, sigma: float, level: float = 0.95
) -> ProviderEffect:
    """Return effect, ratio of predicted to expected events, and probability of being above.

    The ratio is that of the CMS outcome measures: both sums are over the provider's own patients,
    and the expected one has the average provider's intercept. Over all providers predicted and
    expected do not add up alike.

    Parameters
    ----------
    patterns
        Of one provider, at least one patient.
    coefficients
        Estimates, shape ``(p,)``.
    sigma
        Estimated standard deviation between providers; 0 where they do not differ.
    level
        Of the interval.

    References
    ----------
    Krumholz HM et al. (2006). Circulation 113:1683-1692.
    Normand SLT, Shahian DM (2007). Statistical Science 22:206-226.
    """
    predictor = patterns.design @ np.asarray(coefficients, dtype=np.float64)
    mode = provider_mode(patterns, predictor, sigma)
    effect, spread = sigma * mode.peak, sigma * mode.width
    z = normal_quantile(level)
    expected = _events(patterns, predictor)
    low, middle, high = (
        _events(patterns, predictor + effect + shift) for shift in (-z * spread, 0.0, z * spread)
    )
    return ProviderEffect(
        effect=effect,
        effect_sd=spread,
        predicted=middle,
        expected=expected,
        ratio=middle / expected,
        interval=Interval(low, high, level, "conditional_mode").scaled(1 / expected),
        probability_above=probability_above(patterns, predictor, sigma),
    )


def _events(patterns: Patterns, predictor: Floats) -> float:
    return float(patterns.weight @ link_inverse(predictor, Family.BINOMIAL))


def probability_above(patterns: Patterns, predictor: Floats, sigma: float) -> float:
    """Return the posterior probability that a provider's effect is above 0, by quadrature.

    The estimates are taken as known. Without spread between providers (sigma 0) it is one half:
    nothing tells the provider from the average.

    Parameters
    ----------
    patterns
        Of one provider.
    predictor
        ``x'beta`` of its patterns, shape ``(g,)``.
    sigma
        Standard deviation between providers.
    """
    if sigma == 0:
        return 0.5
    mode = provider_mode(patterns, predictor, sigma)

    def heights(effects: Floats) -> Floats:
        return log_likelihoods(patterns, predictor, sigma * effects) - effects**2 / 2

    top = float(heights(np.array([mode.peak]))[0])

    def end(direction: int) -> float:
        reach = mode.width
        while heights(np.array([mode.peak + direction * reach]))[0] > top - _NEGLIGIBLE:
            reach *= 1.5
        return mode.peak + direction * reach

    def mass(low: float, high: float) -> float:
        if low >= high:
            return 0.0
        nodes, weights = _legendre()
        half = (high - low) / 2
        return float(half * (weights @ np.exp(heights(low + half * (nodes + 1)) - top)))

    low, high = end(-1), end(1)
    above, below = mass(max(0.0, low), high), mass(low, min(0.0, high))
    return above / (above + below)


@cache
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_LEGENDRE_NODES)
    return nodes, weights


def individual_threshold(level: float, providers: int) -> float:
    """Return the probability beyond which one of many providers stands out.

    Each of N providers is called worse at most with probability (1 - level) / 2 / N if it is not,
    so that among all of them a false alarm has at most probability (1 - level) / 2 (Bonferroni).
    Rules that sort all providers' probabilities (Benjamini-Hochberg) need those of the others,
    and even how many stand out may not be told where they are fewer than the minimum; N is public.

    Parameters
    ----------
    level
        Two-sided level of a single comparison, for example 0.95.
    providers
        How many are compared.
    """
    return 1 - (1 - level) / 2 / max(1, providers)


def expected_false_alarms(level: float, providers: int) -> float:
    """Return how many of N average providers a single comparison would call worse by chance."""
    return providers * (1 - level) / 2
