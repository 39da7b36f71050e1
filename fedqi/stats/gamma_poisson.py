"""Empirical-Bayes shrinkage of ratios O/E and of rates, from sums.

O is Poisson with mean λᵢE and the λᵢ of the sites follow a gamma distribution. For a rate, E is
the exposure (bed days, person-years) and λ the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from fedqi.stats.intervals import Interval, upper_tail
from fedqi.stats.summed_ascent import (
    Ascent,
    LikelihoodSums,
    Point,
    ascent_from,
    climbed_to_the_top,
    dispersion_of,
)

_CHUNK = 1 << 16
_SERIES = 0.05
_TERMS = np.array([(-1) ** (i + 1) * (i + 1) / (i + 2) for i in range(14)])

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GammaPoisson:
    """A gamma distribution of the sites' true ratios or rates.

    Parameters
    ----------
    mean
        Mean λ of the true ratios.
    dispersion
        Squared coefficient of variation θ = 1/a >= 0; 0 means no variation beyond chance, where
        shape and rate are infinite and given as None.
    """

    mean: float
    dispersion: float

    @property
    def varies(self) -> bool:
        """Whether the sites differ beyond chance."""
        return self.dispersion > 0 and self.mean > 0

    @property
    def shape(self) -> float | None:
        """A = 1/θ; None without variation."""
        return 1 / self.dispersion if self.varies else None

    @property
    def rate(self) -> float | None:
        """B = a/λ, the expected count (or exposure) the common mean is worth; or None."""
        return 1 / (self.dispersion * self.mean) if self.varies else None

    @property
    def prior_expected(self) -> float:
        """b, infinite without variation."""
        return self.rate if self.rate is not None else inf

    @property
    def between_site_sd(self) -> float:
        """Standard deviation of the true ratios, λ√θ."""
        return self.mean * sqrt(self.dispersion)

    def reliability(self, expected: float) -> float:
        """Return E/(E+b): the share of a site's variance that is signal."""
        weight = self.dispersion * self.mean * expected
        return weight / (1 + weight)

    def shrunken(self, observed: float, expected: float) -> float:
        """Return the posterior mean (a+O)/(b+E): a site's ratio drawn to the mean."""
        weight = self.reliability(expected)
        own = observed / expected if expected > 0 else self.mean
        return weight * own + (1 - weight) * self.mean

    def interval(self, observed: float, expected: float, level: float = 0.95) -> Interval:
        """Return the equal-tailed posterior interval, Gamma(a+O, b+E); [λ, λ] at θ = 0."""
        from scipy.special import gammaincinv

        tail = 1 - upper_tail(level)
        if self.shape is None or self.rate is None:
            return Interval(self.mean, self.mean, level, "gamma_posterior")
        shape, rate = self.shape + observed, self.rate + expected
        lower, upper = (float(gammaincinv(shape, p)) / rate for p in (tail, 1 - tail))
        return Interval(lower, upper, level, "gamma_posterior")

    def probability_above(self, threshold: float, observed: float, expected: float) -> float:
        """Return the posterior probability of a ratio above ``threshold``; 0 or 1 at θ = 0."""
        from scipy.special import gammaincc

        if self.shape is None or self.rate is None:
            return float(self.mean > threshold)
        return float(gammaincc(self.shape + observed, (self.rate + expected) * max(threshold, 0.0)))


def moment_gamma_poisson(
    units: int, observed: float, expected: float, dispersion: float, expected_squared: float
) -> GammaPoisson:
    """Return the moment estimate with weights E, the Poisson counterpart of Kleinman's.

    With λ = ΣO/ΣE and ``S = Σ E(O/E - λ)² = Σ(O-λE)²/E``, whose mean is
    ``λ(N-1) + λ²θ(ΣE - ΣE²/ΣE)``: ``θ = (S - λ(N-1)) / (λ² (ΣE - ΣE²/ΣE))``.

    Parameters
    ----------
    units
        Sites or providers with E > 0, N.
    observed, expected
        Σ O and Σ E > 0.
    dispersion
        S, summed once λ is public.
    expected_squared
        Σ E².

    Returns
    -------
    GammaPoisson
        θ = 0 where S does not exceed what chance gives, without events, or where N < 2.

    Raises
    ------
    ValueError
        If nothing is expected.

    References
    ----------
    Marshall RJ (1991). J R Stat Soc C 40:283-294. doi:10.2307/2347593
    """
    if expected <= 0:
        raise ValueError("nothing is expected, so there is no ratio to estimate")
    mean = observed / expected
    freedom = expected - expected_squared / expected
    excess = dispersion - mean * (units - 1)
    if units < 2 or mean <= 0 or freedom <= 0 or excess <= 0:
        return GammaPoisson(mean, 0.0)
    return GammaPoisson(mean, excess / (mean * mean * freedom))


