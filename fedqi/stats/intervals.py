"""Confidence intervals of one proportion or one count.

scipy is imported inside the functions: it is slow to load and most users of the package do not
need it at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite, sqrt

_BISECTIONS = 200


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval.

    Parameters
    ----------
    lower, upper
        Bounds, in the unit of the estimate.
    level
        Nominal coverage, for example 0.95.
    method
        Name of the formula: "wilson", "exact_poisson", "midp_poisson", "byar", "student_t",
        "fay_feuer", "dersimonian_laird", "prediction", "beta_posterior" or "gamma_posterior".
    """

    lower: float
    upper: float
    level: float
    method: str

    def scaled(self, factor: float) -> "Interval":
        """Return the interval with both bounds multiplied by ``factor`` (for example 1 / E)."""
        return replace(self, lower=self.lower * factor, upper=self.upper * factor)


def normal_quantile(level: float) -> float:
    """Return z with P(|Z| <= z) = level for a standard normal Z.

    Raises
    ------
    ValueError
        If ``level`` is not strictly between 0 and 1.
    """
    from scipy.special import ndtri

    return float(ndtri(upper_tail(level)))


def upper_tail(level: float) -> float:
    """Return the probability below the upper bound of a two-sided interval: (1 + level) / 2."""
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}, expected a number strictly between 0 and 1")
    return (1 + level) / 2


def wilson(observed: float, denominator: float, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion.

    ``(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`` with p = r/n.

    Parameters
    ----------
    observed
        Events r, 0 <= r <= n.
    denominator
        Patients n > 0.
    level
        Nominal coverage.

    Returns
    -------
    Interval
        Within [0, 1]; exactly 0 below at r = 0 and exactly 1 above at r = n.

    Raises
    ------
    ValueError
        If r or n is outside its range.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953
    """
    if not 0 <= observed <= denominator or not denominator > 0:
        raise ValueError(f"{observed} of {denominator} is not a proportion")
    z = normal_quantile(level)
    p = observed / denominator
    shrink = 1 + z * z / denominator
    middle = (p + z * z / (2 * denominator)) / shrink
    half = z / shrink * sqrt(p * (1 - p) / denominator + (z / (2 * denominator)) ** 2)
    # At the boundary the bound is 0 or 1 by algebra; floating point would leave -7e-18.
    lower = 0.0 if observed == 0 else max(0.0, middle - half)
    upper = 1.0 if observed == denominator else min(1.0, middle + half)
    return Interval(lower, upper, level, "wilson")


def exact_poisson(observed: float, level: float = 0.95) -> Interval:
    """Return the exact (Garwood) interval of a Poisson mean.

    Lower ``χ²(α/2; 2O)/2``, upper ``χ²(1-α/2; 2O+2)/2``, as quantiles of the gamma distribution.

    Parameters
    ----------
    observed
        Count O >= 0; need not be whole (FunnelPlotR puts an expected number here).
    level
        Nominal coverage 1-α.

    Returns
    -------
    Interval
        Lower 0 at O = 0, where the upper bound is -ln(α/2) (3.689 at 95 %).

    Raises
    ------
    ValueError
        If O is negative or not finite.

    References
    ----------
    Garwood F (1936). Biometrika 28:437-442. doi:10.1093/biomet/28.3-4.437
    """
    from scipy.special import gammainccinv, gammaincinv

    _require_count(observed)
    tail = 1 - upper_tail(level)
    lower = float(gammaincinv(observed, tail)) if observed > 0 else 0.0
    return Interval(lower, float(gammainccinv(observed + 1, tail)), level, "exact_poisson")


def midp_poisson(observed: int, level: float = 0.95) -> Interval:
    """Return the mid-P interval of a Poisson mean.

    Bounds μ at which ``P(X < O) + P(X = O)/2`` equals 1-α/2 (lower) and α/2 (upper).

    Parameters
    ----------
    observed
        Count O >= 0.
    level
        Nominal coverage 1-α.

    Returns
    -------
    Interval
        Lower 0 at O = 0, where the upper bound is -ln α (2.996 at 95 %). Inside the exact
        interval.

    Raises
    ------
    ValueError
        If O is negative or not finite.

    References
    ----------
    Lancaster HO (1961). J Am Stat Assoc 56:223-234. doi:10.1080/01621459.1961.10482105
    Cohen GR, Yang SY (1994). Stat Med 13:2189-2203. doi:10.1002/sim.4780132102
    """
    from scipy.special import gammaincc

    def below(mean: float) -> float:
        first = float(gammaincc(observed, mean)) if observed > 0 else 0.0
        return (first + float(gammaincc(observed + 1, mean))) / 2

    exact = exact_poisson(observed, level)
    tail = 1 - upper_tail(level)
    lower = _falling_root(below, 1 - tail, 0.0, exact.upper) if observed > 0 else 0.0
    upper = _falling_root(below, tail, lower, exact.upper)
    return Interval(lower, upper, level, "midp_poisson")


def byar(observed: float, level: float = 0.95) -> Interval:
    """Return Byar's approximation to the exact interval of a Poisson mean.

    Lower ``O (1 - 1/9O - z/3√O)³``, upper the same with O+1 and +z.

    Parameters
    ----------
    observed
        Count O >= 0.
    level
        Nominal coverage.

    Returns
    -------
    Interval
        Lower 0 at O = 0 (upper 3.668 at 95 %), and 0 where the cube is negative (O = 1 at 99.8 %).

    Raises
    ------
    ValueError
        If O is negative or not finite.

    References
    ----------
    Breslow NE, Day NE (1987). Statistical Methods in Cancer Research II, IARC, p. 69.
    """
    _require_count(observed)
    z = normal_quantile(level)

    def bound(count: float, deviate: float) -> float:
        return count * (1 - 1 / (9 * count) + deviate / (3 * sqrt(count))) ** 3

    lower = max(0.0, bound(observed, -z)) if observed > 0 else 0.0
    return Interval(lower, bound(observed + 1, z), level, "byar")


def _require_count(observed: float) -> None:
    if not isfinite(observed) or observed < 0:
        raise ValueError(f"a count is {observed}, expected a number from 0 upwards")


def _falling_root(
    function: Callable[[float], float], target: float, lower: float, upper: float
) -> float:
    """Bisect a falling function to the last representable digit."""
    width = inf
    for _ in range(_BISECTIONS):
        middle = (lower + upper) / 2
        if upper - lower >= width:
            break
        width = upper - lower
        lower, upper = (middle, upper) if function(middle) > target else (lower, middle)
    return (lower + upper) / 2
