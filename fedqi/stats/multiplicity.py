"""Many comparisons at once: false alarms to expect, and the false discovery rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import expm1, log1p

from fedqi.stats.intervals import upper_tail


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What chance alone gives where nobody differs.

    Parameters
    ----------
    comparisons
        N independent comparisons.
    expected
        Mean number beyond the limits.
    at_least_one
        Probability of one or more.
    """

    comparisons: int
    expected: float
    at_least_one: float


@dataclass(frozen=True, slots=True)
class Discoveries:
    """Which comparisons stand out at a false discovery rate.

    Parameters
    ----------
    threshold
        Largest p value that stands out; None where none does.
    rejected
        How many do.
    rate
        The false discovery rate asked for.
    """

    threshold: float | None
    rejected: int
    rate: float


def false_alarms(comparisons: int, level: float = 0.95, one_sided: bool = False) -> FalseAlarms:
    """Return how many of N sites chance alone puts beyond limits of a given coverage.

    Parameters
    ----------
    comparisons
        N >= 0.
    level
        Coverage of the limits: 0.95 puts 1 in 20 outside, 0.998 one in 500.
    one_sided
        Whether only one side counts, as for "review".

    Raises
    ------
    ValueError
        If N is negative or the level no probability.
    """
    if comparisons < 0:
        raise ValueError(f"{comparisons} comparisons")
    outside = (1 - upper_tail(level)) * (1 if one_sided else 2)
    return FalseAlarms(comparisons, comparisons * outside, -expm1(comparisons * log1p(-outside)))


def benjamini_hochberg(p_values: Sequence[float], rate: float = 0.05) -> Discoveries:
    """Return what stands out at a false discovery rate; needs every p value.

    The largest p₍ₖ₎ with ``N p₍ₖ₎ ≤ rate · k``; all up to it stand out. The share of false ones
    among them is at most ``rate`` on average, for independent (or positively dependent) p values.

    Raises
    ------
    ValueError
        If a p value or the rate is no probability.

    References
    ----------
    Benjamini Y, Hochberg Y (1995). J R Stat Soc B 57:289-300.
    doi:10.1111/j.2517-6161.1995.tb02031.x
    Jones HE, Ohlssen DI, Spiegelhalter DJ (2008). J Clin Epidemiol 61:232-240.
    doi:10.1016/j.jclinepi.2007.04.017
    """
    if not 0 < rate < 1 or any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p value or the false discovery rate is no probability")
    ordered = sorted(p_values)
    found = [k for k, p in enumerate(ordered, 1) if len(ordered) * p <= rate * k]
    if not found:
        return Discoveries(None, 0, rate)
    return Discoveries(ordered[found[-1] - 1], found[-1], rate)


def discoveries_on_grid(
    thresholds: Sequence[float], counts: Sequence[int], rate: float = 0.05
) -> Discoveries:
    """Return what stands out at a false discovery rate, from counts of p values on a public grid.

    The largest grid threshold t with ``N t ≤ rate · #{p ≤ t}``. Every one that stands out does so
    under :func:`benjamini_hochberg` too, which may take a few more between two thresholds.

    Parameters
    ----------
    thresholds
        Rising, above 0, the last one 1.
    counts
        Sites with a p value above the threshold before and up to this one.
    rate
        The false discovery rate.

    Raises
    ------
    ValueError
        If the grid does not fit or the rate is no probability.

    References
    ----------
    Storey JD, Taylor JE, Siegmund D (2004). J R Stat Soc B 66:187-205.
    doi:10.1111/j.1467-9868.2004.00439.x
    """
    rises = all(a < b for a, b in zip((0.0, *thresholds), thresholds, strict=False))
    if not 0 < rate < 1 or not rises or list(thresholds[-1:]) != [1.0]:
        raise ValueError("the grid of p values does not rise to 1, or the rate is no probability")
    if len(counts) != len(thresholds) or min(counts) < 0:
        raise ValueError(f"{len(counts)} counts do not fit {len(thresholds)} thresholds")
    total, best, upto = sum(counts), Discoveries(None, 0, rate), 0
    for threshold, count in zip(thresholds, counts, strict=True):
        upto += count
        if upto and Fraction(threshold) * total <= Fraction(rate) * upto:
            best = Discoveries(threshold, upto, rate)
    return best