def gamma_poisson_start(moments: GammaPoisson) -> Ascent | None:
    """Return the state before the first sums; None without events, where nobody differs."""
    if moments.mean <= 0:
        return None
    return ascent_from(log(moments.mean), moments.dispersion / (1 + moments.dispersion))


def gamma_poisson_sums(counts: Sequence[tuple[int, float]], point: Point) -> LikelihoodSums:
    """Return what a site adds: log-likelihood and derivatives at ``point``.

    With m = λE, each provider adds
    ``Σ_{j<O} ln(1+jθ) + O ln m - O ln(1+θm) - ln(1+θm)/θ``, the negative binomial probability
    without 1/O!; at θ = 0 it is the Poisson one. Time grows with ΣO, memory does not.

    Parameters
    ----------
    counts
        (O, E) per provider, O a whole number >= 0 and E > 0.
    point
        (ln λ, ρ) with ρ = θ/(1+θ).

    Raises
    ------
    ValueError
        If a count is negative, some E not above 0, or ρ outside its range.

    References
    ----------
    Clayton D, Kaldor J (1987). Biometrics 43:671-681. doi:10.2307/2532003
    """
    zeta, rho = point
    theta = dispersion_of(rho)
    if any(o < 0 or e <= 0 for o, e in counts):
        raise ValueError("a count is negative, or an expected count is not above 0")
    o = np.array([c[0] for c in counts], dtype=np.float64)
    e = np.array([c[1] for c in counts], dtype=np.float64)
    m = exp(zeta) * e
    x = theta * m
    spread = 1 + x
    value, theta1, theta2 = _rising([c[0] for c in counts], theta)
    shared, shared1, shared2 = _log_ratio(x)
    return LikelihoodSums(
        value + float((o * np.log(m) - o * np.log1p(x) - m * shared).sum()),
        float(((o - m) / spread).sum()),
        theta1 - float((o * m / spread + m**2 * shared1).sum()),
        -float((m * (1 + theta * o) / spread**2).sum()),
        -float(((o - m) * m / spread**2).sum()),
        theta2 + float(((o * m**2) / spread**2 - m**3 * shared2).sum()),
    ).by_correlation(rho)


def gamma_poisson_at(ascent: Ascent) -> GammaPoisson:
    """Return the distribution at the point of a finished ascent."""
    return GammaPoisson(exp(ascent.point[0]), dispersion_of(ascent.point[1]))


def fit_gamma_poisson(
    counts: Sequence[tuple[int, float]], moments: GammaPoisson
) -> tuple[GammaPoisson, int]:
    """Return the maximum-likelihood distribution, and how many sums a federation would need."""
    start = gamma_poisson_start(moments)
    if start is None:
        return moments, 0
    top = climbed_to_the_top(start, lambda point: gamma_poisson_sums(counts, point))
    return gamma_poisson_at(top), top.steps


def _rising(counts: Sequence[int], theta: float) -> tuple[float, float, float]:
    """Return Σ_{j<O} ln(1+jθ) over all counts, and its two derivatives by θ."""
    totals = np.zeros(3)
    for count in counts:
        for start in range(0, count, _CHUNK):
            j = np.arange(start, min(start + _CHUNK, count), dtype=np.float64)
            ratio = j / (1 + j * theta)
            totals += np.log1p(j * theta).sum(), ratio.sum(), -(ratio * ratio).sum()
    return float(totals[0]), float(totals[1]), float(totals[2])


def _log_ratio(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ln(1+x)/x and its first two derivatives; near 0 from the series, not a difference."""
    near = np.abs(x) < _SERIES
    safe = np.where(near, 1.0, x)
    first = np.where(
        near, np.polynomial.Polynomial(_TERMS)(x), (safe / (1 + safe) - np.log1p(safe)) / safe**2
    )
    second = np.where(
        near,
        np.polynomial.Polynomial(_TERMS).deriv()(x),
        -(1 / (1 + safe) ** 2 + 2 * first) / safe,
    )
    value = np.where(x == 0, 1.0, np.log1p(x) / np.where(x == 0, 1.0, x))
    return value, first, second
