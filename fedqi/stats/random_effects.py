"""DerSimonian-Laird's random effects of site estimates, from two steps of sums.

For estimates with a standard error of their own (a mean, a log odds, a ratio), where the counts
behind them are not to be summed. Counts are better served by the beta-binomial or gamma-Poisson
distribution, which needs no correction for empty cells.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, log, sqrt

from fedqi.stats.intervals import Interval, normal_quantile


class Continuity(StrEnum):
    """When one half is added to events and to non-events before taking a log odds.

    - ONLY_ZERO: where either is 0.
    - ALWAYS: for every site. The two give different pooled values.
    """

    ONLY_ZERO = "only_zero"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One site's estimate y and its squared standard error v > 0, on one common scale."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class FixedSums:
    """First step, summed over sites, with w = 1/v.

    Parameters
    ----------
    units
        Estimates k.
    weights, weights_squared
        Σ w and Σ w².
    weighted, weighted_squares
        Σ w y and Σ w y².
    """

    units: int
    weights: float
    weights_squared: float
    weighted: float
    weighted_squares: float


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How much more the estimates differ than their standard errors explain.

    Parameters
    ----------
    units
        Estimates k.
    q
        Cochran's Q, about χ² with k-1 degrees of freedom by chance.
    tau2
        Variance of the true values between sites, on the squared scale of the estimates.
    """

    units: int
    q: float
    tau2: float

    @property
    def i2(self) -> float:
        """Share of the variation that is not chance, max(0, (Q - (k-1))/Q), from 0 to 1."""
        return max(0.0, (self.q - (self.units - 1)) / self.q) if self.q > 0 else 0.0

    @property
    def p_value(self) -> float:
        """Probability of a Q this large by chance; 1 with fewer than two estimates."""
        from scipy.special import gammaincc

        return float(gammaincc((self.units - 1) / 2, self.q / 2)) if self.units > 1 else 1.0


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Distribution of the true values between sites.

    Parameters
    ----------
    mean, mean_se
        Mean μ and its standard error.
    tau2
        Variance between sites; 0 means no variation beyond chance.
    """

    mean: float
    mean_se: float
    tau2: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return the normal interval of μ."""
        half = normal_quantile(level) * self.mean_se
        return Interval(self.mean - half, self.mean + half, level, "dersimonian_laird")

    def prediction(self, level: float = 0.95) -> Interval:
        """Return where the true value of a new site lies: μ ± z√(τ² + se²)."""
        half = normal_quantile(level) * sqrt(self.tau2 + self.mean_se**2)
        return Interval(self.mean - half, self.mean + half, level, "prediction")

    def reliability(self, variance: float) -> float:
        """Return τ²/(τ²+v): the share of a site's variance that is signal."""
        return self.tau2 / (self.tau2 + variance)

    def shrunken(self, estimate: Estimate) -> float:
        """Return the best linear unbiased prediction, λy + (1-λ)μ with λ the reliability."""
        weight = self.reliability(estimate.variance)
        return weight * estimate.value + (1 - weight) * self.mean

    def shrunken_se(self, estimate: Estimate) -> float:
        """Return √(λv + (1-λ)² se²), the prediction's standard error given τ²."""
        weight = self.reliability(estimate.variance)
        return sqrt(weight * estimate.variance + ((1 - weight) * self.mean_se) ** 2)


def logit_estimate(
    observed: int, denominator: int, continuity: Continuity = Continuity.ONLY_ZERO
) -> Estimate:
    """Return a site's log odds and their variance 1/r + 1/(n-r).

    Raises
    ------
    ValueError
        If not 0 <= r <= n with n > 0.
    """
    _require_proportion(observed, denominator)
    others = denominator - observed
    add = 0.5 if continuity is Continuity.ALWAYS or observed == 0 or others == 0 else 0.0
    return Estimate(
        log((observed + add) / (others + add)), 1 / (observed + add) + 1 / (others + add)
    )


def log_rate_estimate(observed: int, exposure: float) -> Estimate:
    """Return a site's log rate and its variance 1/r; one half is added where there is no event.

    Raises
    ------
    ValueError
        If r is negative or the exposure not above 0.
    """
    if observed < 0 or not exposure > 0:
        raise ValueError(f"{observed} events in an exposure of {exposure} are no rate")
    events = observed or 0.5
    return Estimate(log(events / exposure), 1 / events)


def arcsine_estimate(observed: float, denominator: float) -> Estimate:
    """Return asin √(r/n) and its variance 1/4n, which needs no correction at 0 or n events.

    Raises
    ------
    ValueError
        If not 0 <= r <= n with n > 0.

    References
    ----------
    Freeman MF, Tukey JW (1950). Ann Math Stat 21:607-611. doi:10.1214/aoms/1177729756
    """
    _require_proportion(observed, denominator)
    return Estimate(asin(sqrt(observed / denominator)), 1 / (4 * denominator))


def fixed_sums(estimates: list[Estimate]) -> FixedSums:
    """Return what a site adds in the first step.

    Raises
    ------
    ValueError
        If a variance is not above 0.
    """
    if any(not each.variance > 0 for each in estimates):
        raise ValueError("an estimate's variance is not above 0")
    weights = [1 / each.variance for each in estimates]
    pairs = [(w, each.value) for w, each in zip(weights, estimates, strict=True)]
    return FixedSums(
        len(estimates),
        sum(weights),
        sum(w * w for w in weights),
        sum(w * y for w, y in pairs),
        sum(w * y * y for w, y in pairs),
    )


def heterogeneity(sums: FixedSums) -> Heterogeneity:
    """Return Q and τ² from the totals of the first step.

    ``Q = Σwy² - (Σwy)²/Σw``; ``τ² = max(0, (Q - (k-1)) / (Σw - Σw²/Σw))``.

    Returns
    -------
    Heterogeneity
        τ² = 0 with fewer than two estimates, or where Q does not exceed what chance gives.

    Raises
    ------
    ValueError
        If there is no estimate.

    References
    ----------
    DerSimonian R, Laird N (1986). Control Clin Trials 7:177-188.
    doi:10.1016/0197-2456(86)90046-2
    """
    if sums.weights <= 0:
        raise ValueError("there is no estimate to pool")
    q = max(0.0, sums.weighted_squares - sums.weighted**2 / sums.weights)
    freedom = sums.weights - sums.weights_squared / sums.weights
    excess = q - (sums.units - 1)
    tau2 = excess / freedom if sums.units > 1 and freedom > 0 and excess > 0 else 0.0
    return Heterogeneity(sums.units, q, tau2)


def random_sums(estimates: list[Estimate], tau2: float) -> tuple[float, float]:
    """Return what a site adds in the second step: Σw* and Σw*y with w* = 1/(v+τ²)."""
    weights = [1 / (each.variance + tau2) for each in estimates]
    return sum(weights), sum(w * each.value for w, each in zip(weights, estimates, strict=True))


def random_effects(weights: float, weighted: float, tau2: float) -> RandomEffects:
    """Return μ = Σw*y/Σw* with standard error 1/√Σw* from the totals of the second step.

    Raises
    ------
    ValueError
        If the weights are not above 0.

    References
    ----------
    DerSimonian R, Laird N (1986). Control Clin Trials 7:177-188.
    doi:10.1016/0197-2456(86)90046-2
    """
    if weights <= 0:
        raise ValueError("there is no estimate to pool")
    return RandomEffects(weighted / weights, 1 / sqrt(weights), tau2)


def _require_proportion(observed: float, denominator: float) -> None:
    if not 0 <= observed <= denominator or denominator <= 0:
        raise ValueError(f"{observed} of {denominator} is not a proportion")
