"""Direct and indirect standardisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from fedqi.stats.intervals import Interval, exact_poisson, upper_tail


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of one site: ``observed`` events in ``denominator`` patients (or exposure)."""

    observed: float
    denominator: float


@dataclass(frozen=True, slots=True)
class DirectRate:
    """A directly standardised rate.

    Parameters
    ----------
    value
        Σ w r/n.
    variance
        Poisson variance Σ w² r/n².
    largest_weight
        Largest w/n: what one more event could add.
    """

    value: float
    variance: float
    largest_weight: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return Fay and Feuer's gamma interval, exact with a single stratum.

        With y the rate, v its variance and k the largest weight: the lower bound is the α/2
        quantile of a gamma distribution with mean y and variance v, the upper the 1-α/2 quantile
        of one with mean y+k and variance v+k².

        Returns
        -------
        Interval
            Lower 0 without events, where the upper bound is -k ln(α/2).

        References
        ----------
        Fay MP, Feuer EJ (1997). Stat Med 16:791-801.
        doi:10.1002/(SICI)1097-0258(19970415)16:7<791::AID-SIM500>3.0.CO;2-#
        """
        tail = 1 - upper_tail(level)
        lower = _gamma_quantile(tail, self.value, self.variance) if self.variance > 0 else 0.0
        more = self.largest_weight
        upper = _gamma_quantile(1 - tail, self.value + more, self.variance + more * more)
        return Interval(lower, upper, level, "fay_feuer")


def standard_weights(denominators: Sequence[float]) -> tuple[float, ...]:
    """Return the share of each stratum, from the strata summed over all sites.

    Parameters
    ----------
    denominators
        Patients (or exposure) of all sites together, per stratum, none negative.

    Raises
    ------
    ValueError
        If there are none, or one is negative.
    """
    total = fsum(denominators)
    if total <= 0 or min(denominators) < 0:
        raise ValueError("the strata of the standard population are empty or negative")
    return tuple(each / total for each in denominators)


def direct_standardisation(strata: Sequence[Stratum], weights: Sequence[float]) -> DirectRate:
    """Return the rate a site would have if its patients were those of the standard population.

    ``y = Σ w r/n`` and ``v = Σ w² r/n²``, w the shares of the strata in the standard population.
    The events are taken as Poisson: for a frequent outcome the interval is wider than need be.

    Parameters
    ----------
    strata
        The site's own strata.
    weights
        Of the same length, not negative, adding up to 1.

    Raises
    ------
    ValueError
        If the lengths or weights do not fit, or the site has nobody in a stratum with weight: its
        rate there is unknown, and neither 0 nor the mean of the others is it.

    References
    ----------
    Breslow NE, Day NE (1987). Statistical Methods in Cancer Research II, IARC, chapter 2.
    """
    if len(strata) != len(weights) or min(weights) < 0 or abs(fsum(weights) - 1) > 1e-9:
        raise ValueError("one weight per stratum, none negative, together 1, is expected")
    used = [(s, w) for s, w in zip(strata, weights, strict=True) if w > 0]
    empty = [i for i, s in enumerate(strata) if weights[i] > 0 and not s.denominator > 0]
    if empty:
        raise ValueError(f"nobody in stratum {empty[0]}, which has a weight: its rate is unknown")
    if any(s.observed < 0 for s, _ in used):
        raise ValueError("a stratum has a negative number of events")
    return DirectRate(
        fsum(w * s.observed / s.denominator for s, w in used),
        fsum(w * w * s.observed / s.denominator**2 for s, w in used),
        max(w / s.denominator for s, w in used),
    )


@dataclass(frozen=True, slots=True)
class IndirectRate:
    """An indirectly standardised rate: O/E × the pooled rate, with its interval."""

    value: float
    interval: Interval


def indirect_standardisation(
    observed: float, expected: float, pooled_rate: float, level: float = 0.95
) -> IndirectRate:
    """Return O/E × the pooled rate (New York's risk-adjusted mortality rate).

    Two sites' indirect rates have different patients behind them and are to be compared with the
    pooled rate, not with each other.

    Parameters
    ----------
    observed, expected
        O >= 0 and E > 0 of the site.
    pooled_rate
        ΣO/ΣN of all sites.
    level
        Coverage of the exact Poisson interval of O, scaled by the pooled rate over E.

    Raises
    ------
    ValueError
        If O is negative or E not above 0.

    References
    ----------
    Breslow NE, Day NE (1987). Statistical Methods in Cancer Research II, IARC, p. 69.
    """
    if not expected > 0:
        raise ValueError(f"the expected count is {expected}, expected a number above 0")
    scale = pooled_rate / expected
    return IndirectRate(observed * scale, exact_poisson(observed, level).scaled(scale))


def _gamma_quantile(probability: float, mean: float, variance: float) -> float:
    from scipy.special import gammaincinv

    return float(gammaincinv(mean * mean / variance, probability)) * variance / mean
