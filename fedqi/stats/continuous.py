"""Means of a continuous value from sums: spread, intervals, funnel, between-site variance.

Squares are summed about a public origin, such as the middle of the value's declared bounds, so
that a mean far from zero does not swallow the digits of the variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, inf, sqrt

from fedqi.stats.funnel import FunnelLimits
from fedqi.stats.intervals import Interval, normal_quantile, upper_tail
from fedqi.stats.overdispersion import Overdispersion, overdispersion

_ROUNDING = 1e-13
"""Relative size of a sum of squares below which it is rounding."""

_NOTHING = 1e-100
"""Sum of squares whose own square no float can hold."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of values y, about an origin that everybody knows.

    Parameters
    ----------
    count
        Values n >= 0.
    total
        Σ (y - origin).
    squares
        Σ (y - origin)².
    origin
        In the unit of the values.
    """

    count: int
    total: float
    squares: float
    origin: float = 0.0

    @property
    def mean(self) -> float:
        """Mean of the values.

        Raises
        ------
        ValueError
            If there are none.
        """
        if self.count < 1:
            raise ValueError("there are no values to take a mean of")
        return self.origin + self.total / self.count

    @property
    def squares_about_mean(self) -> float:
        """Σ (y - ȳ)², never negative; 0 without values."""
        if self.count < 1:
            return 0.0
        return max(0.0, self.squares - self.total * self.total / self.count)

    @property
    def sd(self) -> float | None:
        """Standard deviation with n-1; None for fewer than two values."""
        return sqrt(self.squares_about_mean / (self.count - 1)) if self.count > 1 else None

    def interval(self, level: float = 0.95) -> Interval | None:
        """Return Student's interval of the mean, ``ȳ ± t s/√n`` with n-1 degrees of freedom.

        It assumes that the mean, not each value, is about normal: with skewed values (lengths of
        stay, waiting times) and fewer than some 30 of them it covers less than it says.

        Returns
        -------
        Interval or None
            None for fewer than two values.

        References
        ----------
        Student (1908). Biometrika 6:1-25. doi:10.1093/biomet/6.1.1
        """
        from scipy.special import stdtrit

        sd = self.sd
        if sd is None:
            return None
        half = float(stdtrit(self.count - 1, upper_tail(level))) * sd / sqrt(self.count)
        return Interval(self.mean - half, self.mean + half, level, "student_t")


@dataclass(frozen=True, slots=True)
class MeanSpread:
    """How values vary within and between units.

    Parameters
    ----------
    mean
        Pooled mean Σy/n.
    within_sd
        Pooled standard deviation within units, σ; None where no unit has two values.
    spread
        φ and τ² of the units' means about the pooled one, with standard errors σ/√n.
    """

    mean: float
    within_sd: float | None
    spread: Overdispersion

    @property
    def prior_patients(self) -> float:
        """σ²/τ², the patients the common mean is worth; infinite without variation."""
        if self.within_sd is None or self.spread.tau2 <= 0:
            return inf
        return self.within_sd**2 / self.spread.tau2

    def reliability(self, count: int) -> float:
        """Return τ²/(τ²+σ²/n) = n/(n+σ²/τ²): the share of a unit's variance that is signal."""
        prior = self.prior_patients
        if prior == 0:
            return 1.0 if count > 0 else 0.0
        return count / (count + prior)

    def shrunken(self, moments: Moments) -> float:
        """Return a unit's mean drawn to the common one by its unreliability."""
        if moments.count == 0:
            return self.mean
        weight = self.reliability(moments.count)
        return weight * moments.mean + (1 - weight) * self.mean


def pooled_moments(units: Sequence[Moments]) -> Moments:
    """Add moments up.

    Raises
    ------
    ValueError
        If there are none, or their origins differ.
    """
    if len({each.origin for each in units}) != 1:
        raise ValueError("the moments of all units must have one and the same origin")
    return Moments(
        sum(each.count for each in units),
        fsum(each.total for each in units),
        fsum(each.squares for each in units),
        units[0].origin,
    )


def between_sums(units: Sequence[Moments], mean: float) -> tuple[int, float, int]:
    """Return what a site adds in the second step, about the pooled mean of the first.

    Parameters
    ----------
    units
        Its providers; those without values add nothing.
    mean
        Pooled mean, public by then.

    Returns
    -------
    tuple
        Units N, Σ n(ȳ - mean)² and Σ n².
    """
    filled = [each for each in units if each.count > 0]
    return (
        len(filled),
        fsum(each.count * (each.mean - mean) ** 2 for each in filled),
        sum(each.count**2 for each in filled),
    )


def mean_spread(pooled: Moments, units: int, between: float, count_squared: float) -> MeanSpread:
    """Return variation within and between units from sums (one-way analysis of variance).

    With B = Σn(ȳᵢ-ȳ)²: ``σ² = (Σ(y-ȳ)² - B) / (n - N)``, ``Σz² = B/σ²``, ``Σw = n/σ²`` and
    ``Σw² = Σnᵢ²/σ⁴``; see :func:`fedqi.stats.overdispersion.overdispersion`.

    Parameters
    ----------
    pooled
        Moments over all values of all units.
    units, between, count_squared
        Totals of :func:`between_sums`.

    Returns
    -------
    MeanSpread
        φ = τ² = 0 where σ is 0 or unknown.

    Raises
    ------
    ValueError
        If there are no values.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    freedom = pooled.count - units
    rest = pooled.squares_about_mean - between
    # What rounding leaves of values that do not vary is no variance to divide by.
    rest = rest if rest > _ROUNDING * pooled.squares and rest > _NOTHING else 0.0
    within = rest / freedom if freedom > 0 else None
    if not within:
        return MeanSpread(pooled.mean, within, Overdispersion(0.0, 0.0, units))
    spread = overdispersion(
        units, between / within, pooled.count / within, count_squared / within**2
    )
    return MeanSpread(pooled.mean, sqrt(within), spread)


def mean_funnel_limits(
    count: int, target: float, within_sd: float, level: float, tau2: float = 0.0
) -> FunnelLimits:
    """Return the limits of a mean for one number of patients: ``θ ± z √(σ²/n + τ²)``.

    Parameters
    ----------
    count
        Patients n >= 1.
    target
        θ, in the unit of the values.
    within_sd
        Standard deviation σ >= 0 of the values within units.
    level
        Nominal coverage.
    tau2
        Between-unit variance; 0 gives plain limits.

    Returns
    -------
    FunnelLimits
        Not clipped: the bounds of the value are the caller's to apply. Kind "normal", or
        "adjusted" where τ² is above 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    if count < 1 or not within_sd >= 0 or not tau2 >= 0:
        raise ValueError(f"limits for {count} patients with sd {within_sd} and tau2 {tau2}")
    half = normal_quantile(level) * sqrt(within_sd**2 / count + tau2)
    return FunnelLimits(target - half, target + half, level, "adjusted" if tau2 > 0 else "normal")


def mean_z_score(
    mean: float, count: int, target: float, within_sd: float, tau2: float = 0.0
) -> float | None:
    """Return ``(ȳ - θ) / √(σ²/n + τ²)``; None where both variances are 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    if count < 1 or not within_sd >= 0 or not tau2 >= 0:
        raise ValueError(f"a z for {count} patients with sd {within_sd} and tau2 {tau2}")
    variance = within_sd**2 / count + tau2
    return (mean - target) / sqrt(variance) if variance > 0 else None
