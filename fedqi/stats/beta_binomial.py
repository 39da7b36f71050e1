"""Maximum likelihood of the beta-binomial distribution, from six sums per step.

The log-likelihood is written with the dispersion θ = 1/(α+β) = ρ/(1-ρ), in which it is smooth at 0:
there it is the binomial one, and a federation finds out from the sums whether that is the maximum.
"""

from collections.abc import Iterator, Sequence
from math import exp, log

import numpy as np

from fedqi.stats.shrinkage import BetaBinomial
from fedqi.stats.summed_ascent import (
    Ascent,
    LikelihoodSums,
    Point,
    ascent_from,
    climbed_to_the_top,
    dispersion_of,
)

_CHUNK = 1 << 16


def beta_binomial_start(moments: BetaBinomial) -> Ascent | None:
    """Return the state before the first sums, at the moment estimate.

    Parameters
    ----------
    moments
        From :func:`fedqi.stats.shrinkage.moment_beta_binomial`.

    Returns
    -------
    Ascent or None
        None where nothing or everything happens: the moments are final, nobody differs.
    """
    if not 0 < moments.mean < 1:
        return None
    return ascent_from(log(moments.mean / (1 - moments.mean)), moments.rho)


def beta_binomial_sums(counts: Sequence[tuple[int, int]], point: Point) -> LikelihoodSums:
    """Return what a site adds: log-likelihood and derivatives at ``point``.

    With μ = 1/(1+exp(-η)) and θ = 1/(α+β), each provider adds
    ``Σ_{j<r} ln(μ+jθ) + Σ_{j<n-r} ln(1-μ+jθ) - Σ_{j<n} ln(1+jθ)``, the beta-binomial probability
    without its binomial coefficient. Time grows with Σn, memory does not.

    Parameters
    ----------
    counts
        (r, n) per provider, 0 <= r <= n.
    point
        (η, ρ) with ρ = 1/(α+β+1).

    Raises
    ------
    ValueError
        If a pair is no proportion, or ρ outside its range.

    References
    ----------
    Griffiths DA (1973). Biometrics 29:637-648. doi:10.2307/2529131
    """
    eta, rho = point
    theta = dispersion_of(rho)
    if any(not 0 <= r <= n for r, n in counts):
        raise ValueError("a provider's events are not within 0 and its patients")
    mean = 1 / (1 + exp(-eta))
    events, others, all_of = (
        _terms([c[0] for c in counts], mean, theta),
        _terms([n - r for r, n in counts], 1 - mean, theta),
        _terms([c[1] for c in counts], 1.0, theta),
    )
    value, theta1, theta2 = (events[i] + others[i] - all_of[i] for i in range(3))
    by_mean, by_mean2 = events[3] - others[3], events[4] + others[4]
    mixed = events[5] - others[5]
    slope = mean * (1 - mean)
    return LikelihoodSums(
        value,
        slope * by_mean,
        theta1,
        slope * slope * by_mean2 + slope * (1 - 2 * mean) * by_mean,
        slope * mixed,
        theta2,
    ).by_correlation(rho)


def beta_binomial_at(ascent: Ascent) -> BetaBinomial:
    """Return the distribution at the point of a finished ascent."""
    eta, rho = ascent.point
    return BetaBinomial(1 / (1 + exp(-eta)), rho)


def fit_beta_binomial(
    counts: Sequence[tuple[int, int]], moments: BetaBinomial
) -> tuple[BetaBinomial, int]:
    """Return the maximum-likelihood distribution, and how many sums a federation would need."""
    start = beta_binomial_start(moments)
    if start is None:
        return moments, 0
    top = climbed_to_the_top(start, lambda point: beta_binomial_sums(counts, point))
    return beta_binomial_at(top), top.steps


def _terms(lengths: Sequence[int], base: float, theta: float) -> tuple[float, ...]:
    """Return Σ ln u and its derivatives by θ, θθ, base, base², both; u = base + jθ, j < length."""
    totals = np.zeros(6)
    for j in _ranges(lengths):
        u = base + j * theta
        ratio = j / u
        totals += (
            np.log(u).sum(),
            ratio.sum(),
            -(ratio * ratio).sum(),
            (1 / u).sum(),
            -(1 / (u * u)).sum(),
            -(ratio / u).sum(),
        )
    return tuple(float(each) for each in totals)


def _ranges(lengths: Sequence[int]) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Yield 0, 1, ... below each length, in pieces of bounded size."""
    for length in lengths:
        for start in range(0, length, _CHUNK):
            yield np.arange(start, min(start + _CHUNK, length), dtype=np.float64)
