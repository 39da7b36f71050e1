"""Overdispersion: how much more sites differ than chance explains.

From sums only: the factor φ is not winsorised, because winsorising needs the ordered z of all
sites. :mod:`fedqi.stats.winsorising` holds the winsorised reference versions.
"""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """Spread of the sites' z scores.

    Parameters
    ----------
    phi
        Mean of the squared z scores; 1 is expected by chance alone.
    tau2
        Additive between-site variance, on the squared scale of the estimate (proportion or ratio).
    units
        Sites or providers with a denominator, N.
    """

    phi: float
    tau2: float
    units: int

    @property
    def evident(self) -> bool:
        """Whether φ exceeds 1 + 2√(2/N), two standard deviations above what chance gives.

        By chance Nφ is about χ² with N degrees of freedom, with mean N and variance 2N.
        """
        return self.units > 0 and self.phi > 1 + 2 * sqrt(2 / self.units)


def overdispersion(
    units: int, z_squared: float, weights: float, weights_squared: float
) -> Overdispersion:
    """Return φ and τ² from sums over sites.

    ``φ = Σz²/N``; ``τ² = max(0, (Nφ - (N-1)) / (Σw - Σw²/Σw))`` with w = 1/s².

    Parameters
    ----------
    units
        Number of sites N.
    z_squared
        Σ z², each z against the common target.
    weights, weights_squared
        Σ w and Σ w²: inverse variances of the estimates and their squares.

    Returns
    -------
    Overdispersion
        φ = 0 for N = 0; τ² = 0 where fewer than two sites leave nothing to estimate it from.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202, appendix A.3. doi:10.1002/sim.1970
    DerSimonian R, Laird N (1986). Control Clin Trials 7:177-188.
    doi:10.1016/0197-2456(86)90046-2
    """
    if units < 1 or weights <= 0:
        return Overdispersion(0.0, 0.0, units)
    freedom = weights - weights_squared / weights
    excess = z_squared - (units - 1)
    tau2 = max(0.0, excess / freedom) if units > 1 and freedom > 0 else 0.0
    return Overdispersion(z_squared / units, tau2, units)


def proportion_overdispersion(
    units: int,
    observed: float,
    denominator: float,
    dispersion: float,
    denominator_squared: float,
) -> Overdispersion:
    """Return φ and τ² of proportions from the sums of counts.

    With θ the pooled proportion, ``Σz² = Σ(r-nθ)²/n / θ(1-θ)``, ``Σw = Σn / θ(1-θ)`` and
    ``Σw² = Σn² / θ²(1-θ)²``; see :func:`overdispersion`.

    Parameters
    ----------
    units
        Sites or providers with n > 0.
    observed, denominator
        Σ r and Σ n.
    dispersion
        Σ (r-nθ)²/n with θ = Σr/Σn.
    denominator_squared
        Σ n².

    Returns
    -------
    Overdispersion
        φ = τ² = 0 where θ is 0 or 1: nobody differs from anybody.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    if denominator <= 0:
        return Overdispersion(0.0, 0.0, units)
    theta = observed / denominator
    variance = theta * (1 - theta)
    if variance <= 0:
        return Overdispersion(0.0, 0.0, units)
    return overdispersion(
        units, dispersion / variance, denominator / variance, denominator_squared / variance**2
    )


def ratio_overdispersion(
    units: int, dispersion: float, expected: float, expected_squared: float
) -> Overdispersion:
    """Return φ and τ² of standardised ratios O/E around 1 from sums.

    z = (O-E)/√E, so ``Σz² = Σ(O-E)²/E``; the variance of O/E is 1/E, so Σw = ΣE and Σw² = ΣE².

    Parameters
    ----------
    units
        Sites or providers with E > 0.
    dispersion
        Σ (O-E)²/E.
    expected, expected_squared
        Σ E and Σ E².

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    return overdispersion(units, dispersion, expected, expected_squared)
