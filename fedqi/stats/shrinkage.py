"""Empirical-Bayes shrinkage of proportions from sums of counts."""

from dataclasses import dataclass
from math import sqrt

from fedqi.stats.intervals import Interval, upper_tail

_LARGEST_RHO = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """A beta distribution of the sites' true proportions.

    Parameters
    ----------
    mean
        Mean μ of the true proportions.
    rho
        Intra-site correlation ρ = 1/(α+β+1), 0 <= ρ < 1; 0 means no variation beyond chance, where
        α and β are infinite and given as None.
    """

    mean: float
    rho: float

    @classmethod
    def of_shapes(cls, alpha: float, beta: float) -> "BetaBinomial":
        """Return the distribution with these shapes, both positive."""
        return cls(alpha / (alpha + beta), 1 / (alpha + beta + 1))

    @property
    def varies(self) -> bool:
        """Whether the sites differ beyond chance."""
        return self.rho > 0 and 0 < self.mean < 1

    @property
    def prior_patients(self) -> float:
        """M = α+β = 1/ρ - 1, the patients the common mean is worth; infinite at ρ = 0."""
        return 1 / self.rho - 1 if self.varies else float("inf")

    @property
    def alpha(self) -> float | None:
        """First shape, μM; None without variation."""
        return self.mean * self.prior_patients if self.varies else None

    @property
    def beta(self) -> float | None:
        """Second shape, (1-μ)M; None without variation."""
        return (1 - self.mean) * self.prior_patients if self.varies else None

    @property
    def between_site_sd(self) -> float:
        """Standard deviation of the true proportions, √(μ(1-μ)ρ)."""
        return sqrt(self.mean * (1 - self.mean) * self.rho) if self.varies else 0.0

    def reliability(self, denominator: float) -> float:
        """Return n/(n+α+β): the share of a site's variance that is signal.

        References
        ----------
        Adams JL (2009). The Reliability of Provider Profiling, RAND TR-653.
        """
        return denominator / (denominator + self.prior_patients) if self.varies else 0.0

    def shrunken(self, observed: float, denominator: float) -> float:
        """Return the posterior mean (α+r)/(α+β+n): a site's value drawn to the mean."""
        weight = self.reliability(denominator)
        own = observed / denominator if denominator > 0 else self.mean
        return weight * own + (1 - weight) * self.mean

    def interval(self, observed: float, denominator: float, level: float = 0.95) -> Interval:
        """Return the equal-tailed posterior interval, Beta(α+r, β+n-r); [μ, μ] at ρ = 0."""
        from scipy.special import betaincinv

        tail = 1 - upper_tail(level)
        if self.alpha is None or self.beta is None:
            return Interval(self.mean, self.mean, level, "beta_posterior")
        events, others = self.alpha + observed, self.beta + denominator - observed
        lower, upper = (float(betaincinv(events, others, p)) for p in (tail, 1 - tail))
        return Interval(lower, upper, level, "beta_posterior")

    def probability_above(self, threshold: float, observed: float, denominator: float) -> float:
        """Return the posterior probability of a proportion above ``threshold``; 0 or 1 at ρ = 0."""
        from scipy.special import betaincc

        if self.alpha is None or self.beta is None:
            return float(self.mean > threshold)
        events, others = self.alpha + observed, self.beta + denominator - observed
        return float(betaincc(events, others, min(max(threshold, 0.0), 1.0)))


def moment_beta_binomial(
    units: int,
    observed: float,
    denominator: float,
    dispersion: float,
    denominator_squared: float,
) -> BetaBinomial:
    """Return Kleinman's moment estimate with weights n.

    With p = Σr/Σn and ``S = Σ n(rᵢ/nᵢ - p)² = Σ(r-np)²/n``,
    ``ρ = (S - p(1-p)(N-1)) / (p(1-p)(Σn - Σn²/Σn - (N-1)))``.

    Parameters
    ----------
    units
        Sites or providers with n > 0, N.
    observed, denominator
        Σ r and Σ n > 0.
    dispersion
        S.
    denominator_squared
        Σ n².

    Returns
    -------
    BetaBinomial
        ρ = 0 where S does not exceed what chance gives, where p is 0 or 1, where N < 2 or where
        every n is 1; ρ is kept below 1 so that the shapes stay positive.

    Raises
    ------
    ValueError
        If there are no patients.

    References
    ----------
    Kleinman JC (1973). J Am Stat Assoc 68:46-54. doi:10.1080/01621459.1973.10481332
    """
    if denominator <= 0:
        raise ValueError("there are no patients to estimate a mean from")
    mean = observed / denominator
    variance = mean * (1 - mean)
    freedom = denominator - denominator_squared / denominator - (units - 1)
    excess = dispersion - variance * (units - 1)
    if units < 2 or variance <= 0 or freedom <= 0 or excess <= 0:
        return BetaBinomial(mean, 0.0)
    return BetaBinomial(mean, min(excess / (variance * freedom), _LARGEST_RHO))
